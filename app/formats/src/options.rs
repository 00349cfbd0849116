use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Bridge;

/// How a model is read beyond what its own files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Where files lie that the model names wrongly: by the words the model uses for them.
    pub relinks: BTreeMap<String, PathBuf>,
    /// Which model of an archive, by its name there; `None`: the best one.
    pub entry: Option<String>,
    /// For what only Blender opens, and for the whole of what a `.blend` shows.
    pub bridge: Option<Bridge>,
    /// A `.blend` as it was modelled, at once, even when there is a Blender to work out the rest.
    pub as_modelled: bool,
    pub clips: Clips,
}

/// What becomes of animation whose keys have to be worked out, as FBX's have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clips {
    #[default]
    Read,
    /// Left out: for counts and resting pictures, which need none and should not wait for them.
    Skip,
}
