use std::path::{Path, PathBuf};

use serde::Serialize;
use work::WorkCtx;

use super::chunk::{Codec, Tag};
use super::container::{Container, sniff};
use super::write::{Stored, save};
use crate::file_bytes::FileBytes;
use crate::{ReadFault, WriteError};

/// A chunk beside the scene, by its tag: `THMB` (PNG), `RPRT` and `RCPT` (JSON), or one of another
/// program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub tag: [u8; 4],
    pub bytes: Vec<u8>,
}

impl Attachment {
    pub const THUMBNAIL: [u8; 4] = *b"THMB";
    pub const REPORT: [u8; 4] = *b"RPRT";
    pub const RECEIPT: [u8; 4] = *b"RCPT";
}

pub(super) const ATTACHMENT_NUMBER: u32 = 0;

/// One chunk of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChunkFacts {
    /// `MESH 3`.
    pub name: String,
    pub codec: &'static str,
    pub n_stored: u64,
    pub n_raw: u64,
    /// Why it cannot be used; `None`: it is intact.
    pub fault: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("{fault}: {}", path.display())]
pub struct SceneFileError {
    #[source]
    fault: ReadFault,
    path: PathBuf,
}

fn open(path: &Path) -> Result<FileBytes, SceneFileError> {
    let bytes = FileBytes::open(path).and_then(|bytes| {
        let damaged = ReadFault::Damaged { format: super::NAME, cause: "it does not begin like one".into() };
        if sniff(&bytes) { Ok(bytes) } else { Err(damaged) }
    });
    bytes.map_err(|fault| SceneFileError { fault, path: path.into() })
}

/// Every chunk of a Kiln scene file, checked against its hash; for people who ask what a file holds.
///
/// # Errors
/// A file that cannot be opened, or is no Kiln scene.
pub fn chunks(path: &Path) -> Result<Vec<ChunkFacts>, SceneFileError> {
    let bytes = open(path)?;
    let container = Container::new(&bytes);
    let facts = container.entries.iter().map(|entry| ChunkFacts {
        name: entry.name(),
        codec: match entry.codec {
            Some(Codec::None) => "none",
            Some(Codec::Zstd) => "zstd",
            Some(Codec::Meshopt) => "meshopt",
            None => "unknown",
        },
        n_stored: entry.n_stored,
        n_raw: entry.n_raw,
        fault: container.stored(entry).err().map(|fault| fault.to_string()),
    });
    Ok(facts.collect())
}

/// The intact attachments of a Kiln scene file; no other part of it is read.
///
/// # Errors
/// A file that cannot be opened, or is no Kiln scene.
pub fn attachments(path: &Path) -> Result<Vec<Attachment>, SceneFileError> {
    let bytes = open(path)?;
    let container = Container::new(&bytes);
    let beside = container.entries.iter().filter(|entry| !Tag::OF_SCENE.contains(&entry.tag));
    let intact = beside.filter_map(|entry| {
        Some(Attachment { tag: entry.tag.0, bytes: container.read(entry).ok()?.into_owned() })
    });
    Ok(intact.collect())
}

/// Those that Kiln knows nothing of, which whoever rewrites a file has to keep.
///
/// # Errors
/// As [`attachments`].
pub fn foreign_attachments(path: &Path) -> Result<Vec<Attachment>, SceneFileError> {
    let own = [Attachment::THUMBNAIL, Attachment::REPORT, Attachment::RECEIPT];
    let mut all = attachments(path)?;
    all.retain(|attachment| !own.contains(&attachment.tag));
    Ok(all)
}

/// Puts `attachments` into a Kiln scene file, in place of those with their tags. The scene is copied as
/// it lies there, chunk by chunk.
///
/// # Errors
/// A file that cannot be opened, is no Kiln scene, or is damaged; a disk that refuses.
pub fn attach(path: &Path, attachments: &[Attachment], ctx: &WorkCtx) -> Result<(), WriteError> {
    let failed = |cause: String| WriteError::Io { source: std::io::Error::other(cause), path: path.into() };
    let bytes = open(path).map_err(|error| failed(error.fault.to_string()))?;
    let container = Container::new(&bytes);
    if container.is_table_lost {
        return Err(failed("its table of chunks is damaged".into()));
    }
    let is_replaced = |tag: Tag| attachments.iter().any(|attachment| attachment.tag == tag.0);
    let mut chunks = Vec::new();
    for entry in container.entries.iter().filter(|entry| !is_replaced(entry.tag)) {
        let fault = |fault: &dyn std::fmt::Display| failed(format!("{}: {fault}", entry.name()));
        let stored = container.stored(entry).map_err(|error| fault(&error))?;
        let codec = entry.codec.ok_or_else(|| fault(&"stored in an unknown way"))?;
        let (number, n_raw) = (entry.number, entry.n_raw);
        chunks.push(Stored { tag: entry.tag, codec, number, n_raw, bytes: stored.to_vec() });
    }
    // Before what is large, so that they are quickly read.
    let is_large = |chunk: &Stored| [Tag::IMAGE, Tag::MESH].contains(&chunk.tag);
    let at = chunks.iter().position(is_large).unwrap_or(chunks.len());
    chunks.splice(at..at, attachments.iter().map(Stored::attached));
    drop(bytes);
    save(path, &chunks, ctx).map(drop)
}
