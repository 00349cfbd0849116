use std::path::Path;

use render::{Gpu, GpuScene, Pass, RenderError, Renderer, StillOptions, View, render_still};
use work::WorkCtx;

use crate::encode::encode;
use crate::output::write_whole;
use crate::{CaptureError, Encoding, Modality, PictureKind};

/// Draws one picture of a model that is on the device already and writes it: what a window shows, at
/// any size. `still` says how it is drawn; its passes are replaced by `modality`'s.
///
/// # Errors
/// When it cannot be drawn or written. `model` is only named in them.
pub fn picture(
    (model, scene, view): (&Path, &GpuScene, &View),
    path: &Path,
    modality: Modality,
    still: &StillOptions,
    (gpu, renderer): (&Gpu, &Renderer),
    ctx: &WorkCtx,
) -> Result<(), CaptureError> {
    let encoding = encoding_of(path).ok_or_else(|| CaptureError::UnknownPicture { path: path.to_owned() })?;
    let passes: Vec<Pass> = match modality {
        Modality::Pass(pass) => vec![pass],
        Modality::Id => Vec::new(),
    };
    ctx.stage("drawing");
    let kind = PictureKind::new(modality, encoding);
    let options = StillOptions { passes, wants_light: kind.is_light(), ..still.clone() };
    let still = render_still(gpu, renderer, scene, view, &options)
        .map_err(|source: RenderError| CaptureError::Render { source, model: model.to_owned() })?;
    ctx.check_cancelled()?;
    ctx.stage("writing");
    let bytes = encode(&still, kind, options.background)
        .map_err(|source| CaptureError::Encode { source, model: model.to_owned() })?
        .unwrap_or_default();
    ctx.check_cancelled()?;
    write_whole(path, &bytes)
}

/// The encoding that a picture's name asks for: `.png`, `.webp` or `.exr`.
pub fn encoding_of(path: &Path) -> Option<Encoding> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    [Encoding::Png8, Encoding::WebP, Encoding::Exr].into_iter().find(|e| e.extension() == extension)
}
