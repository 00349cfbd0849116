use std::path::PathBuf;
use std::pin::pin;

use anyhow::{Context, Result};
use clap::Args;
use tokio::io::AsyncReadExt;
use worker::{WorkerConfig, WorkerError};

use crate::Outcome;

/// Fetches tasks from a Manager and runs their commands, until asked to stop (Ctrl+C).
#[derive(Args)]
pub(crate) struct Worker {
    /// Such as http://farm.local:8080/; without it, the first Manager that answers on this network
    #[arg(long, value_name = "URL")]
    manager: Option<String>,
    /// Token of a Kiln farm; a studio's Flamenco Manager needs none. Told only to a Manager that is named
    #[arg(long, env = TOKEN_VARIABLE, hide_env_values = true, requires = "manager")]
    token: Option<String>,
    /// Where this Worker keeps its credentials and what it could not report yet; two Workers on one
    /// machine need two
    #[arg(long, value_name = "FOLDER")]
    home: Option<PathBuf>,
    /// What people see; by default the machine's name
    #[arg(long)]
    name: Option<String>,
    /// Work as so many Workers, each with an identity of its own: a farm gives each a task
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    slots: u8,
    /// Let the machine fall asleep while a task runs, when nobody touches it
    #[arg(long)]
    let_sleep: bool,
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
        work::runtime().block_on(self.work(home)).context("the Worker stopped")?;
        Ok(Outcome::Done)
    }

    async fn work(&self, home: PathBuf) -> Result<(), WorkerError> {
        let mut shutdown = pin!(asked_to_stop(self.until_stdin_closes));
        let manager = match &self.manager {
            Some(url) => url.clone(),
            None => {
                eprintln!("Looking for a Manager on this network");
                let found = tokio::select! {
                    found = worker::find_manager() => found?,
                    () = &mut shutdown => return Ok(()),
                };
                eprintln!("Working for {} at {}", found.name, found.url);
                found.url
            }
        };
        let mut config = WorkerConfig::new(manager, home);
        config.token.clone_from(&self.token);
        if let Some(name) = &self.name {
            config.name.clone_from(name);
        }
        config.holds_off_sleep = !self.let_sleep;
        worker::run_slots(config, self.slots.into(), shutdown).await.map(drop)
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
