//! usdz: a ZIP archive of layers and pictures (OpenUSD, "Usdz File Format Specification" 1.3).

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::ops::Deref;
use std::path::Path;

use zip::ZipArchive;

use crate::ReadFault;
use crate::file_bytes::FileBytes;
use crate::files::without_dots;

use super::damaged;

pub(super) enum PackageBytes<'a> {
    Model(&'a [u8]),
    File(FileBytes),
}

impl Deref for PackageBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Model(bytes) => bytes,
            Self::File(bytes) => bytes,
        }
    }
}

pub(super) struct Package<'a> {
    bytes: PackageBytes<'a>,
    /// Number of each entry by its name.
    entries: BTreeMap<String, usize>,
    /// The layer that comes first, which is the package's own (§"Layout").
    pub(super) first_layer: String,
}

/// More files than any real package; what a hostile one lists is not even counted to its end.
const MAX_N_ENTRIES: usize = 1 << 16;

/// Entries are stored, says the specification; of those that are packed all the same, nothing
/// honest shrinks further than this.
const MAX_RATIO: u64 = 200;

impl<'a> Package<'a> {
    /// # Errors
    /// Not a ZIP archive, or one without a layer.
    pub(super) fn open(bytes: PackageBytes<'a>) -> Result<Self, ReadFault> {
        let archive = ZipArchive::new(Cursor::new(&*bytes))
            .map_err(|error| damaged(format!("its ZIP archive cannot be opened ({error})")))?;
        if archive.len() > MAX_N_ENTRIES {
            return Err(damaged(format!("it lists {} files, which no real package does", archive.len())));
        }
        let names =
            (0..archive.len()).filter_map(|i| Some((archive.name_for_index(i)?.ok()?.into_owned(), i)));
        let ordered: Vec<_> = names.collect();
        let first_layer = ordered.iter().find(|(name, _)| super::layer_files::is_layer_name(name));
        let first_layer = first_layer.map(|(name, _)| name.clone());
        let first_layer = first_layer.ok_or_else(|| damaged("the package holds no layer"))?;
        Ok(Self { entries: ordered.into_iter().collect(), bytes, first_layer })
    }

    /// The entry that `named_by`, an entry itself, calls `named`; never anything outside.
    pub(super) fn look_up(&self, named_by: &Path, named: &str) -> Option<String> {
        let folder = named_by.parent().unwrap_or(Path::new(""));
        let named = named.replace('\\', "/");
        let candidates = [folder.join(&named), Path::new(&named).to_owned()];
        candidates.iter().find_map(|path| {
            let name = without_dots(path).to_str()?.replace('\\', "/");
            self.entries.contains_key(&name).then_some(name)
        })
    }

    /// # Errors
    /// In words: no such entry, damaged, or too good to be true.
    pub(super) fn read(&self, entry: &str) -> Result<Vec<u8>, String> {
        let in_words = |error: &dyn std::fmt::Display| format!("{entry} cannot be unpacked ({error})");
        let i = *self.entries.get(entry).ok_or_else(|| format!("{entry} is not in the package"))?;
        let mut archive = ZipArchive::new(Cursor::new(&*self.bytes)).map_err(|e| in_words(&e))?;
        let file = archive.by_index(i).map_err(|e| in_words(&e))?;
        let most = file.compressed_size().min(self.bytes.len() as u64).saturating_mul(MAX_RATIO);
        let n_bytes = file.size();
        if n_bytes > most {
            return Err(in_words(&format!("{n_bytes} bytes out of {}", file.compressed_size())));
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(n_bytes as usize).map_err(|e| in_words(&e))?;
        file.take(most).read_to_end(&mut bytes).map_err(|e| in_words(&e))?;
        Ok(bytes)
    }
}

/// A ZIP whose first entry is a layer.
pub(super) fn looks_like_package(bytes: &[u8]) -> bool {
    let name_length = bytes.get(26..28).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])));
    let name = name_length.and_then(|n| bytes.get(30..30 + n));
    bytes.starts_with(b"PK\x03\x04")
        && name.and_then(|n| std::str::from_utf8(n).ok()).is_some_and(super::layer_files::is_layer_name)
}
