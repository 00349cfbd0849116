use std::collections::BTreeMap;
use std::path::PathBuf;

use flamenco::wire::Settings;
use serde::{Deserialize, Serialize};

use crate::{FarmError, Home};

/// A job's settings under a name, to be used for other models. What follows the scene file is not in
/// it and goes on following.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobPreset {
    pub job_type: String,
    pub settings: Settings,
    pub priority: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_tag: Option<String>,
    pub is_paused: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<PathBuf>,
}

/// This user's presets, in a small JSON file of the configuration folder.
#[derive(Clone, Debug)]
pub struct PresetStore {
    path: PathBuf,
}

impl PresetStore {
    pub fn of(home: &Home) -> Self {
        Self { path: home.config().join("job-presets.json") }
    }

    /// By name. None where there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or makes no sense: it is somebody's work, and stays.
    pub fn load(&self) -> Result<BTreeMap<String, JobPreset>, FarmError> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(FarmError::file("the presets cannot be read", &self.path)(error)),
        };
        serde_json::from_slice(&text).map_err(|error| {
            FarmError::Invalid(format!("the presets make no sense ({error}): {}", self.path.display()))
        })
    }

    /// Keeps `preset` under `name`; `None` forgets it. Answers what is there then.
    ///
    /// # Errors
    /// As [`Self::load`], and when the folder cannot be written.
    pub fn set(
        &self,
        name: &str,
        preset: Option<JobPreset>,
    ) -> Result<BTreeMap<String, JobPreset>, FarmError> {
        let mut all = self.load()?;
        match preset {
            Some(preset) => all.insert(name.to_owned(), preset),
            None => all.remove(name),
        };
        let wrong = |error| FarmError::file("the presets cannot be written", &self.path)(error);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(wrong)?;
        }
        let bytes = serde_json::to_vec_pretty(&all).map_err(|error| wrong(error.into()))?;
        let temporary = self.path.with_extension(format!("json.{}.tmp", std::process::id()));
        std::fs::write(&temporary, bytes).map_err(wrong)?;
        std::fs::rename(&temporary, &self.path).map_err(wrong)?;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_kept_by_name_and_nonsense_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let store = PresetStore::of(&Home::at(folder.path()));
        assert!(store.load().unwrap().is_empty());
        let preset = JobPreset { job_type: "kiln-thumbnails".into(), priority: 70, ..JobPreset::default() };
        store.set("Shop", Some(preset.clone())).unwrap();
        assert_eq!(store.load().unwrap().get("Shop"), Some(&preset));
        assert!(store.set("Shop", None).unwrap().is_empty());
        std::fs::write(&store.path, "nonsense").unwrap();
        assert!(store.set("Shop", Some(preset)).is_err());
        assert_eq!(std::fs::read_to_string(&store.path).unwrap(), "nonsense");
    }
}
