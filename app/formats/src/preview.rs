use std::path::Path;
use std::sync::Arc;

use work::WorkCtx;

use crate::blend;
use crate::file_bytes::FileBytes;

/// A small picture that lies ready in a model's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub width_px: u32,
    pub height_px: u32,
    /// sRGB with straight alpha, rows from the top, `4 * width_px * height_px` bytes.
    pub rgba: Arc<[u8]>,
}

/// The picture that the program which made a file left in it, for the time until there is a better
/// one. `None` for formats and files without.
pub fn preview(path: &Path, ctx: &WorkCtx) -> Option<Preview> {
    let bytes = FileBytes::open(path).ok()?;
    if blend::is_blend(&bytes) { blend::preview(&bytes, ctx) } else { None }
}
