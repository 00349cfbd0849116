use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use farm::Home;
use manager::{Identity, ResultsConfig, ResultsServer};

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
    /// PEM file with the server's certificate chain; without one, it makes itself a certificate at its
    /// first start
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// PEM file with the certificate's key
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Plain http: whoever is on the way can read token and results
    #[arg(long, conflicts_with = "certificate")]
    plain: bool,
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
        let tls = match self.certificate.as_deref().zip(self.key.as_deref()) {
            _ if self.plain => None,
            Some((certificate, key)) => Some(Identity::from_files(certificate, key)?),
            None => Some(Identity::kept_in(&Home::find()?.data().join("results-server"), &[])?),
        };
        let pin = tls.as_ref().map(|it| format!("#sha256={}", it.fingerprint())).unwrap_or_default();
        let config =
            ResultsConfig { root: self.root.clone(), listen: self.listen, token: self.token.clone(), tls };
        work::runtime().block_on(async {
            let server = ResultsServer::start(config).await.context("results cannot be served")?;
            let scheme = if self.plain { "http" } else { "https" };
            eprintln!("Results of {}", self.root.display());
            for address in manager::reachable_at(server.local_addr()) {
                eprintln!("  at {scheme}://{address}/{pin}");
            }
            if self.plain && !self.listen.ip().is_loopback() {
                eprintln!("warning: by plain http anybody on the way can read the token");
            }
            asked_to_stop(false).await;
            Ok(Outcome::Done)
        })
    }
}
