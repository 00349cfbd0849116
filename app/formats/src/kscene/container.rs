use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use super::chunk::{Codec, Entry, Tag, hash};

/// High bit, name, and line ends of two systems, so that a transfer as text is noticed (PNG's habit).
pub(super) const MAGIC: [u8; 8] = *b"\x89KSCN\r\n\x1a";
pub(super) const VERSION: u32 = 1;
pub(super) const HEADER_BYTES: usize = 48;
/// Chunks begin at multiples of it, so that arrays can be used where they lie.
pub(super) const ALIGNMENT: usize = 16;

pub(super) fn sniff(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The first bytes of the file.
pub(super) fn header(n_chunks: u32, table: &[u8], n_bytes: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&n_chunks.to_le_bytes());
    bytes[16..24].copy_from_slice(&(HEADER_BYTES as u64).to_le_bytes());
    bytes[24..32].copy_from_slice(&hash(table).to_le_bytes());
    bytes[32..40].copy_from_slice(&n_bytes.to_le_bytes());
    let own = hash(&bytes[..40]);
    bytes[40..].copy_from_slice(&own.to_le_bytes());
    bytes
}

/// The chunks of a file, whole or not. Nothing is decoded or checked until it is asked for.
pub(super) struct Container<'a> {
    bytes: &'a [u8],
    pub(super) entries: Vec<Entry>,
    /// The table was unusable and the chunks were searched for; some may be missing from `entries`.
    pub(super) is_table_lost: bool,
}

/// Why a chunk cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChunkFault {
    #[error("cut off")]
    CutOff,
    #[error("damaged")]
    Damaged,
    #[error("stored in a way that this version does not know")]
    UnknownCodec,
}

/// What a decoded chunk may have for each of its stored bytes; zstd's own limit is far above what
/// models reach.
const MAX_EXPANSION: u64 = 1024;

impl<'a> Container<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        match table(bytes) {
            Some(entries) => Self { bytes, entries, is_table_lost: false },
            None => Self { bytes, entries: search(bytes), is_table_lost: true },
        }
    }

    pub(super) fn find(&self, tag: Tag, number: u32) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag && entry.number == number)
    }

    /// As they lie in the file, checked against their hash.
    pub(super) fn stored(&self, entry: &Entry) -> Result<&'a [u8], ChunkFault> {
        let range = range(entry).ok_or(ChunkFault::Damaged)?;
        let stored = self.bytes.get(range).ok_or(ChunkFault::CutOff)?;
        if hash(stored) == entry.hash { Ok(stored) } else { Err(ChunkFault::Damaged) }
    }

    /// Decoded; meshopt's arrays are still encoded.
    pub(super) fn read(&self, entry: &Entry) -> Result<Cow<'a, [u8]>, ChunkFault> {
        let stored = self.stored(entry)?;
        match entry.codec.ok_or(ChunkFault::UnknownCodec)? {
            Codec::None | Codec::Meshopt => Ok(Cow::Borrowed(stored)),
            Codec::Zstd => unpack(stored, entry.n_raw).map(Cow::Owned),
        }
    }
}

fn unpack(stored: &[u8], n_raw: u64) -> Result<Vec<u8>, ChunkFault> {
    if n_raw > MAX_EXPANSION * (stored.len() as u64 + 1) {
        return Err(ChunkFault::Damaged);
    }
    let mut raw = Vec::new();
    let decoder = ruzstd::decoding::StreamingDecoder::new(stored).map_err(|_| ChunkFault::Damaged)?;
    decoder.take(n_raw + 1).read_to_end(&mut raw).map_err(|_| ChunkFault::Damaged)?;
    if raw.len() as u64 == n_raw { Ok(raw) } else { Err(ChunkFault::Damaged) }
}

fn range(entry: &Entry) -> Option<Range<usize>> {
    let end = entry.offset.checked_add(entry.n_stored)?;
    Some(usize::try_from(entry.offset).ok()?..usize::try_from(end).ok()?)
}

/// The table, if header and table are unharmed.
fn table(bytes: &[u8]) -> Option<Vec<Entry>> {
    let header: &[u8; HEADER_BYTES] = bytes.get(..HEADER_BYTES)?.try_into().ok()?;
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| header[at + i]));
    if hash(&header[..40]) != word(40) {
        return None;
    }
    let n_chunks = u32::from_le_bytes(std::array::from_fn(|i| header[12 + i])) as usize;
    let start = usize::try_from(word(16)).ok()?;
    let end = start.checked_add(n_chunks.checked_mul(Entry::N_BYTES)?)?;
    let table = bytes.get(start..end)?;
    if hash(table) != word(24) {
        return None;
    }
    table.chunks_exact(Entry::N_BYTES).map(Entry::parse).collect()
}

/// Looks for the entries that stand before the chunks themselves. Linear: of an entry that is whole
/// the chunk is stepped over.
fn search(bytes: &[u8]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = HEADER_BYTES.next_multiple_of(ALIGNMENT);
    while at + Entry::N_BYTES <= bytes.len() {
        // An entry of the table is followed by another entry; that of a chunk by the chunk.
        let found = Entry::parse(&bytes[at..]).filter(|entry| entry.offset == chunk_after(at) as u64);
        let next = found.as_ref().and_then(range).map(|range| range.end.next_multiple_of(ALIGNMENT));
        if let Some(entry) = found
            && !entries.iter().any(|known| known.tag == entry.tag && known.number == entry.number)
        {
            entries.push(entry);
        }
        at = next.filter(|&next| next > at).unwrap_or(at + ALIGNMENT);
    }
    entries
}

/// Where the bytes of a chunk begin whose entry stands at `at`.
pub(super) fn chunk_after(at: usize) -> usize {
    (at + Entry::N_BYTES).next_multiple_of(ALIGNMENT)
}
