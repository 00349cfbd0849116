use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::{Archive, ArchiveFault, Entry, inner_name, is_system_file};
use crate::files::{Files, Place};
use crate::source::Needed;

/// An archive as the place where a model's files lie. A path in it is the archive's own with the
/// entry's name behind it.
pub(crate) struct ArchiveFiles<'a> {
    path: &'a Path,
    archive: &'a Archive<'a>,
    /// Files that are there and could not be unpacked.
    faults: Mutex<Vec<ArchiveFault>>,
}

impl<'a> ArchiveFiles<'a> {
    pub(crate) fn new(path: &'a Path, archive: &'a Archive<'a>) -> Self {
        Self { path, archive, faults: Mutex::default() }
    }

    pub(crate) fn into_faults(self) -> Vec<ArchiveFault> {
        self.faults.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn needed(&self, entry: &Entry) -> Option<Needed> {
        match self.archive.unpack(entry) {
            Ok(bytes) => Some(Needed::Entry { path: self.path.join(&entry.name), bytes }),
            Err(fault) => {
                let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
                None
            }
        }
    }

    /// The folder of a file of the archive, with slashes.
    fn folder_of(&self, file: &Path) -> Option<String> {
        let folder = file.strip_prefix(self.path).ok()?.parent()?;
        Some(folder.to_string_lossy().replace('\\', "/"))
    }
}

impl Files for ArchiveFiles<'_> {
    fn look_up(&self, named_by: &Path, name: &Path) -> Option<Needed> {
        let name = format!("{}/{}", self.folder_of(named_by)?, name.to_str()?);
        let name = inner_name(name.trim_start_matches('/'))?;
        self.needed(self.archive.find(&name)?)
    }

    /// Anywhere in the archive, the nearest first: sites that sell models pack the textures into a
    /// folder of their own.
    fn look_around(&self, model: &Path, bare: &Path) -> Option<Needed> {
        let wanted = bare.to_str()?.to_lowercase();
        let folder = self.folder_of(model)?;
        let is_wanted = |e: &&Entry| {
            !is_system_file(&e.name) && e.name.rsplit('/').next().is_some_and(|n| n.to_lowercase() == wanted)
        };
        let candidates = self.archive.entries().iter().filter(is_wanted);
        self.needed(candidates.max_by_key(|e| n_shared_folders(&folder, &e.name))?)
    }

    fn place_of(&self, _: &Path, file: &Path) -> Place {
        if file.starts_with(self.path) { Place::Inside } else { Place::Outside }
    }
}

fn n_shared_folders(folder: &str, name: &str) -> usize {
    folder.split('/').zip(name.split('/')).take_while(|(a, b)| a == b).count()
}
