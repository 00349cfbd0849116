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
