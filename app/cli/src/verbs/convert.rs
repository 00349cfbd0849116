use std::path::PathBuf;

use anyhow::Result;
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
        let plan = Plan::find(&self.plan)?;
        let receipt = convert::convert(&self.model, &self.out, &plan, &options, &ctx);
        bar.finish_and_clear();
        let receipt = receipt?;
        for warning in &receipt.warnings {
            eprintln!("warning: {}: {warning}", self.model.display());
        }
        for step in &receipt.steps {
            for note in &step.notes {
                eprintln!("{}: {note}", step.step.title());
            }
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&receipt)?);
        } else {
            println!("{}", self.out.display());
        }
        Ok(Outcome::Done)
    }
}
