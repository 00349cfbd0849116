use std::io;
use std::path::{Path, PathBuf};

use flamenco::ClientError;
use flamenco::discovery::SearchError;

/// Why a Worker cannot go on. A Manager that is away is no such reason: it is waited for.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// An unusable address or token.
    #[error(transparent)]
    Manager(#[from] ClientError),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(
        "no Manager has answered on this network for ten minutes. Name one: --manager http://farm.local:8080/"
    )]
    NoManager,
    #[error(
        "the farm does not accept this Worker's token. Start the Worker with the token of the running farm"
    )]
    WrongToken,
    /// Refused although just registered, or refused registration.
    #[error("the Manager does not take this Worker ({0})")]
    NotTaken(String),
    #[error("another Worker runs with this home folder. Give each Worker its own: {}", .0.display())]
    HomeInUse(PathBuf),
    #[error("{what} ({source}). Check the folder's rights and free space: {}", .path.display())]
    Home { what: &'static str, source: io::Error, path: PathBuf },
    #[error(
        "a task's scratch folder cannot be made ({source}). Check the home folder's rights and free space"
    )]
    Scratch { source: io::Error },
    #[error("the Worker's queue of updates cannot be used ({source}). Check free space, or remove it: {}", .path.display())]
    Queue { source: rusqlite::Error, path: PathBuf },
}

impl WorkerError {
    pub(crate) fn home(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Home { what, source, path: path.to_owned() }
    }
}
