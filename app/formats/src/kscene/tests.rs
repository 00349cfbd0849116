use std::path::PathBuf;
use std::sync::Arc;

use glam::{Mat4, Quat, Vec2, Vec3, Vec4};
use scene::{
    Animation, AnimationChannel, AnimationTarget, Authored, Camera, FaceSizes, Faces, Image, ImageData,
    Interpolation, Layer, Light, LightKind, Material, MaterialRun, MaterialTexture, Mesh, MorphTarget, Node,
    OtherScene, Primitive, Projection, Scene, Skin, Texture, Topology, Transform, UpAxis, UvTransform,
    VariantMaterial, Volume,
};
use tempfile::TempDir;
use work::WorkCtx;

use super::*;
use crate::{Compression, read_bytes};

/// Something of everything that a scene can hold.
fn rich() -> Scene {
    let run = |first_face, n_faces, material| MaterialRun { first_face, n_faces, material };
    let n = 300;
    let points: Vec<Vec3> = (0..n).map(|i| Vec3::new(i as f32, (i * i % 17) as f32, -0.5)).collect();
    let grid = Primitive {
        faces: Faces::triangles((0..n - 2).flat_map(|i| [i, i + 1, i + 2]).collect()),
        normals: Some(Layer::PerVertex(vec![Vec3::Z; n as usize])),
        tangents: Some(Layer::PerCorner(vec![Vec4::X; 3 * (n as usize - 2)])),
        uvs: vec![Layer::Indexed {
            values: vec![Vec2::ZERO, Vec2::ONE],
            corner_values: (0..3 * (n - 2)).map(|c| if c % 5 == 0 { u32::MAX } else { c % 2 }).collect(),
        }],
        colors: vec![Layer::PerVertex(vec![Vec4::new(1.0, 0.5, 0.25, 1.0); n as usize])],
        joints: vec![vec![[0, 1, 0, 0]; n as usize]],
        weights: vec![vec![[0.75, 0.25, 0.0, 0.0]; n as usize]],
        morph_targets: vec![MorphTarget {
            name: "smile".into(),
            positions: points.clone(),
            ..Default::default()
        }],
        material_runs: vec![run(0, 100, Some(1)), run(100, n as usize - 102, None)],
        variant_materials: vec![VariantMaterial { variant: 0, material: 1 }],
        extras: Some(r#"{"a":1}"#.into()),
        vertex_positions: points,
        ..Default::default()
    };
    let polygons = Primitive {
        vertex_positions: (0..5).map(|i| Vec3::splat(i as f32)).collect(),
        faces: Faces { corner_vertices: vec![0, 1, 2, 3, 0, 2, 4], sizes: FaceSizes::Starts(vec![0, 4, 7]) },
        ..Default::default()
    };
    let lines = Primitive {
        topology: Topology::Lines,
        vertex_positions: vec![Vec3::ZERO, Vec3::X],
        faces: Faces { corner_vertices: vec![0, 1], sizes: FaceSizes::Uniform(2) },
        ..Default::default()
    };
    let slot = MaterialTexture { texture: 0, uv_set: 0, uv_transform: UvTransform::default() };
    let channel = AnimationChannel {
        node: 1,
        target: AnimationTarget::Rotation,
        interpolation: Interpolation::CubicSpline,
        key_times_secs: vec![0.0],
        values: vec![0.0; 12],
    };
    Scene {
        nodes: vec![
            Node { name: "root".into(), children: vec![1], extras: Some("3".into()), ..Default::default() },
            Node { name: "Größe 模型".into(), mesh: Some(0), skin: Some(0), ..Default::default() },
            Node {
                mesh: Some(1),
                camera: Some(0),
                light: Some(0),
                transform: Transform::Trs {
                    translation: Vec3::X,
                    rotation: Quat::IDENTITY,
                    scale: Vec3::ONE,
                },
                is_hidden: true,
                ..Default::default()
            },
        ],
        name: "main".into(),
        roots: vec![0, 2],
        other_scenes: vec![OtherScene { name: "other".into(), roots: vec![2], extras: None }],
        meshes: vec![
            Mesh { name: "grid".into(), primitives: vec![grid], morph_weights: vec![0.5], extras: None },
            Mesh { name: "rest".into(), primitives: vec![polygons, lines], ..Default::default() },
        ],
        materials: vec![
            Material {
                base_color_texture: Some(slot),
                volume: Some(Volume::default()),
                ..Default::default()
            },
            Material { name: "red".into(), roughness: f32::MIN_POSITIVE, ..Default::default() },
        ],
        textures: vec![Texture {
            image: 1,
            fallback: None,
            wrap_u: scene::Wrap::ClampToEdge,
            wrap_v: scene::Wrap::Repeat,
            mag_filter: scene::Filter::Nearest,
            min_filter: scene::Filter::Linear,
        }],
        images: vec![
            Image {
                name: "bricks".into(),
                mime_type: "image/png".into(),
                data: ImageData::Embedded(Arc::from(&b"not decoded here"[..])),
            },
            Image {
                name: String::new(),
                mime_type: String::new(),
                data: ImageData::Missing("gone.png".into()),
            },
        ],
        skins: vec![Skin {
            joints: vec![0, 1],
            inverse_bind_matrices: vec![Mat4::IDENTITY, Mat4::from_scale(Vec3::splat(2.0))],
            ..Default::default()
        }],
        animations: vec![Animation { name: "turn".into(), channels: vec![channel] }],
        cameras: vec![Camera {
            name: "front".into(),
            projection: Projection::Perspective { fov_y_radians: 0.7, aspect: None },
            near: 0.1,
            far: None,
        }],
        lights: vec![Light {
            name: "lamp".into(),
            kind: LightKind::Spot { inner_cone_radians: 0.1, outer_cone_radians: 0.5 },
            color_linear: Vec3::ONE,
            intensity: 3.0,
            range: None,
        }],
        variants: vec!["winter".into()],
        authored: Authored { meters_per_unit: Some(0.01), up: Some(UpAxis::Z), ..Default::default() },
        extras: Some("[1,2]".into()),
    }
}

struct Written {
    _folder: TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
}

fn written(scene: &Scene, compression: Compression, attachments: &[Attachment]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.kscene");
    let report = write_kscene(scene, &path, compression, attachments, &WorkCtx::quiet()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!((report.n_bytes, report.warnings), (bytes.len() as u64, vec![]));
    Written { _folder: folder, path, bytes }
}

fn read(bytes: &[u8]) -> Result<crate::Import, crate::ReadError> {
    read_bytes("a.kscene".as_ref(), bytes, &FORMAT, &WorkCtx::quiet())
}

#[test]
fn everything_comes_back_whichever_way_it_is_stored() {
    for compression in [Compression::None, Compression::Smaller] {
        let scene = rich();
        let import = read(&written(&scene, compression, &[]).bytes).unwrap();
        assert_eq!(import.warnings, []);
        assert_eq!(import.scene, scene);
    }
    let empty = Scene::default();
    assert_eq!(read(&written(&empty, Compression::None, &[]).bytes).unwrap().scene, empty);
}

#[test]
fn smaller_is_smaller_and_the_same_twice() {
    let scene = rich();
    let [plain, small] = [Compression::None, Compression::Smaller].map(|c| written(&scene, c, &[]).bytes);
    assert!(small.len() < plain.len() / 2, "{} of {}", small.len(), plain.len());
    assert_eq!(written(&scene, Compression::Smaller, &[]).bytes, small);
}

#[test]
fn attachments_are_read_without_the_rest_and_foreign_ones_told_apart() {
    let attach = |tag: &[u8; 4]| Attachment { tag: *tag, bytes: tag.repeat(50) };
    let both = [attach(b"THMB"), attach(b"XYZW")];
    let file = written(&rich(), Compression::None, &both);
    assert_eq!(attachments(&file.path).unwrap(), both);
    assert_eq!(foreign_attachments(&file.path).unwrap(), both[1..]);
    assert_eq!(read(&file.bytes).unwrap().scene, rich());
    let names: Vec<String> = chunks(&file.path).unwrap().into_iter().map(|chunk| chunk.name).collect();
    assert_eq!(
        names,
        ["META", "NODE", "MATL", "ANIM 0", "THMB", "XYZW", "IMAG 0", "IMAG 1", "MESH 0", "MESH 1"]
    );
}

#[test]
fn attaching_replaces_by_tag_and_leaves_the_scene_as_it_lies() {
    let attach_of = |tag: &[u8; 4], text: &[u8]| Attachment { tag: *tag, bytes: text.to_vec() };
    let kept = attach_of(b"XYZW", b"another's");
    let file = written(&rich(), Compression::Smaller, &[attach_of(b"THMB", b"old"), kept.clone()]);
    let new = [attach_of(b"THMB", b"new"), attach_of(b"RPRT", b"{}")];
    attach(&file.path, &new, &WorkCtx::quiet()).unwrap();
    let [thumbnail, report] = new;
    assert_eq!(attachments(&file.path).unwrap(), [kept, thumbnail, report]);
    assert_eq!(read(&std::fs::read(&file.path).unwrap()).unwrap().scene, rich());
    std::fs::write(&file.path, &file.bytes[..file.bytes.len() / 2]).unwrap();
    let refused = attach(&file.path, &[attach_of(b"THMB", b"new")], &WorkCtx::quiet()).unwrap_err();
    assert!(refused.to_string().contains("cut off"), "{refused}");
}

#[test]
fn a_picture_that_cannot_be_read_is_missing_and_not_empty() {
    let mut scene = rich();
    scene.images[0].data = ImageData::File("nowhere/bricks.png".into());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.kscene");
    let report = write_kscene(&scene, &path, Compression::None, &[], &WorkCtx::quiet()).unwrap();
    assert!(matches!(&report.warnings[..], [crate::WriteWarning::PictureLeftOut { .. }]));
    let back = read(&std::fs::read(&path).unwrap()).unwrap().scene;
    assert_eq!(back.images[0].data, ImageData::Missing("nowhere/bricks.png".into()));
}

/// Whatever bit is flipped: no panic, and everything but one chunk is there as it was.
#[test]
fn a_flipped_bit_costs_one_chunk_at_most() {
    let scene = rich();
    let file = written(&scene, Compression::None, &[]);
    let mut state = 1u64;
    let mut n_whole = 0;
    for _ in 0..200 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = (state >> 20) as usize % (8 * file.bytes.len());
        let mut harmed = file.bytes.clone();
        harmed[bit / 8] ^= 1 << (bit % 8);
        if bit / 8 < 8 {
            // Without its first bytes it is no Kiln scene any more.
            continue;
        }
        let import = read(&harmed).unwrap();
        let n_lost = import.warnings.iter().filter(|w| w.to_string().contains("lost")).count();
        assert!(n_lost <= 1);
        let is_same = [
            import.scene.nodes == scene.nodes,
            import.scene.meshes[0] == scene.meshes[0],
            import.scene.meshes[1] == scene.meshes[1],
            import.scene.images[0] == scene.images[0],
            import.scene.animations == scene.animations || import.scene.nodes != scene.nodes,
        ];
        assert!(is_same.iter().filter(|same| !**same).count() <= 1, "{is_same:?} {:?}", import.warnings);
        n_whole += usize::from(import.scene == scene);
        assert!(import.scene == scene || n_lost == 1, "a change that nobody was told of");
    }
    assert!(n_whole > 0, "the padding and the copies of the table are there to be hit");
}

#[test]
fn a_file_cut_short_yields_what_is_left_and_names_the_rest() {
    let scene = rich();
    let file = written(&scene, Compression::None, &[]);
    let ends: Vec<usize> = chunks(&file.path).unwrap().iter().map(|chunk| chunk.n_stored as usize).collect();
    assert_eq!(ends.len(), 8);
    for n in (0..200).map(|i| i * file.bytes.len() / 200) {
        let Ok(import) = read(&file.bytes[..n]) else {
            assert!(n < 1200, "nothing was read of the first {n} bytes of {}", file.bytes.len());
            continue;
        };
        assert!(import.warnings.iter().any(|warning| warning.to_string().contains("MESH 1 (cut off)")));
        let told = import.warnings.iter().map(ToString::to_string).collect::<String>();
        assert_eq!(told.contains("MESH 0"), import.scene.meshes[0] != scene.meshes[0]);
        assert_eq!(told.contains("NODE"), import.scene.nodes != scene.nodes, "{told}");
    }
}

#[test]
fn lies_are_no_trouble() {
    let file = written(&rich(), Compression::Smaller, &[]);
    assert!(read(&file.bytes[..8]).is_err());
    let mut many = file.bytes.clone();
    many[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(&many).unwrap().scene, rich(), "with a lying header the chunks are searched for");
}
