//! Zip archives (PKWARE's APPNOTE 6.3), unpacked in memory and within limits.
//!
//! [`Archive`] lists and unpacks entries for any format that is a zip; [`FORMAT`] reads the best
//! model of a plain `.zip` as if it lay in a folder. Nothing is ever written to the disk, so an
//! entry's name can lead nowhere; names that try are left out all the same. An archive inside an
//! archive stays closed.

mod choice;
mod fault;
mod files;
mod reader;

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use zip::{CompressionMethod, ZipArchive};

pub use fault::ArchiveFault;
pub(crate) use files::ArchiveFiles;
pub(crate) use reader::FORMAT;
pub use reader::split_path;

/// Asset packs hold some ten thousand files; more is a bomb or a backup.
const MAX_ENTRIES: usize = 100_000;
/// Of one entry, unpacked.
const MAX_ENTRY_N_BYTES: u64 = 2 << 30;
/// Of all entries that were asked for, unpacked, together.
const MAX_TOTAL_N_BYTES: u64 = 4 << 30;
/// Deflate cannot pass 1032; models and pictures stay far below this.
const MAX_RATIO: u64 = 300;
/// Below this size no ratio is suspicious.
const RATIO_FROM_N_BYTES: u64 = 16 << 20;

/// The signature of a local file header, or of an archive without entries.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// An open archive; entries are unpacked when they are asked for, and kept.
pub(crate) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    /// By name in lower case, as Windows and macOS compare.
    by_lower_name: HashMap<String, usize>,
    n_escaping: usize,
    unpacked: Mutex<Unpacked>,
}

#[derive(Default)]
struct Unpacked {
    by_entry: HashMap<usize, Arc<[u8]>>,
    n_bytes: u64,
}

/// A file of the archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Without `.` and `..`, with slashes.
    pub(crate) name: String,
    /// Unpacked, as the archive states it.
    pub(crate) n_bytes: u64,
    is_encrypted: bool,
    index: usize,
}

impl<'a> Archive<'a> {
    /// # Errors
    /// No archive, a damaged one, or one of too many entries.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ArchiveFault> {
        if states_too_many(bytes) {
            return Err(ArchiveFault::TooManyEntries { most: MAX_ENTRIES });
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(ArchiveFault::damaged)?;
        let mut archive = Self {
            entries: Vec::with_capacity(zip.len()),
            by_name: HashMap::with_capacity(zip.len()),
            by_lower_name: HashMap::with_capacity(zip.len()),
            n_escaping: 0,
            unpacked: Mutex::default(),
            zip,
        };
        archive.list();
        Ok(archive)
    }

    /// Every file in the order of the directory; folders are left out.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Entries whose names lead out of the archive; they are not among [`Archive::entries`].
    pub(crate) fn n_escaping(&self) -> usize {
        self.n_escaping
    }

    /// Without regard to letter case if need be.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        let lower = || self.by_lower_name.get(&name.to_lowercase());
        let at = self.by_name.get(name).or_else(lower)?;
        self.entries.get(*at)
    }

    /// # Errors
    /// Encrypted, packed in a way that is not read, larger than the limits, or damaged.
    pub(crate) fn unpack(&self, entry: &Entry) -> Result<Arc<[u8]>, ArchiveFault> {
        // Held while unpacking: two threads would unpack the same entry otherwise.
        let mut unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = unpacked.by_entry.get(&entry.index) {
            return Ok(Arc::clone(bytes));
        }
        let most = MAX_ENTRY_N_BYTES.min(MAX_TOTAL_N_BYTES.saturating_sub(unpacked.n_bytes));
        let bytes: Arc<[u8]> = self.unpack_at_most(entry, most)?.into();
        unpacked.n_bytes += bytes.len() as u64;
        unpacked.by_entry.insert(entry.index, Arc::clone(&bytes));
        Ok(bytes)
    }

    fn unpack_at_most(&self, entry: &Entry, most: u64) -> Result<Vec<u8>, ArchiveFault> {
        let name = || entry.name.clone();
        if entry.is_encrypted {
            return Err(ArchiveFault::Encrypted { name: name() });
        }
        // Cheap: the directory is shared.
        let mut zip = self.zip.clone();
        let damaged = |error| ArchiveFault::entry(entry, error);
        let packed = zip.by_index(entry.index).map_err(damaged)?;
        let by_ratio = packed.compressed_size().saturating_mul(MAX_RATIO).max(RATIO_FROM_N_BYTES);
        let most = most.min(by_ratio);
        let stated = packed.size();
        let too_large = || ArchiveFault::TooLarge { name: name(), n_bytes: most };
        if stated > most {
            return Err(too_large());
        }
        // What is stated may be a lie, so memory is taken as bytes arrive.
        let mut bytes = Vec::with_capacity(stated.min(RATIO_FROM_N_BYTES) as usize);
        packed.take(most + 1).read_to_end(&mut bytes).map_err(|error| damaged(error.into()))?;
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        Ok(bytes)
    }

    fn list(&mut self) {
        for index in 0..self.zip.len() {
            let Ok(entry) = self.zip.by_index_data(index) else { continue };
            let name = match entry.name() {
                Ok(name) => name.into_owned(),
                Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
            };
            if name.ends_with(['/', '\\']) || entry.is_symlink() {
                continue;
            }
            let Some(name) = inner_name(&name) else {
                self.n_escaping += 1;
                continue;
            };
            let (n_bytes, is_encrypted) = (entry.size(), entry.encrypted());
            let at = self.entries.len();
            self.by_lower_name.entry(name.to_lowercase()).or_insert(at);
            self.by_name.entry(name.clone()).or_insert(at);
            self.entries.push(Entry { name, n_bytes, is_encrypted, index });
        }
    }
}

/// The directory is read into memory whole, and room is made for as many entries as it promises.
fn states_too_many(bytes: &[u8]) -> bool {
    let n_stated = |at: usize| {
        let eight = bytes.get(at + 32..at + 40)?;
        Some(u64::from_le_bytes(eight.try_into().ok()?))
    };
    // Only the 64-bit end record has room for a large lie.
    let mut ends = memchr::memmem::find_iter(bytes, b"PK\x06\x06");
    ends.any(|at| n_stated(at).is_some_and(|n| n > MAX_ENTRIES as u64))
        || memchr::memmem::find_iter(bytes, b"PK\x01\x02").nth(MAX_ENTRIES).is_some()
}

/// The entries' names as the directory has them, quickly: for telling what a zip is.
pub(crate) fn entry_names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const FIXED_N_BYTES: usize = 46;
    // From the directory on: before it may lie whole archives, stored as they are.
    let directory = if is_zip(bytes) { directory_of(bytes) } else { &[] };
    let headers = memchr::memmem::find_iter(directory, b"PK\x01\x02");
    headers.filter_map(move |at| {
        let header = directory.get(at..at + FIXED_N_BYTES)?;
        let length = usize::from(u16::from_le_bytes([header[28], header[29]]));
        directory.get(at + FIXED_N_BYTES..at + FIXED_N_BYTES + length)
    })
}

/// Everything from the central directory on, by the record at the end (APPNOTE 4.3.16); the whole where
/// that record is missing or leaves its place to ZIP64's.
fn directory_of(bytes: &[u8]) -> &[u8] {
    let stated = || -> Option<&[u8]> {
        let end = memchr::memmem::rfind(bytes, b"PK\x05\x06")?;
        let at = bytes.get(end + 16..end + 20)?;
        bytes.get(u32::from_le_bytes(at.try_into().ok()?) as usize..)
    };
    stated().unwrap_or(bytes)
}

/// A path inside the archive with slashes; `None` for one that leads out of it.
pub(crate) fn inner_name(name: &str) -> Option<String> {
    let plain = name.replace('\\', "/");
    let is_drive = plain.as_bytes().get(1) == Some(&b':');
    if plain.starts_with('/') || is_drive || plain.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in plain.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// In words, for messages.
fn method_name(method: CompressionMethod) -> String {
    method.to_string()
}

/// What the operating systems put beside the artist's files.
fn is_system_file(name: &str) -> bool {
    let path = Path::new(name);
    name.starts_with("__MACOSX/") || path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'))
}

#[cfg(test)]
mod tests;
