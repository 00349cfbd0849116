use std::fmt;
use std::path::PathBuf;

/// Why a model could not be written. Nothing is left behind under its name.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the file cannot be written ({source}); choose another folder or free some space: {}", path.display())]
    Io { source: std::io::Error, path: PathBuf },
    #[error("the scene is not sound: {0}")]
    Unsound(#[from] scene::SceneError),
    #[error("the model needs more than 4 GiB, more than a GLB can hold; split it: {}", .0.display())]
    TooBig(PathBuf),
    #[error(transparent)]
    Cancelled(#[from] work::Cancelled),
}

/// What the target format could not hold as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteWarning {
    /// A picture that nobody found, or in an encoding that can be neither kept nor turned into one that can.
    PictureLeftOut { picture: String, reason: String },
    /// Values that are no numbers, written as 0.
    NonFinite { mesh: String, n_values: usize },
    /// A node whose matrix shears, which glTF forbids; written as it is.
    Shear { node: String },
    /// Animation channels that move nothing the format can move.
    ChannelsLeftOut { animation: String, n_channels: usize },
}

impl fmt::Display for WriteWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PictureLeftOut { picture, reason } => {
                write!(f, "a picture was left out ({reason}): {picture}")
            }
            Self::NonFinite { mesh, n_values } => {
                write!(f, "{n_values} values that are no numbers were written as 0 in mesh {mesh}")
            }
            Self::Shear { node } => {
                write!(f, "the matrix of node {node} shears, which glTF does not allow; apply its transform")
            }
            Self::ChannelsLeftOut { animation, n_channels } => {
                write!(f, "{n_channels} channels of animation {animation} were left out")
            }
        }
    }
}
