use std::path::PathBuf;

use formats::ReadError;
use render::RenderError;

use crate::encode::EncodeError;

/// Why a model has no thumbnails.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{source}: {model}", model = model.display())]
    Render { source: RenderError, model: PathBuf },
    #[error("{source}: {model}", model = model.display())]
    Encode { source: EncodeError, model: PathBuf },
    #[error("the model has no clip {clip}; it has {}: {model}", known(clips), model = model.display())]
    NoClip { clip: String, clips: Vec<String>, model: PathBuf },
    #[error("a picture's name ends in .png, .webp or .exr: {path}", path = path.display())]
    UnknownPicture { path: PathBuf },
    #[error("cannot write: {source}. Check that the folder exists, can be written to and has space: {path}", path = path.display())]
    Write { source: std::io::Error, path: PathBuf },
    #[error("the process that draws cannot be started: {source}: {program}", program = program.display())]
    Start { source: std::io::Error, program: PathBuf },
    #[error("the process that draws ended before its first model: {reason}")]
    NoDrawer { reason: crate::GivenUp },
    #[error(transparent)]
    Cancelled(#[from] work::Cancelled),
    #[error("the model stopped the drawing unexpectedly ({message}). Please report this, with the model if you can: {model}", model = model.display())]
    Panicked { message: String, model: PathBuf },
}

fn known(clips: &[String]) -> String {
    const N_NAMED: usize = 12;
    match clips.len() {
        0 => "none".into(),
        n if n > N_NAMED => format!("{}, … ({n} in all)", clips[..N_NAMED].join(", ")),
        _ => clips.join(", "),
    }
}
