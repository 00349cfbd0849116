use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::verbs::relink::Relink;
use crate::{Outcome, progress};

/// Names, hierarchy, materials, animations and extras survive; the original is never touched.
#[derive(Args)]
pub(crate) struct Convert {
    model: PathBuf,
    /// The result; its name ends in .glb
    #[arg(value_name = "OUT.glb")]
    out: PathBuf,
    /// Print the receipt (input and result with size and hash, warnings) instead of the path
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    relink: Relink,
}

impl Convert {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let (bar, ctx) = progress::of_work("convert");
        let options = self.relink.options(&self.model, &ctx)?;
        let receipt = convert::convert(&self.model, &self.out, &options, &ctx);
        bar.finish_and_clear();
        let receipt = receipt?;
        for warning in &receipt.warnings {
            eprintln!("warning: {}: {warning}", self.model.display());
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&receipt)?);
        } else {
            println!("{}", self.out.display());
        }
        Ok(Outcome::Done)
    }
}
