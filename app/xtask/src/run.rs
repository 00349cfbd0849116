//! `cargo xtask run`: the window, or the same main job without a screen.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::{BUILD, PICTURES, WINDOW, need};
use crate::shell::{cargo, output, program, root, run as run_to_end};

const SAMPLE: &str = "assets/sample/table_long_decorated_C.glb";

pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let is_headless = arguments.iter().any(|a| a == "--headless");
    let rest: Vec<String> = arguments.iter().filter(|a| *a != "--headless").cloned().collect();
    if is_headless { headless(&rest) } else { window(&rest) }
}

/// Models and other arguments go to the window as they are.
fn window(arguments: &[String]) -> Result<(), String> {
    need(&[BUILD, PICTURES, WINDOW])?;
    run_to_end(cargo().args(["build", "--package", "studio", "--package", "cli"]))?;
    run_to_end(Command::new(program("kiln-studio")).args(arguments))
}

fn headless(models: &[String]) -> Result<(), String> {
    if let Some(flag) = models.iter().find(|a| a.starts_with('-')) {
        return Err(format!("unknown option {flag}\nusage: cargo xtask run --headless [MODEL…]"));
    }
    need(&[BUILD, PICTURES])?;
    run_to_end(cargo().args(["build", "--package", "cli"]))?;
    let models = if models.is_empty() { vec![root().join(SAMPLE)] } else { absolute(models)? };
    let out = root().join("target/headless");
    let home = out.join("home");
    let mut failed = Vec::new();
    for model in &models {
        if let Err(error) = main_job(model, &out, &home) {
            eprintln!("{error}");
            failed.push(model.display().to_string());
        }
    }
    // Whatever happened above, the farm that was started for it ends here.
    let _ = output(kiln(&home).args(["farm", "stop"]));
    if failed.is_empty() { Ok(()) } else { Err(format!("The job did not finish for {}", failed.join(", "))) }
}

/// Inspect, four passes, convert on the farm, thumbnails on the farm, results; each output path on
/// standard output.
fn main_job(model: &Path, out: &Path, home: &Path) -> Result<(), String> {
    let stem = model.file_stem().unwrap_or_default();
    let out = out.join(stem);
    std::fs::create_dir_all(&out).map_err(|e| format!("cannot make {}: {e}", out.display()))?;

    eprintln!("== Inspect {}", model.display());
    let report = out.join("inspect.json");
    output(kiln(home).arg("inspect").arg(model).arg(&report))?;
    println!("{}", report.display());

    eprintln!("== Draw the four passes");
    print!("{}", output(kiln(home).arg("thumbs").arg(model).arg(out.join("passes")))?);

    for (job_type, folder) in [("kiln-convert", "converted"), ("kiln-thumbnails", "farm-thumbnails")] {
        eprintln!("== {job_type} on the farm");
        let mut submit = kiln(home);
        submit.args(["submit", job_type]).arg(model).arg("--wait").arg("--results").arg(out.join(folder));
        print!("{}", output(&mut submit)?);
    }
    Ok(())
}

fn kiln(home: &Path) -> Command {
    let mut command = Command::new(program("kiln"));
    command.env("KILN_HOME", home);
    command
}

fn absolute(models: &[String]) -> Result<Vec<PathBuf>, String> {
    let one = |model: &String| std::path::absolute(model).map_err(|e| format!("{model}: {e}"));
    models.iter().map(one).collect()
}
