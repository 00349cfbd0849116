//! The stations of a model on its way to the screen, each off the UI thread: read and measure,
//! upload, check, draw the four thumbnails. Models that are not on stage get a short look each.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use formats::{Bridge, ReadOptions};
use image::{DynamicImage, RgbaImage};
use render::{
    FitOptions, Gpu, GpuScene, LookAt, Pass, Renderer, StillOptions, UploadOptions, View, render_still,
};
use work::{Lane, Pool, WorkCtx};

use crate::model::{
    DocId, Document, Loaded, Model, PassPictures, Picture, Request, State, Survey, missing_of,
};
use crate::viewport::{Pose, Stage};
use crate::watch::Watch;

/// Models kept in memory beside the one on stage.
const N_KEPT_MODELS: usize = 3;
const STRIP_PICTURE_PX: u32 = 320;
const LIST_PICTURE_PX: u32 = 96;

/// Why a model did not get through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Read(#[from] formats::ReadError),
    #[error(transparent)]
    Render(#[from] render::RenderError),
    #[error(transparent)]
    Cancelled(#[from] work::Cancelled),
}

/// Puts a document on stage. What another one still waits for is given up.
pub(crate) fn select(doc: DocId, model: &mut Model, pool: &Pool) {
    if let Some(current) = model.current_mut()
        && current.id != doc
    {
        current.leave_stage();
    }
    model.current = Some(doc);
    if let Some(document) = model.document_mut(doc)
        && document.load.value().is_none()
        && !document.load.is_running()
    {
        read(document, pool);
    }
}

/// Reads a document's file, anew if it was read before. A scene of Blender's shows at once as it was
/// modelled; what Blender makes of it comes after.
pub(crate) fn read(document: &mut Document, pool: &Pool) {
    // Blender takes its time, and nothing else that is looked at should wait for it.
    let lane = if formats::needs_blender(&document.path) { Lane::Bulk } else { Lane::Interactive };
    start_reading(document, lane, true, pool);
}

fn start_reading(document: &mut Document, lane: Lane, as_modelled: bool, pool: &Pool) {
    let (path, name) = (document.path.clone(), document.name());
    let options = ReadOptions { as_modelled, ..document.read_options() };
    document.load.start(pool.spawn(lane, "read", move |ctx| -> Result<_, LoadError> {
        let import = formats::read_with(&path, &options, ctx)?;
        ctx.check_cancelled()?;
        ctx.stage("measuring");
        let is_whole = !as_modelled || options.bridge.is_none() || !formats::gains_from_blender(&import);
        Ok(Arc::new(Loaded::new(import, &name, is_whole)))
    }));
}

/// This machine's Blender, which is looked for once.
pub(crate) fn bridge() -> Option<Bridge> {
    static BRIDGE: OnceLock<Option<Bridge>> = OnceLock::new();
    let find = || Bridge::find(farm::Home::find().ok()?.cache());
    BRIDGE.get_or_init(find).clone()
}

/// Takes in results and sends each model to its next station. Called once a frame; never waits.
pub(crate) fn advance(model: &mut Model, stage: &mut Stage, watch: &mut Watch, pool: &Pool) {
    stage.poll();
    for message in stage.take_messages() {
        model.notify(crate::model::Severity::Error, message);
    }
    let mut arrived = Vec::new();
    for document in &mut model.documents {
        if document.load.poll() && document.load.failure().is_none() && document.load.value().is_some() {
            arrived.push(document.id);
        }
        if document.report.poll()
            && let Some(report) = document.report.value()
        {
            document.history.keep_report(report);
        }
        document.pictures.poll();
        document.survey.poll();
    }
    for doc in arrived {
        arrive(doc, model, stage, watch, pool);
    }
    continue_current(model, stage, pool);
    start_surveys(model, stage, pool);
    free_memory(model, stage);
}

/// A model has been read: the camera looks at it, its files are watched, the checks begin.
fn arrive(doc: DocId, model: &mut Model, stage: &mut Stage, watch: &mut Watch, pool: &Pool) {
    let is_current = model.current == Some(doc);
    let last = last_pose(doc, model);
    let Some(document) = model.document_mut(doc) else { return };
    let Some(loaded) = document.load.value().cloned() else { return };
    let name = document.name();
    document.history.begin(&loaded, &name, pool);
    document.n_bytes = Some(loaded.import.n_bytes);
    watch.set_files(doc, &loaded.import.files);
    document.report.cancel();
    document.pictures.cancel();
    let is_second_look = loaded.is_whole && document.whole_of == Some(document.n_reloads);
    if is_second_look {
        document.pictures_of = None;
    }
    if is_current {
        if document.n_reloads == 0 && !is_second_look || stage.upload_of(doc).is_none() {
            look_at(&loaded, last, stage);
        } else {
            stage.camera.keep_place(loaded.bounds, Arc::clone(&loaded.outline));
        }
        stage.upload(doc, &loaded, pool);
        start_report(document, &loaded, pool);
    }
}

/// Puts a state of a document that was mended in the place of the one before; the camera stays.
pub(crate) fn show(doc: DocId, state: State, model: &mut Model, stage: &mut Stage, pool: &Pool) {
    let is_current = model.current == Some(doc);
    let Some(document) = model.document_mut(doc) else { return };
    let loaded = Arc::clone(&state.loaded);
    document.load = Request::Ready(state.loaded);
    document.pictures.cancel();
    document.pictures_of = None;
    match state.report {
        Some(report) => document.report = Request::Ready(report),
        None => start_report(document, &loaded, pool),
    }
    if is_current {
        stage.camera.keep_place(loaded.bounds, Arc::clone(&loaded.outline));
        stage.upload(doc, &loaded, pool);
    } else {
        stage.forget(doc);
    }
}

/// Where the file was looked at last.
pub(crate) fn last_pose(doc: DocId, model: &Model) -> Option<Pose> {
    model.views.last(&model.document(doc)?.path)
}

/// The camera goes where the model was looked at last, or sees all of it.
pub(crate) fn look_at(loaded: &Loaded, last: Option<Pose>, stage: &mut Stage) {
    stage.stop_walking();
    stage.camera.set_model(loaded.bounds, Arc::clone(&loaded.outline));
    if let Some(pose) = last {
        stage.camera.jump_to(&pose);
    }
}

/// Whatever the model on stage still lacks, in the order in which it is wanted.
fn continue_current(model: &mut Model, stage: &mut Stage, pool: &Pool) {
    let last = model.current.and_then(|doc| last_pose(doc, model));
    let Some(document) = model.current_mut() else { return };
    let Some(loaded) = document.load.value().cloned() else { return };
    if stage.upload_of(document.id).is_none() && stage.tools().is_some() {
        look_at(&loaded, last, stage);
        stage.upload(document.id, &loaded, pool);
    }
    stage.refine(document.id, pool);
    if document.report.is_idle() {
        start_report(document, &loaded, pool);
    }
    if !loaded.is_whole && !document.load.is_running() && document.whole_of != Some(document.n_reloads) {
        document.whole_of = Some(document.n_reloads);
        start_reading(document, Lane::Bulk, false, pool);
    }
    let is_uploaded = stage.upload_of(document.id).is_some_and(|u| u.value().is_some() && !u.is_running());
    let is_old = document.pictures_of != Some(document.n_reloads);
    if is_uploaded && is_old {
        start_pictures(document, &loaded, stage, pool);
    }
}

/// Brings a model that is compared with the one on stage as far as its picture. False when it is gone.
pub(crate) fn advance_compared(
    compared: Option<DocId>,
    model: &mut Model,
    stage: &mut Stage,
    pool: &Pool,
) -> bool {
    let Some(doc) = compared else { return true };
    let Some(document) = model.document_mut(doc) else { return false };
    if document.load.is_idle() {
        read(document, pool);
    }
    if let Some(loaded) = document.load.value().cloned()
        && stage.upload_of(doc).is_none()
    {
        stage.upload(doc, &loaded, pool);
    }
    if let Some(loaded) = document.load.value().cloned()
        && document.report.is_idle()
    {
        start_report(document, &loaded, pool);
    }
    true
}

fn start_report(document: &mut Document, loaded: &Arc<Loaded>, pool: &Pool) {
    let loaded = Arc::clone(loaded);
    document.report.start(pool.spawn(Lane::Bulk, "check", move |ctx| {
        ctx.stage("checking");
        analysis::analyze(&loaded.import.scene, &analysis::AnalyzeOptions::default(), ctx).map(Arc::new)
    }));
}

fn start_pictures(document: &mut Document, loaded: &Arc<Loaded>, stage: &Stage, pool: &Pool) {
    let Some((gpu, renderer)) = stage.tools() else { return };
    let Some(uploaded) = stage.upload_of(document.id).and_then(|u| u.value()).cloned() else { return };
    document.pictures_of = Some(document.n_reloads);
    let loaded = Arc::clone(loaded);
    document.pictures.start(pool.spawn(
        Lane::Interactive,
        "draw thumbnails",
        move |ctx| -> Result<_, LoadError> {
            ctx.stage("drawing thumbnails");
            let view = View::fit(&loaded.import.scene, &FitOptions::default());
            ctx.check_cancelled()?;
            let passes = [Pass::Textured, Pass::Normal, Pass::Depth, Pass::Edge];
            let options = StillOptions::new(STRIP_PICTURE_PX, STRIP_PICTURE_PX, &passes);
            let still = render_still(&gpu, &renderer, &uploaded.scene, &view, &options)?;
            let picture = |image: Option<DynamicImage>| {
                Picture::new(image.map(DynamicImage::into_rgba8).unwrap_or_default())
            };
            Ok(Arc::new(PassPictures {
                textured: picture(still.textured.map(Into::into)),
                normal: picture(still.normal.map(Into::into)),
                depth: picture(still.depth.map(Into::into)),
                edge: picture(still.edge.map(Into::into)),
            }))
        },
    ));
}

/// One look at a time, so that a long list never fills the queue and closing it ends the work.
fn start_surveys(model: &mut Model, stage: &Stage, pool: &Pool) {
    if model.documents.len() < 2 || model.documents.iter().any(|d| d.survey.is_running()) {
        return;
    }
    let tools = stage.tools();
    if stage.gpu().is_some() && tools.is_none() && stage.renderer_failure().is_none() {
        return;
    }
    let current = model.current;
    let next =
        model.documents.iter_mut().find(|d| Some(d.id) != current && d.survey.is_idle() && d.load.is_idle());
    let Some(document) = next else { return };
    let (path, name, options) = (document.path.clone(), document.name(), document.read_options());
    let work = move |ctx: &WorkCtx| survey(&path, &name, &options, tools, ctx);
    document.survey.start(pool.spawn(Lane::Bulk, "look at", work));
}

fn survey(
    path: &Path,
    name: &str,
    options: &ReadOptions,
    tools: Option<(Gpu, Arc<Renderer>)>,
    ctx: &WorkCtx,
) -> Result<Arc<Survey>, LoadError> {
    let options = ReadOptions { as_modelled: true, ..options.clone() };
    let import = formats::read_with(path, &options, ctx)?;
    ctx.check_cancelled()?;
    let inspection = analysis::inspect(&import.scene, name);
    let mut thumbnail = None;
    if let Some((gpu, renderer)) = tools {
        ctx.stage("drawing");
        let (scene, _) = GpuScene::upload(&gpu, &renderer, &import.scene, &UploadOptions::default())?;
        let fit = FitOptions { look_at: LookAt::PictureCenter, ..FitOptions::default() };
        let view = View::fit(&import.scene, &fit);
        let options = StillOptions::new(LIST_PICTURE_PX, LIST_PICTURE_PX, &[Pass::Textured]);
        thumbnail = render_still(&gpu, &renderer, &scene, &view, &options)?.textured.map(Picture::new);
    }
    if inspection.geometry.faces == 0
        && let Some(preview) = formats::preview(path, ctx)
    {
        let rgba = preview.rgba.to_vec();
        thumbnail = RgbaImage::from_raw(preview.width_px, preview.height_px, rgba).map(Picture::new);
    }
    let missing = missing_of(&import);
    Ok(Arc::new(Survey { inspection, n_warnings: import.warnings.len(), missing, thumbnail }))
}

fn free_memory(model: &mut Model, stage: &mut Stage) {
    let current = model.current;
    let is_kept =
        |d: &&mut Document| Some(d.id) != current && d.load.value().is_some() && !d.load.is_running();
    let n_loaded = model.documents.iter_mut().filter(is_kept).count();
    if n_loaded > N_KEPT_MODELS
        && let Some(oldest) = model.documents.iter_mut().find(is_kept)
    {
        oldest.unload();
        stage.forget(oldest.id);
    }
}

/// A PNG or JPEG for the screen, scaled down to `max_px`.
///
/// # Errors
/// In words for people, path last.
pub(crate) fn picture_of_file(path: &Path, max_px: u32) -> Result<Picture, image::ImageError> {
    decode(image::ImageReader::open(path)?, max_px)
}

pub(crate) fn picture_of_bytes(bytes: &[u8], max_px: u32) -> Result<Picture, image::ImageError> {
    decode(image::ImageReader::new(std::io::Cursor::new(bytes)), max_px)
}

fn decode<R: std::io::BufRead + std::io::Seek>(
    reader: image::ImageReader<R>,
    max_px: u32,
) -> Result<Picture, image::ImageError> {
    let mut reader = reader.with_guessed_format()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(16_384);
    limits.max_image_height = Some(16_384);
    reader.limits(limits);
    let rgba: RgbaImage = reader.decode()?.into_rgba8();
    Ok(Picture::fitted(rgba, max_px))
}
