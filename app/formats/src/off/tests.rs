use std::path::Path;

use glam::{Vec2, Vec3, Vec4};
use scene::{FaceSizes, Layer, Primitive, Topology};
use work::WorkCtx;

use crate::{Import, ReadError, ReadWarning, read_bytes};

fn read_off(bytes: &[u8]) -> Result<Import, ReadError> {
    read_bytes(Path::new("model.off"), bytes, &super::FORMAT, &WorkCtx::quiet())
}

fn primitive_of(text: &str) -> Primitive {
    read_off(text.as_bytes()).unwrap().scene.meshes[0].primitives[0].clone()
}

const SQUARE: &str = "0 0 0\n1 0 0\n1 2 0\n\n0 2 3 # the last\n";

#[test]
fn polygons_with_comments_and_counts_in_odd_places() {
    for head in ["OFF\n# by hand\n4 2 0\n", "OFF 4 2 5\r\n", "OFF4 2 0\n", "4 2\n", "OFF\n4\n2 0\n"] {
        let primitive = primitive_of(&format!("{head}{SQUARE}4 0 1 2 3\n3 0 1 2\n"));
        assert_eq!(primitive.faces.sizes, FaceSizes::Starts(vec![0, 4, 7]), "{head:?}");
        assert_eq!(primitive.vertex_positions[3], Vec3::new(0.0, 3.0, -2.0));
    }
}

#[test]
fn letters_say_what_a_vertex_brings() {
    let rows = "0 0 0 2  0 0 1  255 0 0 255  0.5 0.25\n2 0 0 2  0 0 1  0 255 0 255  0 0\n0 2 0 2  0 0 1  0 0 0 0  1 1\n";
    let primitive = primitive_of(&format!("STCN4OFF\n3 1 0\n{rows}3 0 1 2\n"));
    assert_eq!(primitive.vertex_positions[1], Vec3::X);
    assert_eq!(primitive.normals, Some(Layer::PerVertex(vec![Vec3::Y; 3])));
    let Layer::PerVertex(uvs) = &primitive.uvs[0] else { panic!("coordinates are per vertex") };
    assert_eq!(uvs[0], Vec2::new(0.5, 0.75));
    let Layer::PerVertex(colors) = &primitive.colors[0] else { panic!("colours are per vertex") };
    assert_eq!(colors[1..], [Vec4::new(0.0, 1.0, 0.0, 1.0), Vec4::ZERO]);
}

#[test]
fn faces_have_colours_of_their_own() {
    let primitive =
        primitive_of(&format!("OFF\n4 3 0\n{SQUARE}3 0 1 2 255 0 0\n3 0 2 3 7\n4 0 1 2 3 0 255 0 128\n"));
    let Layer::PerCorner(colors) = &primitive.colors[0] else { panic!("colours are per corner") };
    assert_eq!((colors.len(), colors[0], colors[3]), (10, Vec4::new(1.0, 0.0, 0.0, 1.0), Vec4::ONE));
    assert_eq!(colors[9], Vec4::new(0.0, 1.0, 0.0, 128.0 / 255.0));
}

#[test]
fn binary_rows() {
    let mut bytes = b"COFF BINARY\n".to_vec();
    bytes.extend([3i32, 1, 0].iter().flat_map(|n| n.to_be_bytes()));
    for position in [[0.0f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] {
        bytes.extend(position.iter().chain(&[0.0, 1.0, 0.0, 1.0]).flat_map(|v| v.to_be_bytes()));
    }
    bytes.extend([3i32, 0, 1, 2, 0].iter().flat_map(|n| n.to_be_bytes()));
    let import = read_off(&bytes).unwrap();
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!(primitive.faces.corner_vertices, [0, 1, 2]);
    assert_eq!(primitive.colors[0].at(0, 2), Some(Vec4::new(0.0, 1.0, 0.0, 1.0)));
    for end in 0..bytes.len() {
        assert!(read_off(&bytes[..end]).is_err(), "{end} bytes");
    }
}

#[test]
fn edges_and_points_without_faces() {
    let primitive = primitive_of(&format!("OFF\n4 2 0\n{SQUARE}2 0 1\n2 1 2\n"));
    assert_eq!((primitive.topology, primitive.faces.n_faces()), (Topology::Lines, 2));
    assert_eq!(primitive_of(&format!("OFF\n4 0 0\n{SQUARE}")).topology, Topology::Points);
}

#[test]
fn what_makes_no_sense_is_left_out_or_refused() {
    let import =
        read_off(format!("OFF\n4 4 0\n{SQUARE}3 0 1 9\n3 0 1\n3 0 -1 2\n3 0 1 2\n").as_bytes()).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
    assert!(matches!(import.warnings[..], [ReadWarning::Skipped { what: "faces", n: 3, .. }]));
    for text in
        ["OFF", "OFF\n4000000000 4000000000 0\n", "OFF\n2 0 0\n0 0 0\n1 x 0\n", "hello\n", "OFF\n-3 1 0\n"]
    {
        assert!(read_off(text.as_bytes()).is_err(), "{text:?}");
    }
    let whole = format!("STCOFF\n4 2 0\n{SQUARE}4 0 1 2 3 1 0 0\n3 0 1 2 9\n");
    for end in 0..whole.len() {
        let _ = read_off(&whole.as_bytes()[..end]);
    }
}

#[test]
fn the_keyword_is_told_from_other_words() {
    let is_off = |bytes: &[u8]| super::sniff(bytes);
    assert!(is_off(b"OFF\n") && is_off(b"STCNOFF BINARY\n") && is_off(b"OFF490 518 0\n"));
    assert!(!is_off(b"OFFICE") && !is_off(b"CORNER") && !is_off(b"solid OFF"));
}
