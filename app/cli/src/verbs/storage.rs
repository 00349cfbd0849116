use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use farm::{BucketAccess, BucketPlace, Home, Outbox, StorageMap, StoragePlace, StorageStore};

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
    /// Map a folder there to one that is mounted here, to a results server, or to a bucket
    Add {
        /// As the Manager or a Worker writes it, such as /share/flamenco or F:\flamenco
        there: String,
        /// A folder, the address of a `kiln results-server`, or s3://BUCKET/PREFIX
        here: String,
        /// Of the results server
        #[arg(long, env = "KILN_RESULTS_TOKEN", hide_env_values = true)]
        token: Option<String>,
        /// PEM file: trust only a server with this certificate, or one signed with it
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
        #[command(flatten)]
        bucket: BucketOptions,
    },
    /// Forget a map
    Remove { there: String },
}

/// Of a bucket. Without keys it is read as anybody may.
#[derive(Args)]
struct BucketOptions {
    /// The bucket's service, such as http://nas:9000; Amazon's unless given
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL")]
    endpoint: Option<String>,
    /// The bucket's region
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1")]
    region: String,
    /// The bucket's access key
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide_env_values = true, requires = "secret_key")]
    access_key: Option<String>,
    /// Its secret
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
    secret_key: Option<String>,
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
            Change::Add { there, here, token, certificate, bucket } => {
                let here = if here.starts_with("s3://") {
                    StoragePlace::Bucket(bucket.place(here, certificate.as_deref())?)
                } else {
                    place(here, token.as_deref(), certificate.as_deref())?
                };
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

impl BucketOptions {
    fn place(&self, text: &str, certificate: Option<&Path>) -> Result<BucketPlace> {
        let access = match (&self.access_key, &self.secret_key) {
            (Some(key), Some(secret)) => Some(BucketAccess { key: key.clone(), secret: secret.clone() }),
            _ => None,
        };
        let place = BucketPlace::parse(text, self.endpoint.as_deref(), Some(&self.region), access)?;
        Ok(BucketPlace { certificate: certificate.map(std::path::absolute).transpose()?, ..place })
    }
}

fn place(here: &str, token: Option<&str>, certificate: Option<&Path>) -> Result<StoragePlace> {
    if here.starts_with("http://") || here.starts_with("https://") {
        let token = token.context("a results server wants its token: --token")?;
        let certificate = certificate.map(std::path::absolute).transpose()?;
        return Ok(StoragePlace::Server { url: here.to_owned(), token: token.to_owned(), certificate });
    }
    Ok(StoragePlace::Folder(std::path::absolute(here)?))
}
