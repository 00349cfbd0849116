//! How long reading an FBX takes beside ufbx alone: `cargo run -p formats --example beside_ufbx --
//! MODEL.fbx…` prints the least of many runs of both, in turn, in one process.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use formats::{Clips, ReadOptions};
use ufbx::LoadOpts;
use work::WorkCtx;

const RUNS: usize = 31;

fn main() {
    println!("| model | MB | ufbx alone ms | read ms | ratio | with clips ms |\n|---|---|---|---|---|---|");
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        match measure(&path) {
            Ok(Times { n_bytes, alone, resting, whole }) => println!(
                "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
                path.file_name().unwrap_or_default().to_string_lossy(),
                n_bytes as f64 / 1e6,
                alone.as_secs_f64() * 1e3,
                resting.as_secs_f64() * 1e3,
                resting.as_secs_f64() / alone.as_secs_f64(),
                whole.as_secs_f64() * 1e3
            ),
            Err(reason) => eprintln!("{}: {reason}", path.display()),
        }
    }
}

struct Times {
    n_bytes: usize,
    alone: Duration,
    /// Without the clips, which ufbx does not work out by itself either.
    resting: Duration,
    whole: Duration,
}

fn measure(path: &Path) -> Result<Times, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let read = |clips: Clips| {
        let options = ReadOptions { clips, ..ReadOptions::default() };
        formats::read_with(path, &options, &WorkCtx::quiet()).map_err(|error| error.to_string())
    };
    let load = || ufbx::load_memory(&bytes, LoadOpts::default()).map_err(|error| format!("{error:?}"));
    let (mut alone, mut resting, mut whole) = (Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        alone = alone.min(timed(load)?);
        resting = resting.min(timed(|| read(Clips::Skip))?);
        whole = whole.min(timed(|| read(Clips::Read))?);
    }
    Ok(Times { n_bytes: bytes.len(), alone, resting, whole })
}

/// Freeing what was read does not count.
fn timed<T>(work: impl FnOnce() -> Result<T, String>) -> Result<Duration, String> {
    let start = Instant::now();
    let made = work()?;
    let took = start.elapsed();
    drop(made);
    Ok(took)
}
