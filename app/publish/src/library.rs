use std::path::{Path, PathBuf};
use std::time::Duration;

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
    sweep(library, &entry.name);
    // What an ended process of the same number left is in nobody's way.
    let _ = std::fs::remove_dir_all(&unfinished.0);
    std::fs::create_dir(&unfinished.0).map_err(failed(&unfinished.0))?;
    for path in &entry.files {
        ctx.check_cancelled()?;
        let to = unfinished.0.join(file_name(path));
        std::fs::copy(path, &to).map_err(failed(&folder.join(file_name(path))))?;
    }
    for (name, bytes) in &entry.made {
        std::fs::write(unfinished.0.join(name), bytes).map_err(failed(&folder.join(name)))?;
    }
    if is_there {
        // What was there before has the unfinished one's name now, and goes with it.
        replace(&unfinished.0, &folder, &beside("old")).map_err(failed(&folder))?;
    } else {
        std::fs::rename(&unfinished.0, &folder).map_err(failed(&folder))?;
    }
    Ok(folder)
}

/// Gives `new` the name `folder`, whose content goes to the name of `new`, or is removed. At no moment
/// there is nothing of that name, where the system can exchange two names in one.
fn replace(new: &Path, folder: &Path, aside: &Path) -> std::io::Result<()> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
        if renameat2(AT_FDCWD, new, AT_FDCWD, folder, RenameFlags::RENAME_EXCHANGE).is_ok() {
            return Ok(());
        }
        // Some file systems cannot.
    }
    std::fs::rename(folder, aside)?;
    if let Err(error) = std::fs::rename(new, folder) {
        std::fs::rename(aside, folder)?;
        return Err(error);
    }
    // It has no entry's name, and nobody looks for it.
    let _ = std::fs::remove_dir_all(aside);
    Ok(())
}

/// How long nobody works on what was left half made.
const LEFT: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes what ended programs left of this entry.
fn sweep(library: &Path, name: &str) {
    let prefix = format!(".{name}.");
    let is_left = |entry: &std::fs::DirEntry| {
        let file_name = entry.file_name();
        let Some(rest) = file_name.to_str().and_then(|file_name| file_name.strip_prefix(&prefix)) else {
            return false;
        };
        let number = rest.strip_suffix(".part").or_else(|| rest.strip_suffix(".old"));
        let is_ours = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        is_ours && modified.is_ok_and(|at| at.elapsed().is_ok_and(|since| since > LEFT))
    };
    for entry in library.read_dir().into_iter().flatten().flatten().filter(is_left) {
        // The next one tries again.
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

/// Goes with what is in it, unless it was given its name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Nothing can be done about one that will not go.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
