use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use farm::verify_results;
use work::WorkCtx;

use crate::Outcome;

/// Every file is read and compared with what came home. Exit 1 when something is missing or changed.
#[derive(Args)]
pub(crate) struct Verify {
    /// Folders with a kiln-receipt.json
    #[arg(value_name = "FOLDER", required = true)]
    folders: Vec<PathBuf>,
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let mut is_good = true;
        for folder in &self.folders {
            // One folder's trouble is no reason to keep silent about the next.
            match verify_results(folder, &WorkCtx::quiet()) {
                Ok(check) => {
                    is_good &= check.is_good();
                    if self.json {
                        println!("{}", serde_json::to_string(&check)?);
                        continue;
                    }
                    let all = [("missing", &check.missing), ("changed", &check.changed)];
                    for (what, names) in all.into_iter().chain([("never made", &check.never_made)]) {
                        names.iter().for_each(|name| println!("{what}: {}", folder.join(name).display()));
                    }
                    eprintln!("{} as they came: {}", check.n_good, folder.display());
                }
                Err(error) => {
                    is_good = false;
                    eprintln!("kiln: {error}");
                }
            }
        }
        Ok(if is_good { Outcome::Done } else { Outcome::SomeFailed })
    }
}
