use glam::{Vec2, Vec3, Vec4};
use scene::{FaceSizes, ImageData, Layer, Primitive, Topology};
use tempfile::TempDir;
use work::WorkCtx;

use crate::{Import, ReadError, ReadWarning, read};

fn read_in(folder: &TempDir, bytes: &[u8]) -> Result<Import, ReadError> {
    let path = folder.path().join("model.ply");
    std::fs::write(&path, bytes).unwrap();
    read(&path, &WorkCtx::quiet())
}

fn read_bytes(bytes: &[u8]) -> Result<Import, ReadError> {
    read_in(&tempfile::tempdir().unwrap(), bytes)
}

fn primitive_of(bytes: &[u8]) -> Primitive {
    read_bytes(bytes).unwrap().scene.meshes[0].primitives[0].clone()
}

fn text(header: &str, rows: &str) -> Vec<u8> {
    format!("ply\nformat ascii 1.0\n{header}end_header\n{rows}").into_bytes()
}

const XYZ: &str = "property float x\nproperty float y\nproperty float z\n";
const FACES: &str = "property list uchar int vertex_indices\n";

fn square(n_faces: usize, faces: &str) -> Vec<u8> {
    let header = format!("element vertex 4\n{XYZ}element face {n_faces}\n{FACES}");
    text(&header, &format!("0 0 0\n1 0 0\n1 2 0\n0 2 3\n{faces}"))
}

#[test]
fn polygons_are_kept_and_stand_up() {
    let primitive = primitive_of(&square(1, "4 0 1 2 3\n"));
    assert_eq!(primitive.faces.sizes, FaceSizes::Uniform(4));
    assert_eq!(primitive.vertex_positions[3], Vec3::new(0.0, 3.0, -2.0));
    let primitive = primitive_of(&square(2, "3 0 1 2\n4 3 2 1 0\n"));
    assert_eq!(primitive.faces.sizes, FaceSizes::Starts(vec![0, 3, 7]));
    assert_eq!(primitive.faces.corner_vertices, [0, 1, 2, 3, 2, 1, 0]);
}

/// Every type once, unknown properties and elements between, in both byte orders and as text.
#[test]
fn all_types_in_all_encodings_agree() {
    let header = "comment made by hand\nelement junk 2\nproperty list ushort double numbers\nproperty char c\n\
        element vertex 3\nproperty double z\nproperty short label\nproperty int y\nproperty float x\n\
        property list uchar float more\nproperty ushort red\nproperty ushort green\nproperty ushort blue\n\
        element face 1\nproperty uint flags\nproperty list int ushort vertex_index\n";
    type Values = [(&'static str, f64)];
    let vertex = |x, y, z, red| {
        [
            ("f64", z),
            ("i16", -7.0),
            ("i32", y),
            ("f32", x),
            ("u8", 2.0),
            ("f32", 0.5),
            ("f32", 1.5),
            ("u16", red),
            ("u16", 0.0),
            ("u16", 65_535.0),
        ]
    };
    let junk: &Values =
        &[("u16", 3.0), ("f64", 1.0), ("f64", 2.0), ("f64", 3.0), ("i8", -1.0), ("u16", 0.0), ("i8", 4.0)];
    let face: &Values = &[("u32", 9.0), ("i32", 3.0), ("u16", 0.0), ("u16", 1.0), ("u16", 2.0)];
    let mut values = junk.to_vec();
    for vertex in [vertex(0.5, 0.0, 1.25, 65_535.0), vertex(1.0, 2.0, 0.0, 0.0), vertex(0.0, 3.0, 0.0, 0.0)] {
        values.extend(vertex);
    }
    values.extend(face);
    let encode = |is_big: bool| {
        let mut bytes = Vec::new();
        for &(kind, value) in &values {
            let mut one = match kind {
                "i8" => (value as i8).to_le_bytes().to_vec(),
                "u8" => (value as u8).to_le_bytes().to_vec(),
                "i16" => (value as i16).to_le_bytes().to_vec(),
                "u16" => (value as u16).to_le_bytes().to_vec(),
                "i32" => (value as i32).to_le_bytes().to_vec(),
                "u32" => (value as u32).to_le_bytes().to_vec(),
                "f32" => (value as f32).to_le_bytes().to_vec(),
                _ => value.to_le_bytes().to_vec(),
            };
            if is_big {
                one.reverse();
            }
            bytes.extend(one);
        }
        bytes
    };
    let binary = |name: &str, is_big| {
        let mut bytes = format!("ply\r\nformat {name} 1.0\r\n{header}end_header\r\n").into_bytes();
        bytes.extend(encode(is_big));
        primitive_of(&bytes)
    };
    // All rows on one line: not one row a line.
    let rows: Vec<_> = values.iter().map(|(_, value)| value.to_string()).collect();
    let all = [
        binary("binary_little_endian", false),
        binary("binary_big_endian", true),
        primitive_of(&text(header, &rows.join(" "))),
    ];
    for primitive in all {
        assert_eq!(primitive.vertex_positions[0], Vec3::new(0.5, 1.25, 0.0));
        assert_eq!(primitive.vertex_positions[2], Vec3::new(0.0, 0.0, -3.0));
        assert_eq!(primitive.faces.corner_vertices, [0, 1, 2]);
        let Layer::PerVertex(colors) = &primitive.colors[0] else { panic!("colours are per vertex") };
        assert_eq!(colors[0], Vec4::new(1.0, 0.0, 1.0, 1.0));
    }
}

#[test]
fn blocks_of_a_large_file_know_their_place() {
    let n = 200_000;
    let header = format!("element vertex {n}\n{XYZ}element face {}\n{FACES}", n - 2);
    let mut rows: String = (0..n).map(|i| format!("{i} 0.5 -1e-3\n")).collect();
    for i in 2..n {
        match i % 2 {
            0 => rows += &format!("3 {i} {} {}\r\n", i - 1, i - 2),
            _ => rows += &format!(" 3\t{i} {} {} \n", i - 1, i - 2),
        }
    }
    assert!(rows.len() > 6 << 20);
    let as_lines = primitive_of(&text(&header, &rows));
    // A blank line between makes every later row stand where another one is looked for.
    let broken = rows.replacen("7 0.5", "\n7 0.5", 1);
    let as_values = primitive_of(&text(&header, &broken));
    for primitive in [as_lines, as_values] {
        assert_eq!(primitive.vertex_positions[n - 1], Vec3::new((n - 1) as f32, -1e-3, -0.5));
        assert_eq!(primitive.faces.n_faces(), n - 2);
        for (i, face) in primitive.faces.iter().enumerate() {
            let i = i as u32 + 2;
            assert_eq!(face, [i, i - 1, i - 2]);
        }
    }
}

#[test]
fn faces_that_make_no_sense_are_left_out() {
    let import = read_bytes(&square(5, "3 0 1 9\n2 0 1\n3 0 -1 2\n0\n3 0 1 2\n")).unwrap();
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
    assert!(matches!(import.warnings[..], [ReadWarning::Skipped { what: "faces", n: 4, .. }]));
}

#[test]
fn colours_are_display_values_of_codes_or_fractions() {
    let header = |kind: &str| {
        format!(
            "element vertex 1\n{XYZ}property {kind} diffuse_red\nproperty {kind} diffuse_green\nproperty {kind} diffuse_blue\nproperty {kind} diffuse_alpha\n"
        )
    };
    for (kind, row) in [
        ("uchar", "0 0 0 188 0 255 51"),
        ("float", "0 0 0 0.7372549 0 1 0.2"),
        ("float", "0 0 0 188 0 255 51"),
    ] {
        let primitive = primitive_of(&text(&header(kind), row));
        let Layer::PerVertex(colors) = &primitive.colors[0] else { panic!("colours are per vertex") };
        assert!(colors[0].abs_diff_eq(Vec4::new(0.502_886, 0.0, 1.0, 0.2), 1e-4), "{kind}: {}", colors[0]);
        assert_eq!(primitive.topology, Topology::Points);
    }
}

#[test]
fn pictures_lie_on_faces_by_number() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wood 1.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    let header = format!(
        "comment TextureFile wood 1.png\ncomment TextureFile gone.png\nelement vertex 4\n{XYZ}element face 3\n{FACES}\
        property list uchar float texcoord\nproperty int texnumber\n"
    );
    let rows = "0 0 0\n1 0 0\n1 2 0\n0 2 3\n3 0 1 2 6 0 0 1 0 1 0.75 0\n3 0 2 3 6 0 0 1 1 0 1 1\n3 0 2 9 6 0 0 0 0 0 0 1\n";
    let import = read_in(&folder, &text(&header, rows)).unwrap();
    let primitive = &import.scene.meshes[0].primitives[0];
    let Layer::PerCorner(uvs) = &primitive.uvs[0] else { panic!("coordinates are per corner") };
    assert_eq!((uvs.len(), uvs[2]), (6, Vec2::new(1.0, 0.25)));
    let materials: Vec<_> = primitive.material_runs.iter().map(|run| run.material).collect();
    assert_eq!(materials, [Some(0), Some(1)]);
    assert!(matches!(&import.scene.images[0].data, ImageData::File(path) if path.ends_with("wood 1.png")));
    assert!(matches!(&import.scene.images[1].data, ImageData::Missing(_)));
    assert_eq!(import.dependencies.len(), 2);
}

#[test]
fn face_colours_and_strips() {
    let header = format!(
        "element vertex 4\n{XYZ}element face 2\n{FACES}property uchar red\nproperty uchar green\nproperty uchar blue\n"
    );
    let primitive =
        primitive_of(&text(&header, "0 0 0\n1 0 0\n1 2 0\n0 2 3\n3 0 1 2 255 0 0\n4 0 1 2 3 0 255 0\n"));
    let Layer::PerCorner(colors) = &primitive.colors[0] else { panic!("colours are per corner") };
    assert_eq!(
        (colors.len(), colors[2], colors[3]),
        (7, Vec4::new(1.0, 0.0, 0.0, 1.0), Vec4::new(0.0, 1.0, 0.0, 1.0))
    );
    let header = format!("element vertex 5\n{XYZ}element tristrips 1\n{FACES}");
    let rows = "0 0 0\n1 0 0\n1 2 0\n0 2 3\n4 4 4\n9 0 1 2 3 -1 2 3 4 4\n";
    assert_eq!(primitive_of(&text(&header, rows)).faces.corner_vertices, [0, 1, 2, 2, 1, 3, 2, 3, 4]);
}

#[test]
fn edges_alone_are_lines() {
    let header =
        format!("element vertex 3\n{XYZ}element edge 2\nproperty int vertex1\nproperty int vertex2\n");
    let primitive = primitive_of(&text(&header, "0 0 0\n1 0 0\n1 2 0\n0 1\n2 7\n"));
    assert_eq!((primitive.topology, primitive.faces.corner_vertices), (Topology::Lines, vec![0, 1]));
}

#[test]
fn splats_say_what_they_are() {
    let names = ["f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2", "rot_0"];
    let more: String = names.iter().map(|name| format!("property float {name}\n")).collect();
    let header = format!("element vertex 1\n{XYZ}{more}");
    let import = read_bytes(&text(&header, "1 2 3 1.7724539 0 -9 0 1 1 1 1\n")).unwrap();
    let primitive = &import.scene.meshes[0].primitives[0];
    assert_eq!(
        (primitive.topology, primitive.vertex_positions[0]),
        (Topology::Points, Vec3::new(1.0, -2.0, -3.0))
    );
    let Layer::PerVertex(colors) = &primitive.colors[0] else { panic!("colours are per vertex") };
    assert!(colors[0].abs_diff_eq(Vec4::new(1.0, 0.214_04, 0.0, 0.5), 1e-4), "{}", colors[0]);
    assert!(import.warnings[0].to_string().contains("Gaussian splats"));
}

#[test]
fn places_far_out_keep_their_millimetres() {
    let header = "element vertex 2\nproperty double x\nproperty double y\nproperty double z\n";
    let import =
        read_bytes(&text(header, "4512345.125 5412345.001 80\n4512345.126 5412345.001 80\n")).unwrap();
    let [a, b] = import.scene.meshes[0].primitives[0].vertex_positions[..] else { panic!("two points") };
    assert!((b.x - a.x - 0.001).abs() < 1e-4, "{a} {b}");
    let center = import.scene.bounds().center();
    assert!((center - glam::DVec3::new(4_512_345.125_5, 80.0, -5_412_345.001)).length() < 0.01, "{center}");
}

#[test]
fn counts_that_lie_take_no_memory() {
    let header = format!("element vertex 4000000000\n{XYZ}element face 4000000000\n{FACES}");
    let error = read_bytes(&text(&header, "0 0 0\n")).unwrap_err().to_string();
    assert!(error.contains("promises 4000000000 rows of \"vertex\""), "{error}");
    let mut bytes =
        b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty uchar x\nproperty uchar y\n\
        property uchar z\nelement face 1\nproperty list uint int vertex_indices\nend_header\n\x01\x02\x03"
            .to_vec();
    bytes.extend(u32::MAX.to_le_bytes());
    assert!(read_bytes(&bytes).unwrap_err().to_string().contains("ends within row 1"));
}

#[test]
fn a_file_cut_or_bent_anywhere_is_read_or_refused() {
    let whole = square(2, "3 0 1 2\n4 3 2 1 0\n");
    let binary = [
        &b"ply\nformat binary_big_endian 1.0\nelement vertex 2\nproperty float x\nproperty char y\nproperty short z\n\
        element face 1\nproperty list uchar uchar vertex_index\nproperty uchar red\nend_header\n"[..],
        &[0; 14],
        &[3, 0, 1, 1, 7],
    ]
    .concat();
    for bytes in [whole, binary] {
        for end in 0..bytes.len() {
            let _ = read_bytes(&bytes[..end]);
            let mut bent = bytes.clone();
            bent[end] ^= 0x15;
            let _ = read_bytes(&bent);
        }
    }
    for bytes in
        [text("element vertex 1\nproperty float x\n", "0\n"), text("", ""), text("property int a\n", "")]
    {
        assert!(read_bytes(&bytes).is_err());
    }
}
