use std::path::{Path, PathBuf};

use flamenco::ClientError;

/// What the artist's side of a farm came to, if not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FarmError {
    #[error("this system names no home folder; set KILN_HOME to a folder of your own")]
    NoHome,
    #[error("{what} ({source}): {}", path.display())]
    File { what: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the farm's storage cannot be written ({source}): {}", path.display())]
    Storage { path: PathBuf, source: std::io::Error },
    #[error("the outbox cannot be used ({source}): {}", path.display())]
    Outbox { path: PathBuf, source: rusqlite::Error },
    #[error("the outbox was written by a newer Kiln (version {version}); use that one: {}", path.display())]
    NewerOutbox { version: i64, path: PathBuf },
    #[error("the program kiln, which runs the farm, is missing. Put it into this folder: {}", folder.display())]
    NoProgram { folder: PathBuf },
    #[error("the farm on this machine did not start: {cause}. Its log may say why: {}", log.display())]
    NotStarted { cause: String, log: PathBuf },
    #[error(transparent)]
    Manager(#[from] ClientError),
    #[error("the job type {0} has just changed on the farm")]
    JobTypeChanged(String),
    /// The file's bytes are not those that the farm has hashed; it may still be written to.
    #[error("the result arrived damaged: {0}")]
    Damaged(String),
    /// The job cannot be sent as it is; sending it again changes nothing.
    #[error("{0}")]
    Invalid(String),
    #[error("there is no submission {0} in the outbox")]
    UnknownSubmission(String),
    /// The program is ending.
    #[error("the farm's line is closed")]
    Closed,
}

impl FarmError {
    /// The same call may work a little later, with nothing changed here.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Manager(error) => error.is_transient(),
            // A share comes back, and a full one can be emptied.
            Self::NotStarted { .. } | Self::JobTypeChanged(_) | Self::Damaged(_) | Self::Storage { .. } => {
                true
            }
            // Another process writes; whatever else goes wrong there does not go away.
            Self::Outbox { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            ),
            _ => false,
        }
    }

    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { what, path: path.into(), source }
    }
}

/// Why an upload did not come to its end.
pub(crate) enum UploadError {
    /// This file is not what was hashed.
    Changed(PathBuf),
    Farm(FarmError),
}

impl<E: Into<FarmError>> From<E> for UploadError {
    fn from(error: E) -> Self {
        Self::Farm(error.into())
    }
}
