//! The Kiln scene file, specified in `app/KSCENE.md`: everything a [`scene::Scene`] holds in typed
//! chunks with checksums. Opened in place, read in parts, and what is intact of a damaged file is
//! read all the same.

mod arrays;
mod attachment;
mod chunk;
mod container;
mod mesh;
mod parts;
mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::format::Format;

pub use attachment::{
    Attachment, ChunkFacts, SceneFileError, attach, attachments, chunks, foreign_attachments,
};
pub use write::write_kscene;

const NAME: &str = "Kiln scene";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["kscene"], read: Some(read::read), sniff: container::sniff, hint: "" };
