//! What every fuzz target does with its bytes: reads them as one format, then walks what came out
//! the way the rest of the house does. A panic, a hang or runaway memory anywhere is a finding.

use std::path::Path;

use work::WorkCtx;

/// Reads `bytes` as the format called `format` (see `formats::FORMATS`) under the name `name`.
pub fn read(format: &str, name: &str, bytes: &[u8]) {
    let format = formats::FORMATS.iter().find(|f| f.name == format).expect("a format of the table");
    let Ok(import) = formats::read_bytes(Path::new(name), bytes, format, &WorkCtx::quiet()) else { return };
    let scene = &import.scene;
    scene.validate().expect("a scene that left the reader is whole");
    scene.bounds();
    for primitive in scene.meshes.iter().flat_map(|mesh| &mesh.primitives) {
        primitive.triangle_corners();
    }
    for warning in &import.warnings {
        assert!(!warning.to_string().is_empty());
    }
}

/// Decodes `bytes` as the picture they look like, or as what the first byte chooses.
pub fn picture(bytes: &[u8]) {
    let stated = ["image/x-tga", "image/ktx2", "image/vnd-ms.dds", "image/vnd.adobe.photoshop"];
    let (choice, rest) = bytes.split_first().unwrap_or((&0, bytes));
    let mime_type = stated[usize::from(*choice) % stated.len()];
    // Small pictures find as much as large ones, and sooner.
    let options = picture::DecodeOptions { max_bytes: 16 << 20, ..Default::default() };
    for (bytes, mime_type) in [(bytes, ""), (rest, mime_type)] {
        let probed = picture::probe(bytes, mime_type);
        if let (Ok(info), Ok(pixels)) = (probed, picture::decode(bytes, mime_type, &options)) {
            assert!(pixels.width() <= info.width && pixels.height() <= info.height);
        }
    }
}
