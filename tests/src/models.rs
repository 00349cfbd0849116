use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A CC0 model that the project carries, by file name.
pub fn sample(name: &str) -> PathBuf {
    workspace().join("assets/sample").join(name)
}
