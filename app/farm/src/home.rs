use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::FarmError;

/// Where Kiln keeps what it must remember on this machine: configuration, data and cache, by each
/// system's convention. The environment's `KILN_HOME` puts all three under one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    config: PathBuf,
    data: PathBuf,
    cache: PathBuf,
    /// Set when the three lie under one folder of somebody's choice.
    root: Option<PathBuf>,
}

/// The environment variable that moves everything.
pub const HOME_VARIABLE: &str = "KILN_HOME";

impl Home {
    /// The folders of this user. Nothing is created.
    ///
    /// # Errors
    /// When the system tells no home folder and `KILN_HOME` is not set.
    pub fn find() -> Result<Self, FarmError> {
        if let Some(root) = std::env::var_os(HOME_VARIABLE).filter(|root| !root.is_empty()) {
            let root = std::path::absolute(&root).unwrap_or_else(|_| PathBuf::from(root));
            return Ok(Self::at(root));
        }
        let folders = ProjectDirs::from("", "", "kiln").ok_or(FarmError::NoHome)?;
        Ok(Self {
            config: folders.config_dir().into(),
            data: folders.data_local_dir().into(),
            cache: folders.cache_dir().into(),
            root: None,
        })
    }

    /// `root/{config,data,cache}`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            config: root.join("config"),
            data: root.join("data"),
            cache: root.join("cache"),
            root: Some(root),
        }
    }

    /// What the user has set.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// What would be missed: outbox, farm, library.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What can be made again.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The embedded farm's folder: `farm.json`, its lock and log, storage and database.
    pub fn farm_dir(&self) -> PathBuf {
        self.data.join("farm")
    }

    /// The user's own job types (`*.js`).
    pub fn job_types_dir(&self) -> PathBuf {
        self.config.join("job-types")
    }

    /// For programs started from here, so that they find the same home.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }
}
