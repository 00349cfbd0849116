use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Finished, kiln};

/// A `KILN_HOME` of its own; the farm that was started in it is stopped at the end, whatever
/// becomes of the test.
pub struct TestHome {
    folder: tempfile::TempDir,
}

impl TestHome {
    /// # Panics
    /// When the system gives no temporary folder.
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("kiln-test-").tempdir().expect("a temporary folder") }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A folder for results inside this home.
    pub fn out(&self, name: &str) -> PathBuf {
        self.path().join("out").join(name)
    }

    /// The command in this home.
    pub fn kiln<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = kiln();
        command.env("KILN_HOME", self.path()).args(arguments);
        command
    }

    /// `farm.json`, once a farm runs here.
    pub fn farm(&self) -> Option<FarmJson> {
        let text = std::fs::read_to_string(self.path().join("data/farm/farm.json")).ok()?;
        let json: serde_json::Value = serde_json::from_str(&text).ok()?;
        let url = json["url"].as_str()?.trim_end_matches('/').to_owned();
        Some(FarmJson { url, pid: json["pid"].as_u64()?, token: json["token"].as_str()?.to_owned() })
    }
}

/// Where the farm of a home answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarmJson {
    pub url: String,
    pub pid: u64,
    pub token: String,
}

impl Default for TestHome {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestHome {
    fn drop(&mut self) {
        if self.farm().is_some() {
            Finished::of(&mut self.kiln(["farm", "stop"]));
        }
    }
}
