use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

use crate::WorkerError;
use crate::commands::RunMarks;
use crate::credentials::CredentialsFile;
use crate::queue::UpdateQueue;
use crate::scratch::ScratchFolders;

/// The Worker's folder, held by this process alone while it lives.
pub(crate) struct Home {
    folder: PathBuf,
    _lock: File,
}

impl Home {
    /// # Errors
    /// Another Worker holds the folder, or it cannot be made or written.
    pub(crate) fn open(folder: PathBuf) -> Result<Self, WorkerError> {
        fs::create_dir_all(&folder)
            .map_err(WorkerError::home("the Worker's home cannot be made", &folder))?;
        let path = folder.join("worker.lock");
        let refused = "the Worker's home cannot be locked";
        let lock = File::create(&path).map_err(WorkerError::home(refused, &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(WorkerError::HomeInUse(folder)),
            Err(TryLockError::Error(error)) => Err(WorkerError::home(refused, &path)(error)),
        }
    }

    pub(crate) fn credentials(&self) -> CredentialsFile {
        CredentialsFile::new(self.folder.join("worker-credentials.json"))
    }

    pub(crate) fn queue(&self) -> Result<UpdateQueue, WorkerError> {
        let path = self.folder.join("worker-updates.sqlite");
        UpdateQueue::open(&path).map_err(|source| WorkerError::Queue { source, path })
    }

    /// Programs that a killed Worker left behind have ended on return.
    pub(crate) fn run_marks(&self) -> Result<RunMarks, WorkerError> {
        let path = self.folder.join("running");
        let unusable = "the Worker's running programs cannot be noted";
        let marks = RunMarks::open(path.clone()).map_err(WorkerError::home(unusable, &path))?;
        match marks.end_leftovers().map_err(WorkerError::home(unusable, &path))? {
            0 => {}
            n_ended => tracing::warn!("ended {n_ended} programs that an earlier run left behind"),
        }
        Ok(marks)
    }

    /// What a killed Worker's tasks left behind has gone on return. Only after [`Self::run_marks`].
    pub(crate) fn scratch(&self) -> Result<ScratchFolders, WorkerError> {
        let path = self.folder.join("scratch");
        let unusable = "the tasks' scratch folder cannot be used";
        ScratchFolders::open(path.clone()).map_err(WorkerError::home(unusable, &path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_has_one_worker() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path().join("home")).unwrap();
        let second = Home::open(folder.path().join("home"));
        assert!(matches!(second, Err(WorkerError::HomeInUse(_))));
        drop(home);
        // A program that another test is just starting holds a copy of every open file for a moment.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while let Err(error) = Home::open(folder.path().join("home")) {
            assert!(std::time::Instant::now() < deadline, "{error}");
            std::thread::yield_now();
        }
    }
}
