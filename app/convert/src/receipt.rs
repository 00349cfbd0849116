use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::ConvertError;

/// What went in, what came out, and what was lost on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    pub input: FileFacts,
    pub output: FileFacts,
    /// In words, for people.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    pub path: PathBuf,
    pub n_bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl FileFacts {
    /// Reads the file once, with a fixed amount of memory.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of(path: &Path) -> Result<Self, ConvertError> {
        let failed = |source| ConvertError::File { source, path: path.to_owned() };
        let mut file = std::fs::File::open(path).map_err(failed)?;
        let mut hasher = Sha256::new();
        let n_bytes = std::io::copy(&mut file, &mut hasher).map_err(failed)?;
        Ok(Self { path: path.to_owned(), n_bytes, sha256: format!("{:x}", hasher.finalize()) })
    }
}
