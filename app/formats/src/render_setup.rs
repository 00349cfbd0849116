use std::path::Path;

use work::WorkCtx;

use crate::file_bytes::FileBytes;
use crate::{ReadFault, blend};

/// How a scene file wants to be rendered, in the words of the program that made it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderSetup {
    /// The scene that was open when the file was saved.
    pub scene: String,
    /// All of them.
    pub scenes: Vec<String>,
    pub first_frame: i32,
    /// Included.
    pub last_frame: i32,
    /// Frames per second; positive.
    pub fps: f64,
    /// As Python says it, such as `PNG` or `OPEN_EXR`.
    pub format: String,
    /// How the frames' names end, with the dot.
    pub extension: String,
    /// A JPEG is written beside each frame.
    pub has_jpeg_previews: bool,
    pub size_px: [u32; 2],
    /// Such as `CYCLES`.
    pub engine: String,
    /// Where frames go by the file's own wish; `//` is the file's folder.
    pub output: String,
    pub has_camera: bool,
    /// Of the program that wrote the file, such as `3.4`.
    pub version: String,
}

/// What a scene file says about being rendered. `None` for files of which no farm makes pictures.
///
/// # Errors
/// When the file cannot be read, or is damaged.
pub fn render_setup(path: &Path, ctx: &WorkCtx) -> Result<Option<RenderSetup>, ReadFault> {
    let bytes = FileBytes::open(path)?;
    if !blend::is_blend(&bytes) {
        return Ok(None);
    }
    let gave_up = |cause| Err(ReadFault::Damaged { format: "Blender", cause });
    work::guarded(|| blend::render_setup(&bytes, ctx)).unwrap_or_else(gave_up).map(Some)
}
