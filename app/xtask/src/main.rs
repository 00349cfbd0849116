//! Automation of the house: `cargo xtask run`, `test`, `check`, `bench`, `contract`, `fuzz`, `interop`.
//!
//! Has no dependencies on purpose: a fresh machine starts it within seconds, and it brings the
//! system packages that the rest needs.

mod bench;
mod contract;
mod faults;
mod fuzz;
mod interop;
mod packages;
mod run;
mod shell;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask VERB

  run [MODEL…]              open the window
  run --headless [MODEL…]   the same main job without a screen: inspect, four passes, convert and
                            thumbnails on the farm; prints each output path
  test [FILTER]             every test, the real programs included
  check                     formatting, clippy and the tests
  bench [MODEL…]            whole-process times of inspect and thumbs, beside Blender's where found
  bench cycles [MODEL…]     depth and normals held against Cycles', pixel by pixel
  bench convert [MODEL…]    converted and packed models: time and size beside the tools found
  bench read [MODEL…]       reading alone: time, MB/s and memory; makes big models when none is named
  bench farm [--manager PATH] [--addon FOLDER]
                            submitting, handing out tasks, uploading, results; beside Flamenco's
  contract FILE             our Manager's answers held against Flamenco's contract by schemathesis
  faults [ROUNDS [SEED]]    sends jobs while window, farm, Workers and line die at random (100 rounds)
  fuzz [TARGET…]            every reader against hostile bytes (--seconds 300, --seeds FOLDER);
                            needs `cargo install cargo-fuzz`
  interop --manager PATH --worker PATH [--addon FOLDER] [--kiln PATH]
                            our farm and Flamenco's, every pair for real; the programs are yours

`run` and `test` install what a fresh Debian 12 lacks (as root, apt only for what is missing).";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (verb, rest) = match arguments.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("", &[][..]),
    };
    let outcome = match verb {
        "run" => run::run(rest),
        "test" => test::test(rest),
        "check" => test::check(),
        "bench" => bench::bench(rest),
        "faults" => faults::faults(rest),
        "fuzz" => fuzz::fuzz(rest),
        "contract" => contract::contract(rest),
        "interop" => interop::interop(rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
