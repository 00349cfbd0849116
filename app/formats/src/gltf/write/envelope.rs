use std::io::{self, Write};
use std::path::Path;

use work::WorkCtx;

use crate::WriteError;
use crate::unfinished;

/// Writes a GLB to a temporary name beside `path`, then renames it. Returns its length.
pub(super) fn save(path: &Path, json: &[u8], binary: &[u8], ctx: &WorkCtx) -> Result<u64, WriteError> {
    let n_json_bytes = json.len().next_multiple_of(4);
    let n_binary_bytes = binary.len().next_multiple_of(4);
    let binary_chunk = if binary.is_empty() { 0 } else { 8 + n_binary_bytes };
    let n_bytes = 12 + 8 + n_json_bytes + binary_chunk;
    let Ok(stated) = u32::try_from(n_bytes) else {
        return Err(WriteError::TooBig(path.into()));
    };
    unfinished::save(path, ctx, |out| {
        out.write_all(b"glTF\x02\0\0\0")?;
        out.write_all(&stated.to_le_bytes())?;
        chunk(out, b"JSON", json, b' ')?;
        if !binary.is_empty() {
            chunk(out, b"BIN\0", binary, 0)?;
        }
        Ok(())
    })
}

fn chunk(out: &mut impl Write, kind: &[u8; 4], bytes: &[u8], padding: u8) -> io::Result<()> {
    let n_bytes = bytes.len().next_multiple_of(4);
    out.write_all(&(n_bytes as u32).to_le_bytes())?;
    out.write_all(kind)?;
    out.write_all(bytes)?;
    out.write_all(&[padding; 3][..n_bytes - bytes.len()])
}
