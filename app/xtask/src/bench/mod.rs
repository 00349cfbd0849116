//! `cargo xtask bench`: whole-process times of `kiln inspect` and `kiln thumbs`, beside Blender's
//! where the `bpy` module is found (`KILN_BENCH_PYTHON` names the Python that has it).
//! `cargo xtask bench cycles`: depth and normals held against Cycles', pixel by pixel.
//! `cargo xtask bench read`: reading alone, with throughput and memory.
//! `cargo xtask bench orientation`: scrambled models turned back, beside trimesh and Blender.
//! `cargo xtask bench scaling`: overlaps and orientation from 10,000 to 1,000,000 triangles.
//! `cargo xtask bench farm`: submitting, handing out, uploading, beside Flamenco's Manager.
//! `cargo xtask bench convert`: time and size of converted models beside other tools'.

mod big_models;
mod converting;
mod cycles;
mod orientation;
mod reading;
mod scaling;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::packages::{BUILD, PICTURES, need};
use crate::shell::{cargo, program, root, run};

/// Counted runs of each command, after one that warms the file cache.
const RUNS: usize = 5;

/// Imports one model and counts it, the way Blender's own users would script it.
const BLENDER_INSPECT: &str = r#"
import sys, bpy
path = sys.argv[1]
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
kind = path.rsplit(".", 1)[-1].lower()
if kind in ("glb", "gltf"): bpy.ops.import_scene.gltf(filepath=path)
elif kind == "obj": bpy.ops.wm.obj_import(filepath=path)
elif kind == "stl": bpy.ops.wm.stl_import(filepath=path)
elif kind == "ply": bpy.ops.wm.ply_import(filepath=path)
elif kind == "fbx": bpy.ops.import_scene.fbx(filepath=path)
elif kind.startswith("usd"): bpy.ops.wm.usd_import(filepath=path)
elif kind == "blend": bpy.ops.wm.open_mainfile(filepath=path)
else: sys.exit("no importer")
meshes = [o.data for o in bpy.context.scene.objects if o.type == "MESH"]
print(sum(len(m.vertices) for m in meshes), sum(len(m.polygons) for m in meshes))
"#;

/// Imports one model, frames it and renders one 512 x 512 picture with the untextured Workbench
/// engine: the quickest picture Blender can make, one of the four that `kiln thumbs` makes.
const BLENDER_PICTURE: &str = r#"
import sys, bpy
from mathutils import Vector
path, out = sys.argv[1], sys.argv[2]
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
kind = path.rsplit(".", 1)[-1].lower()
if kind in ("glb", "gltf"): bpy.ops.import_scene.gltf(filepath=path)
elif kind == "obj": bpy.ops.wm.obj_import(filepath=path)
elif kind == "stl": bpy.ops.wm.stl_import(filepath=path)
scene = bpy.context.scene
corners = [o.matrix_world @ Vector(c) for o in scene.objects if o.type == "MESH" for c in o.bound_box]
low = Vector(map(min, zip(*corners))); high = Vector(map(max, zip(*corners)))
camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
scene.collection.objects.link(camera); scene.camera = camera
way = Vector((1, -1.2, 0.8)).normalized(); size = (high - low).length
camera.location = (low + high) / 2 + way * size * 1.6
camera.rotation_euler = way.to_track_quat("Z", "Y").to_euler()
camera.data.clip_end = size * 10
scene.render.engine = "BLENDER_WORKBENCH"
scene.render.resolution_x = scene.render.resolution_y = 512
scene.render.filepath = out
bpy.ops.render.render(write_still=True)
"#;

pub(crate) fn bench(models: &[String]) -> Result<(), String> {
    if let Some(("farm", programs)) = models.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return crate::interop::pace(programs);
    }
    need(&[BUILD, PICTURES])?;
    // With the features of the whole workspace, as tests are built: nothing is compiled twice.
    run(cargo().args(["build", "--workspace", "--bin", "kiln"]))?;
    match models.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some(("read", models)) => return reading::bench(models),
        Some(("convert", models)) => return converting::bench(models),
        Some(("cycles", models)) => return cycles::bench(models),
        Some(("orientation", models)) => return orientation::bench(models),
        Some(("scaling", [])) => return scaling::bench(),
        _ => {}
    }
    let models: Vec<PathBuf> = if models.is_empty() {
        vec![root().join("assets/sample/table_long_decorated_C.glb")]
    } else {
        models.iter().map(PathBuf::from).collect()
    };
    let scratch = root().join("target/bench");
    std::fs::create_dir_all(&scratch).map_err(|e| format!("cannot make {}: {e}", scratch.display()))?;
    let python = has_module("bpy").then(python);
    if python.is_none() {
        eprintln!("No Python with the bpy module; only our own times follow.");
    }
    println!(
        "| model | size MB | kiln inspect s | Blender inspect s | kiln thumbs (4 passes) s | Blender 1 picture s |"
    );
    println!("|---|---|---|---|---|---|");
    for model in &models {
        println!("{}", row(model, &scratch, python.as_deref())?);
    }
    Ok(())
}

/// An example of one of the rooms, built with the features of the whole workspace.
fn example(name: &str) -> Result<Command, String> {
    run(cargo().args(["build", "--workspace", "--example", name]))?;
    Ok(Command::new(program(&format!("examples/{name}"))))
}

fn row(model: &Path, scratch: &Path, python: Option<&Path>) -> Result<String, String> {
    let size = std::fs::metadata(model).map_err(|e| format!("{}: {e}", model.display()))?.len();
    let out = scratch.join("thumbs");
    let kiln = |verb: &str| {
        let mut command = Command::new(program("kiln"));
        command.arg(verb).arg(model);
        command
    };
    let blender = |script: &str| {
        let mut command = Command::new(python?);
        command.args(["-c", script]).arg(model).arg(scratch.join("blender.png"));
        Some(command)
    };
    let mut commands = [
        Some(kiln("inspect")),
        blender(BLENDER_INSPECT),
        Some({
            let mut thumbs = kiln("thumbs");
            thumbs.arg(&out);
            thumbs
        }),
        blender(BLENDER_PICTURE),
    ];
    let mut seconds = [const { Vec::new() }; 4];
    // In turn, so that a machine whose speed drifts drifts for all alike.
    for counted in 0..=RUNS {
        for (command, seconds) in commands.iter_mut().zip(&mut seconds) {
            if let Some(command) = command {
                let time = time(command)?;
                if counted > 0 {
                    seconds.push(time);
                }
            }
        }
    }
    let [inspect, blender_inspect, thumbs, blender_picture] = seconds.map(median);
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    let megabytes = size as f64 / 1e6;
    Ok(format!("| {name} | {megabytes:.2} | {inspect} | {blender_inspect} | {thumbs} | {blender_picture} |"))
}

fn time(command: &mut Command) -> Result<f64, String> {
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    let seconds = start.elapsed().as_secs_f64();
    if output.status.success() {
        Ok(seconds)
    } else {
        Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// With the spread, or a dash where nothing was measured.
fn median(mut seconds: Vec<f64>) -> String {
    seconds.sort_by(f64::total_cmp);
    match (seconds.first(), seconds.get(seconds.len() / 2), seconds.last()) {
        (Some(min), Some(median), Some(max)) => format!("{median:.3} ({min:.3}–{max:.3})"),
        _ => "–".into(),
    }
}

fn python() -> PathBuf {
    std::env::var_os("KILN_BENCH_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from)
}

fn has_module(module: &str) -> bool {
    let mut probe = Command::new(python());
    probe.args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}
