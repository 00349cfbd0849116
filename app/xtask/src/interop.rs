//! `cargo xtask interop`: every pair of the farm for real, ours and Flamenco's. `cargo xtask bench farm`:
//! how fast ours is, beside theirs where it is named. The programs are the caller's; nothing of them is
//! here.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::{BUILD, NETWORK, need};
use crate::shell::{cargo, output, run};

const USAGE: &str =
    "usage: cargo xtask interop --manager PATH --worker PATH [--addon FOLDER] [--kiln PATH] [--s3 PATH]
       cargo xtask bench farm [--manager PATH] [--addon FOLDER]

  --manager  Flamenco's Manager, --worker its Worker; --addon: the folder that holds the add-on's
             package `flamenco` (its calls need python3 with urllib3 and python_dateutil; another
             Python is named by KILN_BENCH_PYTHON); --kiln: the kiln that tasks of our job types run;
             --s3: VersityGW, a server that speaks S3";

pub(crate) fn interop(arguments: &[String]) -> Result<(), String> {
    need(&[BUILD, NETWORK])?;
    let programs = named(arguments)?;
    let has = |variable: &str| programs.iter().any(|(name, _)| *name == variable);
    if !has(MANAGER) || !has(WORKER) {
        return Err(USAGE.into());
    }
    let mut tests = cargo();
    tests.args(["test", "--quiet", "-p", "worker", "--test", "interop", "--", "--nocapture"]);
    tests.envs(programs.clone());
    // These run our own program, and find each other on a network of the test's own.
    run(cargo().args(["build", "--quiet", "--package", "cli"]))?;
    let mut network = cargo();
    network.args(["test", "--quiet", "-p", "tests", "--test", "e2e", "--", "--nocapture", "network::"]);
    network.envs(programs.clone());
    let mut buckets = cargo();
    buckets.args(["test", "--quiet", "-p", "farm", "--lib", "--", "--nocapture", "bucket"]);
    buckets.envs(programs);
    table(&mut [tests, network, buckets])
}

/// Takes minutes; the figures mean something on a machine that does nothing else.
pub(crate) fn pace(arguments: &[String]) -> Result<(), String> {
    let programs = named(arguments)?;
    let test = |package: &str, target: &[&str], name: &str| {
        let mut tests = cargo();
        tests.args(["test", "--quiet", "-p", package]).args(target).args(["--", "--nocapture", name]);
        tests.envs(programs.clone()).env("KILN_FLAMENCO_PACE", "1");
        tests
    };
    table(&mut [
        test("worker", &["--test", "interop"], "both_managers_are_timed"),
        test("farm", &["--lib"], "uploads_and_results_are_timed"),
    ])
}

const MANAGER: &str = "KILN_FLAMENCO_MANAGER";
const WORKER: &str = "KILN_FLAMENCO_WORKER";

/// The programs that the arguments name, by the variables that the tests look at.
fn named(arguments: &[String]) -> Result<Vec<(&'static str, PathBuf)>, String> {
    let mut programs = Vec::new();
    for pair in arguments.chunks(2) {
        let variable = match pair.first().map(String::as_str) {
            Some("--manager") => MANAGER,
            Some("--worker") => WORKER,
            Some("--addon") => "KILN_FLAMENCO_ADDON",
            Some("--s3") => "KILN_S3_SERVER",
            Some("--kiln") => "KILN_FLAMENCO_KILN",
            _ => return Err(USAGE.into()),
        };
        let path: PathBuf = pair.get(1).map(PathBuf::from).ok_or(USAGE)?;
        let path = std::path::absolute(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if !Path::new(&path).exists() {
            return Err(format!("nothing there: {}", path.display()));
        }
        programs.push((variable, path));
    }
    Ok(programs)
}

/// Runs the tests one after the other and prints the lines of theirs that are meant for people.
fn table(tests: &mut [Command]) -> Result<(), String> {
    println!("| pair | what | outcome |\n|---|---|---|");
    let mut outcome = Ok(());
    for tests in tests {
        let said = output(tests);
        let text = said.as_ref().map_or_else(String::as_str, String::as_str);
        // The tests' own dots may stand before a line.
        let mut lines: Vec<&str> =
            text.lines().filter_map(|line| line.split_once("INTEROP ")).map(|(_, line)| line).collect();
        lines.sort_by_key(|line| line.split('|').nth(1).unwrap_or_default().to_owned());
        lines.iter().for_each(|line| println!("{line}"));
        outcome = outcome.and(said.map(drop));
    }
    outcome
}
