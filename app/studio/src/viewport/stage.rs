use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui_wgpu::RenderState;
use glam::Vec2;
use render::{
    FrameOptions, Gpu, GpuScene, Look, PickRequest, Puppet, Quality, RenderError, RenderWarning, Renderer,
    Scenery, Seen, Walls,
};
use scene::{Aabb, NodeId, Unseen};
use work::{Lane, Pool};

use super::other_pane::OtherPane;
use super::{OrbitCamera, Pose, Probe};
use crate::model::{DocId, Loaded, Request};
use crate::modes::ShownMode;
use crate::playback::Moment;

/// After this long without movement the picture is drawn in full quality.
const SETTLE: Duration = Duration::from_millis(140);
/// Steps of a picture in full quality follow one another this closely.
const NEXT_STEP: Duration = Duration::from_millis(4);
/// Scenes kept on the card besides the one on stage, so that going back is instant.
const N_KEPT_SCENES: usize = 3;

/// One model on the card.
pub struct UploadedScene {
    pub scene: GpuScene,
    pub warnings: Vec<RenderWarning>,
    /// Where the model has clips.
    animated: Option<Animated>,
}

/// What plays the clips of a model.
struct Animated {
    /// As it was uploaded; the document may have been read anew since.
    loaded: Arc<Loaded>,
    /// Only the thread that draws takes it.
    posing: Mutex<Posing>,
}

struct Posing {
    puppet: Puppet,
    shown: Option<Moment>,
}

impl Animated {
    fn new(gpu: &Gpu, renderer: &Renderer, loaded: &Arc<Loaded>, scene: &GpuScene) -> Option<Self> {
        let puppet = Puppet::new(gpu, renderer, &loaded.import.scene, scene)?;
        let posing = Mutex::new(Posing { puppet, shown: None });
        Some(Self { loaded: Arc::clone(loaded), posing })
    }

    fn posing(&self) -> MutexGuard<'_, Posing> {
        self.posing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A scene of its own that stays as it is at a moment.
    fn held(&self, gpu: &Gpu, renderer: &Renderer, moment: Moment, scene: &GpuScene) -> Option<GpuScene> {
        let model = &self.loaded.import.scene;
        let mut puppet = Puppet::new(gpu, renderer, model, scene)?;
        puppet.set_bounds(self.posing().puppet.scene().bounds());
        let clip = model.animations.get(moment.clip)?;
        puppet.set_pose(gpu, renderer, model, &model.pose(clip, moment.time_secs as f32));
        Some(puppet.scene().clone())
    }

    /// The model at a moment; `None` when it has no such clip.
    fn at(&self, gpu: &Gpu, renderer: &Renderer, moment: Moment) -> Option<MutexGuard<'_, Posing>> {
        let scene = &self.loaded.import.scene;
        let clip = scene.animations.get(moment.clip)?;
        let mut posing = self.posing();
        if posing.shown != Some(moment) {
            let pose = scene.pose(clip, moment.time_secs as f32);
            posing.puppet.set_pose(gpu, renderer, scene, &pose);
            posing.shown = Some(moment);
        }
        Some(posing)
    }
}

struct Slot {
    doc: DocId,
    upload: Request<Arc<UploadedScene>>,
    /// What makes a large scene quick, made behind its first picture.
    refine: Request<()>,
    /// World bounds over the clip that is chosen, by its number.
    clip_bounds: Option<(usize, Request<Aabb>)>,
}

/// What the picture depends on; as long as it stays the same nothing is drawn.
#[derive(Clone, Copy, PartialEq)]
struct Shot {
    doc: DocId,
    /// Tells two uploads of one document apart.
    scene: usize,
    pose: Pose,
    pass: ShownMode,
    moment: Option<Moment>,
    walls: Walls,
    outlined_of: Option<(DocId, NodeId)>,
    size_px: [u32; 2],
    quality: Quality,
    /// How often the light has changed.
    light: u64,
}

pub struct Stage {
    pub camera: OrbitCamera,
    walls: Walls,
    /// The pointer is hidden and kept in the window.
    pub(crate) is_pointer_held: bool,
    state: Option<RenderState>,
    gpu: Option<Gpu>,
    renderer: Request<Arc<Renderer>>,
    viewport: Option<render::Viewport>,
    texture: Option<(egui::TextureId, u64)>,
    slots: Vec<Slot>,
    last_shot: Option<Shot>,
    moved_at: Option<Instant>,
    /// What the other side of a split view has in common with the last picture.
    last_drawn: Option<(render::View, FrameOptions)>,
    other: Option<OtherPane>,
    messages: Vec<String>,
    light: (Look, Scenery),
    n_lights: u64,
    pick: Option<(PickRequest, SelectWay)>,
    pub probe: Probe,
    /// What gets a line around it: an object with all that hangs below it.
    outlined: Arc<[NodeId]>,
    outlined_of: Option<(DocId, NodeId)>,
    hover: Hover,
}

/// A question about the pixel under the pointer.
#[derive(Default)]
struct Hover {
    /// The pixel and the picture.
    asked: Option<([u32; 2], Option<Shot>)>,
    request: Option<PickRequest>,
    seen: Option<Seen>,
}

/// What a click on the picture selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectWay {
    Object,
    /// What the object belongs to; again, the next above.
    Parent,
    /// Nothing, if it was selected.
    TakeBack,
}

impl Stage {
    /// Starts compiling pipelines at once. Without a device (as in tests) there is a camera and no
    /// picture.
    pub fn new(state: Option<RenderState>, pool: &Pool) -> Self {
        let gpu = state.as_ref().map(|s| Gpu::from_wgpu(&s.adapter, s.device.clone(), s.queue.clone()));
        let mut renderer = Request::Idle;
        if let Some(gpu) = gpu.clone() {
            renderer.start(pool.spawn(Lane::Interactive, "prepare the renderer", move |_| {
                let renderer = Renderer::new(&gpu)?;
                renderer.prepare_viewport(&gpu);
                Ok::<_, render::RenderError>(Arc::new(renderer))
            }));
        }
        Self {
            camera: OrbitCamera::default(),
            walls: Walls::default(),
            is_pointer_held: false,
            viewport: None,
            state,
            gpu,
            renderer,
            texture: None,
            slots: Vec::new(),
            last_shot: None,
            moved_at: None,
            pick: None,
            last_drawn: None,
            other: None,
            messages: Vec::new(),
            probe: Probe::default(),
            outlined: Arc::new([]),
            outlined_of: None,
            hover: Hover::default(),
            light: (Look::default(), Scenery::default()),
            n_lights: 0,
        }
    }

    /// What the next picture is lit by and what stands around the model.
    pub fn set_light(&mut self, look: Look, scenery: Scenery) {
        if self.light != (look.clone(), scenery) {
            self.light = (look, scenery);
            self.n_lights += 1;
        }
    }

    pub fn gpu(&self) -> Option<&Gpu> {
        self.gpu.as_ref()
    }

    /// For work on other threads; `None` until the pipelines are compiled.
    pub fn tools(&self) -> Option<(Gpu, Arc<Renderer>)> {
        Some((self.gpu.clone()?, Arc::clone(self.renderer.value()?)))
    }

    pub fn renderer_failure(&self) -> Option<&str> {
        self.renderer.failure()
    }

    /// Takes in what other threads finished.
    pub fn poll(&mut self) {
        self.renderer.poll();
        for slot in &mut self.slots {
            if slot.upload.poll() {
                slot.clip_bounds = None;
                if let Some(uploaded) = slot.upload.value() {
                    let is_reduced = |w: &&RenderWarning| matches!(w, RenderWarning::Reduced { .. });
                    self.messages
                        .extend(uploaded.warnings.iter().filter(is_reduced).map(ToString::to_string));
                }
            }
            slot.refine.poll();
            let Slot { upload, clip_bounds: Some((_, bounds)), .. } = slot else { continue };
            let animated = upload.value().and_then(|u| u.animated.as_ref());
            if bounds.poll()
                && let Some((bounds, animated)) = bounds.value().zip(animated)
            {
                animated.posing().puppet.set_bounds(animated.loaded.bounds.union(*bounds));
                self.camera.keep_place(animated.loaded.bounds.union(*bounds), Arc::new([]));
                self.last_shot = None;
            }
        }
    }

    /// What people should know of models that came to the card, once.
    pub fn take_messages(&mut self) -> Vec<String> {
        std::mem::take(&mut self.messages)
    }

    /// Brings a model to the card, off this thread. The old picture stays until it is there.
    pub fn upload(&mut self, doc: DocId, loaded: &Arc<Loaded>, pool: &Pool) {
        let Some((gpu, renderer)) = self.tools() else { return };
        let loaded = Arc::clone(loaded);
        let work = pool.spawn(Lane::Interactive, "upload", move |ctx| -> Result<_, RenderError> {
            ctx.stage("bringing it to the graphics card");
            let keeps_rig = !loaded.import.scene.animations.is_empty();
            let options = render::UploadOptions { keeps_rig, ..render::UploadOptions::default() };
            let (scene, warnings) =
                GpuScene::upload_what_fits(&gpu, &renderer, &loaded.import.scene, &options)?;
            let animated = keeps_rig.then(|| Animated::new(&gpu, &renderer, &loaded, &scene)).flatten();
            Ok(Arc::new(UploadedScene { scene, warnings, animated }))
        });
        match self.slots.iter_mut().find(|s| s.doc == doc) {
            Some(slot) => {
                slot.upload.start(work);
                slot.refine = Request::Idle;
            }
            None => {
                let mut slot = Slot { doc, upload: Request::Idle, refine: Request::Idle, clip_bounds: None };
                slot.upload.start(work);
                self.slots.push(slot);
            }
        }
        while self.slots.len() > N_KEPT_SCENES + 1 {
            self.slots.remove(0);
        }
    }

    /// Orders a large scene for the device and makes its levels of detail, once it has been seen.
    pub fn refine(&mut self, doc: DocId, pool: &Pool) {
        let (Some(gpu), Some(shot)) = (self.gpu.clone(), &self.last_shot) else { return };
        let has_been_seen = shot.doc == doc;
        let Some(slot) = self.slots.iter_mut().find(|s| s.doc == doc && s.refine.is_idle()) else { return };
        let Some(uploaded) = slot.upload.value().filter(|_| has_been_seen && !slot.upload.is_running())
        else {
            return;
        };
        let uploaded = Arc::clone(uploaded);
        slot.refine.start(pool.spawn(Lane::Bulk, "levels of detail", move |_| uploaded.scene.refine(&gpu)));
    }

    pub fn upload_of(&self, doc: DocId) -> Option<&Request<Arc<UploadedScene>>> {
        self.slots.iter().find(|s| s.doc == doc).map(|s| &s.upload)
    }

    /// Measures the space that a clip takes up, off this thread, once it is chosen.
    pub(crate) fn measure_clip(&mut self, doc: DocId, clip: Option<usize>, pool: &Pool) {
        let Some(slot) = self.slots.iter_mut().find(|s| s.doc == doc) else { return };
        let (Some(clip), Some(uploaded)) = (clip, slot.upload.value()) else { return };
        if slot.clip_bounds.as_ref().is_some_and(|(measured, _)| *measured == clip) {
            return;
        }
        let Some(loaded) = uploaded.animated.as_ref().map(|a| Arc::clone(&a.loaded)) else { return };
        let mut bounds = Request::Idle;
        bounds.start(pool.spawn(Lane::Bulk, "measure the clip", move |_| {
            let scene = &loaded.import.scene;
            Ok::<_, RenderError>(
                scene.animations.get(clip).map_or(Aabb::EMPTY, |clip| scene.bounds_over(clip)),
            )
        }));
        slot.clip_bounds = Some((clip, bounds));
    }

    /// World bounds over the clip that was measured last; `None` in the rest pose.
    pub(crate) fn clip_bounds(&self, doc: DocId, clip: Option<usize>) -> Option<Aabb> {
        let (measured, bounds) = self.slots.iter().find(|s| s.doc == doc)?.clip_bounds.as_ref()?;
        bounds.value().copied().filter(|_| Some(*measured) == clip)
    }

    fn scene_of(&self, doc: DocId) -> Option<&GpuScene> {
        Some(&self.upload_of(doc)?.value()?.scene)
    }

    /// The air of a closed interior.
    pub fn interior_of(&self, doc: DocId) -> Option<Aabb> {
        self.scene_of(doc)?.interior()
    }

    /// Whether walls of the model are cut away without anybody asking.
    pub fn has_thick_walls(&self, doc: DocId) -> bool {
        self.scene_of(doc).is_some_and(GpuScene::has_thick_walls)
    }

    pub fn walls(&self) -> Walls {
        self.walls
    }

    /// Between what is best for most models and the other.
    pub fn toggle_walls(&mut self, are_cut_by_themselves: bool) {
        self.walls = match (self.walls, are_cut_by_themselves) {
            (Walls::Auto, true) => Walls::Kept,
            (Walls::Auto, false) => Walls::CutAway,
            _ => Walls::Auto,
        };
    }

    pub fn forget(&mut self, doc: DocId) {
        self.slots.retain(|s| s.doc != doc);
    }

    /// Draws if anything changed since the last time and returns what to paint. Never waits for
    /// the card; asks `ctx` for the frames that a moving camera needs.
    ///
    /// # Errors
    /// What the card said, in words.
    pub fn picture(
        &mut self,
        ctx: &egui::Context,
        doc: DocId,
        pass: ShownMode,
        moment: Option<Moment>,
        size_px: [u32; 2],
    ) -> Result<Option<egui::TextureId>, String> {
        let now = Instant::now();
        if self.camera.step(now) {
            self.moved_at = Some(now);
            ctx.request_repaint();
        }
        let upload = self.upload_of(doc);
        let Some(uploaded) = upload.and_then(Request::value).cloned() else {
            return upload.and_then(Request::failure).map_or(Ok(None), |reason| Err(reason.to_owned()));
        };
        let Some((gpu, renderer)) = self.tools() else { return Ok(None) };
        let pose = self.camera.pose();
        let moment = moment.filter(|_| uploaded.animated.is_some());
        // A card has the time for full quality in every frame of a clip.
        let is_moved = |s: Shot| s.pose != pose || (gpu.is_software() && s.moment != moment);
        if self.last_shot.is_some_and(|s| s.doc == doc && is_moved(s)) {
            self.moved_at = Some(now);
        }
        let resting = self.moved_at.map_or(Duration::ZERO, |at| SETTLE.saturating_sub(now - at));
        let quality = if resting.is_zero() { Quality::Still } else { Quality::Moving };
        if quality == Quality::Moving {
            ctx.request_repaint_after(resting);
        }
        let walls = self.walls;
        let outlined_of = self.outlined_of;
        let shot = Shot {
            outlined_of,
            doc,
            scene: Arc::as_ptr(&uploaded) as usize,
            pose,
            pass,
            moment,
            walls,
            size_px,
            quality,
            light: self.n_lights,
        };
        let viewport = self.viewport.get_or_insert_with(|| render::Viewport::new(&gpu, &renderer));
        // A picture in full quality is never replaced by the same one in less.
        let is_known = !viewport.is_refining()
            && self
                .last_shot
                .is_some_and(|s| s == shot || (s.quality == Quality::Still && Shot { quality, ..s } == shot));
        if !is_known {
            let animated = uploaded.animated.as_ref();
            let posed =
                moment.zip(animated).and_then(|(moment, animated)| animated.at(&gpu, &renderer, moment));
            let scene = posed.as_ref().map_or(&uploaded.scene, |posing| posing.puppet.scene());
            let view = pose.view(size_px).with_depth_of(&scene.bounds());
            let outlined = Arc::clone(&self.outlined);
            let (look, scenery) = self.light.clone();
            let frame = FrameOptions { walls, outlined, look, scenery, ..pass.frame(size_px, quality) };
            viewport.draw(&gpu, &renderer, scene, &view, &frame).map_err(|error| error.to_string())?;
            self.last_shot = Some(shot);
            self.last_drawn = Some((view, frame));
        }
        if viewport.is_refining() || self.other.as_ref().is_some_and(OtherPane::is_refining) {
            ctx.request_repaint_after(NEXT_STEP);
        }
        Ok(self.register())
    }

    /// Size of the picture that is shown.
    pub fn shown_px(&self) -> Option<[u32; 2]> {
        Some(self.last_shot?.size_px)
    }

    /// The scene on stage, and how it is looked at now, in a picture of another size.
    pub fn shown(&self, doc: DocId, size_px: [u32; 2]) -> Option<(GpuScene, render::View)> {
        let uploaded = self.upload_of(doc)?.value()?;
        let (gpu, renderer) = self.tools()?;
        let held = self.moment_of(doc).zip(uploaded.animated.as_ref());
        let held = held.and_then(|(moment, it)| it.held(&gpu, &renderer, moment, &uploaded.scene));
        let scene = held.unwrap_or_else(|| uploaded.scene.clone());
        let view = self.camera.pose().view(size_px).with_depth_of(&scene.bounds());
        Some((scene, view))
    }

    /// Where the clip stood in the last picture.
    fn moment_of(&self, doc: DocId) -> Option<Moment> {
        self.last_shot.filter(|shot| shot.doc == doc)?.moment
    }

    /// The other side of a split view, seen as the last picture was. `None` until its model is there.
    ///
    /// # Errors
    /// What the card said, in words.
    pub fn other_picture(&mut self, doc: DocId, mode: ShownMode) -> Result<Option<egui::TextureId>, String> {
        let Some(uploaded) = self.upload_of(doc).and_then(Request::value).cloned() else { return Ok(None) };
        let (Some((gpu, renderer)), Some((view, frame))) = (self.tools(), self.last_drawn.clone()) else {
            return Ok(None);
        };
        let Some(state) = self.state.clone() else { return Ok(None) };
        let moment = self.moment_of(doc);
        let mut frame = mode.of_frame(frame);
        // Both sides show the same distances alike.
        frame.modes.depth_range = self.depth_range();
        let other = self.other.get_or_insert_with(|| OtherPane::new(&gpu, &renderer));
        let posed = moment.zip(uploaded.animated.as_ref());
        let posed = posed.and_then(|(moment, animated)| animated.at(&gpu, &renderer, moment));
        let scene = posed.as_ref().map_or(&uploaded.scene, |posing| posing.puppet.scene());
        let of = (Arc::as_ptr(&uploaded) as usize, moment);
        other.picture(&state, (&gpu, &renderer), (scene, of), view, frame).map(Some)
    }

    /// Lets go of what a split view needed.
    pub fn close_other(&mut self) {
        if let (Some(other), Some(state)) = (self.other.take(), &self.state) {
            other.close(state);
        }
    }

    /// Distances in metres between which the model lies.
    pub fn depth_span(&self) -> Option<[f32; 2]> {
        self.last_drawn.as_ref().map(|(view, _)| [view.near as f32, view.far as f32])
    }

    /// Distances in metres that the last picture shows black and white, if it shows depth.
    fn depth_range(&self) -> Option<[f32; 2]> {
        let (_, frame) = self.last_drawn.as_ref()?;
        frame.modes.depth_range.or_else(|| self.depth_span())
    }

    /// Asks what is seen at a pixel of the last picture; the answer comes with [`Stage::picked`].
    pub fn ask(&mut self, x_px: u32, y_px: u32, way: SelectWay) {
        if let (Some(gpu), Some(viewport)) = (&self.gpu, &self.viewport) {
            self.pick = Some((viewport.pick(gpu, x_px, y_px), way));
        }
    }

    /// What lies under the pointer in the last picture, as soon as the card says so. `None` beside
    /// the model.
    pub fn under_pointer(&mut self, ctx: &egui::Context, pixel: Option<[u32; 2]>) -> Option<Seen> {
        let (Some(gpu), Some(viewport), Some(pixel)) = (&self.gpu, &self.viewport, pixel) else {
            self.hover = Hover::default();
            return None;
        };
        let hover = &mut self.hover;
        if let Some(seen) = hover.request.as_ref().and_then(|request| request.poll(gpu)) {
            hover.request = None;
            hover.seen = seen;
        }
        let asked = (pixel, self.last_shot);
        if hover.request.is_none() && hover.asked != Some(asked) {
            hover.asked = Some(asked);
            hover.request = Some(viewport.pick(gpu, pixel[0], pixel[1]));
        }
        if hover.request.is_some() {
            ctx.request_repaint_after(Duration::from_millis(8));
        }
        hover.seen
    }

    /// The answer to [`Stage::ask`], once: the node, or `None` for the background.
    pub fn picked(&mut self, ctx: &egui::Context) -> Option<(Option<NodeId>, SelectWay)> {
        let (request, way) = self.pick.as_ref()?;
        let way = *way;
        let Some(seen) = request.poll(self.gpu.as_ref()?) else {
            ctx.request_repaint_after(Duration::from_millis(8));
            return None;
        };
        self.pick = None;
        Some((seen.map(|seen| seen.node), way))
    }

    /// Draws a line around this object and all that hangs below it.
    pub fn outline(&mut self, doc: DocId, node: Option<NodeId>, scene: &scene::Scene) {
        let of = node.map(|node| (doc, node));
        if of == self.outlined_of {
            return;
        }
        self.outlined_of = of;
        let mut below = Vec::new();
        let mut stack: Vec<NodeId> = node.into_iter().collect();
        while let Some(node) = stack.pop() {
            below.push(node);
            stack.extend(scene.nodes.get(node).into_iter().flat_map(|n| &n.children));
        }
        self.outlined = below.into();
    }

    /// What of a model a line of sight passes, as the picture does.
    pub fn unseen(&self, doc: DocId) -> Unseen {
        let Some(scene) = self.scene_of(doc) else { return Unseen::default() };
        let (cuts, backs) = scene.unseen(&self.camera.pose().view([4, 3]), self.walls);
        Unseen { cuts, backs }
    }

    fn register(&mut self) -> Option<egui::TextureId> {
        let (state, viewport) = (self.state.as_ref()?, self.viewport.as_ref()?);
        let filter = wgpu::FilterMode::Linear;
        match self.texture {
            Some((id, generation)) if generation == viewport.generation() => Some(id),
            Some((id, _)) => {
                let mut painter = state.renderer.write();
                painter.update_egui_texture_from_wgpu_texture(&state.device, viewport.picture(), filter, id);
                self.texture = Some((id, viewport.generation()));
                Some(id)
            }
            None => {
                let id =
                    state.renderer.write().register_native_texture(&state.device, viewport.picture(), filter);
                self.texture = Some((id, viewport.generation()));
                Some(id)
            }
        }
    }
}

/// A point of the screen in the terms of the camera.
pub fn to_glam(v: egui::Vec2) -> Vec2 {
    Vec2::new(v.x, v.y)
}
