use std::io::Write;
use std::path::{Path, PathBuf};

use work::WorkCtx;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::{DependencyState, Import, ReadError, ReadWarning, read};

const OBJ: &[u8] = b"mtllib chair.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nusemtl wood\nf 1 2 3 4\n";

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

struct Packed {
    /// Removed with its content when this ends.
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn pack(name: &str, bytes: &[u8]) -> Packed {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Packed { _folder: folder, path }
}

fn read_zip(files: &[(&str, &[u8])]) -> Result<Import, ReadError> {
    read(&pack("pack.zip", &zip_of(files)).path, &WorkCtx::quiet())
}

#[test]
fn an_archive_is_not_what_is_stored_inside_it() {
    let inner = zip_of(&[("3D/3dmodel.model", b"<model/>")]);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("box.3mf", inner.as_slice()), ("chair.obj", OBJ)] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let names: Vec<_> = entry_names(&bytes).collect();
    assert_eq!(names, [b"box.3mf".as_slice(), b"chair.obj"]);
}

#[test]
fn a_model_finds_its_files_inside() {
    let png = b"\x89PNG\r\n\x1a\nrest";
    let packed = pack(
        "pack.zip",
        &zip_of(&[
            ("__MACOSX/source/._chair.obj", b"junk"),
            ("source/chair.obj", OBJ),
            ("source/Chair.MTL", b"newmtl wood\nmap_Kd C:\\Users\\me\\wood.png\nmap_Bump gone.png\n"),
            ("textures/wood.png", png),
        ]),
    );
    let import = read(&packed.path, &WorkCtx::quiet()).unwrap();
    assert_eq!((import.format, import.n_bytes), ("OBJ", packed.path.metadata().unwrap().len()));
    let facts: Vec<_> = import
        .dependencies
        .iter()
        .map(|d| (d.named.as_str(), d.state, d.path.strip_prefix(&packed.path).unwrap().to_str().unwrap()))
        .collect();
    use DependencyState::{Found, FoundBeside, Missing};
    let expected = [
        ("source/chair.obj", Found, "source/chair.obj"),
        ("chair.mtl", Found, "source/Chair.MTL"),
        ("C:\\Users\\me\\wood.png", FoundBeside, "textures/wood.png"),
        ("gone.png", Missing, "source/gone.png"),
    ];
    assert_eq!(facts, expected);
    let image = &import.scene.images[0];
    assert!(matches!(&image.data, scene::ImageData::Embedded(bytes) if **bytes == png[..]));
    assert_eq!(import.files, std::slice::from_ref(&packed.path));
    assert_eq!(import.scene.meshes[0].primitives[0].faces.n_faces(), 1);
}

#[test]
fn the_best_model_is_shown_and_the_others_can_be_asked_for() {
    let stl = b"solid a\nfacet normal 0 0 1\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendfacet\nendsolid\n";
    let files: &[(&str, &[u8])] =
        &[("a/b/deep.obj", OBJ), ("part.stl", stl), ("pack.obj", OBJ), ("big.obj", OBJ)];
    let packed = pack("pack.zip", &zip_of(files));
    let import = read(&packed.path, &WorkCtx::quiet()).unwrap();
    let opened = import.opened.unwrap();
    assert_eq!(opened.path, packed.path.join("pack.obj"));
    assert_eq!(opened.others, ["big.obj", "a/b/deep.obj", "part.stl"].map(|name| packed.path.join(name)));
    let told = |w: &ReadWarning| w.to_string().contains("of the archive's 4 models pack.obj is shown");
    assert!(import.warnings.iter().any(told), "{:?}", import.warnings);
    let other = read(&opened.others[2], &WorkCtx::quiet()).unwrap();
    assert_eq!((other.format, other.warnings.len()), ("STL", 0));
    let error = read(&packed.path.join("no.stl"), &WorkCtx::quiet()).unwrap_err().to_string();
    assert!(error.contains("no file of this name"), "{error}");
}

#[test]
fn names_lead_nowhere_outside() {
    assert_eq!(inner_name("a/./b/../c.png").as_deref(), Some("a/c.png"));
    assert_eq!(inner_name("a\\b.png").as_deref(), Some("a/b.png"));
    for name in ["../a", "a/../../b", "/etc/passwd", "C:\\a", "\\\\host\\a", "", "a\0b"] {
        assert_eq!(inner_name(name), None, "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.png"), b"x").unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let path = folder.path().join("in/pack.zip");
    let mtl = b"newmtl wood\nmap_Kd ../secret.png\nmap_Ks ../../secret.png\n";
    std::fs::write(&path, zip_of(&[("chair.obj", OBJ), ("chair.mtl", mtl), ("../evil.obj", OBJ)])).unwrap();
    let import = read(&path, &WorkCtx::quiet()).unwrap();
    let pictures = import.dependencies.iter().filter(|d| d.named.ends_with("png"));
    assert!(pictures.clone().count() > 0 && pictures.clone().all(|d| d.state == DependencyState::Missing));
    assert!(import.warnings.iter().any(|w| w.to_string().contains("lead out of the archive")));
}

#[test]
fn bombs_are_refused() {
    let error = read_zip(&[("bomb.obj", &vec![b'#'; 17 << 20])]).unwrap_err().to_string();
    assert!(error.contains("bomb.obj in the archive grows beyond 16 MB"), "{error}");
    // A size that is a lie: the bytes are counted as they come.
    let mut lying = zip_of(&[("bomb.obj", &vec![b'#'; 17 << 20])]);
    let size = (17_u32 << 20).to_le_bytes();
    let places: Vec<_> = memchr::memmem::find_iter(&lying, &size).collect();
    places.into_iter().for_each(|at| lying[at..at + 4].copy_from_slice(&100_u32.to_le_bytes()));
    let error = read(&pack("a.zip", &lying).path, &WorkCtx::quiet()).unwrap_err().to_string();
    assert!(error.contains("bomb.obj"), "{error}");
    // An end record that promises more entries than memory holds.
    let mut crowded = zip_of(&[("a.obj", OBJ)]);
    let mut end = b"PK\x06\x06".to_vec();
    end.extend([0; 28]);
    end.extend(u64::MAX.to_le_bytes());
    crowded.splice(0..0, b"PK\x03\x04".iter().copied().chain(end));
    assert!(matches!(Archive::open(&crowded), Err(ArchiveFault::TooManyEntries { .. })));
}

#[test]
fn what_stays_closed_says_why() {
    let mut encrypted = zip_of(&[("a.obj", OBJ)]);
    // Bit 0 of the general purpose flags (APPNOTE 4.4.4), in both headers.
    encrypted[6] |= 1;
    let central = memchr::memmem::find(&encrypted, b"PK\x01\x02").unwrap();
    encrypted[central + 8] |= 1;
    let message = |bytes: &[u8]| read(&pack("a.zip", bytes).path, &WorkCtx::quiet()).unwrap_err().to_string();
    let error = message(&encrypted);
    assert!(error.contains("a.obj in the archive is encrypted; unpack it with its password"), "{error}");
    let nested = zip_of(&[("inner.zip", &zip_of(&[("a.obj", OBJ)]))]);
    assert!(message(&nested).contains("another archive, inner.zip: unpack it first"), "{}", message(&nested));
    let disguised = zip_of(&[("inner.obj", &zip_of(&[("a.obj", OBJ)]))]);
    assert!(message(&disguised).contains("inner.obj is an archive in an archive"));
    let letters = message(&zip_of(&[("notes.txt", b"x"), ("b.txt", b"y")]));
    assert!(letters.contains("no model that Kiln reads among its 2 files"), "{letters}");
    let whole = zip_of(&[("a.obj", OBJ)]);
    assert!(message(&whole[..whole.len() - 30]).contains("the archive is damaged"));
    for n in 0..whole.len() {
        let _ = Archive::open(&whole[..n]);
    }
}

#[test]
fn a_zip_is_told_by_its_entries() {
    let path = Path::new("thing.zip");
    let name_of =
        |files: &[(&str, &[u8])]| crate::registry::recognize(path, &zip_of(files)).unwrap().format.name;
    assert_eq!(name_of(&[("[Content_Types].xml", b""), ("3D/3dmodel.model", b"")]), "3MF");
    assert_eq!(name_of(&[("scene.usdc", b""), ("0/wood.png", b"")]), "USD");
    assert_eq!(name_of(&[("chair.obj", OBJ)]), "ZIP");
}
