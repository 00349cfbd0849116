use std::path::Path;

use crate::foreign::FOREIGN;
use crate::format::{Format, head};
use crate::{ReadFault, gltf, obj, ply, stl};

/// Every format with a reader, or one that is to come.
pub static FORMATS: &[Format] = &[
    gltf::FORMAT,
    obj::FORMAT,
    ply::FORMAT,
    stl::FORMAT,
    known("FBX", &["fbx"], |b| b.starts_with(b"Kaydara FBX Binary"), EXPORT_GLB),
    known(
        "USD",
        &["usd", "usda", "usdc", "usdz"],
        |b| b.starts_with(b"PXR-USDC") || b.starts_with(b"#usda"),
        EXPORT_GLB,
    ),
    known("COLLADA", &["dae"], |b| head(b).contains("<COLLADA"), EXPORT_GLB),
    known("3MF", &["3mf"], |_| false, EXPORT_GLB),
    known("Blender", &["blend"], |b| b.starts_with(b"BLENDER"), "in Blender use File > Export > glTF 2.0"),
    known("3DS", &["3ds"], |_| false, EXPORT_GLB),
];

const EXPORT_GLB: &str = "export a GLB from the program that made it";

const fn known(
    name: &'static str,
    extensions: &'static [&'static str],
    sniff: fn(&[u8]) -> bool,
    hint: &'static str,
) -> Format {
    Format { name, extensions, read: None, sniff, hint }
}

fn all() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().chain(FOREIGN)
}

/// The format that a file's extension promises.
pub fn format_of(path: &Path) -> Option<&'static Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    all().find(|format| format.extensions.contains(&extension.as_str()))
}

pub(crate) struct Recognized {
    pub(crate) format: &'static Format,
    pub(crate) extension_differs: bool,
}

/// Content first, then the extension: an OBJ or an ASCII glTF may begin with nearly anything.
pub(crate) fn recognize(path: &Path, bytes: &[u8]) -> Result<Recognized, ReadFault> {
    let named = format_of(path);
    // What the name promises is asked first, so that two formats with a like beginning stay apart.
    let sniffed = named.filter(|f| (f.sniff)(bytes)).or_else(|| all().find(|f| (f.sniff)(bytes)));
    match (sniffed, named) {
        (Some(format), named) => {
            let extension_differs = named.is_none_or(|named| named.name != format.name);
            Ok(Recognized { format, extension_differs })
        }
        (None, Some(format)) => Ok(Recognized { format, extension_differs: false }),
        (None, None) => Err(ReadFault::Unknown { readable: readable_extensions() }),
    }
}

/// ".glb, .gltf, .obj, .ply and .stl".
fn readable_extensions() -> String {
    let readable = FORMATS.iter().filter(|f| f.is_readable());
    let all: Vec<_> = readable.flat_map(|f| f.extensions).map(|e| format!(".{e}")).collect();
    match all.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => all.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadWarning, read};
    use work::WorkCtx;

    fn read_as(name: &str, bytes: &[u8]) -> Result<crate::Import, crate::ReadError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path, &WorkCtx::quiet())
    }

    #[test]
    fn the_content_is_believed_before_the_name() {
        let text =
            b"solid a\nfacet normal 0 0 1\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendfacet\nendsolid\n";
        let import = read_as("model.obj", text).unwrap();
        assert_eq!(import.format, "STL");
        assert!(matches!(import.warnings[0], ReadWarning::WrongExtension { format: "STL", .. }));
        let import = read_as("Model.STL", text).unwrap();
        assert_eq!(import.warnings, []);
    }

    #[test]
    fn what_is_not_read_says_what_to_do() {
        let message = |name: &str, bytes: &[u8]| read_as(name, bytes).unwrap_err().to_string();
        assert!(
            message("a.fbx", b"Kaydara FBX Binary  ").starts_with("FBX files are not read yet; export a GLB")
        );
        assert!(message("scene.blend", b"BLENDER-v300").contains("File > Export > glTF 2.0"));
        assert!(message("renamed.obj", b"BLENDER-v300").contains("Blender files"));
        let unknown = message("notes.txt", b"hello");
        assert!(unknown.contains("it reads .glb, .gltf, .obj, .ply and .stl"), "{unknown}");
        assert!(unknown.ends_with("notes.txt"), "the path comes last: {unknown}");
    }

    #[test]
    fn folders_and_absent_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path(), &WorkCtx::quiet()).is_err());
        assert!(read(&folder.path().join("none.glb"), &WorkCtx::quiet()).is_err());
    }

    #[test]
    fn a_cancel_ends_the_reading() {
        let ctx = WorkCtx::quiet();
        ctx.cancel();
        assert!(read(Path::new("any.glb"), &ctx).unwrap_err().is_cancelled());
    }
}
