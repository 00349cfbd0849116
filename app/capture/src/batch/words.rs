//! What the watching and the drawing process say to each other: lines of JSON.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use work::WorkCtx;

use super::{Step, batch};
use crate::{CaptureError, Drawer, ThumbnailOptions};

/// A path as JSON: text where it is some, as it nearly always is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Name {
    Text(String),
    Bytes(Vec<u8>),
}

impl<P: AsRef<Path>> From<P> for Name {
    fn from(path: P) -> Self {
        let path = path.as_ref().as_os_str();
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(path.as_encoded_bytes().to_vec()),
        }
    }
}

impl From<Name> for PathBuf {
    fn from(name: Name) -> Self {
        match name {
            Name::Text(text) => text.into(),
            #[cfg(unix)]
            Name::Bytes(bytes) => {
                use std::os::unix::ffi::OsStringExt;
                std::ffi::OsString::from_vec(bytes).into()
            }
            // Windows has no way back from bytes; such a name is not found, and told as it looks.
            #[cfg(not(unix))]
            Name::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        }
    }
}

/// To the process that draws: all at once, then an empty line, then nothing more until its end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub model: Name,
    pub out_dir: Name,
}

/// From the process that draws; `i` counts the orders.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    /// It is read, or drawn; its clock runs from now.
    Begun {
        i: usize,
    },
    /// Its clock stands still until it is begun again.
    Waits {
        i: usize,
    },
    Done {
        i: usize,
        files: Vec<Name>,
        warnings: Vec<String>,
    },
    Failed {
        i: usize,
        reason: String,
    },
}

/// The process that draws: takes its orders from `orders` and tells on `out` what becomes of each.
/// Whoever gave them holds the other end of `orders` open; when it closes, this process ends.
///
/// # Errors
/// When an order cannot be understood or nobody listens any more.
pub fn serve(
    mut orders: impl BufRead + Send + 'static,
    out: impl Write + Send,
    options: &ThumbnailOptions,
    drawer: &Drawer,
) -> std::io::Result<()> {
    let mut models: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut line = String::new();
    while orders.read_line(&mut line)? > 0 && !line.trim().is_empty() {
        let order: Order = serde_json::from_str(&line)?;
        models.push((order.model.into(), order.out_dir.into()));
        line.clear();
    }
    std::thread::Builder::new().name("lifeline".into()).spawn(move || {
        // Returns when the other end is closed, or gone with its process.
        let _ = std::io::copy(&mut orders, &mut std::io::sink());
        formats::end_blenders();
        std::process::exit(1);
    })?;
    let out = Mutex::new(out);
    let ctx = WorkCtx::quiet();
    let say = |word: &Word| {
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        let said = serde_json::to_writer(&mut *out, word).map_err(std::io::Error::from);
        let said = said.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
        if said.is_err() {
            ctx.cancel();
        }
    };
    batch(
        &models,
        options,
        drawer,
        &ctx,
        |i, step| {
            say(&match step {
                Step::Works => Word::Begun { i },
                Step::Waits => Word::Waits { i },
            });
        },
        |i, result| {
            say(&match result {
                Ok(report) => {
                    let files = report.files.iter().map(Name::from).collect();
                    Word::Done { i, files, warnings: report.warnings }
                }
                Err(error) => Word::Failed { i, reason: describe(&error) },
            });
        },
    );
    if ctx.is_cancelled() { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}

/// The error with those of its causes that say something new.
fn describe(error: &CaptureError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_comes_back() {
        use std::os::unix::ffi::OsStrExt;
        let odd = Path::new(std::ffi::OsStr::from_bytes(b"chair \xff.glb"));
        for path in [odd, Path::new("\u{6905}\u{5b50}.glb")] {
            let order = Order { model: path.into(), out_dir: path.into() };
            let read: Order = serde_json::from_str(&serde_json::to_string(&order).unwrap()).unwrap();
            assert_eq!(PathBuf::from(read.model), path);
        }
    }
}
