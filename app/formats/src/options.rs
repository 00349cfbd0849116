use std::collections::BTreeMap;
use std::path::PathBuf;

/// How a model is read beyond what its own files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Where files lie that the model names wrongly: by the words the model uses for them.
    pub relinks: BTreeMap<String, PathBuf>,
    /// Which model of an archive, by its name there; `None`: the best one.
    pub entry: Option<String>,
}
