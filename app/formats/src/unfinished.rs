//! Files that appear under their name only when they are complete.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use work::WorkCtx;

use crate::WriteError;

/// Removes the unfinished file unless it got its name.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Nothing can be done about a file that will not go, and the cause is told elsewhere.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Writes to a temporary name beside `path`, then renames it. Returns the file's length.
pub(crate) fn save(
    path: &Path,
    ctx: &WorkCtx,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<u64, WriteError> {
    let fail = |source: io::Error| WriteError::Io { source, path: path.into() };
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let file = File::create(&part).map_err(fail)?;
    let mut unfinished = Unfinished(Some(part.clone()));
    let mut out = BufWriter::with_capacity(1 << 20, file);
    write(&mut out).map_err(fail)?;
    out.flush().map_err(fail)?;
    let n_bytes = out.get_ref().metadata().map_err(fail)?.len();
    drop(out);
    ctx.check_cancelled()?;
    std::fs::rename(&part, path).map_err(fail)?;
    unfinished.0 = None;
    Ok(n_bytes)
}
