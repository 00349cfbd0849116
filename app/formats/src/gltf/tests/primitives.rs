use super::*;

#[test]
fn strips_and_fans_become_triangles_and_loops_segments() {
    let positions: Vec<f32> = (0..5).flat_map(|i| [i as f32, (i % 2) as f32, 0.0]).collect();
    let check = |mode: u32, expected: &[u32]| {
        let bytes = document(
            &floats(&positions),
            json!({
                "bufferViews": [{ "buffer": 0, "byteLength": 60 }],
                "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 5 }],
                "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "mode": mode }] }]
            }),
        );
        let import = read_bytes("a.gltf", &bytes).unwrap();
        assert_eq!(import.scene.meshes[0].primitives[0].faces.corner_vertices, expected, "mode {mode}");
    };
    check(0, &[0, 1, 2, 3, 4]);
    check(1, &[0, 1, 2, 3]);
    check(2, &[0, 1, 1, 2, 2, 3, 3, 4, 4, 0]);
    check(3, &[0, 1, 1, 2, 2, 3, 3, 4]);
    check(4, &[0, 1, 2]);
    check(5, &[0, 1, 2, 1, 3, 2, 2, 3, 4]);
    check(6, &[1, 2, 0, 2, 3, 0, 3, 4, 0]);
}

#[test]
fn primitives_that_share_vertices_take_what_they_use() {
    let mut buffer = floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    buffer.extend([0u8, 1, 2, 3, 2, 1]);
    let accessor = |offset: u32| json!({ "bufferView": 1, "byteOffset": offset, "componentType": 5121, "type": "SCALAR", "count": 3 });
    let bytes = document(
        &buffer,
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 48 }, { "buffer": 0, "byteOffset": 48, "byteLength": 6 }],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 4 }, accessor(0), accessor(3)
            ],
            "meshes": [{ "primitives": [
                { "attributes": { "POSITION": 0 }, "indices": 1 },
                { "attributes": { "POSITION": 0 }, "indices": 2 }
            ] }]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    let primitives = &import.scene.meshes[0].primitives;
    assert_eq!(primitives[0].vertex_positions.len(), 3);
    assert_eq!(primitives[1].vertex_positions, [Vec3::X, Vec3::Y, Vec3::new(1.0, 1.0, 0.0)]);
    assert_eq!(primitives[1].faces.corner_vertices, [2, 1, 0]);
}

#[test]
fn an_index_out_of_range_names_its_place() {
    let mut buffer = floats(&[0.0; 9]);
    buffer.extend([0u8, 1, 7]);
    let bytes = document(
        &buffer,
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 36 }, { "buffer": 0, "byteOffset": 36, "byteLength": 3 }],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 },
                { "bufferView": 1, "componentType": 5121, "type": "SCALAR", "count": 3 }
            ],
            "meshes": [{ "name": "Lid", "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1 }] }]
        }),
    );
    let message = cause(read_bytes("a.gltf", &bytes));
    assert!(
        message.contains("mesh 0 \"Lid\" primitive 0: index 7 points beyond its 3 vertices"),
        "{message}"
    );
}

#[test]
fn fans_that_the_extension_marks_become_polygons_again() {
    let positions: Vec<f32> = (0..8).flat_map(|i| [i as f32, (i % 2) as f32, 0.0]).collect();
    // A quad, a triangle, a pentagon, and a triangle that begins like it without going on.
    let indices = [0u8, 1, 2, 0, 2, 3, 4, 2, 1, 5, 0, 1, 5, 1, 2, 5, 2, 3, 5, 6, 7];
    let read_faces = |extensions: Value| {
        let mut buffer = floats(&positions);
        buffer.extend(indices);
        let bytes = document(
            &buffer,
            json!({
                "bufferViews": [{ "buffer": 0, "byteLength": 96 }, { "buffer": 0, "byteOffset": 96, "byteLength": 21 }],
                "accessors": [
                    { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 8 },
                    { "bufferView": 1, "componentType": 5121, "type": "SCALAR", "count": 21 }
                ],
                "meshes": [{ "primitives": [
                    { "attributes": { "POSITION": 0 }, "indices": 1, "extensions": extensions }
                ] }]
            }),
        );
        let import = read_bytes("a.gltf", &bytes).unwrap();
        let faces = &import.scene.meshes[0].primitives[0].faces;
        faces.iter().map(<[u32]>::to_vec).collect::<Vec<_>>()
    };
    assert_eq!(read_faces(json!({})).len(), 7);
    let polygons: [&[u32]; 4] = [&[0, 1, 2, 3], &[4, 2, 1], &[5, 0, 1, 2, 3], &[5, 6, 7]];
    assert_eq!(read_faces(json!({ "FB_ngon_encoding": {} })), polygons);
}
