//! `cargo xtask interop`: every pair of the farm for real, ours and Flamenco's. The programs are the
//! caller's; nothing of them is here.

use std::path::{Path, PathBuf};

use crate::packages::{BUILD, need};
use crate::shell::{cargo, output};

const USAGE: &str = "usage: cargo xtask interop --manager PATH --worker PATH [--addon FOLDER]

  --manager  Flamenco's Manager, --worker its Worker; --addon: the folder that holds the add-on's
             package `flamenco` (its calls need python3 with urllib3 and python_dateutil)";

pub(crate) fn interop(arguments: &[String]) -> Result<(), String> {
    need(&[BUILD])?;
    let mut tests = cargo();
    tests.args(["test", "--quiet", "-p", "worker", "--test", "interop", "--", "--nocapture"]);
    let mut n_named = 0;
    for pair in arguments.chunks(2) {
        let variable = match pair.first().map(String::as_str) {
            Some("--manager") => "KILN_FLAMENCO_MANAGER",
            Some("--worker") => "KILN_FLAMENCO_WORKER",
            Some("--addon") => "KILN_FLAMENCO_ADDON",
            _ => return Err(USAGE.into()),
        };
        let path: PathBuf = pair.get(1).map(PathBuf::from).ok_or(USAGE)?;
        let path = std::path::absolute(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if !Path::new(&path).exists() {
            return Err(format!("nothing there: {}", path.display()));
        }
        tests.env(variable, path);
        n_named += 1;
    }
    if n_named < 2 {
        return Err(USAGE.into());
    }
    let said = output(&mut tests);
    let text = said.as_ref().map_or_else(String::as_str, String::as_str);
    println!("| pair | what | outcome |\n|---|---|---|");
    // The tests' own dots may stand before a line.
    let mut lines: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("INTEROP ")).map(|(_, line)| line).collect();
    lines.sort_by_key(|line| line.split('|').nth(1).unwrap_or_default().to_owned());
    lines.iter().for_each(|line| println!("{line}"));
    said.map(drop)
}
