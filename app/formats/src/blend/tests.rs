use std::path::{Path, PathBuf};

use glam::{DVec3, Vec4};
use scene::{Layer, Scene};
use work::WorkCtx;

use super::{File, unpack};
use crate::{DependencyState, ReadOptions, ReadWarning, read_bytes, read_with};

fn walls() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/walls.blend")
}

fn face_sizes(scene: &Scene, mesh: &str) -> Vec<usize> {
    let mesh = scene.meshes.iter().find(|m| m.name == mesh).unwrap();
    mesh.primitives.iter().flat_map(|p| p.faces.iter().map(<[u32]>::len)).collect()
}

#[test]
fn a_scene_is_read_as_it_was_modelled() {
    let import = read_with(&walls(), &ReadOptions::default(), &WorkCtx::quiet()).unwrap();
    let scene = &import.scene;
    assert_eq!(scene.authored.program, "Blender 3.4");
    assert_eq!(face_sizes(scene, "Cube"), [4; 6]);
    assert_eq!(face_sizes(scene, "Wall"), [5, 4, 3]);
    assert_eq!(scene.cameras.len(), 1);
    let names: Vec<&str> = scene.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["Cube", "Wall", "Camera", "Camera"]);
    assert_eq!(scene.nodes[0].children, [1]);
    let red = scene.materials.iter().find(|material| material.name == "Red").unwrap();
    assert!(red.base_color.abs_diff_eq(Vec4::new(0.8, 0.05, 0.02, 1.0), 1e-6));
    assert_eq!((red.metallic, red.roughness), (0.0, 0.25));
    // Blender's (3, 0, 0) in the world, turned a quarter around Z: the wall runs to Y = 4.
    let bounds = scene.bounds();
    assert!(bounds.min.abs_diff_eq(DVec3::new(-1.0, 0.0, -4.0), 1e-6), "{bounds:?}");
    assert!(bounds.max.abs_diff_eq(DVec3::new(3.0, 3.0, 1.0), 1e-6), "{bounds:?}");
    let cube = &scene.meshes.iter().find(|m| m.name == "Cube").unwrap().primitives[0];
    let Layer::PerCorner(uvs) = &cube.uvs[0] else { panic!("UVs belong to corners") };
    assert_eq!(uvs[..3], [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]].map(glam::Vec2::from));
}

#[test]
fn what_takes_blender_and_what_is_missing_is_said() {
    let import = read_with(&walls(), &ReadOptions::default(), &WorkCtx::quiet()).unwrap();
    let text: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    assert!(text.iter().any(|t| t.contains("1 objects are shown without their modifiers")), "{text:?}");
    assert!(text.iter().any(|t| t.contains("1 objects left out: they are disabled")), "{text:?}");
    let [picture] = import.dependencies.as_slice() else { panic!("{:?}", import.dependencies) };
    assert_eq!((picture.named.as_str(), picture.state), ("textures/wood.png", DependencyState::Missing));
}

/// Bytes turned, cut and filled at random: whatever comes of it, it is an answer.
#[test]
fn damage_anywhere_is_survived() {
    let packed = std::fs::read(walls()).unwrap();
    let whole = unpack::unpack(&packed).unwrap().into_owned();
    let read = |bytes: &[u8]| read_bytes(Path::new("a.blend"), bytes, &super::FORMAT, &WorkCtx::quiet());
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut n_read = 0;
    for round in 0..150 {
        let mut bytes = whole.clone();
        for _ in 0..1 + round % 8 {
            let at = random(bytes.len());
            bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random(5)];
        }
        if round % 5 == 0 {
            bytes.truncate(random(bytes.len()));
        }
        let import = read(&bytes);
        let panicked = |w: &crate::ReadError| w.to_string().contains("gave up");
        assert!(!import.as_ref().is_err_and(panicked), "{:?}", import.err());
        n_read += usize::from(import.is_ok());
    }
    assert!(n_read > 20, "most damage leaves a scene: {n_read}");
    assert!(read(&packed[..packed.len() / 2]).is_err(), "without its end nothing has a meaning");
}

#[test]
fn versions_are_told_in_blenders_words() {
    let packed = std::fs::read(walls()).unwrap();
    let whole = unpack::unpack(&packed).unwrap();
    let mut file = File::open(&whole, &WorkCtx::quiet()).unwrap();
    let mut text = |version| {
        file.version = version;
        file.version_text()
    };
    assert_eq!([250, 279, 304, 501].map(&mut text), ["2.50", "2.79", "3.4", "5.1"]);
}

#[test]
fn what_a_scene_says_about_rendering_is_read() {
    let setup = crate::render_setup(&walls(), &WorkCtx::quiet()).unwrap().unwrap();
    assert_eq!((setup.scene.as_str(), setup.scenes.len(), setup.has_camera), ("Scene", 1, false));
    assert_eq!((setup.first_frame, setup.last_frame, setup.fps), (1, 250, 24.0));
    assert_eq!((setup.format.as_str(), setup.extension.as_str()), ("PNG", ".png"));
    assert_eq!((setup.size_px, setup.has_jpeg_previews), ([1920, 1080], false));
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("cube.obj");
    std::fs::write(&other, "v 0 0 0").unwrap();
    assert_eq!(crate::render_setup(&other, &WorkCtx::quiet()).unwrap(), None);
}

#[test]
fn a_bad_blender_is_said_and_the_modelled_scene_shown() {
    let cache = tempfile::tempdir().unwrap();
    let bridge = crate::Bridge { program: "/nowhere/blender".into(), cache: cache.path().into() };
    let options = ReadOptions { bridge: Some(bridge), ..Default::default() };
    let import = read_with(&walls(), &options, &WorkCtx::quiet()).unwrap();
    let failed = |w: &ReadWarning| matches!(w, ReadWarning::BlenderFailed { .. });
    assert!(import.warnings.iter().any(failed), "{:?}", import.warnings);
    assert_eq!(face_sizes(&import.scene, "Wall").len(), 3);
}
