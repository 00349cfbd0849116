use std::path::PathBuf;

/// One file that a model needs, besides the file that was opened.
///
/// The files form a tree: `named_by` is the model, or another dependency (an OBJ names a material
/// library, which names pictures).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub kind: DependencyKind,
    /// In the words of the file that names it: a URI, a path of another machine.
    pub named: String,
    pub named_by: PathBuf,
    pub state: DependencyState,
    /// Where it was found, or where it would have to lie. Inside an archive: the archive's path
    /// with the entry's name behind it.
    pub path: PathBuf,
    /// `None` where there is nothing to measure.
    pub n_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DependencyKind {
    /// Geometry and animation data of a glTF.
    Buffer,
    Picture,
    /// A material library, such as OBJ's MTL.
    Materials,
    /// Another model that this one links or layers in: a USD layer, a Blender library.
    Model,
    /// Anything else a file names: a sound, a font, a cache.
    Other,
}

impl DependencyKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Buffer => "buffer",
            Self::Picture => "texture",
            Self::Materials => "material library",
            Self::Model => "linked file",
            Self::Other => "other file",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DependencyState {
    /// Where the file says, in the model's folder or below it.
    Found,
    /// Not where the file says, but under its bare name beside the model.
    FoundBeside,
    /// Where the file says, which is outside the model's folder: a copy of that folder lacks it.
    Outside,
    /// Named by an absolute path that exists on this machine only.
    Absolute,
    /// Somebody said where it is ([`crate::ReadOptions::relinks`]).
    Relinked,
    Missing,
    /// An address on the web, which is never followed.
    Web,
}

impl DependencyState {
    pub fn is_there(self) -> bool {
        !matches!(self, Self::Missing | Self::Web)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::FoundBeside => "found beside the model",
            Self::Outside => "outside the model's folder",
            Self::Absolute => "absolute path",
            Self::Relinked => "relinked",
            Self::Missing => "missing",
            Self::Web => "on the web, not fetched",
        }
    }
}
