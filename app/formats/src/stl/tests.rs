use glam::Vec3;
use work::WorkCtx;

use crate::{Import, ReadError, ReadWarning, read};

fn read_bytes(bytes: &[u8]) -> Result<Import, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.stl");
    std::fs::write(&path, bytes).unwrap();
    read(&path, &WorkCtx::quiet())
}

fn binary(header: &[u8], n_stated: u32, triangles: &[[[f32; 3]; 3]]) -> Vec<u8> {
    let mut bytes = header.to_vec();
    bytes.resize(80, b' ');
    bytes.extend(n_stated.to_le_bytes());
    for triangle in triangles {
        bytes.extend([0; 12]);
        bytes.extend(triangle.as_flattened().iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend([0; 2]);
    }
    bytes
}

const A: [f32; 3] = [0.0, 0.0, 0.0];
const B: [f32; 3] = [1.0, 0.0, 0.0];
const C: [f32; 3] = [0.0, 2.0, 0.0];
const D: [f32; 3] = [0.0, 0.0, 3.0];

#[test]
fn corners_with_the_same_place_become_one_vertex() {
    let import = read_bytes(&binary(b"", 2, &[[A, B, C], [C, B, D]])).unwrap();
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!(primitive.faces.corner_vertices, [0, 1, 2, 2, 1, 3]);
    // +Z up in the file, +Y up in the scene.
    assert_eq!(primitive.vertex_positions, [Vec3::ZERO, Vec3::X, -2.0 * Vec3::Z, 3.0 * Vec3::Y]);
    assert_eq!(import.warnings, []);
}

#[test]
fn both_zeros_are_one_place() {
    let import = read_bytes(&binary(b"", 2, &[[A, B, C], [[-0.0, 0.0, -0.0], C, D]])).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].vertex_positions.len(), 4);
}

#[test]
fn a_grid_larger_than_any_first_table_welds_whole() {
    let n = 120;
    let at = |x: usize, y: usize| [x as f32 * 0.1, y as f32 * 0.1, (x * y) as f32];
    let cell = |i: usize| [at(i % n, i / n), at(i % n + 1, i / n), at(i % n, i / n + 1)];
    let triangles: Vec<_> = (0..n * n).map(cell).collect();
    let import = read_bytes(&binary(b"", triangles.len() as u32, &triangles)).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].vertex_positions.len(), (n + 1) * (n + 1) - 1);
}

#[test]
fn a_binary_file_may_begin_with_solid() {
    let import = read_bytes(&binary(b"solid with facet in its header", 1, &[[A, B, C]])).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
}

#[test]
fn a_count_that_lies_takes_no_memory() {
    let import = read_bytes(&binary(b"solid lie", 4_000_000_000, &[[A, B, C], [A, C, D]])).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 2);
    assert!(matches!(import.warnings[0], ReadWarning::Repaired(_)));
    let import = read_bytes(&binary(b"", 1, &[[A, B, C], [A, C, D]])).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
}

#[test]
fn text_in_any_case_with_odd_facets() {
    let text = "solid part\r\n facet normal 0 0 1\r\n  outer loop\r\n   vertex 0 0 0\r\n   vertex 1e0 0 0\r\n   \
        vertex 0 2 0\r\n  endloop\r\n endfacet\r\nFACET NORMAL 0 0 1\nOUTER LOOP\nVERTEX 0 0 0\nVERTEX 1 0 0\n\
        VERTEX 1 1 0\nVERTEX 0 1 0\nENDLOOP\nENDFACET\nfacet\nvertex 1 2 3\nendfacet\nendsolid part\n";
    let import = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 3);
    let reason = "they have fewer than three corners";
    assert_eq!(import.warnings, [ReadWarning::Skipped { what: "facets", n: 1, reason }]);
}

#[test]
fn a_file_cut_anywhere_is_read_or_refused() {
    let bytes = binary(b"solid", 3, &[[A, B, C], [A, C, D], [B, C, D]]);
    for end in 0..bytes.len() {
        let result = read_bytes(&bytes[..end]);
        assert_eq!(result.is_ok(), end >= 84, "{end} bytes");
    }
    assert!(read_bytes(b"solid").unwrap_err().to_string().contains("export it again"));
}

#[test]
fn coordinates_that_are_no_numbers_are_counted() {
    let import = read_bytes(&binary(b"", 1, &[[A, [f32::NAN, 0.0, 0.0], C]])).unwrap();
    assert_eq!(import.warnings, [ReadWarning::NonFinitePositions { mesh: "model".into(), n_vertices: 1 }]);
}
