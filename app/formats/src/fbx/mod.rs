//! FBX of Autodesk's programs and of everything that trades with them: ASCII and binary, 3.0 to
//! 7.7. `ufbx` takes the file apart; this folder makes a scene of what it finds.
//!
//! Axes and unit are converted in the transforms of the topmost nodes (and in their animation), so
//! that vertices, skins and blend shapes keep the numbers they were made with. Polygons are kept as
//! authored. Geometric transforms go into the vertices, or into a helper node where instances of
//! one mesh differ in them; segment scale compensation goes into the children.
//!
//! ufbx is C, so it only ever sees bytes in memory, opens no file, and works within limits: per
//! allocator [`MEMORY_FLOOR`] and [`MEMORY_PER_FILE_BYTE`] times the file, [`MAX_DEPTH`] levels.

mod animation;
mod budget;
mod convert;
mod deform;
mod document;
mod hidden;
mod image;
mod lens;
mod load;
mod losses;
mod material;
mod mesh;
mod node;
mod properties;
mod texture;

use crate::ReadFault;
use crate::format::{Format, head};
use crate::source::{Parsed, Source};
use document::Document;

const NAME: &str = "FBX";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["fbx"], read: Some(read), sniff: is_fbx, hint: "" };

/// Binary files have a magic. ASCII ones have a comment or the header's key somewhere at the
/// beginning.
fn is_fbx(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"Kaydara FBX Binary") {
        return true;
    }
    let head = head(bytes);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let is_comment = |line: &str| line.starts_with(';') && line.contains("FBX");
    head.lines().next().is_some_and(is_comment) || head.contains("FBXHeaderExtension:")
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let root = load::load(source)?;
    let mut parsed = Parsed::default();
    Document::new(source, &root).read(&mut parsed)?;
    Ok(parsed)
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
