use std::path::PathBuf;

use capture::CaptureError;
use convert::ConvertError;
use render::RenderError;
use work::Cancelled;

/// Why something is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Convert(#[from] ConvertError),
    #[error("the result is written, but its picture cannot be drawn: {0}")]
    Picture(#[from] CaptureError),
    #[error("the result is written, but its picture cannot be drawn: {0}")]
    Device(#[from] RenderError),
    #[error(
        "the result is written, but its picture cannot be kept ({source}); is the temporary folder full?"
    )]
    Scratch { source: std::io::Error },
    #[error("the result is written, but not in the library ({source}): {}", path.display())]
    Library { source: std::io::Error, path: PathBuf },
    #[error(
        "the result is written, but the library has something of that name that Kiln did not put \
         there; rename the result or that folder: {}",
        .0.display()
    )]
    Occupied(PathBuf),
    #[error("the plan publishes to an address that is none; write http:// or https:// before it: {0}")]
    BadUrl(String),
    #[error("KILN_PUBLISH_TOKEN has characters that cannot be sent")]
    BadToken,
    #[error("no connection can be made at all ({0})")]
    NoClient(String),
    #[error("the result is written, but {url} did not take it: {cause}; run the same again when it does")]
    Refused { url: String, cause: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl PublishError {
    /// Why there is no picture, for a sentence that says what goes without one.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Picture(error) => error.to_string(),
            Self::Device(error) => error.to_string(),
            Self::Scratch { source } => format!("{source}; is the temporary folder full?"),
            other => other.to_string(),
        }
    }
}
