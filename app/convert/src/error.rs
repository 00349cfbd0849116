use std::path::PathBuf;

use formats::{ReadError, WriteError};
use work::Cancelled;

#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the result would replace its own original; choose another name: {}", .0.display())]
    WouldReplaceOriginal(PathBuf),
    #[error("Kiln writes .glb, .kscene, .obj, .ply and .stl; name the result like one of them: {}", .0.display())]
    UnknownTarget(PathBuf),
    #[error("{source}: {}", path.display())]
    File { source: std::io::Error, path: PathBuf },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
