use std::path::{Path, PathBuf};

use glam::{Vec2, Vec3};
use scene::{AlphaMode, FaceSizes, ImageData, Layer, Scene, Topology};
use tempfile::TempDir;
use work::WorkCtx;

use crate::{Import, ReadError, ReadWarning, read};

fn save(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn read_text(text: &str) -> Result<Import, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    read(&save(&folder, "model.obj", text), &WorkCtx::quiet())
}

fn scene_of(text: &str) -> Scene {
    read_text(text).unwrap().scene
}

const SQUARE: &str = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n";

#[test]
fn polygons_are_kept_and_quads_alone_are_uniform() {
    let scene = scene_of(&format!("{SQUARE}f 1 2 3 4\nf 4 3 2 1\n"));
    assert_eq!(scene.meshes[0].primitives[0].faces.sizes, FaceSizes::Uniform(4));
    let scene = scene_of(&format!("{SQUARE}v 2 2 0\nf 1 2 3\nf 1 2 3 5 4\n"));
    assert_eq!(scene.meshes[0].primitives[0].faces.sizes, FaceSizes::Starts(vec![0, 3, 8]));
}

#[test]
fn every_way_to_write_a_corner() {
    let text = format!("{SQUARE}vt 0 0\nvt 1 0.25\nvn 0 0 1\nf 1/1/1 2/2 3//1 -1\n");
    let primitive = scene_of(&text).meshes[0].primitives[0].clone();
    assert_eq!(primitive.faces.corner_vertices, [0, 1, 2, 3]);
    let none = u32::MAX;
    let values = vec![Vec2::new(0.0, 1.0), Vec2::new(1.0, 0.75)];
    assert_eq!(primitive.uvs, [Layer::Indexed { values, corner_values: vec![0, 1, none, none] }]);
    let normals = Layer::Indexed { values: vec![Vec3::Z], corner_values: vec![0, none, 0, none] };
    assert_eq!(primitive.normals, Some(normals));
}

#[test]
fn negative_indices_count_back_from_their_own_line() {
    let text = format!("{SQUARE}f -4 -3 -2\nv 9 9 9\nf -1 1 2\n");
    assert_eq!(scene_of(&text).meshes[0].primitives[0].faces.corner_vertices, [0, 1, 2, 4, 0, 1]);
}

#[test]
fn pieces_of_a_large_file_know_their_place() {
    // Longer than several pieces, with both kinds of index across their borders.
    let mut text = String::new();
    let n = 60_000;
    for i in 0..n {
        text += &format!("v {i}.000000000000 0.000000000000 0.000000000000\n");
        match i {
            0 | 1 => {}
            _ if i % 2 == 0 => text += "f -1 -2 -3\n",
            _ => text += &format!("f {} {} \\\n {}\n", i + 1, i, i - 1),
        }
    }
    assert!(text.len() > 3 * super::CHUNK_N_BYTES / 2);
    let primitive = &scene_of(&text).meshes[0].primitives[0];
    assert_eq!(primitive.faces.n_faces(), n - 2);
    for (i, face) in primitive.faces.iter().enumerate() {
        let i = i as u32 + 2;
        assert_eq!(face, [i, i - 1, i - 2]);
    }
}

#[test]
fn faces_that_point_nowhere_are_left_out_with_a_warning() {
    let import =
        read_text(&format!("{SQUARE}f 1 2 9\nf 1 2 3\nf 0 1 2\nf -9 1 2\nf 1 2 99999999999999999999\n"))
            .unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
    let reason = "they point to vertices that do not exist";
    assert_eq!(import.warnings, [ReadWarning::Skipped { what: "faces or lines", n: 4, reason }]);
}

#[test]
fn faces_with_too_few_corners_stay_as_line_and_point() {
    let import = read_text(&format!("{SQUARE}f 1 2\nf 3\nf a b c\n")).unwrap();
    let topologies: Vec<_> = import.scene.meshes[0].primitives.iter().map(|p| p.topology).collect();
    assert_eq!(topologies, [Topology::Lines, Topology::Points]);
    assert!(matches!(import.warnings[0], ReadWarning::Skipped { n: 3, .. }));
}

#[test]
fn objects_are_split_and_take_what_they_use() {
    let text = format!("{SQUARE}o Left\nusemtl red\nf 1 2 3\no Right side\nf 2 3 4\nusemtl blue\nf 4 3 1\n");
    let scene = scene_of(&text);
    let names: Vec<_> = scene.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["Left", "Right side"]);
    let [left, right] = &scene.meshes[..] else { panic!("two objects") };
    assert_eq!(left.primitives[0].vertex_positions.len(), 3);
    assert_eq!(right.primitives[0].vertex_positions.len(), 4);
    let runs: Vec<_> = right.primitives[0].material_runs.iter().map(|run| run.material.unwrap()).collect();
    let materials: Vec<_> = runs.iter().map(|&id| scene.materials[id].name.as_str()).collect();
    assert_eq!(materials, ["red", "blue"], "a material stays in force across objects");
}

#[test]
fn thousands_of_objects_far_apart_take_linear_time() {
    let n = 20_000;
    let mut text: String = (0..n).map(|i| format!("v {i} 0 0\n")).collect();
    for i in 0..n {
        text += &format!("o {i}\nf 1 {} {n}\n", i / 2 + 2);
    }
    assert_eq!(scene_of(&text).meshes.len(), n);
}

#[test]
fn colours_lines_points_and_a_cloud_of_vertices() {
    let scene = scene_of("v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 1 1 1\nf 1 2 3\nl 1 2 3\np 2\n");
    let [faces, lines, points] = &scene.meshes[0].primitives[..] else { panic!("one primitive a kind") };
    let Layer::PerVertex(colors) = &faces.colors[0] else { panic!("colours are per vertex") };
    assert_eq!(colors[1].to_array(), [0.0, 1.0, 0.0, 1.0]);
    assert_eq!((lines.faces.n_faces(), points.faces.n_faces()), (2, 1));
    let cloud = scene_of(SQUARE);
    assert_eq!(cloud.meshes[0].primitives[0].topology, Topology::Points);
    assert_eq!(cloud.meshes[0].primitives[0].faces.n_faces(), 4);
}

#[test]
fn windows_line_ends_tabs_and_comments() {
    let text = "# made by hand\r\nv\t0 0 0 # origin\r\n v 1 0 0\r\nv 0 1 0\r\n\r\nusemtl a b \r\nf 1 2 3 # the face\r\n";
    let scene = scene_of(text);
    assert_eq!(scene.meshes[0].primitives[0].faces.n_faces(), 1);
    assert_eq!(scene.materials[0].name, "a b");
}

#[test]
fn numbers_that_are_none_are_counted() {
    let import = read_text("v nan 0 0\nv 1 inf 0\nv 0 1 0\nf 1 2 3\n").unwrap();
    assert_eq!(import.warnings, [ReadWarning::NonFinitePositions { mesh: "model".into(), n_vertices: 2 }]);
}

#[test]
fn text_that_is_no_model_is_refused() {
    for text in ["hello world\n", "f 1 2 3\n", "\0\0\0\0"] {
        assert!(read_text(text).unwrap_err().to_string().contains("no vertices"), "{text:?}");
    }
    assert!(read_text("").unwrap_err().to_string().contains("empty"));
}

#[test]
fn a_file_cut_anywhere_is_read_or_refused() {
    let text =
        format!("mtllib a.mtl\n{SQUARE}vt 0 0\nvn 0 0 1\no a\nusemtl b\nf 1/1/1 2/1/1 3/1/1 4/1/1\nl 1 2\n");
    for end in 0..text.len() {
        let _ = read_text(&text[..end]);
    }
}

#[test]
fn libraries_with_spaces_foreign_paths_and_pbr_keys() {
    let folder = tempfile::tempdir().unwrap();
    save(&folder, "текстура 1.png", "\u{89}PNG");
    let library = "newmtl Eiche hell\r\nKd 0.2 0.4 0.6\r\nKs 0 0 0\r\nd 0.5\r\n\
        map_Kd -s 2 3 1 -o 0.5 0.25 -clamp on C:\\Users\\art\\текстура 1.png\r\n\
        newmtl metal\r\nPr 0.3\r\nPm 1\r\nNi 1\r\nPc 0.7\r\nPcr 0.1\r\nPs 0\r\naniso 0.5\r\nanisor 0.25\r\nKe 2 1 0\r\nnorm -bm 0.5 missing.png\r\n";
    save(&folder, "my materials.mtl", library);
    let text =
        format!("mtllib my materials.mtl\n{SQUARE}usemtl Eiche hell\nf 1 2 3\nusemtl metal\nf 1 3 4\n");
    let import = read(&save(&folder, "model.obj", &text), &WorkCtx::quiet()).unwrap();
    let [oak, metal] = &import.scene.materials[..] else { panic!("two materials") };
    assert_eq!((oak.metallic, oak.roughness, oak.base_color.w), (0.0, 1.0, 0.5));
    assert_eq!(oak.alpha_mode, AlphaMode::Blend);
    let slot = oak.base_color_texture.unwrap();
    assert_eq!(slot.uv_transform.scale, Vec2::new(2.0, 3.0));
    assert_eq!(slot.uv_transform.offset, Vec2::new(0.5, 1.0 - 0.25 - 3.0));
    let image = &import.scene.images[import.scene.textures[slot.texture].image];
    assert!(matches!(&image.data, ImageData::File(path) if path.ends_with("текстура 1.png")), "{image:?}");
    assert_eq!((metal.metallic, metal.roughness, metal.emissive.x), (1.0, 0.3, 2.0));
    assert_eq!(metal.normal_scale, 0.5);
    assert_eq!((metal.ior, metal.sheen), (1.5, None), "nothing was said of either");
    assert_eq!(metal.clearcoat.map(|coat| (coat.factor, coat.roughness)), Some((0.7, 0.1)));
    let brushed = metal.anisotropy.map(|a| (a.strength, a.rotation_radians));
    assert_eq!(brushed, Some((0.5, std::f32::consts::FRAC_PI_2)));
    assert_eq!(import.warnings.len(), 1, "the missing normal map: {:?}", import.warnings);
    assert_eq!(import.files.len(), 4);
}

#[test]
fn a_missing_library_is_a_warning() {
    let import = read_text(&format!("mtllib nowhere.mtl\n{SQUARE}usemtl a\nf 1 2 3\n")).unwrap();
    assert!(
        matches!(&import.warnings[0], ReadWarning::MissingMaterials { path } if path.ends_with("nowhere.mtl"))
    );
    assert_eq!(import.scene.materials[0].metallic, 0.0);
}

#[test]
fn udim_tiles_are_all_dependencies() {
    let folder = tempfile::tempdir().unwrap();
    for tile in ["wood.1001.png", "wood.1002.png", "wood.1011.png", "paint_1001.png", "paint_1002.png"] {
        save(&folder, tile, "png");
    }
    save(&folder, "m.mtl", "newmtl a\nmap_Kd wood.<UDIM>.png\nmap_Bump paint_1001.png\n");
    let path = save(&folder, "m.obj", &format!("mtllib m.mtl\n{SQUARE}usemtl a\nf 1 2 3 4\n"));
    let import = read(&path, &WorkCtx::quiet()).unwrap();
    let named: Vec<_> = import.dependencies.iter().map(|d| d.named.as_str()).collect();
    let expected =
        ["m.mtl", "wood.1001.png", "wood.1002.png", "wood.1011.png", "paint_1001.png", "paint_1002.png"];
    assert_eq!(named, expected);
    assert!(import.dependencies.iter().all(|d| d.state == crate::DependencyState::Found));
}

#[test]
fn text_in_utf16_is_read() {
    let text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";
    let bytes: Vec<u8> =
        [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let import = crate::read_bytes(Path::new("wide.obj"), &bytes, &super::FORMAT, &WorkCtx::quiet()).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
}
