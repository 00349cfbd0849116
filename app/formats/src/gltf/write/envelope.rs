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

/// Writes a GLB to a temporary name beside `path`, then renames it. Returns its length.
pub(super) fn save(path: &Path, json: &[u8], binary: &[u8], ctx: &WorkCtx) -> Result<u64, WriteError> {
    let n_json_bytes = json.len().next_multiple_of(4);
    let n_binary_bytes = binary.len().next_multiple_of(4);
    let binary_chunk = if binary.is_empty() { 0 } else { 8 + n_binary_bytes };
    let n_bytes = 12 + 8 + n_json_bytes + binary_chunk;
    let Ok(stated) = u32::try_from(n_bytes) else {
        return Err(WriteError::TooBig(path.into()));
    };
    let fail = |source: io::Error| WriteError::Io { source, path: path.into() };
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let file = File::create(&part).map_err(fail)?;
    let mut unfinished = Unfinished(Some(part.clone()));
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut write = || -> io::Result<()> {
        out.write_all(b"glTF\x02\0\0\0")?;
        out.write_all(&stated.to_le_bytes())?;
        chunk(&mut out, b"JSON", json, b' ')?;
        if !binary.is_empty() {
            chunk(&mut out, b"BIN\0", binary, 0)?;
        }
        out.flush()
    };
    write().map_err(fail)?;
    drop(out);
    ctx.check_cancelled()?;
    std::fs::rename(&part, path).map_err(fail)?;
    unfinished.0 = None;
    Ok(n_bytes as u64)
}

fn chunk(out: &mut impl Write, kind: &[u8; 4], bytes: &[u8], padding: u8) -> io::Result<()> {
    let n_bytes = bytes.len().next_multiple_of(4);
    out.write_all(&(n_bytes as u32).to_le_bytes())?;
    out.write_all(kind)?;
    out.write_all(bytes)?;
    out.write_all(&[padding; 3][..n_bytes - bytes.len()])
}
