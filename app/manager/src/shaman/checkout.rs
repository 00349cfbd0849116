use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use uuid::Uuid;

use super::{BUILDING, CheckoutPath, Content, FilePath, NameError, Shaman};

#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckoutError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("two files of the checkout have one path: {0:?}")]
    Doubled(String),
    #[error("a file of the checkout was not uploaded; ask for the requirements again: {0:?}")]
    NotStored(String),
    #[error("no free folder name was found for {0:?}; choose another one")]
    NoName(String),
    #[error("the checkout cannot be made: {0}")]
    Io(#[from] io::Error),
}

/// Names tried after the wished one.
const N_TRIES: usize = 10;

impl Shaman {
    /// Lays `files` out in a new folder below the jobs folder and returns its path there: `wish`, or
    /// `wish` with four letters behind it where that exists. It appears whole or not at all.
    pub(crate) fn check_out(
        &self,
        wish: &CheckoutPath,
        files: &[(Content, FilePath)],
    ) -> Result<CheckoutPath, CheckoutError> {
        let mut seen = HashSet::new();
        if let Some((_, path)) = files.iter().find(|(_, path)| !seen.insert(path)) {
            return Err(CheckoutError::Doubled(path.as_str().into()));
        }
        let building = Building(self.jobs.join(format!("{BUILDING}{}", Uuid::new_v4().simple())));
        fs::create_dir(&building.0)?;
        for (content, path) in files {
            self.copy(content, path, &building.0)?;
        }
        self.name(&building.0, wish)
    }

    fn copy(&self, content: &Content, path: &FilePath, folder: &Path) -> Result<(), CheckoutError> {
        let target = folder.join(path.as_str());
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::copy(self.blob(content), target) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(CheckoutError::NotStored(path.as_str().into()))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn name(&self, building: &Path, wish: &CheckoutPath) -> Result<CheckoutPath, CheckoutError> {
        let _naming = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        for n in 0..=N_TRIES {
            let name = if n == 0 { wish.clone() } else { with_suffix(wish)? };
            let target = self.jobs.join(name.as_str());
            if target.symlink_metadata().is_ok() {
                continue;
            }
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(building, target)?;
            return Ok(name);
        }
        Err(CheckoutError::NoName(wish.as_str().into()))
    }
}

/// A folder being filled; what is left of it goes away.
struct Building(PathBuf);

impl Drop for Building {
    fn drop(&mut self) {
        // Not there any more when it got its name.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn with_suffix(wish: &CheckoutPath) -> Result<CheckoutPath, NameError> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random = Uuid::new_v4();
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let suffix: String = random.as_bytes().iter().take(4).map(letter).collect();
    CheckoutPath::parse(&format!("{}-{suffix}", wish.as_str()))
}
