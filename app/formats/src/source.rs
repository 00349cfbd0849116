use std::path::{Path, PathBuf};

use scene::Scene;
use work::WorkCtx;

use crate::ReadWarning;

/// What a format's reader is given.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a Path,
    pub(crate) bytes: &'a [u8],
    pub(crate) ctx: &'a WorkCtx,
}

impl Source<'_> {
    /// The file's name without extension: what an unnamed model is called.
    pub(crate) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// What a format's reader makes of it.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) scene: Scene,
    pub(crate) warnings: Vec<ReadWarning>,
    /// Besides the model file itself.
    pub(crate) other_files: Vec<PathBuf>,
}
