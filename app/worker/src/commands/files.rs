use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{CommandContext, CommandError, Params};

/// Like `mkdir -p`: an existing folder is fine.
pub(super) async fn make_directory(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    let path = PathBuf::from(params.non_empty("path")?);
    cx.log(format!("make-directory: {}", path.display())).await;
    off_the_runtime(move || make_folders(&path)).await
}

/// A rename; a folder that is in the way is first set aside under its own date.
pub(super) async fn move_directory(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    let src = PathBuf::from(params.non_empty("src")?);
    let dest = PathBuf::from(params.non_empty("dest")?);
    cx.log(format!("move-directory: {} to {}", src.display(), dest.display())).await;
    if let Some(aside) = off_the_runtime(move || move_folder(&src, &dest)).await? {
        cx.log(format!("move-directory: what was there is now {}", aside.display())).await;
    }
    Ok(())
}

/// Never overwrites. The copy appears under its name only when it is whole.
pub(super) async fn copy_file(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    let src = absolute(params, "src")?;
    let dest = absolute(params, "dest")?;
    cx.log(format!("copy-file: {} to {}", src.display(), dest.display())).await;
    off_the_runtime(move || copy_whole_file(&src, &dest)).await
}

fn make_folders(path: &Path) -> Result<(), CommandError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o775);
    builder.create(path).map_err(file_error("the folder cannot be made", path))
}

/// Returns where a folder went that was in the way.
fn move_folder(src: &Path, dest: &Path) -> Result<Option<PathBuf>, CommandError> {
    if !src.is_dir() {
        return Err(CommandError::Refused { what: "the folder to move does not exist", path: src.into() });
    }
    let aside = match fs::metadata(dest) {
        Ok(metadata) => {
            let aside = free_name(dest, &metadata)?;
            let in_the_way = "the folder that is in the way cannot be set aside";
            fs::rename(dest, &aside).map_err(file_error(in_the_way, dest))?;
            Some(aside)
        }
        Err(_) => None,
    };
    if let Some(parent) = dest.parent() {
        make_folders(parent)?;
    }
    fs::rename(src, dest).map_err(|error| match error.kind() {
        io::ErrorKind::CrossesDevices => CommandError::Refused {
            what: "a folder cannot be moved to another disk; copy it instead",
            path: dest.into(),
        },
        _ => file_error("the folder cannot be moved", src)(error),
    })?;
    Ok(aside)
}

/// `renders` of the third of May becomes `renders-2026-05-03_141530`, then `…-001`, `…-002`.
fn free_name(path: &Path, metadata: &fs::Metadata) -> Result<PathBuf, CommandError> {
    const TRIES: usize = 1000;
    let modified = metadata.modified().map_err(file_error("the folder's date cannot be read", path))?;
    let modified = jiff::Timestamp::try_from(modified).unwrap_or_default();
    let date = modified.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d_%H%M%S").to_string();
    let name = |suffix: String| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        path.with_file_name(name)
    };
    let numbered = (1..TRIES).map(|number| name(format!("-{date}-{number:03}")));
    let mut names = std::iter::once(name(format!("-{date}"))).chain(numbered);
    names.find(|name| fs::symlink_metadata(name).is_err()).ok_or_else(|| CommandError::Refused {
        what: "a thousand folders of this name and date were set aside already; remove some",
        path: path.into(),
    })
}

fn copy_whole_file(src: &Path, dest: &Path) -> Result<(), CommandError> {
    let metadata = fs::metadata(src).map_err(file_error("the file to copy cannot be read", src))?;
    if !metadata.is_file() {
        return Err(CommandError::Refused { what: "only a file can be copied", path: src.into() });
    }
    if fs::symlink_metadata(dest).is_ok() {
        let what = "the copy would overwrite what is already there; remove it or choose another name";
        return Err(CommandError::Refused { what, path: dest.into() });
    }
    let parent = dest.parent().unwrap_or(Path::new("/"));
    make_folders(parent)?;
    let partial = parent.join(format!(".kiln-{}.part", Uuid::new_v4().simple()));
    let copied = fs::copy(src, &partial).and_then(|_| fs::rename(&partial, dest));
    copied.map_err(|error| {
        // It may not exist; the copy's own error is the one to tell.
        let _ = fs::remove_file(&partial);
        file_error("the file cannot be copied", dest)(error)
    })
}

fn absolute(params: &Params, name: &'static str) -> Result<PathBuf, CommandError> {
    let path = PathBuf::from(params.non_empty(name)?);
    if path.is_absolute() {
        return Ok(path);
    }
    let problem = format!("must be an absolute path, not {}", path.display());
    Err(CommandError::Parameter { name, problem })
}

pub(super) fn file_error(what: &'static str, path: &Path) -> impl Fn(io::Error) -> CommandError + use<> {
    let path = path.to_owned();
    move |source| CommandError::File { what, source, path: path.clone() }
}

pub(super) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CommandError> + Send + 'static,
) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
