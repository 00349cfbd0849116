//! Reading alone: time, bytes a second and peak memory, beside Blender's and trimesh's in one run.

use std::path::Path;
use std::process::Command;

use super::{BLENDER_INSPECT, RUNS, has_module, median, python, time};
use crate::shell::{program, root};

/// Loads one model and counts its faces.
const TRIMESH_INSPECT: &str = r#"
import sys, trimesh
print(sum(len(g.faces) for g in trimesh.load_scene(sys.argv[1]).geometry.values() if hasattr(g, "faces")))
"#;

/// `models`: paths, or none for the big ones that are made here.
pub(super) fn bench(models: &[String]) -> Result<(), String> {
    let models = if models.is_empty() {
        super::big_models::make(&root().join("target/bench/models"))?
    } else {
        models.iter().map(Into::into).collect()
    };
    let peers: Vec<_> = [("Blender", "bpy", BLENDER_INSPECT), ("trimesh", "trimesh", TRIMESH_INSPECT)]
        .into_iter()
        .filter(|(_, module, _)| has_module(module))
        .collect();
    let names: String = peers.iter().map(|(name, ..)| format!(" {name} s |")).collect();
    println!("| model | size MB | kiln inspect s | MB/s | peak MiB | peak / size |{names}");
    println!("|---|---|---|---|---|---|{}", "---|".repeat(peers.len()));
    for model in &models {
        println!("{}", row(model, &peers)?);
    }
    Ok(())
}

fn row(model: &Path, peers: &[(&str, &str, &str)]) -> Result<String, String> {
    let n_bytes = std::fs::metadata(model).map_err(|e| format!("{}: {e}", model.display()))?.len() as f64;
    let mut commands = vec![Command::new(program("kiln"))];
    commands[0].arg("inspect");
    commands.extend(peers.iter().map(|(_, _, script)| {
        let mut command = Command::new(python());
        command.args(["-c", script]);
        command
    }));
    for command in &mut commands {
        command.arg(model);
    }
    let mut seconds = vec![Vec::new(); commands.len()];
    // In turn, so that a machine whose speed drifts drifts for all alike.
    for counted in 0..=RUNS {
        for (command, seconds) in commands.iter_mut().zip(&mut seconds) {
            // A peer that refuses a file stays without a number.
            match time(command) {
                Ok(time) if counted > 0 => seconds.push(time),
                Err(error) if seconds.is_empty() && command.get_program() == program("kiln") => {
                    return Err(error);
                }
                _ => {}
            }
        }
    }
    let own = seconds[0].iter().copied().fold(f64::INFINITY, f64::min);
    let peak = peak_bytes(model);
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    let times: Vec<String> = seconds.into_iter().map(median).collect();
    Ok(format!(
        "| {name} | {:.2} | {} | {:.0} | {} | {} | {} |",
        n_bytes / 1e6,
        times[0],
        n_bytes / 1e6 / own,
        peak.map_or("–".into(), |peak| format!("{:.0}", peak / f64::from(1 << 20))),
        peak.map_or("–".into(), |peak| format!("{:.1}", peak / n_bytes)),
        times[1..].join(" | ")
    ))
}

/// By GNU time, where it is installed. Pages of the mapped file count too.
fn peak_bytes(model: &Path) -> Option<f64> {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M"]).arg(program("kiln")).arg("inspect").arg(model);
    let output = command.output().ok().filter(|output| output.status.success())?;
    let told = String::from_utf8_lossy(&output.stderr).lines().last()?.trim().parse::<f64>().ok()?;
    Some(told * 1024.0)
}
