use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use flamenco::WorkerCredentials;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::WorkerError;

/// Where the Worker keeps what a Manager knows it by; readable by its own user only.
pub(crate) struct CredentialsFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    worker_id: String,
    worker_secret: String,
}

impl CredentialsFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// `None` when there are none, or none that can be read: then the Worker registers anew.
    pub(crate) fn load(&self) -> Option<WorkerCredentials> {
        let text = fs::read(&self.path).ok()?;
        match serde_json::from_slice::<Stored>(&text) {
            Ok(stored) => {
                Some(WorkerCredentials { worker_id: stored.worker_id, secret: stored.worker_secret })
            }
            Err(error) => {
                tracing::warn!("the Worker's credentials are unreadable ({error}); it registers anew");
                None
            }
        }
    }

    pub(crate) fn store(&self, credentials: &WorkerCredentials) -> Result<(), WorkerError> {
        self.write(credentials).map_err(WorkerError::home("the credentials cannot be written", &self.path))
    }

    fn write(&self, credentials: &WorkerCredentials) -> io::Result<()> {
        let WorkerCredentials { worker_id, secret } = credentials.clone();
        let text = serde_json::to_vec_pretty(&Stored { worker_id, worker_secret: secret })?;
        let partial = self.path.with_extension(format!("{}.part", Uuid::new_v4().simple()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&partial)?;
        file.write_all(&text).and_then(|()| file.sync_all())?;
        fs::rename(&partial, &self.path)
    }
}

/// 64 hexadecimal digits that nobody can guess.
pub(crate) fn new_secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_credentials_come_back_and_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = CredentialsFile::new(folder.path().join("credentials.json"));
        assert_eq!(file.load(), None);
        let credentials = WorkerCredentials { worker_id: "w".into(), secret: new_secret() };
        assert_eq!(credentials.secret.len(), 64);
        file.store(&credentials).unwrap();
        assert_eq!(file.load(), Some(credentials));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file.path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&file.path, "{").unwrap();
        assert_eq!(file.load(), None);
    }
}
