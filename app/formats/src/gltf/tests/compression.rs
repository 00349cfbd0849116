use std::path::Path;

use meshopt::{encode_index_buffer, encode_index_sequence, encode_vertex_buffer};

use super::*;

const EXTENSION: &str = "EXT_meshopt_compression";

/// A strip of triangles that grows to the right.
fn strip_positions(n_vertices: usize) -> Vec<[f32; 3]> {
    (0..n_vertices).map(|i| [(i / 2) as f32, (i % 2) as f32, 0.0]).collect()
}

/// One compressed view a part, behind a fallback buffer that has no bytes.
fn compressed(parts: &[(&[u8], Value)], accessors: Value, mode: u32) -> Vec<u8> {
    let (mut buffer, mut views, mut n_fallback_bytes) = (Vec::new(), Vec::new(), 0);
    for (bytes, stated) in parts {
        let n_bytes = stated["count"].as_u64().unwrap() * stated["byteStride"].as_u64().unwrap();
        let mut extension = stated.clone();
        extension["buffer"] = 0.into();
        extension["byteOffset"] = buffer.len().into();
        extension["byteLength"] = bytes.len().into();
        let mut view = json!({ "buffer": 1, "byteOffset": n_fallback_bytes, "byteLength": n_bytes });
        if stated["mode"] == "ATTRIBUTES" {
            view["byteStride"] = stated["byteStride"].clone();
        }
        view["extensions"] = json!({ EXTENSION: extension });
        views.push(view);
        buffer.extend(*bytes);
        n_fallback_bytes += n_bytes;
    }
    let uri = format!("data:application/octet-stream;base64,{}", STANDARD.encode(&buffer));
    let fallback =
        json!({ "byteLength": n_fallback_bytes, "extensions": { EXTENSION: { "fallback": true } } });
    document(
        &[],
        json!({
            "extensionsUsed": [EXTENSION],
            "extensionsRequired": [EXTENSION],
            "buffers": [{ "byteLength": buffer.len(), "uri": uri }, fallback],
            "bufferViews": views,
            "accessors": accessors,
            "meshes": [{ "primitives": [
                { "attributes": { "POSITION": 0 }, "indices": 1, "mode": mode }
            ] }]
        }),
    )
}

fn positions_accessor(count: usize) -> Value {
    json!({ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": count })
}

fn attributes(count: usize, stride: usize) -> Value {
    json!({ "mode": "ATTRIBUTES", "count": count, "byteStride": stride })
}

#[test]
fn meshopt_triangles_and_sequences_are_read_in_both_widths() {
    let positions = strip_positions(40);
    let vertices = encode_vertex_buffer(&positions).unwrap();
    let triangles: Vec<u32> = (0..38u32).flat_map(|i| [i, i + 1 + i % 2, i + 2 - i % 2]).collect();
    let as_triangles = encode_index_buffer(&triangles, 40).unwrap();
    let as_sequence = encode_index_sequence(&triangles, 40).unwrap();
    for (bytes, mode) in [(&as_triangles, "TRIANGLES"), (&as_sequence, "INDICES")] {
        for (stride, component) in [(2, 5123), (4, 5125)] {
            let n = triangles.len();
            let indices = json!({ "mode": mode, "count": n, "byteStride": stride });
            let accessors = json!([
                positions_accessor(40),
                { "bufferView": 1, "componentType": component, "type": "SCALAR", "count": n }
            ]);
            let file = compressed(&[(&vertices, attributes(40, 12)), (bytes, indices)], accessors, 4);
            let import = read_bytes("a.gltf", &file).unwrap();
            let primitive = &import.scene.meshes[0].primitives[0];
            assert_eq!(primitive.vertex_positions[39], Vec3::new(19.0, 1.0, 0.0));
            assert_eq!(primitive.faces.n_faces(), 38, "{mode} {stride}");
            let starts_right = |face: (usize, &[u32])| face.1.contains(&(face.0 as u32));
            assert!(primitive.faces.iter().enumerate().all(starts_right), "{mode} {stride}");
            assert_eq!(import.warnings, []);
        }
    }
}

/// The value of vertex 0 after a filter, read as a colour.
fn filtered(bytes: &[u8], stride: usize, filter: &str, component: u32) -> [f32; 4] {
    let positions = encode_vertex_buffer(&strip_positions(3)).unwrap();
    let mut colors = attributes(3, stride);
    colors["filter"] = filter.into();
    let normalized = component != 5126;
    let mut file: Value = serde_json::from_slice(&compressed(
        &[(&positions, attributes(3, 12)), (bytes, colors)],
        json!([
            positions_accessor(3),
            { "bufferView": 1, "componentType": component, "normalized": normalized, "type": "VEC4", "count": 3 }
        ]),
        4,
    ))
    .unwrap();
    file["meshes"][0]["primitives"][0] = json!({ "attributes": { "POSITION": 0, "COLOR_0": 1 } });
    let import = read_bytes("a.gltf", file.to_string().as_bytes()).unwrap();
    let Some(Layer::PerVertex(colors)) = import.scene.meshes[0].primitives[0].colors.first() else {
        panic!("the filtered view is lost: {:?}", import.warnings)
    };
    colors[0].to_array()
}

fn assert_close(values: [f32; 4], expected: [f32; 4]) {
    let is_close = values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01);
    assert!(is_close, "{values:?} instead of {expected:?}");
}

#[test]
fn meshopt_filters_give_the_values_that_went_in() {
    let direction = [[0.6f32, 0.0, 0.8, 1.0]; 3];
    let bytes: Vec<[i8; 4]> = meshopt::encode_filter_oct(&direction, 8);
    assert_close(filtered(&encode_vertex_buffer(&bytes).unwrap(), 4, "OCTAHEDRAL", 5120), direction[0]);
    let words: Vec<[i16; 4]> = meshopt::encode_filter_oct(&direction, 12);
    assert_close(filtered(&encode_vertex_buffer(&words).unwrap(), 8, "OCTAHEDRAL", 5122), direction[0]);
    let rotation = [[0.5f32, 0.5, 0.1, 0.7]; 3];
    let turned = meshopt::encode_filter_quat(&rotation, 12);
    assert_close(filtered(&encode_vertex_buffer(&turned).unwrap(), 8, "QUATERNION", 5122), rotation[0]);
    let color = [[0.8f32, 0.4, 0.2, 1.0]; 3];
    let bytes: Vec<[u8; 4]> = meshopt::encode_filter_color(&color, 8);
    assert_close(filtered(&encode_vertex_buffer(&bytes).unwrap(), 4, "COLOR", 5121), color[0]);
    let words: Vec<[u16; 4]> = meshopt::encode_filter_color(&color, 12);
    assert_close(filtered(&encode_vertex_buffer(&words).unwrap(), 8, "COLOR", 5123), color[0]);
    // 2^-3 × 40 in each component.
    let exponential = vec![[(-3i32 << 24) as u32 | 40; 4]; 3];
    assert_eq!(filtered(&encode_vertex_buffer(&exponential).unwrap(), 16, "EXPONENTIAL", 5126), [5.0; 4]);
}

#[test]
fn meshopt_data_that_lies_is_named_and_takes_no_memory() {
    let vertices = encode_vertex_buffer(&strip_positions(3)).unwrap();
    let accessors = json!([
        positions_accessor(3), { "bufferView": 0, "componentType": 5125, "type": "SCALAR", "count": 3 }
    ]);
    let message = |stated: Value| {
        cause(read_bytes("a.gltf", &compressed(&[(&vertices, stated)], accessors.clone(), 4)))
    };
    assert!(message(attributes(4_000_000_000, 12)).contains("more data than its bytes can hold"));
    assert!(message(attributes(3, 13)).contains("its stride does not fit"));
    assert!(message(attributes(900, 12)).contains("do not decode"));
    let mut turned = attributes(3, 12);
    turned["filter"] = "QUATERNION".into();
    assert!(message(turned).contains("its stride does not fit"));
}

const BALL: &[u8] = include_bytes!("data/ball_draco.glb");

fn read_ball(bytes: &[u8]) -> Result<Import, ReadError> {
    crate::read_bytes(Path::new("ball.glb"), bytes, &crate::gltf::FORMAT, &WorkCtx::quiet())
}

#[test]
fn a_draco_primitive_has_the_faces_and_attributes_that_went_in() {
    let import = read_ball(BALL).unwrap();
    assert_eq!(import.warnings, []);
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!((primitive.faces.n_faces(), primitive.vertex_positions.len()), (80, 176));
    let Some(Layer::PerVertex(normals)) = &primitive.normals else { panic!("normals are decoded") };
    // On a sphere around the origin a face's normal points away from it.
    for (face, normal) in primitive.faces.iter().zip(primitive.faces.iter().map(|f| normals[f[0] as usize])) {
        let [a, b, c] = [0, 1, 2].map(|i| primitive.vertex_positions[face[i] as usize]);
        assert!((a.length() - 1.0).abs() < 1e-3, "{a}");
        let across = (b - a).cross(c - a).normalize_or_zero();
        assert!(across.dot(normal) > 0.95 && across.dot(a) > 0.0, "{across} {normal}");
    }
    let Layer::PerVertex(uvs) = &primitive.uvs[0] else { panic!("uvs are decoded") };
    assert!(uvs.iter().all(|uv| (-1e-3..=1.001).contains(&uv.x) && (-1e-3..=1.001).contains(&uv.y)));
}

#[test]
fn a_draco_stream_that_is_wrong_anywhere_is_never_a_panic_and_is_named() {
    let (json_n_bytes, start) = (u32::from_le_bytes(BALL[12..16].try_into().unwrap()) as usize, 20);
    let stream = start + json_n_bytes + 8..BALL.len();
    for i in stream.clone() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = BALL.to_vec();
            bytes[i] ^= flip;
            // An error or a scene, both are fine.
            let _ = read_ball(&bytes);
        }
    }
    let mut bytes = BALL.to_vec();
    bytes[stream.start..stream.start + 5].fill(0);
    let message = cause(read_ball(&bytes));
    assert!(message.contains("mesh 0 \"Ball\" primitive 0: its Draco data cannot be read"), "{message}");
}

#[test]
fn one_broken_primitive_does_not_cost_the_others() {
    let bytes = document(
        &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
            "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }],
            "meshes": [{ "name": "Lid", "primitives": [
                { "attributes": { "POSITION": 0 } },
                { "attributes": { "POSITION": 7 } }
            ] }]
        }),
    );
    let import = read_bytes("a.gltf", &bytes).unwrap();
    assert_eq!(import.scene.meshes[0].primitives.len(), 1);
    let text = import.warnings[0].to_string();
    assert!(text.contains("left out: mesh 0 \"Lid\" primitive 1: accessor 7 does not exist"), "{text}");
}
