use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use manager::{ResultsConfig, ResultsServer};

use crate::Outcome;
use crate::verbs::worker::asked_to_stop;

/// A small read-only server beside a studio's storage, for artists who cannot mount it. It shows the
/// files below one folder to whoever has the token, and nothing else. Runs until stopped (Ctrl+C).
#[derive(Args)]
pub(crate) struct ResultsServe {
    /// What may be seen, such as the Manager's shared storage
    #[arg(value_name = "FOLDER")]
    root: PathBuf,
    /// Where to listen; 0.0.0.0:8090 for other machines
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// What artists must know; at least 16 characters
    #[arg(long, env = "KILN_RESULTS_TOKEN", hide_env_values = true, value_parser = long_enough)]
    token: String,
    /// PEM file with the server's certificate chain; with it, artists connect by https. One signed by
    /// itself must not be a CA's (basicConstraints CA:FALSE)
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// PEM file with the certificate's key
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
}

fn long_enough(token: &str) -> Result<String, String> {
    if token.len() < 16 {
        Err("it is easily guessed; take 16 characters or more".into())
    } else {
        Ok(token.into())
    }
}

impl ResultsServe {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let config = ResultsConfig {
            root: self.root.clone(),
            listen: self.listen,
            token: self.token.clone(),
            tls: self.certificate.clone().zip(self.key.clone()),
        };
        work::runtime().block_on(async {
            let server = ResultsServer::start(config).await.context("results cannot be served")?;
            let scheme = if self.certificate.is_some() { "https" } else { "http" };
            eprintln!("Results of {} at {scheme}://{}/", self.root.display(), server.local_addr());
            if scheme == "http" && !self.listen.ip().is_loopback() {
                eprintln!("warning: without --certificate anybody on the way can read the token");
            }
            asked_to_stop(false).await;
            Ok(Outcome::Done)
        })
    }
}
