use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

/// Where programs put what nobody needs after their task: a folder a task, gone with it.
#[derive(Clone, Debug)]
pub(crate) struct ScratchFolders {
    root: Arc<PathBuf>,
}

/// One task's folder. Dropped without [`Scratch::remove`], it stays for the next start.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl ScratchFolders {
    /// Removes what a killed Worker left. Its programs must have ended: they might still write there.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn open(root: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&root)?;
        for entry in std::fs::read_dir(&root)? {
            let path = entry?.path();
            match std::fs::remove_dir_all(&path) {
                Ok(()) => tracing::warn!("removed what an earlier run left: {}", path.display()),
                Err(error) => tracing::warn!("an earlier run's leftovers stay ({error}): {}", path.display()),
            }
        }
        Ok(Self { root: Arc::new(root) })
    }

    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn begin(&self) -> io::Result<Scratch> {
        // Short: some programs make sockets in here, whose paths must not be long.
        let path = self.root.join(&Uuid::new_v4().simple().to_string()[..8]);
        std::fs::create_dir_all(&path)?;
        Ok(Scratch { path })
    }
}

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What cannot be removed now is, at the next start.
    pub(crate) async fn remove(self) {
        let removed = tokio::task::spawn_blocking(move || {
            let removed = std::fs::remove_dir_all(&self.path);
            removed.map_err(|error| format!("{error}: {}", self.path.display()))
        });
        if let Ok(Err(error)) = removed.await {
            tracing::warn!("a task's leftovers stay ({error})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tasks_leftovers_go_with_it_or_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("scratch");
        let n_left = || std::fs::read_dir(&root).unwrap().count();
        let folders = ScratchFolders::open(root.clone()).unwrap();
        let (first, second) = (folders.begin().unwrap(), folders.begin().unwrap());
        for scratch in [&first, &second] {
            std::fs::create_dir(scratch.path().join("deep")).unwrap();
            std::fs::write(scratch.path().join("deep/file"), "x").unwrap();
        }
        first.remove().await;
        assert_eq!(n_left(), 1);
        drop(second);
        assert_eq!(n_left(), 1, "as after kill -9");
        // A link leads out of the folder; what it leads to is not ours.
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), root.join("0123abcd")).unwrap();
        std::fs::write(folder.path().join("precious"), "x").unwrap();
        ScratchFolders::open(root.clone()).unwrap();
        assert!(folder.path().join("precious").exists());
        assert!(n_left() <= 1);
    }
}
