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
