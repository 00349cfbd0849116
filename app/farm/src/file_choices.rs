use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Home;

/// What somebody said about a model's missing files; by the words that the model uses for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileChoices {
    /// Where they lie.
    pub relinks: BTreeMap<String, PathBuf>,
    /// Whose absence is nothing to speak of.
    pub ignored: BTreeSet<String>,
}

impl FileChoices {
    pub fn is_empty(&self) -> bool {
        self.relinks.is_empty() && self.ignored.is_empty()
    }
}

/// The choices for every model of this machine, in a small JSON file of the data folder, so that
/// opening a model again and submitting it know them.
#[derive(Clone, Debug)]
pub struct ChoicesStore {
    path: PathBuf,
}

/// Everything that was ever said on this machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChoicesByModel {
    models: BTreeMap<String, FileChoices>,
}

impl ChoicesByModel {
    pub fn of(&self, model: &Path) -> FileChoices {
        self.models.get(&key(model)).cloned().unwrap_or_default()
    }
}

impl ChoicesStore {
    pub fn of(home: &Home) -> Self {
        Self { path: home.data().join("file-choices.json") }
    }

    pub fn get(&self, model: &Path) -> FileChoices {
        self.load().of(model)
    }

    /// Blocks for a small file.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn set(&self, model: &Path, choices: &FileChoices) -> io::Result<()> {
        let mut all = self.load();
        if choices.is_empty() {
            all.models.remove(&key(model));
        } else {
            all.models.insert(key(model), choices.clone());
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder)?;
        let temporary = self.path.with_extension(format!("json.{}.tmp", std::process::id()));
        std::fs::write(&temporary, serde_json::to_vec_pretty(&all)?)?;
        std::fs::rename(&temporary, &self.path)
    }

    /// Nothing where nothing was said, or the file makes no sense; that is logged.
    pub fn load(&self) -> ChoicesByModel {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return ChoicesByModel::default(),
            Err(error) => {
                tracing::warn!(
                    "what was chosen for missing files is not known ({error}): {}",
                    self.path.display()
                );
                return ChoicesByModel::default();
            }
        };
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!(
                "what was chosen for missing files makes no sense ({error}): {}",
                self.path.display()
            );
            ChoicesByModel::default()
        })
    }
}

fn key(model: &Path) -> String {
    let path = std::path::absolute(model).unwrap_or_else(|_| model.to_owned());
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_kept_for_each_model() {
        let folder = tempfile::tempdir().unwrap();
        let store = ChoicesStore::of(&Home::at(folder.path()));
        let (chair, table) = (folder.path().join("chair.obj"), folder.path().join("table.obj"));
        assert!(store.get(&chair).is_empty());
        let choices = FileChoices {
            relinks: [("wood.png".to_owned(), PathBuf::from("/library/wood.png"))].into(),
            ignored: ["grain.png".to_owned()].into(),
        };
        store.set(&chair, &choices).unwrap();
        store.set(&table, &FileChoices::default()).unwrap();
        assert_eq!((store.get(&chair), store.get(&table)), (choices, FileChoices::default()));
        store.set(&chair, &FileChoices::default()).unwrap();
        assert!(store.get(&chair).is_empty());
        std::fs::write(&store.path, "nonsense").unwrap();
        assert!(store.get(&chair).is_empty());
    }
}
