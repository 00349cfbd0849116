use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};
use uuid::Uuid;

use super::{Content, Shaman};
use crate::job_types::hex;

#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error("{actual} bytes arrived where {expected} were announced; the file changed, hash it again")]
    Size { expected: u64, actual: u64 },
    #[error("the file's checksum is {actual}; the file changed, hash it again")]
    Checksum { actual: String },
    #[error("the file cannot be stored: {0}")]
    Io(#[from] io::Error),
}

/// A file on its way in, under a temporary name that goes away with it.
pub(crate) struct Incoming {
    content: Content,
    temporary: PathBuf,
    stored: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    n_bytes: u64,
    in_flight: Arc<Mutex<HashMap<Content, usize>>>,
}

const BUFFER_BYTES: usize = 1 << 20;

impl Shaman {
    /// Starts to receive `content`. Two may send the same at once; whoever ends first stores it.
    pub(crate) async fn receive(&self, content: Content) -> io::Result<Incoming> {
        let temporary = self.uploading.join(format!("{}-{}.tmp", content.sha(), Uuid::new_v4().simple()));
        let stored = self.blob(&content);
        let file = BufWriter::with_capacity(BUFFER_BYTES, File::create_new(&temporary).await?);
        let in_flight = Arc::clone(&self.in_flight);
        *in_flight.lock().unwrap_or_else(PoisonError::into_inner).entry(content.clone()).or_default() += 1;
        Ok(Incoming { content, temporary, stored, file, hash: Sha256::new(), n_bytes: 0, in_flight })
    }
}

impl Incoming {
    /// # Errors
    /// As soon as more arrives than was announced, so that nobody fills the disk.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > self.content.size() {
            return Err(UploadError::Size { expected: self.content.size(), actual: self.n_bytes });
        }
        self.hash.update(bytes);
        Ok(self.file.write_all(bytes).await?)
    }

    /// Checks what arrived and gives it its name.
    pub(crate) async fn finish(mut self) -> Result<(), UploadError> {
        if self.n_bytes != self.content.size() {
            return Err(UploadError::Size { expected: self.content.size(), actual: self.n_bytes });
        }
        let actual = hex(&std::mem::take(&mut self.hash).finalize());
        if actual != self.content.sha() {
            return Err(UploadError::Checksum { actual });
        }
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        if let Some(folder) = self.stored.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        Ok(tokio::fs::rename(&self.temporary, &self.stored).await?)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Gone already when it was stored.
        let _ = fs::remove_file(&self.temporary);
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = in_flight.get_mut(&self.content) {
            *n -= 1;
            if *n == 0 {
                in_flight.remove(&self.content);
            }
        }
    }
}
