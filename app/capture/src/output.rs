//! Whole files only, and whole sets: everything is written beside its name first, then renamed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::CaptureError;

/// The files of one set while it is made. Dropped before [`StagedSet::publish`], nothing stays.
pub(crate) struct StagedSet {
    folder: PathBuf,
    /// Whether the folder is ours to take away again.
    made_folder: bool,
    /// Temporary path and final name, in the order of their writing.
    files: Vec<(PathBuf, String)>,
}

impl StagedSet {
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn new(folder: &Path) -> Result<Self, CaptureError> {
        let made_folder = !folder.exists();
        std::fs::create_dir_all(folder)
            .map_err(|source| CaptureError::Write { source, path: folder.to_owned() })?;
        Ok(Self { folder: folder.to_owned(), made_folder, files: Vec::new() })
    }

    /// # Errors
    /// [`CaptureError::Write`] with the final path.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), CaptureError> {
        let partial = partial_path(&self.folder, name);
        self.files.push((partial.clone(), name.to_owned()));
        write_new(&partial, bytes)
            .map_err(|source| CaptureError::Write { source, path: self.folder.join(name) })
    }

    /// Gives every file its name. `last` says by its being there that all are: an earlier one of that
    /// name is taken away first, so that old and new files are never taken for one set.
    ///
    /// # Errors
    /// [`CaptureError::Write`] with the path; what could not be renamed is gone.
    pub(crate) fn publish(mut self, last: &str) -> Result<Vec<PathBuf>, CaptureError> {
        let write_error = |path: &Path| {
            let path = path.to_owned();
            move |source| CaptureError::Write { source, path }
        };
        // What would stop a renaming half way is looked for before the first.
        let mut paths = self.files.iter().map(|(_, name)| self.folder.join(name));
        if let Some(path) = paths.find(|path| path.is_dir()) {
            return Err(write_error(&path)(std::io::ErrorKind::IsADirectory.into()));
        }
        let last_path = self.folder.join(last);
        match std::fs::remove_file(&last_path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(write_error(&last_path)(error));
            }
            _ => {}
        }
        self.files.sort_by_key(|(_, name)| name == last);
        let mut paths = Vec::with_capacity(self.files.len());
        for (partial, name) in &self.files {
            let path = self.folder.join(name);
            std::fs::rename(partial, &path).map_err(write_error(&path))?;
            paths.push(path);
        }
        self.files.clear();
        self.made_folder = false;
        Ok(paths)
    }
}

impl Drop for StagedSet {
    fn drop(&mut self) {
        // Nothing of a failed set is worth keeping, and its own failure says nothing new.
        for (partial, _) in &self.files {
            let _ = std::fs::remove_file(partial);
        }
        if self.made_folder {
            // Only an empty folder goes.
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

/// Writes a file so that a reader sees all of it or nothing.
///
/// # Errors
/// [`CaptureError::Write`] with the path.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CaptureError> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = partial_path(folder, &name);
    let written = write_new(&partial, bytes).and_then(|()| std::fs::rename(&partial, path));
    written.map_err(|source| {
        let _ = std::fs::remove_file(&partial);
        CaptureError::Write { source, path: path.to_owned() }
    })
}

/// Takes away what a process left half done in a folder when it was ended.
pub(crate) fn sweep(folder: &Path, process: u32) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mark = format!(".{process}-");
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && name.ends_with(".part") && name.contains(&mark) {
            // What cannot be taken away does no harm.
            let _ = std::fs::remove_file(&path);
        }
    }
    let _ = std::fs::remove_dir(folder);
}

/// Told apart by process and by use: several may write into one folder.
fn partial_path(folder: &Path, name: &str) -> PathBuf {
    static N_USED: AtomicU64 = AtomicU64::new(0);
    let number = N_USED.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".{name}.{}-{number}.part", std::process::id()))
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(bytes)?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_set_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("set");
        let mut set = StagedSet::new(&out).unwrap();
        set.add("a.png", b"a").unwrap();
        // A name in a folder that is not there fails as a full disk does.
        assert!(set.add("nowhere/b.png", b"b").is_err());
        drop(set);
        assert!(!out.exists());
    }

    #[test]
    fn what_a_process_left_is_swept_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, out) = (std::process::id(), folder.path().join("set"));
        let mut set = StagedSet::new(&out).unwrap();
        set.add("a.png", b"a").unwrap();
        std::mem::forget(set);
        std::fs::write(out.join(".b.png.1-0.part"), "another's").unwrap();
        sweep(&out, ours);
        assert_eq!(names(&out), [".b.png.1-0.part"]);
        sweep(&out, 1);
        assert!(!out.exists());
    }

    #[test]
    fn a_folder_in_the_way_leaves_the_old_set_whole() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("metadata.json"), "old").unwrap();
        std::fs::create_dir(folder.path().join("b.png")).unwrap();
        let mut set = StagedSet::new(folder.path()).unwrap();
        for name in ["a.png", "b.png", "metadata.json"] {
            set.add(name, b"new").unwrap();
        }
        assert!(set.publish("metadata.json").is_err());
        assert_eq!(names(folder.path()), ["b.png", "metadata.json"]);
        assert_eq!(std::fs::read(folder.path().join("metadata.json")).unwrap(), b"old");
    }

    #[test]
    fn what_was_there_before_stays_when_a_new_set_fails() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("metadata.json"), "old").unwrap();
        let mut set = StagedSet::new(folder.path()).unwrap();
        set.add("a.png", b"a").unwrap();
        drop(set);
        assert_eq!(names(folder.path()), ["metadata.json"]);
        let mut set = StagedSet::new(folder.path()).unwrap();
        set.add("metadata.json", b"new").unwrap();
        set.add("a.png", b"a").unwrap();
        let paths = set.publish("metadata.json").unwrap();
        assert!(paths.last().unwrap().ends_with("metadata.json"));
        assert_eq!(names(folder.path()), ["a.png", "metadata.json"]);
        assert_eq!(std::fs::read(folder.path().join("metadata.json")).unwrap(), b"new");
    }
}
