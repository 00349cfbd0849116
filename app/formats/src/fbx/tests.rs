use std::path::Path;

use glam::{DVec3, Vec2, Vec3};
use scene::{AlphaMode, AnimationTarget, FaceSizes, ImageData, Layer, NodeId, Projection, Scene, UpAxis};
use work::WorkCtx;

use super::sample::boxed;
use super::{FORMAT, is_fbx};
use crate::{Clips, DependencyState, Import, ReadOptions, ReadWarning, read, read_bytes, read_with};

fn import(text: &str) -> Import {
    read_bytes(Path::new("box.fbx"), text.as_bytes(), &FORMAT, &WorkCtx::quiet()).unwrap()
}

fn node(scene: &Scene, name: &str) -> NodeId {
    scene.nodes.iter().position(|node| node.name == name).unwrap()
}

fn close(a: DVec3, b: [f64; 3]) {
    assert!((a - DVec3::from(b)).abs().max_element() < 1e-6, "{a} instead of {b:?}");
}

#[test]
fn polygons_stay_as_they_were_made() {
    let import = import(&boxed(""));
    let scene = &import.scene;
    let mesh = &scene.meshes[scene.nodes[node(scene, "Box")].mesh.unwrap()];
    let primitive = &mesh.primitives[0];
    assert_eq!((mesh.name.as_str(), primitive.faces.n_faces()), ("Box", 6));
    assert_eq!(primitive.faces.sizes, FaceSizes::Uniform(4));
    assert_eq!(primitive.vertex_positions[6], Vec3::new(1.0, 1.0, 2.0), "in the file's own unit");
    // Materials 0,1,0,1,0,0 come in two runs, and each face keeps its normal and UVs.
    let runs: Vec<_> =
        primitive.material_runs.iter().map(|r| (r.first_face, r.n_faces, r.material)).collect();
    assert_eq!(runs, [(0, 4, Some(0)), (4, 2, Some(1))]);
    let normals = primitive.normals.as_ref().unwrap();
    for (face, corners) in primitive.faces.iter().enumerate() {
        let [a, b, c] = [0, 1, 2].map(|i| primitive.vertex_positions[corners[i] as usize]);
        let normal = normals.at(4 * face, corners[0]).unwrap();
        assert_eq!((b - a).cross(c - b).normalize_or_zero(), normal);
        let uv = primitive.uvs[0].at(4 * face + 2, corners[2]).unwrap();
        assert_eq!(uv, Vec2::new(1.0, 0.25), "V counts from the top");
    }
    assert!(matches!(primitive.uvs[0], Layer::Indexed { .. }));
}

#[test]
fn axes_and_unit_become_ours() {
    let import = import(&boxed(""));
    let scene = &import.scene;
    assert_eq!((scene.authored.meters_per_unit, scene.authored.up), (Some(0.01), Some(UpAxis::Z)));
    assert_eq!(scene.authored.program, "by hand");
    let bounds = scene.bounds();
    close(bounds.min, [-0.01, 0.0, -0.01]);
    // The shape's default weight of a quarter lifts one corner.
    close(bounds.max, [0.01, 0.021_25, 0.01]);
    assert_eq!(scene.nodes[node(scene, "Box")].extras.as_deref(), Some(r#"{"note":"by the door"}"#));
}

#[test]
fn a_camera_looks_where_it_looked() {
    let import = import(&boxed(""));
    let scene = &import.scene;
    let world = scene.world_transforms().world_from_node[node(scene, "Eye")];
    close(world.transform_vector3(DVec3::NEG_Z).normalize(), [1.0, 0.0, 0.0]);
    // Its upper side is the file's +Y, which lies level where Z is up.
    close(world.transform_vector3(DVec3::Y).normalize(), [0.0, 0.0, -1.0]);
    assert!((scene.cameras[0].near - 0.1).abs() < 1e-6, "{}", scene.cameras[0].near);
    assert!(matches!(scene.cameras[0].projection, Projection::Perspective { .. }));
}

#[test]
fn bones_weigh_one_together() {
    let import = import(&boxed(""));
    let scene = &import.scene;
    let shown = &scene.nodes[node(scene, "Box")];
    let skin = &scene.skins[shown.skin.unwrap()];
    assert_eq!(skin.joints, [node(scene, "Root"), node(scene, "Tip")]);
    let primitive = &scene.meshes[shown.mesh.unwrap()].primitives[0];
    assert_eq!(
        (primitive.joints.len(), primitive.joints[0][4], primitive.weights[0][4]),
        (1, [1, 0, 0, 0], [0.75, 0.25, 0.0, 0.0])
    );
    // At rest every bone stands where it was bound, so the skin leaves the shape as it is.
    let transforms = scene.world_transforms();
    for (joint, inverse) in skin.joints.iter().zip(&skin.inverse_bind_matrices) {
        let world = transforms.world_from_node[*joint] * inverse.as_dmat4();
        close(world.transform_point3(DVec3::new(1.0, 1.0, 2.0)), [0.01, 0.02, -0.01]);
    }
}

#[test]
fn shapes_and_clips_move() {
    let import = import(&boxed(""));
    let scene = &import.scene;
    let shown = node(scene, "Box");
    let mesh = &scene.meshes[scene.nodes[shown].mesh.unwrap()];
    let shape = &mesh.primitives[0].morph_targets[0];
    assert_eq!(
        (shape.name.as_str(), shape.positions[6], mesh.morph_weights[0]),
        ("smile", Vec3::new(0.0, 0.0, 0.5), 0.25)
    );
    let clip = &scene.animations[0];
    assert_eq!((clip.name.as_str(), clip.duration_secs(), scene.animations.len()), ("Walk", 1.0, 1));
    let of = |id: NodeId, target: AnimationTarget| {
        clip.channels.iter().find(|c| c.node == id && c.target == target)
    };
    let walk = of(node(scene, "Root"), AnimationTarget::Translation).unwrap();
    assert_eq!(
        (walk.key_times_secs.as_slice(), walk.values.as_slice()),
        (&[0.0, 1.0][..], &[0.0, 0.0, 0.0, 1.0, 0.0, 0.0][..])
    );
    let smile = of(shown, AnimationTarget::Weights).unwrap();
    assert_eq!(smile.values, [0.25, 0.75]);
    // Halfway all of it, bones and shape, is half a metre along and half lifted.
    let bounds = scene.bounds_over(clip);
    close(bounds.max, [1.01, 0.023_75, 0.01]);
}

#[test]
fn counts_need_not_wait_for_clips() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("box.fbx");
    std::fs::write(&path, boxed("")).unwrap();
    let options = ReadOptions { clips: Clips::Skip, ..ReadOptions::default() };
    let resting = read_with(&path, &options, &WorkCtx::quiet()).unwrap().scene;
    let whole = read(&path, &WorkCtx::quiet()).unwrap().scene;
    assert_eq!((resting.animations.len(), whole.animations.len()), (0, 1));
    assert_eq!(resting.bounds(), whole.bounds());
}

#[test]
fn classic_materials_are_dielectrics() {
    let import = import(&boxed(""));
    let [wood, glass] = &import.scene.materials[..] else { panic!("{:?}", import.scene.materials) };
    assert_eq!((wood.name.as_str(), wood.metallic, wood.alpha_mode), ("Wood", 0.0, AlphaMode::Opaque));
    assert!((wood.roughness - 0.5).abs() < 1e-6, "2 / (30 + 2) to the quarter: {}", wood.roughness);
    assert_eq!(wood.base_color.to_array(), [1.0; 4], "the picture stands in for the colour");
    assert_eq!(glass.base_color.to_array(), [0.2, 0.4, 0.8, 0.25]);
    assert_eq!((glass.alpha_mode, glass.roughness), (AlphaMode::Blend, 1.0));
}

#[test]
fn a_path_of_another_machine_is_found_beside_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("box.fbx");
    std::fs::write(&path, boxed("")).unwrap();
    let without = read(&path, &WorkCtx::quiet()).unwrap();
    assert!(
        without.warnings.iter().any(|w| matches!(w, ReadWarning::MissingPicture { .. })),
        "{:?}",
        without.warnings
    );
    std::fs::write(folder.path().join("wood.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    let with = read(&path, &WorkCtx::quiet()).unwrap();
    assert_eq!(with.dependencies[0].state, DependencyState::FoundBeside);
    assert!(matches!(&with.scene.images[0].data, ImageData::File(file) if file.ends_with("wood.png")));
}

#[test]
fn an_embedded_picture_comes_out_whole() {
    let video = " Video: 601, \"Video::wood\", \"Clip\" {\n  Type: \"Clip\"\n  FileName: \"wood.png\"\n  \
                 RelativeFilename: \"wood.png\"\n  Content: ,\n   \"iVBORw0KGgo=\"\n }\n";
    let import = import(&boxed(video));
    let image = &import.scene.images[0];
    assert_eq!(image.mime_type, "image/png");
    assert!(matches!(&image.data, ImageData::Embedded(bytes) if bytes[..] == *b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn hidden_meshes_are_kept_and_not_shown() {
    let import = import(&boxed(""));
    let scene = &import.scene;
    assert_eq!(scene.mesh_instances(&scene.world_transforms()).len(), 1);
    let ghost = &scene.nodes[node(scene, "Ghost")];
    assert!(ghost.is_hidden && ghost.mesh.is_some());
}

#[test]
fn a_file_of_hidden_meshes_shows_them_all_the_same() {
    let hidden = "   P: \"Visibility\", \"Visibility\", \"\", \"A\",0\n   P: \"note\"";
    let import = import(&boxed("").replace("   P: \"note\"", hidden));
    let scene = &import.scene;
    assert_eq!(scene.mesh_instances(&scene.world_transforms()).len(), 2);
    assert!(import.warnings.iter().any(|w| w.to_string().starts_with("every mesh is hidden")));
}

#[test]
fn content_tells_an_fbx() {
    assert!(is_fbx(b"Kaydara FBX Binary  \0\x1a\0"));
    assert!(is_fbx(boxed("").as_bytes()));
    assert!(is_fbx(b"\n\nFBXHeaderExtension:  {\n"));
    assert!(!is_fbx(b"v 0 0 0\nv 1 0 0\n"));
}

/// Cut anywhere, or with one byte turned: a scene or an error that says so, never more.
#[test]
fn broken_files_end_well() {
    let text = boxed("");
    for end in (0..text.len()).step_by(97) {
        let _ = read_bytes(Path::new("cut.fbx"), &text.as_bytes()[..end], &FORMAT, &WorkCtx::quiet());
    }
    for at in (0..text.len()).step_by(61) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 0x15;
        let _ = read_bytes(Path::new("turned.fbx"), &bytes, &FORMAT, &WorkCtx::quiet());
    }
    let error = read_bytes(Path::new("no.fbx"), b"Kaydara FBX Binary  \0\x1a\0", &FORMAT, &WorkCtx::quiet());
    let words = error.unwrap_err().to_string();
    assert!(words.starts_with("the FBX file is damaged: it ends too early"), "{words}");
}

#[test]
fn a_cancel_ends_the_reading() {
    let ctx = WorkCtx::quiet();
    ctx.cancel();
    let error = read_bytes(Path::new("box.fbx"), boxed("").as_bytes(), &FORMAT, &ctx).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
}
