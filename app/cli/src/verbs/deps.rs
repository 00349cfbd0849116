use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use formats::{Dependency, DependencyState, Import, dependency_tree};
use serde::Serialize;

use crate::verbs::relink::Relink;
use crate::{Outcome, describe, inputs, progress};

/// Every file that a model needs: found, missing, outside its folder, named by an absolute path.
/// With several models and --json: one JSON object a line.
#[derive(Args)]
pub(crate) struct Deps {
    /// Models or folders of models
    #[arg(required = true, value_name = "MODEL")]
    paths: Vec<PathBuf>,
    #[arg(long)]
    json: bool,
    /// Exit with 3 when anything is missing
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    relink: Relink,
}

#[derive(Serialize)]
struct Listing<'a> {
    model: &'a Path,
    format: &'a str,
    files: Vec<File<'a>>,
    totals: Totals,
}

#[derive(Serialize)]
struct File<'a> {
    kind: &'static str,
    /// In the words of the file that names it.
    named: &'a str,
    named_by: &'a Path,
    state: &'static str,
    /// Where it is, or where it would have to be.
    path: &'a Path,
    n_bytes: Option<u64>,
    depth: usize,
}

#[derive(Default, Serialize)]
struct Totals {
    files: usize,
    missing: usize,
    outside: usize,
    n_bytes: u64,
}

impl Deps {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let models = inputs::models(&self.paths)?;
        let mut outcome = Outcome::Done;
        let mut is_any_missing = false;
        for model in &models {
            let (bar, ctx) = progress::of_work("deps");
            let import = self.relink.read(model, &ctx);
            bar.finish_and_clear();
            let import = match import {
                Ok(import) => import,
                Err(error) => {
                    eprintln!("error: {}", describe(&error));
                    outcome = Outcome::SomeFailed;
                    continue;
                }
            };
            is_any_missing |= import.missing().next().is_some();
            let listing = Listing::of(model, &import);
            match (self.json, models.len()) {
                (true, 1) => println!("{}", serde_json::to_string_pretty(&listing)?),
                (true, _) => println!("{}", serde_json::to_string(&listing)?),
                (false, _) => print!("{}", listing.text()),
            }
        }
        let is_refused = self.strict && is_any_missing && outcome == Outcome::Done;
        Ok(if is_refused { Outcome::Refused } else { outcome })
    }
}

impl<'a> Listing<'a> {
    fn of(model: &'a Path, import: &'a Import) -> Self {
        let row = |row: formats::TreeRow| (row.depth, &import.dependencies[row.dependency]);
        let root = import.files.first().map_or(model, PathBuf::as_path);
        let rows = dependency_tree(root, &import.dependencies).into_iter().map(row);
        let files: Vec<_> = rows.map(|(depth, dependency)| File::of(depth, dependency)).collect();
        let states = || import.dependencies.iter().map(|d| d.state);
        let is_outside =
            |s: &DependencyState| matches!(s, DependencyState::Outside | DependencyState::Absolute);
        let totals = Totals {
            files: files.len(),
            missing: import.missing().count(),
            outside: states().filter(is_outside).count(),
            n_bytes: import.n_bytes,
        };
        Self { model, format: import.format, files, totals }
    }

    /// A tree for people: each file below the one that names it.
    fn text(&self) -> String {
        let mut text = format!("{} ({})\n", self.model.display(), self.format);
        let depths: Vec<usize> = self.files.iter().map(|f| f.depth).collect();
        for (i, file) in self.files.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}{}", branches(&depths, i), file.line());
        }
        let Totals { files, missing, outside, n_bytes } = self.totals;
        let _ = write!(text, "{}", counted(files, "file"));
        for (n, what) in [(missing, "missing"), (outside, "outside the model's folder")] {
            if n > 0 {
                let _ = write!(text, ", {n} {what}");
            }
        }
        text + &format!("; {} with the model\n", size(n_bytes))
    }
}

impl<'a> File<'a> {
    fn of(depth: usize, dependency: &'a Dependency) -> Self {
        let Dependency { kind, named, named_by, state, path, n_bytes } = dependency;
        Self { kind: kind.label(), named, named_by, state: state.label(), path, n_bytes: *n_bytes, depth }
    }

    fn line(&self) -> String {
        let mut line = format!("{}  {}, {}", self.named, self.kind, self.state);
        if let Some(n_bytes) = self.n_bytes {
            line += &format!(", {}", size(n_bytes));
        }
        let is_where_it_says = self.state == DependencyState::Found.label();
        if !is_where_it_says && self.state != DependencyState::Web.label() {
            line += &format!(": {}", self.path.display());
        }
        line
    }
}

/// `│  ├─ `: whether more comes at each depth shows in the rows below.
fn branches(depths: &[usize], row: usize) -> String {
    let depth = depths.get(row).copied().unwrap_or(0);
    let below = depths.get(row + 1..).unwrap_or_default();
    let goes_on = |at: usize| below.iter().find(|d| **d <= at) == Some(&at);
    let mut text: String = (0..depth).map(|at| if goes_on(at) { "│  " } else { "   " }).collect();
    text += if goes_on(depth) { "├─ " } else { "└─ " };
    text
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn size(n_bytes: u64) -> String {
    match n_bytes {
        0..1_000 => format!("{n_bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", n_bytes as f64 / 1e3),
        _ => format!("{:.1} MB", n_bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lead_to_what_comes_below() {
        let depths = [0, 1, 1, 0, 1];
        let lines: Vec<_> = (0..depths.len()).map(|row| branches(&depths, row)).collect();
        assert_eq!(lines, ["├─ ", "│  ├─ ", "│  └─ ", "└─ ", "   └─ "]);
    }
}
