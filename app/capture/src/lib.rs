//! Finished pictures on disk: thumbnails with their metadata.
//!
//! [`thumbnails`] writes the four pictures and `metadata.json` of one model, [`batch`] those of many;
//! [`sheet`] puts one picture of each model, with its counts, on one page. It reads with `formats`, draws with `render`, and knows no window.
//!
//! A program that draws sets `MESA_SHADER_CACHE_DIR` to a folder in its cache before its first thread
//! starts: software Vulkan then compiles its shaders once ever, not at every start.

mod batch;
mod error;
mod lettering;
mod metadata;
mod output;
mod sheet;
mod thumbnails;
mod tile;

pub use batch::batch;
pub use error::CaptureError;
pub use sheet::{SheetError, SheetOptions, sheet};
pub use thumbnails::{ThumbnailOptions, ThumbnailReport, thumbnails};
