use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use glam::{Mat4, Quat, Vec2, Vec3, Vec4};
use scene::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use work::WorkCtx;

use super::write_glb;
use crate::{Import, ReadError, ReadFault, ReadWarning, read};

fn save(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Import, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    read(&save(&folder, name, bytes), &WorkCtx::quiet())
}

/// A document with one buffer inside; views and accessors are the test's own.
fn document(buffer: &[u8], rest: Value) -> Vec<u8> {
    let uri = format!("data:application/octet-stream;base64,{}", STANDARD.encode(buffer));
    let mut document = json!({
        "asset": { "version": "2.0" },
        "buffers": [{ "byteLength": buffer.len(), "uri": uri }],
        "scenes": [{ "nodes": [0] }],
        "nodes": [{ "mesh": 0 }],
    });
    for (name, value) in rest.as_object().unwrap() {
        document[name] = value.clone();
    }
    document.to_string().into_bytes()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn cause(result: Result<Import, ReadError>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

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
fn trees_that_are_none_are_refused() {
    let message = |nodes: Value| {
        let document = json!({ "asset": { "version": "2.0" }, "scenes": [{ "nodes": [0] }], "nodes": nodes });
        cause(read_bytes("a.gltf", document.to_string().as_bytes()))
    };
    assert!(message(json!([{ "children": [1] }, { "children": [0] }])).contains("its own ancestor"));
    assert!(message(json!([{ "children": [9] }])).contains("does not exist"));
}

#[test]
fn slips_of_exporters_are_read_with_a_warning() {
    let document = json!({
        "scenes": [{}],
        "nodes": [{ "mesh": -1, "name": null, "camera": 0.0, "rotation": [0, 0, 0, 0] }],
        "cameras": [{ "type": "perspective", "perspective": { "yfov": 1, "znear": 0.1 } }],
        "animations": [{ "channels": [{ "sampler": 0, "target": { "path": "pointer" } }], "samplers": [] }]
    });
    let mut bytes = b"\xEF\xBB\xBF".to_vec();
    bytes.extend(document.to_string().bytes());
    let import = read_bytes("a.gltf", &bytes).unwrap();
    assert_eq!(import.scene.nodes[0].camera, Some(0));
    assert_eq!(import.scene.nodes[0].transform, Transform::IDENTITY);
    assert!(matches!(import.warnings[0], ReadWarning::Repaired(_)), "{:?}", import.warnings);
}

#[test]
fn a_missing_texture_is_a_warning_and_a_missing_buffer_an_error() {
    let document = json!({
        "asset": { "version": "2.0" },
        "images": [{ "uri": "wood%20grain.png" }],
        "textures": [{ "source": 0 }],
        "materials": [{ "pbrMetallicRoughness": { "baseColorTexture": { "index": 0 } } }]
    });
    let import = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap();
    assert!(import.files[1].ends_with("wood grain.png"), "{:?}", import.files);
    assert!(
        matches!(&import.warnings[0], ReadWarning::MissingPicture { named, .. } if named == "wood%20grain.png")
    );
    let document =
        json!({ "asset": { "version": "2.0" }, "buffers": [{ "byteLength": 4, "uri": "shape.bin" }] });
    let error = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap_err();
    assert!(matches!(&error.fault, ReadFault::MissingFile(path) if path.ends_with("shape.bin")), "{error}");
}

#[test]
fn files_beside_the_model_are_found_by_their_decoded_name() {
    let folder = tempfile::tempdir().unwrap();
    save(&folder, "größe №1.bin", &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
    save(&folder, "Wood.PNG", b"\x89PNG");
    let document = json!({
        "asset": { "version": "2.0" },
        "buffers": [{ "byteLength": 36, "uri": "gr%C3%B6%C3%9Fe%20%E2%84%961.bin" }],
        "bufferViews": [{ "buffer": 0, "byteLength": 36 }],
        "accessors": [{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
        "nodes": [{ "mesh": 0 }],
        "images": [{ "uri": "textures/wood.png" }]
    });
    let import = read(&save(&folder, "a.gltf", document.to_string().as_bytes()), &WorkCtx::quiet()).unwrap();
    assert_eq!(import.scene.roots, [0]);
    assert_eq!(import.warnings, []);
    assert!(matches!(&import.scene.images[0].data, ImageData::File(path) if path.is_file()));
}

#[test]
fn a_compression_without_decoder_is_named() {
    for extension in ["KHR_draco_mesh_compression", "EXT_meshopt_compression"] {
        let document = json!({ "asset": { "version": "2.0" }, "extensionsRequired": [extension] });
        let error = read_bytes("a.gltf", document.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains(extension), "{error}");
    }
}

#[test]
fn an_instanced_node_places_its_mesh_once_for_each_instance() {
    let mut buffer = floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    buffer.extend(floats(&[5.0, 0.0, 0.0, -5.0, 0.0, 0.0]));
    let bytes = document(
        &buffer,
        json!({
            "bufferViews": [{ "buffer": 0, "byteLength": 60 }],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 },
                { "bufferView": 0, "byteOffset": 36, "componentType": 5126, "type": "VEC3", "count": 2 }
            ],
            "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
            "nodes": [{ "mesh": 0, "extensions": { "EXT_mesh_gpu_instancing": { "attributes": { "TRANSLATION": 1 } } } }]
        }),
    );
    let scene = read_bytes("a.gltf", &bytes).unwrap().scene;
    assert_eq!(scene.mesh_instances(&scene.world_transforms()).len(), 2);
    assert_eq!(scene.bounds().size().x, 11.0);
}

/// A scene with one of everything a GLB can hold.
fn rich_scene() -> Scene {
    let quad = Primitive {
        vertex_positions: vec![
            Vec3::ZERO,
            Vec3::X,
            Vec3::new(1.0, 1.0, 0.0),
            Vec3::Y,
            Vec3::new(2.0, 0.0, 0.0),
        ],
        faces: Faces { corner_vertices: vec![0, 1, 2, 3, 1, 4, 2], sizes: FaceSizes::Starts(vec![0, 4, 7]) },
        // The corners on vertex 1 differ, those on vertex 2 agree.
        uvs: vec![Layer::Indexed {
            values: vec![Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y],
            corner_values: vec![0, 1, 2, 3, 0, 1, 2],
        }],
        normals: Some(Layer::PerCorner(vec![
            Vec3::Z,
            Vec3::Z,
            Vec3::Z,
            Vec3::Z,
            Vec3::Z,
            Vec3::ZERO,
            Vec3::Z,
        ])),
        material_runs: vec![
            MaterialRun { first_face: 0, n_faces: 1, material: Some(0) },
            MaterialRun { first_face: 1, n_faces: 1, material: None },
        ],
        ..Default::default()
    };
    let soft = Primitive {
        vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y],
        faces: Faces::triangles(vec![0, 1, 2]),
        joints: vec![vec![[0, 1, 1, 9]; 3]],
        weights: vec![vec![[0.5, 0.25, 0.5, 0.5]; 3]],
        morph_targets: vec![MorphTarget {
            name: "smile".into(),
            positions: vec![Vec3::Z; 3],
            ..Default::default()
        }],
        ..Default::default()
    };
    let material = Material {
        name: "Glow".into(),
        base_color: Vec4::new(0.1, 0.2, 0.3, 0.5),
        emissive: Vec3::new(4.0, 2.0, 0.0),
        alpha_mode: AlphaMode::Mask { cutoff: 0.25 },
        base_color_texture: Some(MaterialTexture {
            texture: 0,
            uv_set: 0,
            uv_transform: UvTransform {
                offset: Vec2::new(0.5, 0.0),
                rotation_radians: 0.3,
                scale: Vec2::splat(2.0),
            },
        }),
        unlit: true,
        ..Default::default()
    };
    let keys = |target, values: Vec<f32>| AnimationChannel {
        node: 1,
        target,
        interpolation: Interpolation::Linear,
        key_times_secs: vec![0.0, 1.5],
        values,
    };
    Scene {
        nodes: vec![
            Node {
                name: "Root №1".into(),
                children: vec![1, 2, 3],
                extras: Some(r#"{"a":[1,2]}"#.into()),
                ..Default::default()
            },
            Node {
                name: "Body".into(),
                mesh: Some(1),
                skin: Some(0),
                morph_weights: vec![0.5],
                ..Default::default()
            },
            Node {
                name: "Eye".into(),
                mesh: Some(0),
                camera: Some(0),
                light: Some(0),
                transform: Transform::Matrix(Mat4::from_translation(Vec3::Y)),
                ..Default::default()
            },
            Node { name: "Bone".into(), ..Default::default() },
        ],
        roots: vec![0],
        meshes: vec![
            Mesh { name: "Quad".into(), primitives: vec![quad], ..Default::default() },
            Mesh { name: "Soft".into(), primitives: vec![soft], ..Default::default() },
        ],
        materials: vec![material],
        textures: vec![Texture {
            image: 0,
            wrap_u: Wrap::ClampToEdge,
            wrap_v: Wrap::Repeat,
            mag_filter: Filter::Nearest,
            min_filter: Filter::Linear,
        }],
        images: vec![Image {
            name: "dot".into(),
            mime_type: "image/png".into(),
            data: ImageData::Embedded(b"\x89PNG\r\n\x1a\n"[..].into()),
        }],
        skins: vec![Skin {
            name: "Rig".into(),
            joints: vec![0, 3],
            inverse_bind_matrices: vec![Mat4::IDENTITY; 2],
            skeleton: Some(0),
        }],
        animations: vec![Animation {
            name: "Wave".into(),
            channels: vec![
                keys(AnimationTarget::Rotation, vec![0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0]),
                keys(AnimationTarget::Weights, vec![0.0, 1.0]),
                keys(AnimationTarget::Scale, vec![f32::NAN; 6]),
            ],
        }],
        cameras: vec![Camera {
            name: "Front".into(),
            projection: Projection::Perspective { fov_y_radians: 0.7, aspect: Some(1.5) },
            near: 0.1,
            far: None,
        }],
        lights: vec![Light {
            name: "Lamp".into(),
            kind: LightKind::Spot { inner_cone_radians: 0.1, outer_cone_radians: 0.4 },
            color_linear: Vec3::new(1.0, 0.5, 0.25),
            intensity: 20.0,
            range: Some(3.0),
        }],
        ..Default::default()
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rich.glb");
    let scene = rich_scene();
    let report = write_glb(&scene, &path, &WorkCtx::quiet()).unwrap();
    assert_eq!(report.n_bytes, path.metadata().unwrap().len());
    assert_eq!(report.warnings.len(), 1, "the NaN channel: {:?}", report.warnings);
    let import = read(&path, &WorkCtx::quiet()).unwrap();
    assert_eq!(import.warnings, []);
    let back = import.scene;

    let names =
        |scene: &Scene| scene.nodes.iter().map(|n| (n.name.clone(), n.children.clone())).collect::<Vec<_>>();
    assert_eq!(names(&back), names(&scene));
    assert_eq!(back.nodes[0].extras, scene.nodes[0].extras);
    assert_eq!(back.nodes[2].transform, scene.nodes[2].transform);
    assert_eq!((back.nodes[2].camera, back.nodes[2].light), (Some(0), Some(0)));
    assert_eq!(back.bounds(), scene.bounds());

    let [quad, triangle] = &back.meshes[0].primitives[..] else { panic!("one primitive for each material") };
    assert_eq!((quad.faces.n_faces(), triangle.faces.n_faces()), (2, 1));
    assert_eq!((quad.vertex_positions.len(), triangle.vertex_positions.len()), (4, 3));
    assert_eq!((quad.runs()[0].material, triangle.runs()[0].material), (Some(0), None));
    let Some(Layer::PerVertex(normals)) = &triangle.normals else { panic!("normals are kept") };
    assert!(normals.iter().all(|n| *n == Vec3::Z), "a normal of length 0 becomes its face's: {normals:?}");

    let soft = &back.meshes[1].primitives[0];
    assert_eq!(soft.joints[0][0], [0, 1, 0, 0]);
    assert_eq!(soft.weights[0][0], [0.4, 0.6, 0.0, 0.0]);
    assert_eq!(soft.morph_targets[0].name, "smile");
    assert_eq!(soft.morph_targets[0].positions, [Vec3::Z; 3]);
    assert_eq!(back.nodes[1].morph_weights, [0.5]);
    assert_eq!(back.skins[0].joints, [0, 3]);

    let (material, original) = (&back.materials[0], &scene.materials[0]);
    assert_eq!((material.base_color, material.emissive), (original.base_color, original.emissive));
    assert_eq!(material.base_color_texture, original.base_color_texture);
    assert_eq!((material.alpha_mode, material.unlit), (original.alpha_mode, true));
    assert_eq!(back.textures, scene.textures);
    assert_eq!(back.images[0].mime_type, "image/png");

    let wave = &back.animations[0];
    assert_eq!((wave.name.as_str(), wave.channels.len()), ("Wave", 2));
    assert_eq!(wave.channels[0].values, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(wave.channels[1].key_times_secs, [0.0, 1.5]);
    assert_eq!(back.cameras[0].projection, scene.cameras[0].projection);
    assert_eq!(back.lights[0].kind, scene.lights[0].kind);
}

#[test]
fn a_written_file_cut_anywhere_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rich.glb");
    write_glb(&rich_scene(), &path, &WorkCtx::quiet()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for sixteenth in 0..16 {
        let cut = &bytes[..bytes.len() * sixteenth / 16];
        assert!(read_bytes("cut.glb", cut).is_err(), "{sixteenth}/16 of the file was read");
    }
    // Any byte may be wrong: an error or a scene, both are fine.
    for i in (0..bytes.len()).step_by(7) {
        let mut bytes = bytes.clone();
        bytes[i] ^= 0x5A;
        let _ = read(&save(&folder, "flipped.glb", &bytes), &WorkCtx::quiet());
    }
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let ctx = WorkCtx::quiet();
    ctx.cancel();
    assert!(write_glb(&rich_scene(), &folder.path().join("a.glb"), &ctx).is_err());
    assert!(
        write_glb(&rich_scene(), &folder.path().join("no/such/folder/a.glb"), &WorkCtx::quiet()).is_err()
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_flat_matrix_is_written_as_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.glb");
    let turned = Mat4::from_scale_rotation_translation(
        Vec3::new(2.0, 0.0, 3.0),
        Quat::from_rotation_x(0.5),
        Vec3::new(1.0, 2.0, 3.0),
    );
    let node = Node { transform: Transform::Matrix(turned), ..Default::default() };
    let scene = Scene { nodes: vec![node], roots: vec![0], ..Default::default() };
    write_glb(&scene, &path, &WorkCtx::quiet()).unwrap();
    let back = read(&path, &WorkCtx::quiet()).unwrap().scene.nodes[0].transform;
    assert!(matches!(back, Transform::Trs { .. }), "{back:?}");
    assert!(back.matrix().abs_diff_eq(turned.as_dmat4(), 1e-6), "{back:?}");
}

#[test]
fn rotations_of_length_zero_do_not_reach_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.glb");
    let transform = Transform::Trs {
        translation: Vec3::ONE,
        rotation: Quat::from_xyzw(0.0, 0.0, 0.0, 0.0),
        scale: Vec3::ONE,
    };
    let scene =
        Scene { nodes: vec![Node { transform, ..Default::default() }], roots: vec![0], ..Default::default() };
    write_glb(&scene, &path, &WorkCtx::quiet()).unwrap();
    let back = read(&path, &WorkCtx::quiet()).unwrap().scene;
    assert_eq!(back.nodes[0].transform.matrix().w_axis.x, 1.0);
    assert!(back.nodes[0].transform.matrix().is_finite());
}
