//! Formats of other programs that have no reader here: how each is told apart, and how its program
//! makes a file of it that is read.

use memchr::memmem;

use crate::format::{Format, head};

/// Asked after all formats with a reader.
pub(crate) static FOREIGN: &[Format] = &[
    foreign("3ds Max", &["max"], |b| has_stream(b, &["ClassDirectory3", "DllDirectory"]), MAX),
    foreign("3ds Max ASCII scene", &["ase", "ask"], |b| head(b).starts_with("*3DSMAX_ASCIIEXPORT"), MAX),
    foreign("Maya", &["ma", "mb"], is_maya, MAYA),
    foreign("Cinema 4D", &["c4d"], |b| within(b, 64, b"QC4DC4D6"), CINEMA_4D),
    foreign("ZBrush", &["ztl", "zpr"], |_| false, ZBRUSH),
    foreign("Houdini", &["hip", "hipnc", "hiplc"], |b| within(b, 256, b".start\0"), HOUDINI),
    foreign("Houdini geometry", &["bgeo", "geo"], |b| b.starts_with(b"\x7fNSJb"), HOUDINI),
    foreign("LightWave", &["lwo"], |b| is_iff(b, &[b"LWOB", b"LWO2", b"LWO3"]), LIGHTWAVE),
    foreign("LightWave scene", &["lws"], |b| head(b).starts_with("LWSC"), LIGHTWAVE),
    foreign("Modo", &["lxo"], |b| is_iff(b, &[b"LXOB", b"LXPR"]), MODO),
    foreign("trueSpace", &["cob", "scn"], |b| b.starts_with(b"Caligari "), ASSIMP),
    foreign("classic X3D", &["vrml", "x3dv"], |b| head(b).starts_with("#X3D V"), BLENDER_X3D),
    foreign("SketchUp", &["skp"], is_sketchup, SKETCHUP),
    foreign("Revit", &["rvt", "rfa", "rte"], |b| has_stream(b, &["BasicFileInfo", "RevitPreview4.0"]), REVIT),
    foreign("IFC", &["ifc", "ifczip"], |b| step_schema(b) == Some(StepSchema::Ifc), IFC),
    foreign("STEP", &["step", "stp"], |b| step_schema(b) == Some(StepSchema::Product), FREECAD),
    foreign("IGES", &["iges", "igs"], is_iges, FREECAD),
    foreign("Rhino", &["3dm"], |b| b.starts_with(b"3D Geometry File Format "), RHINO),
    foreign("AutoCAD", &["dwg"], |b| b.starts_with(b"AC10"), AUTOCAD),
    foreign("DXF", &["dxf"], is_dxf, DXF),
    foreign("JT", &["jt"], is_jt, JT),
    foreign(
        "SolidWorks",
        &["sldprt", "sldasm"],
        |b| has_stream(b, &["SwDocContentMgr", "SwDocMgrTempStorage", "ISolidWorksInformation"]),
        SOLIDWORKS,
    ),
    foreign("Inventor", &["ipt", "iam"], |b| has_stream(b, &["RSeDb", "RSeStorage"]), INVENTOR),
    foreign("CATIA", &["catpart", "catproduct"], |b| b.starts_with(b"V5_CFV2"), CATIA),
    foreign("Fusion", &["f3d", "f3z"], |_| false, FUSION),
    foreign("Parasolid", &["x_t", "x_b"], |b| b.starts_with(b"**ABCDEFGHIJKLMNOPQRSTUVWXYZ"), FREECAD_STEP),
    foreign("ACIS", &["sat", "sab"], |b| b.starts_with(b"ACIS BinaryFile"), FREECAD_STEP),
    foreign("Unreal", &["uasset", "umap"], |b| b.starts_with(&[0xC1, 0x83, 0x2A, 0x9E]), UNREAL),
    foreign("Marmoset viewer", &["mview"], |_| false, MARMOSET),
    foreign("Substance Painter", &["spp"], |b| is_hdf5(b) && !is_alembic(b), SUBSTANCE),
    foreign("OpenVDB", &["vdb"], |b| b.starts_with(b" BDV\0\0\0\0"), OPENVDB),
    foreign("MagicaVoxel", &["vox"], |b| b.starts_with(b"VOX "), MAGICAVOXEL),
    foreign("MikuMikuDance", &["pmx", "pmd"], |b| b.starts_with(b"PMX ") || b.starts_with(b"Pmd\0"), MMD),
    foreign("AMF", &["amf"], |b| head(b).contains("<amf"), AMF),
    foreign("DirectX", &["x"], |b| b.starts_with(b"xof 0"), ASSIMP),
    foreign("AC3D", &["ac", "acc", "ac3d"], |b| head(b).starts_with("AC3D"), ASSIMP),
    foreign("MilkShape 3D", &["ms3d"], |b| b.starts_with(b"MS3D000000"), ASSIMP),
    foreign("Quake model", &["mdl", "md2", "md3", "mdc"], is_quake, ASSIMP),
    foreign("Half-Life model", &["mdl"], |b| b.starts_with(b"IDST"), ASSIMP),
    foreign("Half-Life SMD", &["smd"], |b| head(b).starts_with("version 1"), ASSIMP),
    foreign("Doom 3 model", &["md5mesh", "md5anim"], |b| head(b).starts_with("MD5Version"), ASSIMP),
    foreign("GameStudio", &["hmp"], |b| starts_with_any(b, &[b"HMP4", b"HMP5", b"HMP7"]), ASSIMP),
    foreign("Blitz3D", &["b3d"], |b| b.starts_with(b"BB3D"), ASSIMP),
    foreign("Inter-Quake model", &["iqm"], |b| b.starts_with(b"INTERQUAKEMODEL\0"), ASSIMP),
    foreign("Model 3D", &["m3d", "a3d"], |b| starts_with_any(b, &[b"3DMO", b"3dmodel "]), ASSIMP),
    foreign("Quick3D", &["q3o", "q3s"], |b| b.starts_with(b"quick3D"), ASSIMP),
    foreign("Irrlicht", &["irr", "irrmesh"], is_irrlicht, ASSIMP),
    foreign("Ogre", &["mesh", "mesh.xml"], is_ogre, ASSIMP),
    foreign("OpenGEX", &["ogex"], |b| head(b).contains("GeometryObject"), ASSIMP),
    foreign("NIF", &["nif"], |b| starts_with_any(b, &[b"Gamebryo File", b"NetImmerse File"]), NIF),
    foreign("BVH", &["bvh"], |b| head(b).trim_start().starts_with("HIERARCHY"), BVH),
    foreign("E57", &["e57"], |b| b.starts_with(b"ASTM-E57"), CLOUDCOMPARE),
    foreign("LAS", &["las", "laz"], |b| b.starts_with(b"LASF"), CLOUDCOMPARE),
    foreign("Point Cloud Library", &["pcd"], |b| head(b).contains("# .PCD v"), CLOUDCOMPARE),
];

const fn foreign(
    name: &'static str,
    extensions: &'static [&'static str],
    sniff: fn(&[u8]) -> bool,
    hint: &'static str,
) -> Format {
    Format { name, extensions, read: None, sniff, hint }
}

const MAX: &str = "in 3ds Max use File > Export > Export, type Autodesk FBX; \
    tick Smoothing Groups and Embed Media, leave Triangulate off";
const MAYA: &str = "in Maya switch on fbxmaya in Windows > Settings/Preferences > Plug-in Manager, then use \
    File > Export All, type FBX export; tick Smoothing Groups and Embed Media, leave Triangulate off";
const CINEMA_4D: &str =
    "in Cinema 4D use File > Export > FBX; tick Textures and Materials and Embed Textures";
const ZBRUSH: &str = "in ZBrush use Zplugin > FBX ExportImport, set All, and Export; \
    for one SubTool Tool > Export writes an OBJ";
const HOUDINI: &str =
    "in Houdini select the object and use File > Export > Filmbox FBX, or a USD ROP to write .usd";
const LIGHTWAVE: &str = "in LightWave Layout use File > Export > FBX; tick Models and Embed Media";
const MODO: &str = "in Modo use File > Export As, type Autodesk FBX";
const BLENDER_X3D: &str = "in Blender get the extension Web3D X3D/VRML2 (Edit > Preferences > Get Extensions), \
    use File > Import > X3D, then File > Export > glTF 2.0";
const SKETCHUP: &str = "in SketchUp use File > Export > 3D Model, type glTF binary (.glb, from SketchUp 2024 on) or \
    COLLADA (.dae); under Options tick Export Texture Maps, leave Triangulate All Faces off";
const REVIT: &str = "in Revit open a 3D view that shows what is wanted and use File > Export > FBX; \
    for textures too, File > Export > CAD Formats > OBJ (from Revit 2023 on)";
const IFC: &str = "in Blender with the free add-on Bonsai use File > Open IFC Project, then File > Export > glTF 2.0; \
    or run: IfcConvert model.ifc model.glb";
const FREECAD: &str =
    "in FreeCAD (free) open it, select all in the tree, and use File > Export, type glTF 2.0 (.glb)";
const FREECAD_STEP: &str = "in the CAD program save it as STEP; then in FreeCAD (free) open that, select all in the tree, \
    and use File > Export, type glTF 2.0 (.glb)";
const RHINO: &str = "in Rhino 8 use File > Export, type glTF (.glb); tick Export materials and Map Rhino Z to glTF Y. \
    Before that: type Wavefront OBJ, with Map Rhino Z to OBJ Y";
const AUTOCAD: &str = "in AutoCAD type EXPORT and choose FBX, with Materials and Textures embedded; \
    where there is no FBX, STLOUT writes the solids";
const DXF: &str = "in Blender switch on the add-on Import AutoCAD DXF (Edit > Preferences), \
    use File > Import > AutoCAD DXF, then File > Export > glTF 2.0";
const JT: &str = "in the CAD program that wrote it (NX, Solid Edge, Creo) use File > Export > STEP or STL; \
    a STEP becomes a GLB in FreeCAD (free) with File > Export";
const SOLIDWORKS: &str = "in SolidWorks use File > Save As, type Extended Reality (.glb); \
    without that type: STL, or STEP for FreeCAD";
const INVENTOR: &str =
    "in Inventor use File > Export > CAD Format, type OBJ or STL, with the resolution High";
const CATIA: &str =
    "in CATIA use File > Save As, type stl for a part; an assembly as stp, which FreeCAD turns into a GLB";
const FUSION: &str =
    "in Fusion use File > Export, type FBX, or right-click the body, Save As Mesh, format 3MF";
const UNREAL: &str = "in Unreal right-click the asset in the Content Browser, Asset Actions > Export, \
    type glTF (plug-in glTF Exporter) or FBX";
const MARMOSET: &str = "in Marmoset Toolbag open the scene it was made from and use File > Export > glTF/GLB";
const SUBSTANCE: &str =
    "in Substance Painter use File > Export Mesh, or Export Textures with the preset glTF PBR";
const OPENVDB: &str = "volumes have no surface; in Blender add it as a Volume, use Volume to Mesh, \
    then File > Export > glTF 2.0";
const MAGICAVOXEL: &str = "in MagicaVoxel use Export > obj";
const MMD: &str = "in Blender with the free add-on MMD Tools import it, then use File > Export > glTF 2.0";
const AMF: &str = "in the slicer or CAD program export a 3MF or STL";
const ASSIMP: &str = "convert it with the free Assimp tool: assimp export model.old model.glb";
const NIF: &str = "in Blender with the free add-on NifTools import it, then use File > Export > glTF 2.0";
const BVH: &str = "it holds motion and no mesh; in Blender use File > Import > Motion Capture, \
    apply it to a character, then File > Export > glTF 2.0";
const CLOUDCOMPARE: &str = "in CloudCompare (free) open it and use File > Save, type PLY mesh";

fn within(bytes: &[u8], n_bytes: usize, word: &[u8]) -> bool {
    memmem::find(bytes.get(..n_bytes).unwrap_or(bytes), word).is_some()
}

fn starts_with_any(bytes: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| bytes.starts_with(word))
}

/// Electronic Arts' IFF: "FORM", a length, and the kind.
fn is_iff(bytes: &[u8], kinds: &[&[u8; 4]]) -> bool {
    bytes.starts_with(b"FORM") && bytes.get(8..12).is_some_and(|kind| kinds.iter().any(|k| *k == kind))
}

fn is_maya(bytes: &[u8]) -> bool {
    let is_binary = starts_with_any(bytes, &[b"FOR4", b"FOR8"]) && within(bytes, 64, b"Maya");
    is_binary || bytes.starts_with(b"//Maya")
}

fn is_hdf5(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89HDF\r\n\x1a\n")
}

/// Ogawa, or the older HDF5, which other programs use too.
pub(crate) fn is_alembic(bytes: &[u8]) -> bool {
    bytes.starts_with(b"Ogawa") || is_hdf5(bytes) && within(bytes, 1 << 16, b"abc_")
}

fn is_sketchup(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xFE, 0xFF]) && within(bytes, 64, &utf16("SketchUp Model"))
}

#[derive(PartialEq)]
enum StepSchema {
    Ifc,
    Product,
}

/// Both are ISO 10303-21 exchange files; only the schema in the header tells buildings from parts.
fn step_schema(bytes: &[u8]) -> Option<StepSchema> {
    if !head(bytes).trim_start().starts_with("ISO-10303-21") {
        return None;
    }
    let header = bytes.get(..1 << 14).unwrap_or(bytes);
    let schema = memmem::find(header, b"FILE_SCHEMA").and_then(|at| header.get(at..)).unwrap_or_default();
    let is_ifc = within(schema, 64, b"IFC");
    Some(if is_ifc { StepSchema::Ifc } else { StepSchema::Product })
}

/// Punched-card lines: column 73 names the section, the number of the line follows.
fn is_iges(bytes: &[u8]) -> bool {
    let number = bytes.get(73..80).map(<[u8]>::trim_ascii);
    bytes.get(72) == Some(&b'S')
        && number.is_some_and(|n| n.iter().all(|&c| c == b'0' || c == b'1') && n.ends_with(b"1"))
}

/// Pairs of lines, a group code and its value; 999 is a comment.
fn is_dxf(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"AutoCAD Binary DXF") {
        return true;
    }
    let text = head(bytes);
    let mut lines = text.lines().map(str::trim);
    while let (Some(code), Some(value)) = (lines.next(), lines.next()) {
        match code {
            "999" => {}
            code => return code == "0" && value == "SECTION",
        }
    }
    false
}

/// An 80-character version line.
fn is_jt(bytes: &[u8]) -> bool {
    let line = bytes.get(..80).unwrap_or_default();
    line.starts_with(b"Version ")
        && line.get(8).is_some_and(u8::is_ascii_digit)
        && line.iter().all(|c| c.is_ascii_graphic() || c.is_ascii_whitespace())
}

fn is_quake(bytes: &[u8]) -> bool {
    starts_with_any(bytes, &[b"IDPO", b"IDP2", b"IDP3", b"IDPC", b"MDL2", b"MDL3", b"MDL4", b"MDL5", b"MDL7"])
}

fn is_irrlicht(bytes: &[u8]) -> bool {
    let text = head(bytes);
    text.contains("<irr_scene") || text.contains("irrlicht3d.org")
}

fn is_ogre(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x00\x10[MeshSerializer") || head(bytes).trim_start().starts_with("<mesh>")
}

/// Whether a Microsoft compound file ([MS-CFB]) has a stream of one of these names. Looked for in
/// the directory's first sectors only, so that a large file need not be read.
fn has_stream(bytes: &[u8], names: &[&str]) -> bool {
    const DIRECTORY_N_BYTES: usize = 1 << 16;
    if !bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return false;
    }
    let sector_shift = bytes.get(0x1E).copied().unwrap_or_default().min(20);
    let first = bytes.get(0x30..0x34).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes);
    let start = (first as usize).saturating_add(1).saturating_mul(1 << sector_shift).min(bytes.len());
    let directory = bytes.get(start..start.saturating_add(DIRECTORY_N_BYTES)).unwrap_or(&bytes[start..]);
    names.iter().any(|name| memmem::find(directory, &utf16(name)).is_some())
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn check(bytes: &[u8], expect: &str) {
        let found: Vec<_> = FOREIGN.iter().filter(|f| (f.sniff)(bytes)).map(|f| f.name).collect();
        assert_eq!(found, [expect], "{:?}", head(bytes));
    }

    #[test]
    fn each_signature_names_one_program() {
        check(b"//Maya ASCII 2024 scene", "Maya");
        check(b"FOR8\0\0\0\0\0\0\0\x20\0\0\0\0MayaFOR8", "Maya");
        check(b"QC4DC4D6\0\0\0\0", "Cinema 4D");
        check(b"FORM\0\0\0\x20LWO2TAGS", "LightWave");
        check(b"FORM\0\0\0\x20LXOBVRSN", "Modo");
        check(b"3D Geometry File Format        5", "Rhino");
        check(b"AC1032\0\0\0", "AutoCAD");
        check(b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "DXF");
        check(b"999\nVISION3D DXF\n0\nSECTION\n2\nHEADER\n", "DXF");
        check(&[&b"Version 8.1 JT  DM 6.1.0.2"[..], &[b' '; 60]].concat(), "JT");
        check(b"xof 0303txt 0032", "DirectX");
        check(b"IDP2\x08\0\0\0", "Quake model");
        check(b"IDST\x0a\0\0\0", "Half-Life model");
        check("\u{feff}AC3Db\nMATERIAL".as_bytes(), "AC3D");
        check(&[&[0xFF, 0xFE][..], &utf16("*3DSMAX_ASCIIEXPORT 200")].concat(), "3ds Max ASCII scene");
        check(&[&[0xFF, 0xFE, 0xFF, 0x0E][..], &utf16("SketchUp Model")].concat(), "SketchUp");
        check(format!("{:72}S      1\n", "an IGES").as_bytes(), "IGES");
    }

    #[test]
    fn buildings_and_parts_share_a_container() {
        let file = |schema: &str| format!("ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('{schema}'));\nENDSEC;");
        check(file("IFC2X3").as_bytes(), "IFC");
        check(file("AUTOMOTIVE_DESIGN { 1 0 10303 214 }").as_bytes(), "STEP");
    }

    #[test]
    fn compound_files_are_told_by_their_streams() {
        let compound = |stream: &str| {
            let mut bytes = vec![0; 1536];
            bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
            bytes[0x1E] = 9;
            bytes[0x30] = 1;
            let name = utf16(stream);
            bytes[1024..1024 + name.len()].copy_from_slice(&name);
            bytes
        };
        check(&compound("ClassDirectory3"), "3ds Max");
        check(&compound("BasicFileInfo"), "Revit");
        let letter = compound("WordDocument");
        assert!(!FOREIGN.iter().any(|f| (f.sniff)(&letter)));
        assert!(!FOREIGN.iter().any(|f| (f.sniff)(&letter[..9])), "cut off in its header");
    }

    #[test]
    fn every_hint_is_a_way_and_no_name_stands_twice() {
        let names: BTreeSet<_> = FOREIGN.iter().map(|f| f.name).collect();
        assert_eq!(names.len(), FOREIGN.len());
        for format in FOREIGN {
            assert!(format.hint.len() > 25 && !format.hint.ends_with('.'), "{}", format.name);
            assert!(!format.hint.contains("  "), "{}", format.hint);
        }
    }
}
