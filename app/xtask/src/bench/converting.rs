//! Converting: a mended GLB and a packed one, beside the tools that people use for that, in one run.
//! Peers are those found: `gltfpack` and `gltf-transform` on the PATH, trimesh and Blender in the
//! Python that `KILN_BENCH_PYTHON` names, Khronos' validator where `KILN_BENCH_VALIDATOR` names its
//! module for `node`. Each is held against what of ours does the same.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{RUNS, has_module, median, python, time};
use crate::shell::{program, root};

/// Reads one model and writes a GLB.
const TRIMESH: &str = r#"
import sys, trimesh
trimesh.load_scene(sys.argv[1]).export(sys.argv[2])
"#;

const BLENDER: &str = r#"
import sys, bpy
path = sys.argv[1]
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
kind = path.rsplit(".", 1)[-1].lower()
if kind in ("glb", "gltf"): bpy.ops.import_scene.gltf(filepath=path)
elif kind == "obj": bpy.ops.wm.obj_import(filepath=path)
elif kind == "stl": bpy.ops.wm.stl_import(filepath=path)
elif kind == "ply": bpy.ops.wm.ply_import(filepath=path)
elif kind == "fbx": bpy.ops.import_scene.fbx(filepath=path)
else: sys.exit("no importer")
bpy.ops.export_scene.gltf(filepath=sys.argv[2])
"#;

/// What gltfpack does by itself, said in our words: rounded to 14, 12 and 8 bits, ordered, compressed.
const PACKED: &str = r#"
name = "packed"
output.compression = "smaller"
steps = [{ do = "triangulate" }, { do = "quantize" }, { do = "order", goal = "size" }]
"#;

const VALIDATOR: &str = r#"
const validator = require(process.env.KILN_BENCH_VALIDATOR), fs = require("fs");
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1]))).then(() => {});
"#;

/// The command for a model and a result.
type Run = Box<dyn Fn(&Path, &Path) -> Command>;

/// One way to convert.
struct Way {
    name: &'static str,
    run: Run,
    /// Which of ours does the same.
    ours: &'static str,
}

pub(super) fn bench(models: &[String]) -> Result<(), String> {
    let scratch = root().join("target/bench/converted");
    std::fs::create_dir_all(&scratch).map_err(|e| format!("cannot make {}: {e}", scratch.display()))?;
    let models: Vec<PathBuf> = if models.is_empty() {
        super::big_models::make(&root().join("target/bench/models"))?
    } else {
        models.iter().map(PathBuf::from).collect()
    };
    println!("| model | way | s | MB | ours beside it | times its seconds |");
    println!("|---|---|---|---|---|---|");
    for model in &models {
        compare(model, &scratch)?;
    }
    Ok(())
}

fn compare(model: &Path, scratch: &Path) -> Result<(), String> {
    let ways = ways();
    let mut seconds = vec![Vec::new(); ways.len()];
    let results: Vec<PathBuf> = (0..ways.len()).map(|i| scratch.join(format!("{i}.glb"))).collect();
    // In turn, so that a machine whose speed drifts drifts for all alike.
    for counted in 0..=RUNS {
        for ((way, seconds), result) in ways.iter().zip(&mut seconds).zip(&results) {
            match time(&mut (way.run)(model, result)) {
                Ok(time) if counted > 0 => seconds.push(time),
                Err(error) if way.name.starts_with("kiln") => return Err(error),
                // A peer that refuses a file stays without a number.
                _ => {}
            }
        }
    }
    let model = model.file_name().unwrap_or_default().to_string_lossy();
    let middles: Vec<String> = seconds.into_iter().map(median).collect();
    for ((way, middle), result) in ways.iter().zip(&middles).zip(&results) {
        let size = result.metadata().map_or("–".into(), |it| format!("{:.3}", it.len() as f64 / 1e6));
        let ours = ways.iter().zip(&middles).find(|(other, _)| other.name == way.ours);
        let number = |text: &str| text.split(' ').next()?.parse::<f64>().ok();
        let ratio = ours.and_then(|(_, ours)| Some(number(middle)? / number(ours)?));
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.1}"));
        println!("| {model} | {} | {middle} | {size} | {} | {ratio} |", way.name, way.ours);
        // Not taken for the next model's.
        let _ = std::fs::remove_file(result);
    }
    Ok(())
}

fn ways() -> Vec<Way> {
    let kiln = |name, verb: &'static [&'static str]| {
        let run: Run = Box::new(move |model, result| {
            let mut command = Command::new(program("kiln"));
            command.args(verb).arg(model);
            if verb[0] == "convert" {
                command.arg(result);
            }
            command
        });
        Way { name, run, ours: "" }
    };
    let mut ways = vec![
        kiln("kiln as-is", &["convert"]),
        kiln("kiln clean", &["convert", "--plan", "clean"]),
        kiln("kiln web", &["convert", "--plan", "web"]),
        kiln("kiln packed", &["convert", "--plan-text", PACKED]),
        kiln("kiln inspect --full", &["inspect", "--full"]),
    ];
    let mut peer = |name, ours, run: Run| ways.push(Way { name, run, ours });
    if is_found("gltfpack") {
        let run: Run = Box::new(|model, result| with("gltfpack", &["-cc", "-i"], model, &["-o"], result));
        peer("gltfpack -cc", "kiln packed", run);
    }
    if is_found("gltf-transform") {
        let options = ["--compress", "meshopt", "--texture-compress", "false", "--simplify", "false"];
        let run: Run = Box::new(move |model, result| {
            let mut command = with("gltf-transform", &["optimize"], model, &[], result);
            command.args(options);
            command
        });
        peer("gltf-transform optimize", "kiln packed", run);
    }
    for (name, module, script) in [("trimesh", "trimesh", TRIMESH), ("Blender", "bpy", BLENDER)] {
        if has_module(module) {
            let run: Run = Box::new(move |model, result| {
                let mut command = Command::new(python());
                command.args(["-c", script]).arg(model).arg(result);
                command
            });
            peer(name, "kiln as-is", run);
        }
    }
    if std::env::var_os("KILN_BENCH_VALIDATOR").is_some() && is_found("node") {
        let run: Run = Box::new(|model, _| {
            let mut command = Command::new("node");
            command.args(["-e", VALIDATOR]).arg(model);
            command
        });
        peer("gltf-validator", "kiln inspect --full", run);
    }
    ways
}

fn with(program: &str, before: &[&str], model: &Path, between: &[&str], result: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(before).arg(model).args(between).arg(result);
    command
}

fn is_found(program: &str) -> bool {
    let mut probe = Command::new(program);
    probe.arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    probe.status().is_ok()
}
