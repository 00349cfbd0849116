//! Finished pictures on disk: thumbnails with their metadata.
//!
//! [`thumbnails`] writes the four pictures and `metadata.json` of one model. It reads with `formats`,
//! draws with `render`, and knows no window.

mod thumbnails;

pub use thumbnails::{CaptureError, ThumbnailOptions, ThumbnailReport, thumbnails};
