use std::path::{Path, PathBuf};

use formats::ReadOptions;
use rayon::prelude::*;
use render::{
    FitOptions, Gpu, GpuScene, Normals, Pass, Renderer, Still, StillOptions, UploadOptions, View, Walls,
    render_still,
};
use work::WorkCtx;

use crate::CaptureError;
use crate::metadata::Metadata;
use crate::output::{self, Picture};

#[derive(Clone, Debug, PartialEq)]
pub struct ThumbnailOptions {
    /// Width and height of every picture.
    pub size_px: u32,
    /// Leave the model where it is and look at its box's centre, instead of moving that to the origin.
    pub keep_origin: bool,
    /// World normals are written in Blender's axes, like every coordinate of the metadata.
    pub normals: Normals,
    /// What becomes of the walls of a closed interior.
    pub walls: Walls,
    /// What is known of the model beyond its own files.
    pub read: ReadOptions,
}

impl Default for ThumbnailOptions {
    fn default() -> Self {
        Self {
            size_px: 512,
            keep_origin: false,
            normals: Normals::Camera,
            walls: Walls::default(),
            read: ReadOptions::default(),
        }
    }
}

/// What was written.
#[derive(Clone, Debug)]
pub struct ThumbnailReport {
    pub files: Vec<PathBuf>,
    /// What the pictures lack, for people.
    pub warnings: Vec<String>,
}

/// Writes `render_textured.png`, `render_normal.png`, `render_depth.png`, `render_edge.png` and
/// `metadata.json` into `out_dir`, which is made if need be. Each file appears whole; the metadata
/// last, so that its being there says that all are.
///
/// # Errors
/// When the model cannot be read, nothing can be drawn, or a file cannot be written.
pub fn thumbnails(
    model: &Path,
    out_dir: &Path,
    options: &ThumbnailOptions,
    gpu: &Gpu,
    renderer: &Renderer,
    ctx: &WorkCtx,
) -> Result<ThumbnailReport, CaptureError> {
    let import = formats::read_with(model, &options.read, ctx)?;
    let mut warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    ctx.stage("drawing");
    let render_error = |source| CaptureError::Render { source, model: model.to_owned() };
    // Finer textures than the picture's samples would only be averaged away.
    let max_texture_px = (2 * options.size_px).next_power_of_two().clamp(256, 4096);
    let upload = UploadOptions {
        max_texture_px,
        stand_in_above: usize::MAX,
        all_uvs: false,
        ..UploadOptions::default()
    };
    let (on_device, missing) =
        GpuScene::upload(gpu, renderer, &import.scene, &upload).map_err(render_error)?;
    warnings.extend(missing.iter().map(ToString::to_string));
    ctx.check_cancelled()?;
    let view = View::fit(&import.scene, &FitOptions::default());
    // A large model's memory is not needed twice while its pictures are made.
    drop(import);
    let passes = [Pass::Textured, Pass::Normal, Pass::Depth, Pass::Edge];
    let normals = if options.normals == Normals::World { Normals::WorldZUp } else { options.normals };
    let still_options = StillOptions {
        normals,
        walls: options.walls,
        ..StillOptions::new(options.size_px, options.size_px, &passes)
    };
    let still = render_still(gpu, renderer, &on_device, &view, &still_options).map_err(render_error)?;
    ctx.check_cancelled()?;
    ctx.stage("writing");
    let metadata = Metadata::new(model, &on_device.bounds(), &view, &still, options);
    let mut files = write_pictures(still, out_dir)?;
    let metadata_path = out_dir.join("metadata.json");
    let json = serde_json::to_string_pretty(&metadata)
        .map_err(|error| CaptureError::Write { source: error.into(), path: metadata_path })?;
    files.push(output::write(out_dir, "metadata.json", json.as_bytes())?);
    Ok(ThumbnailReport { files, warnings })
}

fn write_pictures(still: Still, out_dir: &Path) -> Result<Vec<PathBuf>, CaptureError> {
    let in_out_dir = |source| CaptureError::Write { source, path: out_dir.to_owned() };
    std::fs::create_dir_all(out_dir).map_err(in_out_dir)?;
    let pictures = [
        ("render_textured.png", still.textured.map(Picture::opaque)),
        ("render_normal.png", still.normal.map(Picture::Rgb)),
        ("render_depth.png", still.depth.map(Picture::Gray)),
        ("render_edge.png", still.edge.map(Picture::Gray)),
    ];
    let write = |(name, picture): (&str, Option<Picture>)| {
        let picture = picture?;
        let bytes = output::png(&picture).map_err(in_out_dir);
        Some(bytes.and_then(|bytes| output::write(out_dir, name, &bytes)))
    };
    pictures.into_par_iter().filter_map(write).collect()
}
