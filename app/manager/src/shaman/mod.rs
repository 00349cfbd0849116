//! Shaman: inputs come up by content hash, once, and are laid out again for each job.
//!
//! A checkout holds copies (cheap clones where the file system can), never links: a job that writes
//! into its inputs must not change what other jobs get under the same hash.

mod checkout;
mod chunks;
mod names;
mod upload;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use flamenco::wire::ShamanFileStatus;

pub(crate) use checkout::CheckoutError;
pub(crate) use chunks::{AssembleError, Chunk};
pub(crate) use names::{CheckoutPath, Content, FilePath, NameError};
pub(crate) use upload::UploadError;

/// Contents that no checkout asked for in so long are let go.
const UNUSED_FOR: Duration = Duration::from_secs(744 * 3600);

/// Temporary folders below the jobs folder start with this; no checkout can.
const BUILDING: &str = ".building-";

pub(crate) struct Shaman {
    stored: PathBuf,
    uploading: PathBuf,
    /// Pieces of files that are not complete yet.
    packs: PathBuf,
    jobs: PathBuf,
    /// How many requests send a content at this moment.
    in_flight: Arc<Mutex<HashMap<Content, usize>>>,
    /// Held while a checkout gets its name.
    naming: Mutex<()>,
    /// Read when first asked for.
    chunks: Mutex<Option<chunks::Index>>,
}

impl Shaman {
    /// Opens the store and clears away what a killed Manager left half done.
    pub(crate) fn open(file_store: &Path, jobs: &Path) -> io::Result<Self> {
        let [stored, uploading, packs] = ["stored", "uploading", "packs"].map(|it| file_store.join(it));
        if uploading.exists() {
            fs::remove_dir_all(&uploading)?;
        }
        fs::create_dir_all(&uploading)?;
        fs::create_dir_all(&stored)?;
        fs::create_dir_all(&packs)?;
        for entry in fs::read_dir(jobs)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(BUILDING) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(Self {
            stored,
            uploading,
            packs,
            jobs: jobs.into(),
            in_flight: Arc::default(),
            naming: Mutex::default(),
            chunks: Mutex::default(),
        })
    }

    /// Whether a content is here. One that is stays for the checkout that will ask for it.
    pub(crate) fn status(&self, content: &Content) -> ShamanFileStatus {
        let path = self.blob(content);
        if path.is_file() {
            // The modification time is when it was last asked for.
            let touched =
                File::options().append(true).open(&path).and_then(|it| it.set_modified(SystemTime::now()));
            if let Err(error) = touched {
                tracing::warn!("a stored input cannot be touched: {error}: {}", path.display());
            }
            return ShamanFileStatus::Stored;
        }
        let in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        match in_flight.contains_key(content) {
            true => ShamanFileStatus::Uploading,
            false => ShamanFileStatus::Missing,
        }
    }

    /// Deletes a checkout that [`Shaman::check_out`] made; fine when it is gone.
    pub(crate) fn erase_checkout(&self, path: &str) -> io::Result<()> {
        let Ok(path) = CheckoutPath::parse(path) else { return Ok(()) };
        match fs::remove_dir_all(self.jobs.join(path.as_str())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Deletes contents that nothing asked for in a month. Checkouts are copies and keep theirs.
    pub(crate) fn collect_garbage(&self) -> io::Result<usize> {
        let Some(oldest) = SystemTime::now().checked_sub(UNUSED_FOR) else { return Ok(0) };
        let mut n_deleted = self.collect_packs(oldest)?;
        for prefix in subfolders(&self.stored)? {
            for folder in subfolders(&prefix)? {
                for blob in fs::read_dir(&folder)? {
                    let blob = blob?.path();
                    let is_blob = blob.extension().is_some_and(|it| it == "blob");
                    if is_blob && fs::metadata(&blob)?.modified()? < oldest {
                        fs::remove_file(&blob)?;
                        // Only files that came in pieces have a list of them.
                        let _ = fs::remove_file(blob.with_extension(chunks::LIST));
                        n_deleted += 1;
                    }
                }
            }
        }
        Ok(n_deleted)
    }

    fn blob(&self, content: &Content) -> PathBuf {
        let (head, tail) = content.sha().split_at(2);
        self.stored.join(head).join(tail).join(format!("{}.blob", content.size()))
    }
}

fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
