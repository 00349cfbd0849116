use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tokio::io::AsyncReadExt;

use crate::Outcome;

/// Fetches tasks from a Manager and runs their commands, until asked to stop (Ctrl+C).
#[derive(Args)]
pub(crate) struct Worker {
    /// Such as http://farm.local:8080/
    #[arg(long, value_name = "URL")]
    manager: String,
    /// Token of a Kiln farm; a studio's Flamenco Manager needs none
    #[arg(long, env = TOKEN_VARIABLE, hide_env_values = true)]
    token: Option<String>,
    /// Where this Worker keeps its credentials and what it could not report yet; two Workers on one
    /// machine need two
    #[arg(long, value_name = "FOLDER")]
    home: Option<PathBuf>,
    /// What people see; by default the machine's name
    #[arg(long)]
    name: Option<String>,
    /// End when standard input closes: how a farm's Workers end with their farm
    #[arg(long)]
    until_stdin_closes: bool,
}

/// Keeps a token out of the list of processes.
pub(crate) const TOKEN_VARIABLE: &str = "KILN_FARM_TOKEN";

impl Worker {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let home = match &self.home {
            Some(folder) => folder.clone(),
            None => farm::Home::find()?.data().join("worker"),
        };
        let mut config = worker::WorkerConfig::new(&self.manager, home);
        config.token.clone_from(&self.token);
        if let Some(name) = &self.name {
            config.name.clone_from(name);
        }
        let stops_with_stdin = self.until_stdin_closes;
        work::runtime()
            .block_on(worker::run(config, asked_to_stop(stops_with_stdin)))
            .context("the Worker stopped")?;
        Ok(Outcome::Done)
    }
}

/// Ends at Ctrl+C, at a polite kill, or with standard input where that is asked for.
pub(crate) async fn asked_to_stop(stops_with_stdin: bool) {
    let stdin_closes = async {
        if stops_with_stdin {
            let mut rest = Vec::new();
            // Closed or broken: either way whoever held the other end is gone.
            let _ = tokio::io::stdin().read_to_end(&mut rest).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = stdin_closes => {}
        () = signalled() => {}
    }
}

#[cfg(unix)]
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        // Without the handler the system's default ends the process, which is what was asked.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn signalled() {
    let _ = tokio::signal::ctrl_c().await;
}
