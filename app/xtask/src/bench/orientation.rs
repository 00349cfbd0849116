//! Scrambled models turned back, beside trimesh and Blender.

use std::path::PathBuf;

use super::{example, has_module, python};
use crate::shell::{root, run};

const PEERS: &str = include_str!("orientation_peers.py");

/// `models`: paths, or none for the sample. What peers get goes to target/bench/orientation.
///
/// # Errors
/// When something cannot be built, read or written.
pub(super) fn bench(models: &[String]) -> Result<(), String> {
    let models: Vec<PathBuf> = if models.is_empty() {
        vec![root().join("assets/sample/table_long_decorated_C.glb")]
    } else {
        models.iter().map(PathBuf::from).collect()
    };
    let scratch = root().join("target/bench/orientation");
    let cannot = |error| format!("cannot write {}: {error}", scratch.display());
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch).map_err(cannot)?;
    }
    std::fs::create_dir_all(&scratch).map_err(cannot)?;
    run(example("scramble")?.arg("--out").arg(&scratch).args(&models))?;
    if !(has_module("trimesh") && has_module("bpy")) {
        eprintln!("No Python with the modules trimesh and bpy; only our own table.");
        return Ok(());
    }
    let script = scratch.join("orientation_peers.py");
    std::fs::write(&script, PEERS).map_err(cannot)?;
    println!();
    run(std::process::Command::new(python()).arg(&script).arg(&scratch))
}
