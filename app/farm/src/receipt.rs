use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use work::WorkCtx;

use crate::outbox::hashing::hash;
use crate::{FarmError, SubmissionId};

/// What came home and from where, beside the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) submission: SubmissionId,
    pub(crate) name: String,
    pub(crate) job_type: String,
    pub(crate) job_id: Option<String>,
    pub(crate) manager: String,
    pub(crate) models: Vec<PathBuf>,
    pub(crate) job_status: String,
    /// RFC 3339.
    pub(crate) written: String,
    pub(crate) files: Vec<ReceiptFile>,
    /// What completed tasks should have left, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) never_made: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReceiptFile {
    /// Below the folder, slashes.
    pub(crate) path: String,
    pub(crate) size: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
}

const NAME: &str = "kiln-receipt.json";

impl Receipt {
    /// Whole or not at all.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), FarmError> {
        let path = folder.join(NAME);
        let wrong = |error| FarmError::file("the receipt cannot be written", &path)(error);
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| wrong(error.into()))?;
        let part = folder.join(format!(".{NAME}.part"));
        std::fs::write(&part, bytes).map_err(wrong)?;
        std::fs::rename(&part, &path).map_err(wrong)
    }

    fn read(folder: &Path) -> Result<Self, FarmError> {
        let path = folder.join(NAME);
        let wrong = |error| FarmError::file("there is no readable receipt of results", &path)(error);
        let bytes = std::fs::read(&path).map_err(wrong)?;
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.into()))
    }
}

/// What a results folder holds, held against its receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResultsCheck {
    pub n_good: usize,
    /// In the receipt, not in the folder.
    pub missing: Vec<String>,
    /// There, but other bytes than came home.
    pub changed: Vec<String>,
    /// What the farm's tasks should have made and did not, in words.
    pub never_made: Vec<String>,
}

impl ResultsCheck {
    /// Everything is there as it came.
    pub fn is_good(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.never_made.is_empty()
    }
}

/// Reads every file of a results folder and compares it with what came home. Blocks.
///
/// # Errors
/// When the folder has no receipt, or was cancelled.
pub fn verify_results(folder: &Path, ctx: &WorkCtx) -> Result<ResultsCheck, FarmError> {
    let receipt = Receipt::read(folder)?;
    let mut check = ResultsCheck { never_made: receipt.never_made, ..ResultsCheck::default() };
    let n_files = receipt.files.len();
    for (i, file) in receipt.files.into_iter().enumerate() {
        ctx.progress(i as f32 / n_files as f32, &file.path);
        let path = folder.join(&file.path);
        match hash(&path, ctx, &mut |_| {}) {
            Ok(here) if here.sha == file.sha256 => check.n_good += 1,
            Ok(_) => check.changed.push(file.path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => check.missing.push(file.path),
            Err(error) => return Err(FarmError::file("the result cannot be read", &path)(error)),
        }
    }
    Ok(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_against_its_receipt() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let file = |name: &str, bytes: &[u8]| {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), bytes).unwrap();
            let here = hash(&at(name), &WorkCtx::quiet(), &mut |_| {}).unwrap();
            ReceiptFile { path: name.into(), size: here.size, sha256: here.sha }
        };
        let files = vec![file("a/1.png", b"one"), file("a/2.png", b"two"), file("3.png", b"three")];
        let receipt = Receipt {
            submission: SubmissionId::new(),
            name: "Robot".into(),
            job_type: "kiln-thumbnails".into(),
            job_id: None,
            manager: "http://farm/".into(),
            models: Vec::new(),
            job_status: "completed".into(),
            written: String::new(),
            files,
            never_made: Vec::new(),
        };
        receipt.write(folder.path()).unwrap();
        let check = || verify_results(folder.path(), &WorkCtx::quiet()).unwrap();
        assert_eq!(check(), ResultsCheck { n_good: 3, ..ResultsCheck::default() });
        std::fs::write(at("a/2.png"), b"owt").unwrap();
        std::fs::remove_file(at("3.png")).unwrap();
        let found = check();
        assert_eq!((found.n_good, found.changed.as_slice()), (1, &["a/2.png".to_owned()][..]));
        assert_eq!(found.missing, ["3.png"]);
        assert!(!found.is_good());
        assert!(verify_results(&at("a"), &WorkCtx::quiet()).is_err());
    }
}
