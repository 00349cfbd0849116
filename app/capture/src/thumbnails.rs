use std::path::{Path, PathBuf};

use rayon::prelude::*;
use render::{
    Gpu, GpuScene, Normals, Pass, Purpose, Renderer, Still, StillOptions, UploadOptions, View, render_still,
};
use scene::Scene;
use serde_json::Value;
use work::WorkCtx;

use crate::contact::ContactSheet;
use crate::encode::encode;
use crate::metadata::MetadataBuilder;
use crate::objects::ObjectNames;
use crate::output::StagedSet;
use crate::{CaptureError, EncodeError, Modality, Moment, PictureKind, SheetError, ThumbnailOptions};

/// Written last: its being there says that all files are.
const METADATA: &str = "metadata.json";
const OBJECT_NAMES: &str = "render_id.json";
const CONTACT_SHEET: &str = "contact_sheet.png";

/// What was written.
#[derive(Clone, Debug)]
pub struct ThumbnailReport {
    pub files: Vec<PathBuf>,
    /// What the pictures lack, for people.
    pub warnings: Vec<String>,
}

/// Writes `render_textured.png`, `render_normal.png`, … and `metadata.json` into `out_dir`, which is
/// made if need be; of several views `render_textured_000.png` and so on. The files appear together
/// when all are made, the metadata last; after an error the folder is as it was.
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
    let mut import = formats::read_with(model, &options.read, ctx)?;
    let mut warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    if let Some(moment) = &options.moment {
        warnings.extend(hold(&mut import.scene, moment, model)?);
    }
    ctx.stage("drawing");
    let render_error = |source| CaptureError::Render { source, model: model.to_owned() };
    let [width_px, height_px] = options.size_px;
    // Finer textures than the picture's samples would only be averaged away.
    let max_texture_px = (2 * width_px.max(height_px)).next_power_of_two().clamp(256, 4096);
    let shows_uvs =
        |kind: &PictureKind| matches!(kind.modality, Modality::Pass(Pass::UvChecker | Pass::TexelDensity));
    let upload = UploadOptions {
        max_texture_px,
        purpose: Purpose::Stills,
        all_uvs: options.pictures.iter().any(shows_uvs),
        ..UploadOptions::default()
    };
    let (on_device, missing) =
        GpuScene::upload(gpu, renderer, &import.scene, &upload).map_err(render_error)?;
    warnings.extend(missing.iter().map(ToString::to_string));
    ctx.check_cancelled()?;
    let views = options.views.fit(&import.scene, f64::from(width_px) / f64::from(height_px));
    let wants_ids = options.pictures.iter().any(|kind| kind.modality == Modality::Id);
    let names = wants_ids.then(|| ObjectNames::of(&import.scene));
    // A large model's memory is not needed twice while its pictures are made.
    drop(import);
    let set = Set { model, options, gpu, renderer, scene: &on_device };
    let files = set.draw(&views, names.as_ref(), out_dir, ctx)?;
    Ok(ThumbnailReport { files, warnings })
}

/// Makes the moment's pose the scene's. Tells when there is nothing to pose.
fn hold(scene: &mut Scene, moment: &Moment, model: &Path) -> Result<Option<String>, CaptureError> {
    let clip = match &moment.clip {
        Some(clip) => scene.find_clip(clip).ok_or_else(|| CaptureError::NoClip {
            clip: clip.clone(),
            clips: scene.animations.iter().map(|clip| clip.name.clone()).collect(),
            model: model.to_owned(),
        })?,
        None => match scene.animations.first() {
            Some(first) => first,
            None => return Ok(Some("the model has no animation and is drawn as it stands".into())),
        },
    };
    let pose = scene.pose(clip, moment.time_secs);
    scene.hold(&pose);
    Ok(None)
}

/// Whether `out_dir` holds what [`thumbnails`] would write: the same settings, every file, nothing
/// older than the model.
pub fn is_complete(model: &Path, out_dir: &Path, options: &ThumbnailOptions) -> bool {
    let path = out_dir.join(METADATA);
    let modified = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    // A model in an archive is as old as the archive.
    let model_file = model.ancestors().find(|path| path.is_file()).unwrap_or(model);
    let is_newer =
        matches!((modified(&path), modified(model_file)), (Some(made), Some(read)) if made >= read);
    let Some(metadata) = std::fs::read(&path).ok().and_then(|b| serde_json::from_slice::<Value>(&b).ok())
    else {
        return false;
    };
    let is_there = |name: &Value| name.as_str().is_some_and(|name| out_dir.join(name).is_file());
    is_newer
        && metadata["settings"] == options.settings()
        && metadata["source_file"] == *model.file_name().unwrap_or_default().to_string_lossy()
        && metadata["files"].as_array().is_some_and(|files| !files.is_empty() && files.iter().all(is_there))
}

/// A model that is ready to be drawn.
struct Set<'a> {
    model: &'a Path,
    options: &'a ThumbnailOptions,
    gpu: &'a Gpu,
    renderer: &'a Renderer,
    scene: &'a GpuScene,
}

impl Set<'_> {
    fn draw(
        &self,
        views: &[View],
        names: Option<&ObjectNames>,
        out_dir: &Path,
        ctx: &WorkCtx,
    ) -> Result<Vec<PathBuf>, CaptureError> {
        let mut staged = StagedSet::new(out_dir)?;
        let mut metadata = MetadataBuilder::new(self.model, self.scene.bounds(), self.options);
        let wants_sheet = self.options.contact_sheet;
        let mut sheet = wants_sheet.then(|| ContactSheet::new(self.options, views.len())).flatten();
        for (i, view) in views.iter().enumerate() {
            ctx.check_cancelled()?;
            ctx.progress(i as f32 / views.len() as f32, "drawing");
            let number = (views.len() > 1).then_some(i);
            let still = self.still(view)?;
            let files = self.write_view(&still, number, &mut staged)?;
            metadata.add_view(view, &still, files);
            for kind in &self.options.pictures {
                if let Some(sheet) = &mut sheet {
                    sheet.add(&still, kind.modality, number);
                }
            }
        }
        if let Some(sheet) = sheet {
            let encode_error = |error: SheetError| self.encode_error(EncodeError::Encoder(error.to_string()));
            staged.add(CONTACT_SHEET, &sheet.png().map_err(encode_error)?)?;
            metadata.add_file(CONTACT_SHEET);
        }
        if let Some(names) = names {
            staged.add(OBJECT_NAMES, &json(names, &out_dir.join(OBJECT_NAMES))?)?;
            metadata.add_file(OBJECT_NAMES);
        }
        ctx.check_cancelled()?;
        staged.add(METADATA, &json(&metadata.build(), &out_dir.join(METADATA))?)?;
        staged.publish(METADATA)
    }

    fn encode_error(&self, source: EncodeError) -> CaptureError {
        CaptureError::Encode { source, model: self.model.to_owned() }
    }

    fn still(&self, view: &View) -> Result<Still, CaptureError> {
        let ThumbnailOptions { size_px: [width_px, height_px], pictures, .. } = self.options;
        let pass = |modality| match modality {
            Modality::Pass(pass) => Some(pass),
            Modality::Id => None,
        };
        let passes: Vec<Pass> = pictures.iter().filter_map(|kind| pass(kind.modality)).collect();
        let normals = match self.options.normals {
            Normals::World => Normals::WorldZUp,
            other => other,
        };
        let options = StillOptions {
            normals,
            background: self.options.background,
            look: self.options.look.clone(),
            walls: self.options.walls,
            ..StillOptions::new(*width_px, *height_px, &passes)
        };
        render_still(self.gpu, self.renderer, self.scene, view, &options)
            .map_err(|source| CaptureError::Render { source, model: self.model.to_owned() })
    }

    /// Names of the files.
    fn write_view(
        &self,
        still: &Still,
        number: Option<usize>,
        staged: &mut StagedSet,
    ) -> Result<Vec<String>, CaptureError> {
        let encoded = |kind: &PictureKind| {
            let suffix = number.map(|n| format!("_{n:03}")).unwrap_or_default();
            let name = format!("render_{}{suffix}.{}", kind.modality.name(), kind.encoding.extension());
            let bytes = encode(still, *kind, self.options.background).map_err(|e| self.encode_error(e))?;
            Ok(bytes.map(|bytes| (name, bytes)))
        };
        let all: Vec<Result<_, CaptureError>> = self.options.pictures.par_iter().map(encoded).collect();
        let mut names = Vec::new();
        for picture in all {
            if let Some((name, bytes)) = picture? {
                staged.add(&name, &bytes)?;
                names.push(name);
            }
        }
        Ok(names)
    }
}

fn json(value: &impl serde::Serialize, path: &Path) -> Result<Vec<u8>, CaptureError> {
    serde_json::to_vec_pretty(value)
        .map_err(|error| CaptureError::Write { source: error.into(), path: path.to_owned() })
}
