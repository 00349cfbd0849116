use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{FarmError, Home};

/// How the next window or command finds the embedded farm: `<data>/farm/farm.json`, readable by its
/// user alone, because whoever has the token can run programs as that user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarmJson {
    pub url: String,
    pub port: u16,
    pub pid: u32,
    /// Kiln's version that runs the farm.
    pub version: String,
    pub token: String,
    /// Where other machines reach it; none when it is not open to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_at: Vec<String>,
}

impl std::fmt::Debug for FarmJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FarmJson").field("url", &self.url).field("pid", &self.pid).finish_non_exhaustive()
    }
}

impl FarmJson {
    pub fn path(home: &Home) -> PathBuf {
        home.farm_dir().join("farm.json")
    }

    /// What the last farm wrote; it may have ended since. `None`: there was never one, or the file is
    /// not one of ours.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(home: &Home) -> Result<Option<Self>, FarmError> {
        let path = Self::path(home);
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FarmError::file("the farm's address cannot be read", &path)(error)),
        }
    }

    /// Replaces the file in one step.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(&self, home: &Home) -> Result<(), FarmError> {
        let path = Self::path(home);
        let bytes = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        let wrong = FarmError::file("the farm's address cannot be written", &path);
        bytes.and_then(|bytes| write_private(&path, &bytes)).map_err(wrong)
    }

    /// Takes the file away if it still is this farm's.
    pub fn remove(&self, home: &Home) {
        if Self::read(home).is_ok_and(|found| found.as_ref() == Some(self)) {
            // Left behind, it names a farm that does not answer, which readers expect.
            let _ = fs::remove_file(Self::path(home));
        }
    }
}

/// The token of a farm that is open to other machines: theirs must be good for its next start too, so
/// it is kept beside the farm's data, for its user's eyes only. `make` is asked once.
///
/// # Errors
/// When it can be neither read nor written.
pub fn kept_token(home: &Home, make: impl FnOnce() -> String) -> Result<String, FarmError> {
    let path = home.farm_dir().join("token");
    match fs::read_to_string(&path) {
        Ok(token) if !token.trim().is_empty() => return Ok(token.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(FarmError::file("the farm's token cannot be read", &path)(error));
        }
        Ok(_) | Err(_) => {}
    }
    let token = make();
    write_private(&path, token.as_bytes())
        .map_err(FarmError::file("the farm's token cannot be kept", &path))?;
    Ok(token)
}

/// Held by the one farm of a home for as long as it lives; the system frees it even after kill -9.
#[derive(Debug)]
pub struct FarmLock {
    _file: File,
}

impl FarmLock {
    /// `None` while another process holds it.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn try_acquire(home: &Home) -> Result<Option<Self>, FarmError> {
        let path = home.farm_dir().join("farm.lock");
        Ok(try_lock(&path)?.map(|file| Self { _file: file }))
    }
}

/// An exclusive lock on `path`, made when missing. `None` while another process holds it.
pub(crate) fn try_lock(path: &Path) -> Result<Option<File>, FarmError> {
    let wrong = |error| FarmError::file("the lock cannot be taken", path)(error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(wrong)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(wrong(error)),
    }
}

/// Whole or not at all, for its user's eyes only.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension(format!("json.{}", std::process::id()));
    // A leftover of a killed process with our number may have other rights.
    let _ = fs::remove_file(&temporary);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn farm(pid: u32) -> FarmJson {
        FarmJson {
            url: "http://127.0.0.1:4711/".into(),
            port: 4711,
            pid,
            version: "0.1.0".into(),
            token: "secret".into(),
            open_at: Vec::new(),
        }
    }

    #[test]
    fn only_its_user_can_read_where_the_farm_is() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        assert_eq!(FarmJson::read(&home).unwrap(), None);
        farm(7).write(&home).unwrap();
        assert_eq!(FarmJson::read(&home).unwrap(), Some(farm(7)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(FarmJson::path(&home)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        farm(8).remove(&home);
        assert!(FarmJson::read(&home).unwrap().is_some(), "another farm's file was taken away");
        farm(7).remove(&home);
        assert_eq!(FarmJson::read(&home).unwrap(), None);
    }

    #[test]
    fn a_kept_token_stays() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        assert_eq!(kept_token(&home, || "first".into()).unwrap(), "first");
        assert_eq!(kept_token(&home, || "second".into()).unwrap(), "first");
    }

    #[test]
    fn one_farm_a_home() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let held = FarmLock::try_acquire(&home).unwrap();
        assert!(held.is_some());
        assert!(FarmLock::try_acquire(&home).unwrap().is_none());
        drop(held);
        assert!(FarmLock::try_acquire(&home).unwrap().is_some());
    }
}
