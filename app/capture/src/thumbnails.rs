use std::path::{Path, PathBuf};

use render::{Gpu, RenderError, Renderer};
use work::WorkCtx;

#[derive(Clone, Debug, PartialEq)]
pub struct ThumbnailOptions {
    /// Width and height of every picture.
    pub size_px: u32,
    /// Leave the model where it is and look at its box's centre, instead of moving that to the origin.
    pub keep_origin: bool,
    pub normals: render::Normals,
}

impl Default for ThumbnailOptions {
    fn default() -> Self {
        Self { size_px: 512, keep_origin: false, normals: render::Normals::Camera }
    }
}

/// What was written.
#[derive(Clone, Debug)]
pub struct ThumbnailReport {
    pub files: Vec<PathBuf>,
    /// What the pictures lack, for people.
    pub warnings: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Cancelled(#[from] work::Cancelled),
}

/// Writes `render_textured.png`, `render_normal.png`, `render_depth.png`, `render_edge.png` and
/// `metadata.json` into `out_dir`, which is made if need be.
///
/// # Errors
/// When the model cannot be read, nothing can be drawn, or a file cannot be written.
pub fn thumbnails(
    _model: &Path,
    _out_dir: &Path,
    _options: &ThumbnailOptions,
    _gpu: &Gpu,
    _renderer: &Renderer,
    ctx: &WorkCtx,
) -> Result<ThumbnailReport, CaptureError> {
    ctx.check_cancelled()?;
    Err(RenderError::Device("stills are not drawn yet".into()).into())
}
