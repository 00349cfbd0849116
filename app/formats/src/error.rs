use std::path::{Path, PathBuf};

/// Why a model could not be read, and which one.
#[derive(Debug, thiserror::Error)]
#[error("{fault}: {}", path.display())]
pub struct ReadError {
    #[source]
    pub fault: ReadFault,
    pub path: PathBuf,
}

impl ReadError {
    pub(crate) fn new(fault: ReadFault, path: &Path) -> Self {
        Self { fault, path: path.to_owned() }
    }

    /// Whether the caller asked for the end itself.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.fault, ReadFault::Cancelled(_))
    }
}

/// The cause, with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    #[error("the file cannot be opened ({0})")]
    Io(#[from] std::io::Error),
    #[error("the file is empty; copy or export it again")]
    Empty,
    /// With the extensions that are read, in words.
    #[error("no model format that Kiln knows; it reads {readable}")]
    Unknown { readable: String },
    /// A format that is recognised, yet has no reader.
    #[error("{name} files are not read yet; {hint}")]
    NotRead { name: &'static str, hint: &'static str },
    /// The file breaks its own format beyond what can be put right.
    #[error("the {format} file is damaged: {cause}")]
    Damaged { format: &'static str, cause: String },
    /// The file needs something of its format that has no decoder here.
    #[error("the file needs {extension}, which Kiln does not decode yet; {hint}")]
    NeedsExtension { extension: String, hint: &'static str },
    /// A file beside the model, without which there is no shape.
    #[error("{} is missing; put it beside the model", .0.display())]
    MissingFile(PathBuf),
    /// A format that only Blender opens, and there is none.
    #[error(
        "{name} files are opened with Blender, which is not found; install it (apt install blender, \
         brew install --cask blender, or blender.org/download) or name it in KILN_BLENDER"
    )]
    NeedsBlender { name: &'static str },
    #[error("Blender could not open the scene: {0}")]
    Blender(#[from] crate::BlenderFault),
    #[error(transparent)]
    Archive(#[from] crate::ArchiveFault),
    #[error(transparent)]
    Cancelled(#[from] work::Cancelled),
}
