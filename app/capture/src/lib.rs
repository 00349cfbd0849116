//! Finished pictures on disk: sets of thumbnails with their metadata.
//!
//! [`thumbnails`] writes the pictures and `metadata.json` of one model, [`batch`] those of many,
//! [`supervised`] in a process that may hang or crash;
//! [`ReportPage`] tells in HTML what the checks found;
//! [`picture()`] writes the one that a window shows; [`sheet`] puts one picture of each model, with its counts, on one page. It reads with `formats`, draws with `render`, and knows no window.
//!
//! A program that draws sets `MESA_SHADER_CACHE_DIR` to a folder in its cache before its first thread
//! starts: software Vulkan then compiles its shaders once ever, not at every start.

mod batch;
mod contact;
mod drawer;
mod encode;
mod error;
mod interior;
mod lettering;
mod metadata;
mod objects;
mod options;
mod output;
mod page;
mod picture;
mod report_page;
mod sheet;
mod thumbnails;
mod tile;
mod views;

pub use batch::{GivenUp, Limits, Outcome, Step, batch, serve, supervised};
pub use drawer::{Drawer, Tools};
pub use encode::EncodeError;
pub use error::CaptureError;
pub use interior::Interior;
pub use options::{Encoding, Modality, Moment, PictureKind, ThumbnailOptions};
pub use picture::{encoding_of, picture};
pub use report_page::{ReportPage, ReportSection, report_html};
pub use sheet::{SheetError, SheetOptions, sheet};
pub use thumbnails::{ThumbnailReport, is_complete, thumbnails};
pub use views::{MAX_VIEWS, UnknownViews, Views};
