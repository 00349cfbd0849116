//! Depth and normals of our pictures beside Cycles', pixel by pixel.

use std::path::PathBuf;
use std::process::Command;

use super::{has_module, python};
use crate::shell::{program, root, run};

const SCRIPT: &str = include_str!("against_cycles.py");

/// `models`: paths, or none for the sample. Difference pictures go to target/bench/cycles.
///
/// # Errors
/// When there is no Python with bpy, and where a model is drawn by one of the two only.
pub(super) fn bench(models: &[String]) -> Result<(), String> {
    if !has_module("bpy") {
        return Err("no Python with the bpy module; name one in KILN_BENCH_PYTHON".into());
    }
    let models: Vec<PathBuf> = if models.is_empty() {
        vec![root().join("assets/sample/table_long_decorated_C.glb")]
    } else {
        models.iter().map(PathBuf::from).collect()
    };
    let scratch = root().join("target/bench/cycles");
    let cannot = |error| format!("cannot write {}: {error}", scratch.display());
    std::fs::create_dir_all(&scratch).map_err(cannot)?;
    let script = scratch.join("against_cycles.py");
    std::fs::write(&script, SCRIPT).map_err(cannot)?;
    println!(
        "| model | common pixels | of all seen % | depth within 0.1 % of the range % | normals within 1° % \
         | median depth error / range | median angle ° |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut failed = Vec::new();
    for (i, model) in models.iter().enumerate() {
        let set = scratch.join(format!("{i:02}"));
        let options = "--keep-origin --space world --interior closed --passes depth,normal --format exr";
        let mut thumbs = Command::new(program("kiln"));
        thumbs.arg("thumbs").args(options.split(' ')).arg(model).arg(&set);
        let mut compare = Command::new(python());
        compare.arg(&script).arg(model).arg(&set).arg(scratch.join(format!("{i:02}.png")));
        if run(thumbs.stdout(std::process::Stdio::null())).and_then(|()| run(&mut compare)).is_err() {
            failed.push(model.display().to_string());
        }
    }
    println!("Depth, theirs, difference, normals, theirs, difference: {}", scratch.display());
    if failed.is_empty() { Ok(()) } else { Err(format!("not compared: {}", failed.join(", "))) }
}
