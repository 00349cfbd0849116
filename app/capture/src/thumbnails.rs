use std::path::{Path, PathBuf};

use rayon::prelude::*;
use render::{
    Gpu, GpuScene, Looking, Normals, Pass, Purpose, Renderer, Still, StillOptions, UploadOptions, View,
    render_still,
};
use scene::{Aabb, Scene};
use serde_json::Value;
use work::WorkCtx;

use crate::contact::ContactSheet;
use crate::encode::encode;
use crate::interior;
use crate::metadata::MetadataBuilder;
use crate::objects::ObjectNames;
use crate::output::StagedSet;
use crate::{
    CaptureError, EncodeError, Interior, Modality, Moment, PictureKind, SheetError, ThumbnailOptions, Views,
};

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
    let read = ReadModel::read(model, options, ctx)?;
    ctx.stage("drawing");
    let made = read.upload(model, options, gpu, renderer)?;
    let mut files = Files::new(model, out_dir, made.scene.bounds(), made.views.len(), options)?;
    for (i, view) in made.views.iter().enumerate() {
        ctx.check_cancelled()?;
        ctx.progress(i as f32 / made.views.len() as f32, "drawing");
        files.add(view, &made.still(model, view, options, gpu, renderer)?)?;
    }
    ctx.check_cancelled()?;
    let files = files.publish(made.names.as_ref())?;
    Ok(ThumbnailReport { files, warnings: made.warnings })
}

/// A model as its file has it, at the moment that was asked for.
pub(crate) struct ReadModel {
    scene: Scene,
    warnings: Vec<String>,
}

/// A model that is ready to be drawn.
pub(crate) struct OnDevice {
    pub scene: GpuScene,
    pub views: Vec<View>,
    /// Where ids are asked for.
    pub names: Option<ObjectNames>,
    pub warnings: Vec<String>,
}

impl ReadModel {
    pub(crate) fn read(
        model: &Path,
        options: &ThumbnailOptions,
        ctx: &WorkCtx,
    ) -> Result<Self, CaptureError> {
        let import = formats::read_with(model, &options.read, ctx)?;
        let mut scene = import.scene;
        let mut warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
        if let Some(moment) = &options.moment {
            warnings.extend(hold(&mut scene, moment, model)?);
        }
        Ok(Self { scene, warnings })
    }

    /// What the device has of it is not kept twice.
    pub(crate) fn upload(
        self,
        model: &Path,
        options: &ThumbnailOptions,
        gpu: &Gpu,
        renderer: &Renderer,
    ) -> Result<OnDevice, CaptureError> {
        let Self { scene, mut warnings } = self;
        let [width_px, height_px] = options.size_px;
        // Finer textures than the picture's samples would only be averaged away.
        let max_texture_px = (2 * width_px.max(height_px)).next_power_of_two().clamp(256, 4096);
        let shows_uvs = |kind: &PictureKind| {
            matches!(kind.modality, Modality::Pass(Pass::UvChecker | Pass::TexelDensity))
        };
        let upload = UploadOptions {
            max_texture_px,
            purpose: Purpose::Stills,
            all_uvs: options.pictures.iter().any(shows_uvs),
            ..UploadOptions::default()
        };
        let (uploaded, views) = rayon::join(
            || GpuScene::upload(gpu, renderer, &scene, &upload),
            || options.views.fit(&scene, f64::from(width_px) / f64::from(height_px)),
        );
        let (on_device, missing) =
            uploaded.map_err(|source| CaptureError::Render { source, model: model.to_owned() })?;
        warnings.extend(missing.iter().map(ToString::to_string));
        let views = match views_inside(&scene, &on_device, options) {
            Some(inside) => inside,
            None => {
                if options.interior == Interior::Inside {
                    warnings
                        .push("it is no closed room that one can stand in, and is seen from outside".into());
                }
                views
            }
        };
        let wants_ids = options.pictures.iter().any(|kind| kind.modality == Modality::Id);
        let names = wants_ids.then(|| ObjectNames::of(&scene));
        Ok(OnDevice { scene: on_device, views, names, warnings })
    }
}

/// From within, where that is wanted and somebody can stand there.
fn views_inside(scene: &Scene, on_device: &GpuScene, options: &ThumbnailOptions) -> Option<Vec<View>> {
    let room = on_device.interior().filter(|_| options.interior == Interior::Inside)?;
    let looking = if options.views == Views::Single { Looking::Ahead } else { Looking::Around };
    let place = render::standpoint(scene, &room, looking)?;
    let [width_px, height_px] = options.size_px;
    let aspect = f64::from(width_px) / f64::from(height_px);
    Some(interior::views_from(&place, options.views, &on_device.bounds(), aspect))
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

impl OnDevice {
    pub(crate) fn still(
        &self,
        model: &Path,
        view: &View,
        options: &ThumbnailOptions,
        gpu: &Gpu,
        renderer: &Renderer,
    ) -> Result<Still, CaptureError> {
        let [width_px, height_px] = options.size_px;
        let pass = |modality| match modality {
            Modality::Pass(pass) => Some(pass),
            Modality::Id => None,
        };
        let passes: Vec<Pass> = options.pictures.iter().filter_map(|kind| pass(kind.modality)).collect();
        let normals = match options.normals {
            Normals::World => Normals::WorldZUp,
            other => other,
        };
        let options = StillOptions {
            normals,
            background: options.background,
            look: options.look.clone(),
            walls: options.interior.walls(),
            wants_light: options.pictures.iter().any(PictureKind::is_light),
            ..StillOptions::new(width_px, height_px, &passes)
        };
        render_still(gpu, renderer, &self.scene, view, &options)
            .map_err(|source| CaptureError::Render { source, model: model.to_owned() })
    }
}

/// The files of a set, while its views are drawn.
pub(crate) struct Files<'a> {
    model: &'a Path,
    out_dir: &'a Path,
    options: &'a ThumbnailOptions,
    n_views: usize,
    n_added: usize,
    staged: StagedSet,
    metadata: MetadataBuilder<'a>,
    sheet: Option<ContactSheet>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(
        model: &'a Path,
        out_dir: &'a Path,
        bounds: Aabb,
        n_views: usize,
        options: &'a ThumbnailOptions,
    ) -> Result<Self, CaptureError> {
        let staged = StagedSet::new(out_dir)?;
        let metadata = MetadataBuilder::new(model, bounds, options);
        let sheet = options.contact_sheet.then(|| ContactSheet::new(options, n_views)).flatten();
        Ok(Self { model, out_dir, options, n_views, n_added: 0, staged, metadata, sheet })
    }

    /// The next view.
    pub(crate) fn add(&mut self, view: &View, still: &Still) -> Result<(), CaptureError> {
        let number = (self.n_views > 1).then_some(self.n_added);
        self.n_added += 1;
        let options = self.options;
        let encoded = |kind: &PictureKind| {
            let suffix = number.map(|n| format!("_{n:03}")).unwrap_or_default();
            let name = format!("render_{}{suffix}.{}", kind.modality.name(), kind.encoding.extension());
            let bytes = encode(still, *kind, options.background).map_err(|e| self.encode_error(e))?;
            Ok(bytes.map(|bytes| (name, bytes)))
        };
        let all: Vec<Result<_, CaptureError>> = options.pictures.par_iter().map(encoded).collect();
        let mut names = Vec::new();
        for picture in all {
            if let Some((name, bytes)) = picture? {
                self.staged.add(&name, &bytes)?;
                names.push(name);
            }
        }
        self.metadata.add_view(view, still, names);
        for kind in &options.pictures {
            if let Some(sheet) = &mut self.sheet {
                sheet.add(still, kind.modality, number);
            }
        }
        Ok(())
    }

    /// Paths of the files, which have their names now.
    pub(crate) fn publish(mut self, names: Option<&ObjectNames>) -> Result<Vec<PathBuf>, CaptureError> {
        if let Some(sheet) = self.sheet.take() {
            let encode_error = |error: SheetError| self.encode_error(EncodeError::Encoder(error.to_string()));
            self.staged.add(CONTACT_SHEET, &sheet.png().map_err(encode_error)?)?;
            self.metadata.add_file(CONTACT_SHEET);
        }
        if let Some(names) = names {
            self.staged.add(OBJECT_NAMES, &json(names, &self.out_dir.join(OBJECT_NAMES))?)?;
            self.metadata.add_file(OBJECT_NAMES);
        }
        self.staged.add(METADATA, &json(&self.metadata.build(), &self.out_dir.join(METADATA))?)?;
        self.staged.publish(METADATA)
    }

    fn encode_error(&self, source: EncodeError) -> CaptureError {
        CaptureError::Encode { source, model: self.model.to_owned() }
    }
}

fn json(value: &impl serde::Serialize, path: &Path) -> Result<Vec<u8>, CaptureError> {
    serde_json::to_vec_pretty(value)
        .map_err(|error| CaptureError::Write { source: error.into(), path: path.to_owned() })
}
