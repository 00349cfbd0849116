use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use work::WorkCtx;

use crate::verbs::inspect_text::grouped;
use crate::{Outcome, inputs, progress};

/// Opens every model file, one or two at a time, and says what came of it. A bad file is a row of
/// the table, not a failure.
#[derive(Args)]
pub(crate) struct Survey {
    /// Folders, searched to the bottom, or models
    #[arg(required = true, value_name = "FOLDER…")]
    paths: Vec<PathBuf>,
    /// One JSON object a line
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Comma-separated values with a heading
    #[arg(long)]
    csv: bool,
}

/// Reading uses all cores; a second file hides the waits of the first.
const N_AT_A_TIME: usize = 2;

impl Survey {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let models = inputs::known_models(&self.paths)?;
        let bar = progress::of_count(models.len());
        let started = Instant::now();
        let mut totals = Totals::default();
        let mut written = self.write(self.heading());
        let ctx = WorkCtx::quiet();
        work::in_order(
            models.len(),
            N_AT_A_TIME,
            &ctx,
            |i| Row::of(&models[i]),
            |i, row| {
                let row = row
                    .unwrap_or_else(|panic| Row::failed(&models[i], format!("the reader stopped: {panic}")));
                bar.inc(1);
                totals.add(&row);
                if written.is_ok() {
                    written = bar.suspend(|| self.write(self.line(&row)));
                    if written.is_err() {
                        ctx.cancel();
                    }
                }
            },
        );
        bar.finish_and_clear();
        written?;
        eprintln!("{}, {:.1} s", totals.describe(), started.elapsed().as_secs_f64());
        Ok(Outcome::Done)
    }

    fn write(&self, text: String) -> std::io::Result<()> {
        std::io::stdout().write_all(text.as_bytes())
    }

    fn heading(&self) -> String {
        match (self.json, self.csv) {
            (true, _) => String::new(),
            (_, true) => "file,outcome,format,vertices,triangles,quads,ngons,meshes,materials,bytes,read_ms,\
                          n_warnings,message\n"
                .into(),
            _ => format!(
                "{:<8}  {:<8}  {:>11}  {:>11}  {:>9}  {:>7}  {:>6}  {:>5}  {:>8}  {:>7}  file\n",
                "outcome",
                "format",
                "vertices",
                "triangles",
                "quads",
                "n-gons",
                "meshes",
                "mats",
                "size",
                "ms"
            ),
        }
    }

    fn line(&self, row: &Row) -> String {
        match (self.json, self.csv) {
            // A row is made of text and numbers, which always serialise.
            (true, _) => serde_json::to_string(row).unwrap_or_default() + "\n",
            (_, true) => row.csv(),
            _ => row.text(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum RowOutcome {
    Ok,
    Warnings,
    Error,
}

impl RowOutcome {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warnings => "warnings",
            Self::Error => "error",
        }
    }
}

#[derive(Serialize)]
struct Row {
    file: String,
    outcome: RowOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    format: &'static str,
    vertices: u64,
    triangles: u64,
    quads: u64,
    ngons: u64,
    meshes: usize,
    materials: usize,
    /// With the files that belong to the model.
    bytes: u64,
    read_ms: f64,
    warnings: Vec<String>,
}

impl Row {
    fn of(model: &Path) -> Self {
        let started = Instant::now();
        let read = formats::read(model, &WorkCtx::quiet());
        let read_ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
        let import = match read {
            Ok(import) => import,
            Err(error) => {
                let text = error.to_string();
                let path = format!(": {}", model.display());
                let text = text.strip_suffix(&path).unwrap_or(&text).to_owned();
                return Self { read_ms, ..Self::failed(model, text) };
            }
        };
        let inspection = analysis::inspect(&import.scene, "");
        let warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
        Self {
            file: model.display().to_string(),
            outcome: if warnings.is_empty() { RowOutcome::Ok } else { RowOutcome::Warnings },
            error: None,
            format: import.format,
            vertices: inspection.geometry.vertices,
            triangles: inspection.topology.triangles,
            quads: inspection.topology.quads,
            ngons: inspection.topology.ngons,
            meshes: import.scene.meshes.len(),
            materials: import.scene.materials.len(),
            bytes: import.n_bytes,
            read_ms,
            warnings,
        }
    }

    fn failed(model: &Path, error: String) -> Self {
        Self {
            file: model.display().to_string(),
            outcome: RowOutcome::Error,
            error: Some(error),
            format: formats::format_of(model).map_or("", |format| format.name),
            vertices: 0,
            triangles: 0,
            quads: 0,
            ngons: 0,
            meshes: 0,
            materials: 0,
            bytes: model.metadata().map_or(0, |m| m.len()),
            read_ms: 0.0,
            warnings: Vec::new(),
        }
    }

    fn text(&self) -> String {
        let mut text = if self.outcome == RowOutcome::Error {
            let (outcome, format) = (self.outcome.word(), self.format);
            format!("{outcome:<8}  {format:<8}  {:>75}", bytes(self.bytes))
        } else {
            format!(
                "{:<8}  {:<8}  {:>11}  {:>11}  {:>9}  {:>7}  {:>6}  {:>5}  {:>8}",
                self.outcome.word(),
                self.format,
                grouped(self.vertices),
                grouped(self.triangles),
                grouped(self.quads),
                grouped(self.ngons),
                self.meshes,
                self.materials,
                bytes(self.bytes),
            )
        };
        text += &format!("  {:>7.0}  {}\n", self.read_ms, self.file);
        for message in self.error.iter().chain(&self.warnings) {
            text += &format!("          - {message}\n");
        }
        text
    }

    fn csv(&self) -> String {
        let message = self.error.clone().unwrap_or_else(|| self.warnings.join("; "));
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        format!(
            "{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
            quoted(&self.file),
            self.outcome.word(),
            self.format,
            self.vertices,
            self.triangles,
            self.quads,
            self.ngons,
            self.meshes,
            self.materials,
            self.bytes,
            self.read_ms,
            self.warnings.len(),
            quoted(&message),
        )
    }
}

#[derive(Default)]
struct Totals {
    n_ok: usize,
    n_with_warnings: usize,
    n_errors: usize,
    n_bytes: u64,
}

impl Totals {
    fn add(&mut self, row: &Row) {
        self.n_bytes += row.bytes;
        match row.outcome {
            RowOutcome::Ok => self.n_ok += 1,
            RowOutcome::Warnings => self.n_with_warnings += 1,
            RowOutcome::Error => self.n_errors += 1,
        }
    }

    fn describe(&self) -> String {
        let n = self.n_ok + self.n_with_warnings + self.n_errors;
        let Self { n_ok, n_with_warnings, n_errors, n_bytes } = self;
        format!(
            "{n} files, {}: {n_ok} ok, {n_with_warnings} with warnings, {n_errors} not read",
            bytes(*n_bytes)
        )
    }
}

fn bytes(n: u64) -> String {
    match n {
        n if n >= 1_000_000_000 => format!("{:.1} GB", n as f64 / 1e9),
        n if n >= 1_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        n => format!("{:.0} kB", (n as f64 / 1e3).ceil()),
    }
}
