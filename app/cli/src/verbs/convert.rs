use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use capture::Drawer;
use clap::Args;
use convert::Plan;

use crate::verbs::relink::Relink;
use crate::{Outcome, progress};

/// Names, hierarchy, materials, animations and extras survive; the original is never touched.
#[derive(Args)]
pub(crate) struct Convert {
    model: PathBuf,
    /// The result; its name says the format: .glb, .kscene, .obj, .ply or .stl
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// What to do on the way: clean, web, film, print, or a plan of your own (.toml, .json); without
    /// it only the format changes
    #[arg(long, default_value = "as-is")]
    plan: String,
    /// The plan itself, as TOML, for jobs that bring theirs along
    #[arg(long, value_name = "TOML", conflicts_with = "plan")]
    plan_text: Option<String>,
    /// Write the receipt to this file too
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Print the receipt (input and result with size and hash, each step with what it changed, warnings) instead of the path
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    relink: Relink,
}

impl Convert {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let (bar, ctx) = progress::of_work("convert");
        let options = self.relink.options(&self.model, &ctx)?;
        let plan = match &self.plan_text {
            Some(text) => {
                Plan::from_toml(text).map_err(|cause| anyhow!("the plan is not understood: {cause}"))?
            }
            None => Plan::find(&self.plan)?,
        };
        let drawer = Drawer::default();
        let made = publish::convert_and_publish(&self.model, &self.out, &plan, &options, &drawer, &ctx);
        bar.finish_and_clear();
        let made = made?;
        for warning in &made.receipt.warnings {
            eprintln!("warning: {}: {warning}", self.model.display());
        }
        for step in &made.receipt.steps {
            for note in &step.notes {
                eprintln!("{}: {note}", step.step.title());
            }
        }
        let receipt = serde_json::to_string_pretty(&made)?;
        if let Some(path) = &self.receipt {
            write_whole(path, &receipt).with_context(|| format!("the receipt: {}", path.display()))?;
        }
        if self.json {
            println!("{receipt}");
        } else {
            for file in made.receipt.outputs() {
                println!("{}", file.path.display());
            }
        }
        Ok(Outcome::Done)
    }
}

/// Under its name only when it is complete.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        // It may never have been made.
        let _ = std::fs::remove_file(&part);
    })
}
