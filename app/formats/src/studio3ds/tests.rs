use std::path::Path;

use glam::{DVec3, Vec3};
use scene::Layer;
use work::WorkCtx;

use super::*;
use crate::{Import, ReadError, read_bytes};

fn try_read(bytes: &[u8]) -> Result<Import, ReadError> {
    read_bytes(Path::new("model.3ds"), bytes, &FORMAT, &WorkCtx::quiet())
}

fn chunk(id: u16, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&id.to_le_bytes()[..], &(body.len() as u32 + 6).to_le_bytes(), &body].concat()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn shorts(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Two triangles that meet at a right angle along the edge from (0, 0, 0) to (0, 1, 0), each of
/// its own smoothing groups, all standing 10 units along x.
fn bent(groups: [u32; 2]) -> Vec<u8> {
    let vertices = floats(&[10.0, 0.0, 0.0, 10.0, 1.0, 0.0, 9.0, 0.0, 0.0, 10.0, 0.0, 1.0]);
    let material = chunk(0x4130, &[b"Red\0", &shorts(&[1, 1])]);
    let smoothing = chunk(0x4150, &[&groups[0].to_le_bytes(), &groups[1].to_le_bytes()]);
    let faces = shorts(&[2, 0, 1, 2, 7, 0, 3, 1, 7]);
    let matrix = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 10.0, 0.0, 0.0];
    let mesh = chunk(
        0x4100,
        &[
            &chunk(0x4110, &[&shorts(&[4]), &vertices]),
            &chunk(0x4140, &[&shorts(&[4]), &floats(&[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])]),
            &chunk(0x4160, &[&floats(&matrix)]),
            &chunk(0x4120, &[&faces, &material, &smoothing]),
        ],
    );
    chunk(0x4000, &[b"Bent\0", &mesh])
}

fn red() -> Vec<u8> {
    let parts = [
        chunk(0xA000, &[b"Red\0"]),
        chunk(0xA020, &[&chunk(0x0011, &[&[255, 128, 0]])]),
        chunk(0xA050, &[&chunk(0x0030, &[&shorts(&[25])])]),
        chunk(0xA200, &[&chunk(0xA300, &[b"WOOD.JPG\0"])]),
    ];
    chunk(0xAFFF, &[&parts.concat()])
}

fn file(editor: &[&[u8]], keyframer: &[u8]) -> Vec<u8> {
    chunk(0x4D4D, &[&chunk(0x0002, &[&[3, 0, 0, 0]]), &chunk(0x3D3D, editor), keyframer])
}

fn track(id: u16, values: &[f32]) -> Vec<u8> {
    let head = [0; 10];
    chunk(id, &[&head, &1_u32.to_le_bytes(), &0_u32.to_le_bytes(), &[0, 0], &floats(values)])
}

fn placing(id: u16, name: &str, parent: u16, pivot: [f32; 3], position: [f32; 3], turn: f32) -> Vec<u8> {
    let header = [name.as_bytes(), &[0; 5], &parent.to_le_bytes()].concat();
    let parts = [
        chunk(0xB030, &[&id.to_le_bytes()]),
        chunk(0xB010, &[&header]),
        chunk(0xB013, &[&floats(&pivot)]),
        track(0xB020, &position),
        track(0xB021, &[turn, 0.0, 0.0, 1.0]),
        track(0xB022, &[1.0, 1.0, 1.0]),
    ];
    chunk(0xB002, &[&parts.concat()])
}

#[test]
fn a_mesh_without_keyframer_stays_where_it_is() {
    let import = try_read(&file(&[&red(), &bent([1, 1])], &[])).unwrap();
    let scene = &import.scene;
    let bounds = scene.bounds();
    assert!(bounds.min.abs_diff_eq(DVec3::new(9.0, 0.0, -1.0), 1e-9), "+Z is up: {bounds:?}");
    assert!(bounds.max.abs_diff_eq(DVec3::new(10.0, 1.0, 0.0), 1e-9), "+Z is up: {bounds:?}");
    let primitive = &scene.meshes[0].primitives[0];
    assert_eq!(primitive.faces.n_faces(), 2);
    let Layer::PerVertex(uvs) = &primitive.uvs[0] else { panic!() };
    assert_eq!(uvs[1].y, 0.0, "V is counted from the top");
    assert_eq!(primitive.material_runs.len(), 2);
    let material = &scene.materials[0];
    assert_eq!((material.name.as_str(), material.base_color.w), ("Red", 0.75));
    assert_eq!(import.dependencies[0].named, "WOOD.JPG");
}

#[test]
fn colours_are_encoded_for_the_screen() {
    let untextured = |id: u16| {
        let parts = [chunk(0xA000, &[b"Grey\0"]), chunk(0xA020, &[&chunk(id, &[&[255, 128, 0]])])];
        let import = try_read(&file(&[&chunk(0xAFFF, &[&parts.concat()]), &bent([0, 0])], &[])).unwrap();
        import.scene.materials[0].base_color.y
    };
    assert!((untextured(0x0011) - 0.2159).abs() < 1e-3);
    assert!((untextured(0x0012) - 0.5020).abs() < 1e-3);
}

#[test]
fn only_shared_groups_smooth_an_edge() {
    let normals = |groups| {
        let import = try_read(&file(&[&bent(groups)], &[])).unwrap();
        let primitive = &import.scene.meshes[0].primitives[0];
        // The face with a material of its own comes first: it lies across X.
        primitive.normals.as_ref().map(|layer| (layer.at(0, 0).unwrap(), layer.at(1, 3).unwrap()))
    };
    let (on_the_edge, off_it) = normals([1, 3]).unwrap();
    let half = 0.5_f32.sqrt();
    assert!(on_the_edge.abs_diff_eq(Vec3::new(-half, 0.0, half), 1e-6), "{on_the_edge}");
    assert_eq!(off_it, Vec3::NEG_X);
    let (hard, _) = normals([1, 2]).unwrap();
    assert_eq!(hard, Vec3::NEG_X);
    assert_eq!(normals([0, 0]), None);
}

#[test]
fn pivots_and_parents_place_an_object() {
    // Around its pivot, a quarter turn clockwise, below a parent that stands 100 units up.
    let nodes = [
        placing(0, keyframer::DUMMY, 0xFFFF, [0.0; 3], [0.0, 0.0, 100.0], 0.0),
        placing(1, "Bent", 0, [-1.0, 0.0, 0.0], [0.0; 3], std::f32::consts::FRAC_PI_2),
    ];
    let keyframer = chunk(0xB000, &[&nodes.concat()]);
    let import = try_read(&file(&[&bent([0, 0])], &keyframer)).unwrap();
    let scene = &import.scene;
    let transforms = scene.world_transforms();
    let instance = scene.mesh_instances(&transforms)[0];
    let world = scene.world_positions(&instance, &scene.meshes[0].primitives[0], &transforms);
    assert!(world[2].abs_diff_eq(DVec3::new(0.0, 100.0, 0.0), 1e-5), "the pivot's own corner: {}", world[2]);
    assert!(world[0].abs_diff_eq(DVec3::new(0.0, 100.0, 1.0), 1e-5), "{}", world[0]);
    assert_eq!(import.warnings.len(), 0, "{:?}", import.warnings);
}

#[test]
fn copies_share_their_mesh_whatever_their_pivots() {
    let nodes = [
        placing(0, "Bent", 0xFFFF, [0.0; 3], [0.0; 3], 0.0),
        placing(1, "Bent", 0xFFFF, [1.0, 0.0, 0.0], [1.0, 0.0, 0.0], 0.0),
        placing(2, "Bent", 2, [0.0; 3], [0.0; 3], 0.0),
    ];
    let import = try_read(&file(&[&bent([0, 0])], &chunk(0xB000, &[&nodes.concat()]))).unwrap();
    let scene = &import.scene;
    assert_eq!(scene.meshes.len(), 1);
    let transforms = scene.world_transforms();
    let instances = scene.mesh_instances(&transforms);
    assert_eq!(instances.len(), 3);
    for instance in &instances {
        let world = scene.world_positions(instance, &scene.meshes[0].primitives[0], &transforms);
        assert!(world[0].abs_diff_eq(DVec3::ZERO, 1e-5), "{}", world[0]);
    }
}

#[test]
fn only_whole_headers_are_recognised() {
    let whole = file(&[&bent([0, 0])], &[]);
    assert!(sniff(&whole));
    assert!(!sniff(b"MM\0*\0\0\0\x08"), "a picture");
    assert!(!sniff(b"MMMMMMMMMMMM"));
}

#[test]
fn cut_and_lying_files_do_no_harm() {
    let nodes = placing(0, "Bent", 0xFFFF, [0.0; 3], [f32::NAN; 3], f32::INFINITY);
    let whole = file(&[&red(), &bent([1, 1])], &chunk(0xB000, &[&nodes]));
    for end in 0..whole.len() {
        let _ = try_read(&whole[..end]);
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] = 0xFF;
        let _ = try_read(&bytes);
    }
    assert!(try_read(b"MM").unwrap_err().to_string().contains("main chunk"));
}
