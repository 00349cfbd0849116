//! How long reading an FBX takes beside ufbx alone: `cargo run -p formats --example beside_ufbx --
//! MODEL.fbx…` prints the least of many runs of both, in turn, in one process.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ufbx::LoadOpts;
use work::WorkCtx;

const RUNS: usize = 31;

fn main() {
    println!("| model | MB | ufbx alone ms | formats::read ms | ratio |\n|---|---|---|---|---|");
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        match measure(&path) {
            Ok((n_bytes, alone, whole)) => println!(
                "| {} | {:.2} | {:.2} | {:.2} | {:.2} |",
                path.file_name().unwrap_or_default().to_string_lossy(),
                n_bytes as f64 / 1e6,
                alone.as_secs_f64() * 1e3,
                whole.as_secs_f64() * 1e3,
                whole.as_secs_f64() / alone.as_secs_f64()
            ),
            Err(reason) => eprintln!("{}: {reason}", path.display()),
        }
    }
}

fn measure(path: &PathBuf) -> Result<(usize, Duration, Duration), String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let (mut alone, mut whole) = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        let start = Instant::now();
        let root = ufbx::load_memory(&bytes, LoadOpts::default()).map_err(|e| format!("{e:?}"))?;
        alone = alone.min(start.elapsed());
        drop(root);
        let start = Instant::now();
        let import = formats::read(path, &WorkCtx::quiet()).map_err(|error| error.to_string())?;
        whole = whole.min(start.elapsed());
        drop(import);
    }
    Ok((bytes.len(), alone, whole))
}
