use std::path::{Path, PathBuf};

use work::WorkCtx;

use crate::PublishError;
use crate::entry::{ENTRY, Entry, file_name};

/// Puts the entry into a folder of its own in `library`, `NAME/`, all of it at once. An earlier entry
/// of that name gives way. Returns the folder.
///
/// # Errors
/// A disk that refuses; a folder of that name that is no entry.
pub(crate) fn put(entry: &Entry, library: &Path, ctx: &WorkCtx) -> Result<PathBuf, PublishError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| PublishError::Library { source, path }
    };
    std::fs::create_dir_all(library).map_err(failed(library))?;
    let folder = library.join(&entry.name);
    let is_there = folder.symlink_metadata().is_ok();
    if is_there && !folder.join(ENTRY).is_file() {
        return Err(PublishError::Occupied(folder));
    }
    let beside = |what: &str| library.join(format!(".{}.{}.{what}", entry.name, std::process::id()));
    let unfinished = Unfinished(beside("part"));
    // What an ended process of the same number left is in nobody's way.
    let _ = std::fs::remove_dir_all(&unfinished.0);
    std::fs::create_dir(&unfinished.0).map_err(failed(&unfinished.0))?;
    for path in &entry.files {
        ctx.check_cancelled()?;
        std::fs::copy(path, unfinished.0.join(file_name(path))).map_err(failed(path))?;
    }
    for (name, bytes) in &entry.made {
        let path = unfinished.0.join(name);
        std::fs::write(&path, bytes).map_err(failed(&path))?;
    }
    if is_there {
        // Two renames: whoever looks finds the old entry, for a blink none, then the new one.
        let old = beside("old");
        std::fs::rename(&folder, &old).map_err(failed(&folder))?;
        if let Err(error) = std::fs::rename(&unfinished.0, &folder) {
            let _ = std::fs::rename(&old, &folder);
            return Err(failed(&folder)(error));
        }
        let _ = std::fs::remove_dir_all(&old);
    } else {
        std::fs::rename(&unfinished.0, &folder).map_err(failed(&folder))?;
    }
    Ok(folder)
}

/// Goes with what is in it, unless it was given its name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Nothing can be done about one that will not go.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
