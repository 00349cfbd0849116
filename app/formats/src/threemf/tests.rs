use std::io::{Cursor, Write};
use std::path::Path;

use glam::{DVec3, Vec2, Vec4};
use scene::{ImageData, Layer, UpAxis, Wrap};
use work::WorkCtx;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{Import, ReadError, ReadWarning, read_bytes};

fn package(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read_package(entries: &[(&str, &[u8])]) -> Result<Import, ReadError> {
    read_bytes(Path::new("plate.3mf"), &package(entries), &super::FORMAT, &WorkCtx::quiet())
}

fn read_model(inner: &str) -> Import {
    read_package(&[("3D/3dmodel.model", model(inner).as_bytes())]).unwrap()
}

fn model(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<model unit=\"millimeter\" xmlns=\"c\" xmlns:m=\"m\" xmlns:p=\"p\">{inner}</model>"
    )
}

const VERTICES: &str = "<vertices><vertex x=\"0\" y=\"0\" z=\"0\"/><vertex x=\"10\" y=\"0\" z=\"0\"/>\
    <vertex x=\"0\" y=\"20\" z=\"0\"/><vertex z=\"30\" y=\"0\" x=\"0\"></vertex></vertices>";

fn object(id: u32, attributes: &str, triangles: &str) -> String {
    format!(
        "<object id=\"{id}\" {attributes}><mesh>{VERTICES}<triangles>{triangles}</triangles></mesh></object>"
    )
}

const TWO: &str = "<triangle v1=\"0\" v2=\"2\" v3=\"1\"/><triangle v1=\"0\" v2=\"1\" v3=\"3\"/>";

#[test]
fn millimetres_with_z_up_become_metres_with_y_up() {
    let object = object(1, "name=\"Caf&#233; &amp; bar\"", TWO);
    let import = read_model(&format!(
        "<metadata name=\"Application\">Slicer 2</metadata><resources>{object}</resources>\
        <build><item objectid=\"1\" transform=\"1 0 0 0 1 0 0 0 1 100 0 7\"/></build>"
    ));
    assert_eq!(import.warnings, []);
    let bounds = import.scene.bounds();
    assert!(bounds.min.abs_diff_eq(DVec3::new(0.1, 0.007, -0.02), 1e-6), "{bounds:?}");
    assert!(bounds.max.abs_diff_eq(DVec3::new(0.11, 0.037, 0.0), 1e-6), "{bounds:?}");
    let authored = &import.scene.authored;
    assert_eq!((authored.meters_per_unit, authored.up), (Some(0.001), Some(UpAxis::Z)));
    assert_eq!((authored.program.as_str(), import.scene.nodes[1].name.as_str()), ("Slicer 2", "Café & bar"));
}

#[test]
fn components_share_meshes_across_parts() {
    let placed = "<component p:path=\"/3D/Objects/a.model\" objectid=\"1\"/>\
        <component p:path=\"/3D/Objects/a.model\" objectid=\"1\" transform=\"0 1 0 -1 0 0 0 0 1 0 0 0\"/>\
        <component p:path=\"/3D/Objects/gone.model\" objectid=\"1\"/>";
    let root = model(&format!(
        "<resources><object id=\"2\"><components>{placed}</components></object></resources>\
        <build><item objectid=\"2\"/></build>"
    ));
    let rels = "<Relationships><Relationship Target=\"/3D/root.model\" Type=\"http://x/2013/01/3dmodel\"/></Relationships>";
    let part = model(&format!("<resources>{}</resources><build/>", object(1, "", TWO)));
    let entries = [
        ("_rels/.rels", rels.as_bytes()),
        ("3D/Objects/a.model", part.as_bytes()),
        ("3D/root.model", root.as_bytes()),
    ];
    let import = read_package(&entries).unwrap();
    assert_eq!((import.scene.meshes.len(), import.scene.nodes.len()), (1, 4));
    // The second one is turned a quarter: x becomes y, y becomes -x.
    assert!((import.scene.bounds().min.x + 0.02).abs() < 1e-6, "{:?}", import.scene.bounds());
    assert_eq!(import.warnings.len(), 2, "{:?}", import.warnings);
}

#[test]
fn colours_bases_and_pictures() {
    let resources = "<m:pbmetallicdisplayproperties id=\"9\"><m:pbmetallic name=\"a\" metallicness=\"0\" roughness=\"0.2\"/>\
        <m:pbmetallic name=\"b\" metallicness=\"1\" roughness=\"0.3\"/></m:pbmetallicdisplayproperties>\
        <basematerials id=\"5\" displaypropertiesid=\"9\"><base name=\"PLA\" displaycolor=\"#FF0000\"/>\
        <base name=\"Gold\" displaycolor=\"#00FF0080\"/></basematerials>\
        <m:colorgroup id=\"6\"><m:color color=\"#FFFFFF\"/><m:color color=\"#0000FF40\"/></m:colorgroup>\
        <m:texture2d id=\"7\" path=\"/3D/Texture/wood.png\" contenttype=\"image/png\" tilestyleu=\"mirror\" tilestylev=\"clamp\"/>\
        <m:texture2dgroup id=\"8\" texid=\"7\"><m:tex2coord u=\"0\" v=\"0\"/><m:tex2coord u=\"1\" v=\"0.25\"/></m:texture2dgroup>";
    let triangles = "<triangle v1=\"0\" v2=\"2\" v3=\"1\"/><triangle v1=\"0\" v2=\"1\" v3=\"3\" p1=\"1\"/>\
        <triangle v1=\"0\" v2=\"1\" v3=\"3\" pid=\"6\" p1=\"0\" p2=\"1\" p3=\"1\"/>\
        <triangle v1=\"0\" v2=\"1\" v3=\"3\" pid=\"8\" p1=\"0\" p2=\"1\" p3=\"0\"/>\
        <triangle v1=\"0\" v2=\"1\" v3=\"3\" pid=\"6\" p1=\"1000000\"/>";
    let object = object(1, "pid=\"5\" pindex=\"0\"", triangles);
    let text =
        model(&format!("<resources>{resources}{object}</resources><build><item objectid=\"1\"/></build>"));
    let png = b"\x89PNG\r\n\x1a\n";
    let import =
        read_package(&[("3D/3dmodel.model", text.as_bytes()), ("3D/Texture/wood.png", png)]).unwrap();
    let scene = &import.scene;
    let primitive = &scene.meshes[0].primitives[0];
    let materials: Vec<_> =
        primitive.material_runs.iter().map(|run| &scene.materials[run.material.unwrap()]).collect();
    let names: Vec<_> = materials.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["PLA", "Gold", "", "wood", ""]);
    assert_eq!(materials[0].base_color, Vec4::new(1.0, 0.0, 0.0, 1.0));
    assert_eq!((materials[1].metallic, materials[1].roughness), (1.0, 0.3));
    let Layer::PerCorner(colors) = &primitive.colors[0] else { panic!("colours are per corner") };
    assert_eq!((colors.len(), colors[0], colors[6]), (15, Vec4::ONE, Vec4::ONE));
    assert_eq!(colors[7], Vec4::new(0.0, 0.0, 1.0, 64.0 / 255.0));
    let Layer::PerCorner(uvs) = &primitive.uvs[0] else { panic!("coordinates are per corner") };
    assert_eq!(uvs[10], Vec2::new(1.0, 0.75));
    assert!(matches!(&scene.images[0].data, ImageData::Embedded(bytes) if bytes[..] == png[..]));
    assert_eq!(
        (scene.textures[0].wrap_u, scene.textures[0].wrap_v),
        (Wrap::MirroredRepeat, Wrap::ClampToEdge)
    );
    assert!(matches!(import.warnings[..], [ReadWarning::Skipped { what: "triangles' colours", n: 1, .. }]));
}

#[test]
fn objects_in_objects_end() {
    let twice = |id: u32, of: u32| {
        format!(
            "<object id=\"{id}\"><components><component objectid=\"{of}\"/><component objectid=\"{of}\"/></components></object>"
        )
    };
    // Itself, and 2^40 of something.
    let chain: String = (2..42).map(|id| twice(id, id - 1)).collect();
    let leaf = object(1, "", TWO);
    let bomb =
        read_model(&format!("<resources>{leaf}{chain}</resources><build><item objectid=\"41\"/></build>"));
    assert_eq!(bomb.scene.nodes.len(), super::build::MAX_NODES);
    let cycle =
        read_model(&format!("<resources>{}</resources><build><item objectid=\"1\"/></build>", twice(1, 1)));
    assert!(cycle.warnings.iter().any(|w| matches!(w, ReadWarning::Skipped { what: "placed objects", .. })));
}

#[test]
fn what_is_broken_is_named() {
    let bad = object(1, "", "<triangle v1=\"0\" v2=\"4\" v3=\"1\"/><triangle v1=\"0\" v2=\"1\" v3=\"3\"/>");
    let import = read_model(&format!("<resources>{bad}</resources><build><item objectid=\"1\"/></build>"));
    assert!(matches!(import.warnings[..], [ReadWarning::Skipped { what: "triangles", n: 1, .. }]));
    let message = |entries: &[(&str, &[u8])]| read_package(entries).unwrap_err().to_string();
    assert!(message(&[("readme.txt", b"hello")]).contains("holds no model"));
    let whole = model("<resources></resources><build/>");
    let cut = &whole.as_bytes()[..whole.len() - 5];
    assert!(message(&[("3D/3dmodel.model", cut)]).contains("3D/3dmodel.model"));
    let zip = package(&[("3D/3dmodel.model", whole.as_bytes())]);
    for end in 0..zip.len() {
        let cut = read_bytes(Path::new("a.3mf"), &zip[..end], &super::FORMAT, &WorkCtx::quiet());
        assert!(cut.is_err(), "{end} bytes");
    }
}

#[test]
fn a_bomb_stays_closed() {
    let zeros = vec![b' '; 64 << 20];
    let error = read_package(&[("3D/3dmodel.model", &zeros)]).unwrap_err().to_string();
    assert!(error.contains("grows beyond"), "{error}");
}
