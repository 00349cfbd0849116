//! Where each model was looked at last, and the views that were saved of it: a small JSON file in the
//! configuration folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::viewport::{Optics, Pose, Projection};

/// Files that are remembered; the one not seen for longest goes first.
const MAX_FILES: usize = 400;
const FILE_NAME: &str = "views.json";

/// By path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewBook {
    files: BTreeMap<String, FileViews>,
    /// Counts the looks, so that the oldest is known.
    n_looks: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct FileViews {
    last: Option<SavedPose>,
    /// By number, 1 to 9.
    saved: BTreeMap<u8, SavedPose>,
    looked_at: u64,
}

/// [`Pose`] as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedPose {
    eye: [f64; 3],
    target: [f64; 3],
    up: [f64; 3],
    focal_length_mm: f64,
    #[serde(default)]
    orthographic: bool,
}

impl ViewBook {
    /// Empty where there is no file, or one that makes no sense; that is logged.
    pub fn load(config_folder: &Path) -> Self {
        let path = config_folder.join(FILE_NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(error) => {
                tracing::warn!("the saved views cannot be read ({error}): {}", path.display());
                return Self::default();
            }
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!("the saved views make no sense ({error}): {}", path.display());
            Self::default()
        })
    }

    /// Under another name first, so that a crash leaves the old file whole.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn save(&self, config_folder: &Path) -> io::Result<()> {
        fs::create_dir_all(config_folder)?;
        let path = config_folder.join(FILE_NAME);
        let temporary = config_folder.join(format!("{FILE_NAME}.{}.tmp", std::process::id()));
        fs::write(&temporary, serde_json::to_vec(self)?)?;
        fs::rename(&temporary, &path)
    }

    /// Where the file was looked at last.
    pub fn last(&self, model: &Path) -> Option<Pose> {
        self.files.get(&key(model))?.last?.pose()
    }

    pub fn saved(&self, model: &Path, number: u8) -> Option<Pose> {
        self.files.get(&key(model))?.saved.get(&number)?.pose()
    }

    /// Numbers of the saved views in order.
    pub fn numbers(&self, model: &Path) -> Vec<u8> {
        self.files.get(&key(model)).map(|views| views.saved.keys().copied().collect()).unwrap_or_default()
    }

    pub fn remember(&mut self, model: &Path, pose: &Pose) {
        let pose = SavedPose::of(pose);
        let key = key(model);
        if self.files.get(&key).is_some_and(|views| views.last == Some(pose)) {
            return;
        }
        self.of(key).last = Some(pose);
    }

    pub fn keep(&mut self, model: &Path, number: u8, pose: &Pose) {
        self.of(key(model)).saved.insert(number, SavedPose::of(pose));
    }

    /// Another number whenever something has changed.
    pub fn revision(&self) -> u64 {
        self.n_looks
    }

    pub fn remove(&mut self, model: &Path, number: u8) {
        self.of(key(model)).saved.remove(&number);
    }

    fn of(&mut self, key: String) -> &mut FileViews {
        if self.files.len() >= MAX_FILES && !self.files.contains_key(&key) {
            // Saved views are somebody's work; they outlive mere looks.
            let oldest =
                self.files.iter().min_by_key(|(_, views)| (!views.saved.is_empty(), views.looked_at));
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.files.remove(&oldest);
            }
        }
        self.n_looks += 1;
        let views = self.files.entry(key).or_default();
        views.looked_at = self.n_looks;
        views
    }
}

fn key(model: &Path) -> String {
    model.to_string_lossy().into_owned()
}

impl SavedPose {
    pub(crate) fn of(pose: &Pose) -> Self {
        Self {
            eye: pose.eye.into(),
            target: pose.target.into(),
            up: pose.up.into(),
            focal_length_mm: pose.optics.focal_length_mm,
            orthographic: pose.optics.projection == Projection::Orthographic,
        }
    }

    /// `None` for numbers that no camera has.
    pub(crate) fn pose(&self) -> Option<Pose> {
        let [eye, target, up] = [self.eye, self.target, self.up].map(DVec3::from);
        let distance = eye.distance(target);
        let makes_sense = distance.is_finite() && distance > 0.0 && up.try_normalize().is_some();
        let projection = if self.orthographic { Projection::Orthographic } else { Projection::Perspective };
        let optics = Optics { projection, ..Optics::default() }.with_focal_length(self.focal_length_mm);
        makes_sense.then_some(Pose { eye, target, up, optics })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose(x: f64) -> Pose {
        let optics = Optics { focal_length_mm: 85.0, projection: Projection::Orthographic };
        Pose { eye: DVec3::new(x, 1.0, 5.0), target: DVec3::ZERO, up: DVec3::Y, optics }
    }

    #[test]
    fn views_are_kept_by_file_and_number_over_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let (chair, table) = (Path::new("/models/chair.glb"), Path::new("/models/table.glb"));
        let mut book = ViewBook::load(folder.path());
        book.keep(chair, 2, &pose(1.0));
        book.keep(chair, 1, &pose(2.0));
        book.remember(chair, &pose(3.0));
        book.save(folder.path()).unwrap();
        let mut again = ViewBook::load(folder.path());
        assert_eq!(again, book);
        assert_eq!(again.saved(chair, 2), Some(pose(1.0)));
        assert_eq!((again.last(chair), again.last(table)), (Some(pose(3.0)), None));
        again.remove(chair, 2);
        assert_eq!(again.numbers(chair), [1]);
    }

    #[test]
    fn nonsense_is_no_view_and_old_looks_go_before_saved_views() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), "{\"files\": 3}").unwrap();
        let mut book = ViewBook::load(folder.path());
        assert_eq!(book, ViewBook::default());
        let broken = Pose { eye: DVec3::NAN, ..pose(1.0) };
        book.keep(Path::new("broken"), 1, &broken);
        assert_eq!(book.saved(Path::new("broken"), 1), None);
        for i in 0..MAX_FILES + 10 {
            book.remember(Path::new(&format!("model {i}")), &pose(1.0));
        }
        assert_eq!(book.files.len(), MAX_FILES);
        assert_eq!(book.numbers(Path::new("broken")), [1]);
        assert_eq!(book.last(Path::new("model 0")), None);
    }
}
