use std::path::PathBuf;

use formats::ReadError;
use render::RenderError;

/// Why a model has no thumbnails.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{source}: {model}", model = model.display())]
    Render { source: RenderError, model: PathBuf },
    #[error("cannot write: {source}. Check that the folder exists, can be written to and has space: {path}", path = path.display())]
    Write { source: std::io::Error, path: PathBuf },
    #[error(transparent)]
    Cancelled(#[from] work::Cancelled),
    #[error("the model stopped the drawing unexpectedly ({message}). Please report this, with the model if you can: {model}", model = model.display())]
    Panicked { message: String, model: PathBuf },
}
