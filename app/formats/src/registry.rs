use std::path::Path;

use crate::foreign::FOREIGN;
use crate::format::Format;
use crate::{
    ReadFault, ReadWarning, archive, blend, bridge, collada, fbx, gltf, kscene, obj, off, packed, ply, stl,
    studio3ds, threemf, usd,
};

/// Every format with a reader, or one that is to come; what holds other files at the end.
pub static FORMATS: &[Format] = &[
    gltf::FORMAT,
    kscene::FORMAT,
    fbx::FORMAT,
    obj::FORMAT,
    off::FORMAT,
    ply::FORMAT,
    stl::FORMAT,
    threemf::FORMAT,
    blend::FORMAT,
    collada::FORMAT,
    studio3ds::FORMAT,
    usd::FORMAT,
    bridge::ALEMBIC,
    bridge::X3D,
    bridge::VRML,
    packed::GZIP,
    packed::ZSTD,
    archive::FORMAT,
];

fn all() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().chain(FOREIGN)
}

/// Says nothing by itself of what is inside.
pub(crate) fn is_container(format: &Format) -> bool {
    packed::is_packing(format) || format.name == archive::FORMAT.name
}

/// The format that a file's extension promises.
pub fn format_of(path: &Path) -> Option<&'static Format> {
    let of_name = |path: &Path| {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        all().find(|format| format.extensions.contains(&extension.as_str()))
    };
    let format = of_name(path)?;
    // `chair.obj.gz` promises a model, `logs.tar.gz` does not.
    let is_promise = !packed::is_packing(format) || of_name(Path::new(path.file_stem()?)).is_some();
    is_promise.then_some(format)
}

pub(crate) struct Recognized {
    pub(crate) format: &'static Format,
    /// The extension that fits, where the file has another or none.
    right_extension: Option<&'static str>,
}

impl Recognized {
    pub(crate) fn warning(&self, path: &Path) -> Option<ReadWarning> {
        let (format, path) = (self.format.name, path.to_owned());
        Some(ReadWarning::WrongExtension { format, extension: self.right_extension?, path })
    }
}

/// Content first, then the extension: an OBJ or an ASCII glTF may begin with nearly anything.
pub(crate) fn recognize(path: &Path, bytes: &[u8]) -> Result<Recognized, ReadFault> {
    let named = format_of(path);
    // What the name promises is asked first, so that two formats with a like beginning stay apart;
    // containers last, so that a 3MF under a wrong name is not taken for a mere zip.
    let promised = named.filter(|f| !is_container(f) && (f.sniff)(bytes));
    let mut contents = all().filter(|f| !is_container(f)).chain(FORMATS.iter().filter(|f| is_container(f)));
    let sniffed = promised.or_else(|| contents.find(|f| (f.sniff)(bytes)));
    match (sniffed, named) {
        (Some(format), named) => {
            let is_other = named.is_none_or(|named| named.name != format.name);
            let extension = if is_other { extension_by_content(format, bytes) } else { None };
            let is_right = |e: &&str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(e));
            let right_extension = extension.filter(|e| !is_right(e));
            Ok(Recognized { format, right_extension })
        }
        (None, Some(format)) => Ok(Recognized { format, right_extension: None }),
        (None, None) => Err(ReadFault::Unknown { readable: readable_extensions() }),
    }
}

/// Where a format has several, the bytes say which.
fn extension_by_content(format: &Format, bytes: &[u8]) -> Option<&'static str> {
    let by_signature: &[(&[u8], &str)] = &[
        (b"glTF", "glb"),
        (b"{", "gltf"),
        (b"#usda", "usda"),
        (b"PXR-USDC", "usdc"),
        (b"PK\x03\x04", "usdz"),
    ];
    let text = bytes.trim_ascii_start();
    let fits = |e: &str| by_signature.iter().any(|(start, ext)| *ext == e && text.starts_with(start));
    format.extensions.iter().find(|e| fits(e)).or(format.extensions.first()).copied()
}

/// ".glb, .gltf, .obj and .stl".
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
    fn text_without_signature_is_told_by_its_words() {
        let obj = b"\xef\xbb\xbf# made by hand\r\n\r\nmtllib a.mtl\r\no board\r\nv 0 0 0\r\nv 1 0 0\r\nv 0 1 0\r\nf 1 2 3\r\n";
        let import = read_as("model.fbx", obj).unwrap();
        assert_eq!(import.format, "OBJ");
        let warning = import.warnings[0].to_string();
        assert!(
            warning.starts_with("the content is OBJ, whatever the name says; rename it to .obj: "),
            "{warning}"
        );
        let gltf = br#" {"asset":{"version":"2.0"},"scenes":[{"nodes":[]}]}"#;
        let warning = read_as("model.obj", gltf).unwrap().warnings[0].to_string();
        assert!(warning.contains("rename it to .gltf"), "{warning}");
        for text in ["v is a letter", "vt 0 0", "# only talk", "mtllib a.mtl\nhello\nv 0 0 0"] {
            assert!(read_as("notes.txt", text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_read_says_what_to_do() {
        let message = |name: &str, bytes: &[u8]| read_as(name, bytes).unwrap_err().to_string();
        assert!(message("renamed.obj", b"BLENDER-v300").contains("Blender file is damaged"));
        let unknown = message("notes.txt", b"hello");
        assert!(unknown.contains("it reads .glb, .gltf, "), "{unknown}");
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
