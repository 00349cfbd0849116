use super::*;

#[test]
fn interleaved_normalised_and_sparse_accessors() {
    // Per vertex: position as floats, colour as four normalised bytes; then a sparse override.
    let mut buffer = Vec::new();
    for (position, color) in [([0.0, 0.0, 0.0], 255u8), ([1.0, 0.0, 0.0], 0), ([0.0, 1.0, 0.0], 51)] {
        buffer.extend(floats(&position));
        buffer.extend([color, 0, 0, 255]);
    }
    buffer.extend([2u8, 0, 0, 0]);
    buffer.extend(floats(&[0.0, 3.0, 0.0]));
    let bytes = document(
        &buffer,
        json!({
            "bufferViews": [
                { "buffer": 0, "byteLength": 48, "byteStride": 16 },
                { "buffer": 0, "byteOffset": 48, "byteLength": 4 },
                { "buffer": 0, "byteOffset": 52, "byteLength": 12 }
            ],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3, "sparse": {
                    "count": 1,
                    "indices": { "bufferView": 1, "componentType": 5121 },
                    "values": { "bufferView": 2 }
                } },
                { "bufferView": 0, "byteOffset": 12, "componentType": 5121, "normalized": true, "type": "VEC4", "count": 3 }
            ],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0, "COLOR_0": 1 } }] }]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!(primitive.vertex_positions, [Vec3::ZERO, Vec3::X, 3.0 * Vec3::Y]);
    let Layer::PerVertex(colors) = &primitive.colors[0] else { panic!("colours are per vertex") };
    assert_eq!(colors.iter().map(|c| c.x).collect::<Vec<_>>(), [1.0, 0.0, 0.2]);
    assert_eq!(import.warnings, []);
}

#[test]
fn quantised_positions_are_whole_numbers() {
    let buffer: Vec<u8> =
        [0i16, 0, 0, 0, 100, 0, 0, 0, 0, -100, 0, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let bytes = document(
        &buffer,
        json!({
            "extensionsRequired": ["KHR_mesh_quantization"],
            "bufferViews": [{ "buffer": 0, "byteLength": 24, "byteStride": 8 }],
            "accessors": [{ "bufferView": 0, "componentType": 5122, "type": "VEC3", "count": 3 }],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    let positions = &import.scene.meshes[0].primitives[0].vertex_positions;
    assert_eq!(positions[1..], [Vec3::new(100.0, 0.0, 0.0), Vec3::new(0.0, -100.0, 0.0)]);
}

#[test]
fn counts_that_lie_take_no_memory() {
    let positions = |accessor: Value| {
        document(
            &[0; 36],
            json!({
                "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
                "accessors": [accessor],
                "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }]
            }),
        )
    };
    for count in [4, 4_000_000_000u64, u64::MAX] {
        let bytes =
            positions(json!({ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": count }));
        assert!(cause(read_bytes("a.gltf", &bytes)).contains("beyond the end of its buffer"));
    }
    let bytes = positions(json!({ "componentType": 5126, "type": "VEC3", "count": 4_000_000_000u64 }));
    assert!(cause(read_bytes("a.gltf", &bytes)).contains("far more data than the file holds"));
}

#[test]
fn a_sparse_accessor_without_a_view_is_zero_where_nothing_is_stated() {
    let mut buffer = vec![1u8, 0, 0, 0];
    buffer.extend(floats(&[2.0, 3.0, 4.0]));
    let bytes = document(
        &buffer,
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 4 }, { "buffer": 0, "byteOffset": 4, "byteLength": 12 }],
            "accessors": [{ "componentType": 5126, "type": "VEC3", "count": 3, "sparse": {
                "count": 1,
                "indices": { "bufferView": 0, "componentType": 5125 },
                "values": { "bufferView": 1 }
            } }],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    let positions = &import.scene.meshes[0].primitives[0].vertex_positions;
    assert_eq!(positions[..], [Vec3::ZERO, Vec3::new(2.0, 3.0, 4.0), Vec3::ZERO]);
}

/// The same thirds of 0..1 or -1..1 in every type that can hold them.
#[test]
fn every_component_type_is_read_plain_and_normalised() {
    let read_colors = |values: &[u8], component: u32, normalized: bool| {
        let mut buffer = floats(&[0.0; 9]);
        buffer.extend(values);
        let n_element_bytes = values.len() / 3;
        let bytes = document(
            &buffer,
            json!({
                "bufferViews": [
                    { "buffer": 0, "byteLength": 36 },
                    { "buffer": 0, "byteOffset": 36, "byteLength": values.len(), "byteStride": n_element_bytes }
                ],
                "accessors": [
                    { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 },
                    { "bufferView": 1, "componentType": component, "normalized": normalized, "type": "VEC4", "count": 3 }
                ],
                "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0, "COLOR_0": 1 } }] }]
            }),
        );
        let import = read_bytes("a.gltf", &bytes).unwrap();
        let Layer::PerVertex(colors) = &import.scene.meshes[0].primitives[0].colors[0] else {
            panic!("colours are per vertex")
        };
        colors[2].to_array()
    };
    let twelve = |last: [i64; 4], n_bytes: usize| -> Vec<u8> {
        let all = [0; 8].into_iter().chain(last);
        all.flat_map(|v| v.to_le_bytes()[..n_bytes].to_vec()).collect()
    };
    assert_eq!(read_colors(&twelve([-127, -128, 0, 127], 1), 5120, true), [-1.0, -1.0, 0.0, 1.0]);
    assert_eq!(read_colors(&twelve([-127, -128, 0, 127], 1), 5120, false), [-127.0, -128.0, 0.0, 127.0]);
    assert_eq!(read_colors(&twelve([0, 51, 102, 255], 1), 5121, true), [0.0, 0.2, 0.4, 1.0]);
    assert_eq!(read_colors(&twelve([-32767, -32768, 0, 32767], 2), 5122, true), [-1.0, -1.0, 0.0, 1.0]);
    assert_eq!(read_colors(&twelve([0, 13107, 26214, 65535], 2), 5123, true), [0.0, 0.2, 0.4, 1.0]);
    assert_eq!(read_colors(&twelve([0, 7, 70_000, 0xFFFF_FFFF], 4), 5125, true)[3], 1.0);
    assert_eq!(
        read_colors(&twelve([0, 7, 70_000, 1 << 24], 4), 5125, false),
        [0.0, 7.0, 70_000.0, 16_777_216.0]
    );
}
