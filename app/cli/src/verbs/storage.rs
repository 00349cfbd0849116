use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use farm::{Home, Outbox, StorageMap, StoragePlace, StorageStore};

use crate::Outcome;

/// Where a studio's storage is reached from here, so that results of its farm come home. Its Manager
/// names places as its Workers write them; a map says what stands for them on this machine.
#[derive(Args)]
pub(crate) struct Storage {
    /// The Manager that the storage belongs to
    #[arg(long, value_name = "URL")]
    manager: Option<String>,
    #[command(subcommand)]
    change: Option<Change>,
}

#[derive(Subcommand)]
enum Change {
    /// Map a folder there to one that is mounted here, or to a results server
    Add {
        /// As the Manager or a Worker writes it, such as /share/flamenco or F:\flamenco
        there: String,
        /// A folder, or the address of a `kiln results-server`
        here: String,
        /// Of the results server
        #[arg(long, env = "KILN_RESULTS_TOKEN", hide_env_values = true)]
        token: Option<String>,
        /// PEM file: trust only a results server with this certificate, or one signed with it
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
    },
    /// Forget a map
    Remove { there: String },
}

impl Storage {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let home = Home::find()?;
        let store = StorageStore::of(&home);
        let Some(change) = &self.change else {
            for map in store.load()? {
                println!("{}  {}  {}", map.manager, map.there, map.here);
            }
            return Ok(Outcome::Done);
        };
        let manager = self.manager.as_deref().context("say whose storage it is: --manager URL")?;
        match change {
            Change::Add { there, here, token, certificate } => {
                let here = place(here, token.as_deref(), certificate.as_deref())?;
                let map = StorageMap { manager: manager.to_owned(), there: there.clone(), here };
                let n = work::runtime().block_on(farm::reach_storage(&Outbox::open(&home)?, map))?;
                if n > 0 {
                    eprintln!("{n} finished without results; `kiln results` looks for them again");
                }
            }
            Change::Remove { there } => {
                if !store.remove(manager, there)? {
                    bail!("there is no map of {there} for {manager}");
                }
            }
        }
        Ok(Outcome::Done)
    }
}

fn place(here: &str, token: Option<&str>, certificate: Option<&std::path::Path>) -> Result<StoragePlace> {
    if here.starts_with("http://") || here.starts_with("https://") {
        let token = token.context("a results server wants its token: --token")?;
        let certificate = certificate.map(std::path::absolute).transpose()?;
        return Ok(StoragePlace::Server { url: here.to_owned(), token: token.to_owned(), certificate });
    }
    Ok(StoragePlace::Folder(std::path::absolute(here)?))
}
