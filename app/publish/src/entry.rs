use std::path::{Path, PathBuf};

use capture::{CaptureError, Drawer, Modality, ThumbnailOptions};
use convert::Receipt;
use render::Pass;
use serde_json::{Value, json};
use work::WorkCtx;

use crate::PublishError;

/// What is published of a model: the result, its levels of detail, a picture, the receipt, and
/// `entry.json` that describes them.
pub(crate) struct Entry {
    /// The result's name without extension.
    pub name: String,
    /// Those on disk that go along, the model first.
    pub files: Vec<PathBuf>,
    /// Made here: name and bytes, `entry.json` last.
    pub made: Vec<(&'static str, Vec<u8>)>,
    /// What `entry.json` says.
    pub description: Value,
}

pub(crate) const ENTRY: &str = "entry.json";
pub(crate) const THUMBNAIL: &str = "thumbnail.png";
const RECEIPT: &str = "receipt.json";

impl Entry {
    /// Draws the picture of the written result, as a library will show it. Where nothing can be drawn
    /// the entry goes without one, and the receipt says so.
    ///
    /// # Errors
    /// When the result cannot be read back, or it was cancelled.
    pub(crate) fn make(
        output: &Path,
        receipt: &mut Receipt,
        drawer: &Drawer,
        ctx: &WorkCtx,
    ) -> Result<Self, PublishError> {
        let name = output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let files: Vec<PathBuf> = receipt.outputs().map(|file| file.path.clone()).collect();
        let thumbnail = match thumbnail(output, drawer, ctx) {
            Ok(picture) => Some(picture),
            Err(PublishError::Cancelled(cancelled)) => return Err(cancelled.into()),
            // What cannot be read back is not published.
            Err(error @ PublishError::Picture(CaptureError::Read(_))) => return Err(error),
            Err(error) => {
                ctx.check_cancelled()?;
                receipt.warnings.push(format!("the published entry has no picture: {}", error.cause()));
                None
            }
        };
        let file = |file: &convert::FileFacts| json!({ "name": file_name(&file.path), "n_bytes": file.n_bytes, "sha256": file.sha256 });
        let description = json!({
            "kiln": env!("CARGO_PKG_VERSION"),
            "name": name,
            "made": jiff::Timestamp::now().to_string(),
            "files": receipt.outputs().map(file).collect::<Vec<_>>(),
            "thumbnail": thumbnail.as_ref().map(|_| THUMBNAIL),
            "receipt": RECEIPT,
            "numbers": receipt.after,
            "source": { "name": file_name(&receipt.input.path), "sha256": receipt.input.sha256 },
            "plan": receipt.plan,
        });
        let pretty = |value: &Value| serde_json::to_vec_pretty(value).unwrap_or_default();
        let receipt = serde_json::to_vec_pretty(receipt).unwrap_or_default();
        let mut made: Vec<_> = thumbnail.map(|picture| (THUMBNAIL, picture)).into_iter().collect();
        made.extend([(RECEIPT, receipt), (ENTRY, pretty(&description))]);
        Ok(Self { name, files, made, description })
    }
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Of the model as a library shows it: textured, 512 by 512 pixels, PNG.
pub(crate) fn thumbnail(model: &Path, drawer: &Drawer, ctx: &WorkCtx) -> Result<Vec<u8>, PublishError> {
    let mut options = ThumbnailOptions::default();
    options.pictures.retain(|kind| kind.modality == Modality::Pass(Pass::Textured));
    let tools = drawer.tools()?;
    let failed = |source| PublishError::Scratch { source };
    let folder = tempfile::tempdir().map_err(failed)?;
    let made = capture::thumbnails(model, folder.path(), &options, &tools.gpu, &tools.renderer, ctx)?;
    let is_picture = |path: &&PathBuf| path.extension().is_some_and(|e| e == "png");
    let picture = made.files.iter().find(is_picture).map_or(Path::new(""), PathBuf::as_path);
    std::fs::read(picture).map_err(failed)
}
