//! What the window remembers between two starts: a small JSON file in the configuration folder.
//!
//! Precedence: command line > this file > built-in default.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::light::LightView;
use crate::modes::ModeView;
use crate::theme;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Width and height of the window in points.
    pub window: [f32; 2],
    pub maximized: bool,
    pub left_open: bool,
    pub right_open: bool,
    pub strip_open: bool,
    pub last_folder: Option<PathBuf>,
    /// Of the farm that is looked at; empty: the farm of this machine.
    pub manager_url: String,
    /// Further farms that are watched.
    pub farms: Vec<FarmEntry>,
    /// Where results go; empty: beside the first model.
    pub results_folder: String,
    pub job_type: String,
    /// Of the checks; empty: none.
    pub preset: String,
    pub modes: ModeView,
    pub light: LightView,
}

/// A farm beside this machine's own.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FarmEntry {
    /// As somebody calls it.
    pub name: String,
    pub url: String,
    /// Only Kiln's own farms want one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token: String,
}

impl std::fmt::Debug for FarmEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FarmEntry").field("name", &self.name).field("url", &self.url).finish_non_exhaustive()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: theme::DEFAULT_WINDOW.into(),
            maximized: false,
            left_open: true,
            right_open: true,
            strip_open: true,
            last_folder: None,
            manager_url: String::new(),
            farms: Vec::new(),
            results_folder: String::new(),
            job_type: String::new(),
            preset: String::new(),
            modes: ModeView::default(),
            light: LightView::default(),
        }
    }
}

const FILE_NAME: &str = "studio.json";

impl Settings {
    /// Defaults where there is no file, or one that makes no sense; that is logged.
    pub fn load(config_folder: &Path) -> Self {
        let path = config_folder.join(FILE_NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(error) => {
                tracing::warn!("the window's settings cannot be read ({error}): {}", path.display());
                return Self::default();
            }
        };
        match serde_json::from_str::<Self>(&text) {
            Ok(settings) => settings.sane(),
            Err(error) => {
                tracing::warn!("the window's settings make no sense ({error}): {}", path.display());
                Self::default()
            }
        }
    }

    /// Under another name first, so that a crash leaves the old file whole.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn save(&self, config_folder: &Path) -> io::Result<()> {
        fs::create_dir_all(config_folder)?;
        let path = config_folder.join(FILE_NAME);
        let temporary = config_folder.join(format!("{FILE_NAME}.{}.tmp", std::process::id()));
        write_private(&temporary, &serde_json::to_vec_pretty(self)?)?;
        fs::rename(&temporary, &path)
    }

    fn sane(mut self) -> Self {
        self.light = self.light.sane();
        // A farm that was chosen before there was a list.
        if !self.manager_url.is_empty() && self.farms.iter().all(|farm| farm.url != self.manager_url) {
            self.farms.push(FarmEntry { url: self.manager_url.clone(), ..FarmEntry::default() });
        }
        let [width, height] = self.window;
        let fits = |v: f32, min: f32| v.is_finite() && (min..20_000.0).contains(&v);
        if !fits(width, theme::MIN_WINDOW.x) || !fits(height, theme::MIN_WINDOW.y) {
            self.window = theme::DEFAULT_WINDOW.into();
        }
        self.modes = self.modes.sane();
        self
    }
}

/// A farm's token lets whoever reads it run programs there.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(path)?, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_comes_back_and_nonsense_does_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(folder.path()), Settings::default());
        let settings = Settings { window: [1000.0, 700.0], right_open: false, ..Default::default() };
        settings.save(folder.path()).unwrap();
        assert_eq!(Settings::load(folder.path()), settings);
        fs::write(folder.path().join(FILE_NAME), r#"{"window":[1e30,-1],"strip_open":false}"#).unwrap();
        let mended = Settings::load(folder.path());
        assert_eq!((mended.window, mended.strip_open), (Settings::default().window, false));
    }
}
