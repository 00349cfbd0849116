//! `cargo xtask fuzz`: runs the fuzz targets of `tests/fuzz` one after the other and says what each
//! did. Needs `cargo-fuzz`; runs on the stable toolchain, without sanitizer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::root;

/// Each target with the extensions of the files that seed it.
const TARGETS: &[(&str, &[&str])] = &[
    ("gltf", &["glb", "gltf"]),
    ("obj", &["obj"]),
    ("stl", &["stl"]),
    ("ply", &["ply"]),
    ("kscene", &["kscene"]),
    ("off", &["off"]),
    ("threemf", &["3mf"]),
    ("collada", &["dae"]),
    ("studio3ds", &["3ds"]),
    ("usd", &["usd", "usda", "usdc", "usdz"]),
    ("fbx", &["fbx"]),
    ("blend", &["blend"]),
    ("zip", &["zip"]),
    ("picture", &["ktx2", "dds", "psd", "png", "jpg", "webp", "tga", "hdr"]),
];

/// Beyond this a seed only slows the search.
const MAX_SEED_N_BYTES: u64 = 128 * 1024;

/// What a reader may use for an input of that size at most, in MiB.
const MAX_MEMORY_MIB: u32 = 2048;

/// An input that takes longer than this many seconds counts as a hang.
const MAX_SECONDS_EACH: u32 = 10;

/// `arguments`: `[--seconds N] [--seeds FOLDER] [TARGET…]`.
pub(crate) fn fuzz(arguments: &[String]) -> Result<(), String> {
    let mut seconds = 300_u32;
    let mut seeds = vec![root().join("assets/sample"), root().join("tests/data")];
    let mut wanted = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--seconds" => {
                let value = rest.next().and_then(|value| value.parse().ok());
                seconds = value.ok_or("--seconds needs a number")?;
            }
            "--seeds" => seeds.push(rest.next().ok_or("--seeds needs a folder")?.into()),
            name if TARGETS.iter().any(|(target, _)| *target == name) => wanted.push(name),
            other => return Err(format!("there is no fuzz target '{other}'")),
        }
    }
    let mut n_failed = 0;
    for (target, extensions) in TARGETS.iter().filter(|(t, _)| wanted.is_empty() || wanted.contains(t)) {
        let corpus = root().join("tests/fuzz/corpus").join(target);
        fs::create_dir_all(&corpus).map_err(|error| format!("{error}: {}", corpus.display()))?;
        for folder in &seeds {
            plant(folder, extensions, &corpus);
        }
        let (is_clean, told) = run_target(target, &corpus, seconds)?;
        n_failed += usize::from(!is_clean);
        println!("{target}: {told}");
    }
    if n_failed > 0 {
        return Err(format!("{n_failed} targets have findings; see tests/fuzz/artifacts"));
    }
    Ok(())
}

/// Copies small model files below `folder` into the corpus.
fn plant(folder: &Path, extensions: &[&str], corpus: &Path) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_seed(&path, extensions) {
                // A seed that cannot be copied is one seed less.
                let _ = fs::copy(&path, corpus.join(entry.file_name()));
            }
        }
    }
}

fn is_seed(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let n_bytes = path.metadata().map_or(u64::MAX, |m| m.len());
    extensions.contains(&extension.as_str()) && n_bytes <= MAX_SEED_N_BYTES
}

/// Whether nothing was found, and libFuzzer's own summary.
fn run_target(target: &str, corpus: &PathBuf, seconds: u32) -> Result<(bool, String), String> {
    let mut command = Command::new("cargo");
    command.current_dir(root().join("tests")).env("RUSTC_BOOTSTRAP", "1");
    command.args(["fuzz", "run", "--sanitizer", "none", target]).arg(corpus).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-rss_limit_mb={MAX_MEMORY_MIB}"));
    command.arg(format!("-timeout={MAX_SECONDS_EACH}")).args(["-print_final_stats=1", "-verbosity=1"]);
    let output = command.stdin(Stdio::null()).stdout(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{error}; install it with: cargo install cargo-fuzz"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let is_summary = |line: &&str| {
        ["stat::number_of_executed_units", "stat::peak_rss_mb", "panicked at", "ERROR: libFuzzer", "SUMMARY"]
            .iter()
            .any(|mark| line.contains(mark))
    };
    let lines: Vec<_> = text.lines().filter(is_summary).map(str::trim).collect();
    if !output.status.success() && lines.is_empty() {
        return Err(format!("the target does not build or start:\n{text}"));
    }
    Ok((output.status.success(), lines.join("; ")))
}
