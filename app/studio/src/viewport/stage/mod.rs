//! The picture in the middle: which models are on the card, when it is drawn again, and what lies
//! under a pixel of it.

mod comparison;
mod other_pane;
mod questions;
mod rehearsal;
mod scenes;
mod uploaded;

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui_wgpu::RenderState;
use glam::Vec2;
use render::{FrameOptions, Gpu, GpuScene, Look, PickRequest, Quality, Renderer, Scenery, Walls};
use scene::{Aabb, NodeId};
use work::{Lane, Pool};

pub use self::comparison::Compared;
use self::other_pane::OtherPane;
use self::questions::Hover;
pub use self::questions::SelectWay;
use self::rehearsal::Rehearsals;
use self::scenes::Slot;
pub use self::uploaded::UploadedScene;
use super::walk_start::WalkStart;
use super::{OrbitCamera, Pose, Probe};
use crate::model::{DocId, Loaded, Request};
use crate::modes::{ShownMode, Side};
use crate::playback::Moment;

/// After this long without movement the picture is drawn in full quality.
const SETTLE: Duration = Duration::from_millis(140);
/// Steps of a picture in full quality follow one another this closely.
const NEXT_STEP: Duration = Duration::from_millis(4);

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
    pick: Option<(PickRequest, SelectWay, Side)>,
    pub probe: Probe,
    /// What gets a line around it: an object with all that hangs below it.
    outlined: Arc<[NodeId]>,
    outlined_of: Option<(DocId, NodeId)>,
    hover: Hover,
    walk_start: WalkStart,
    pool: Arc<Pool>,
    rehearsals: Rehearsals,
    /// The mode that was asked for is still being prepared; the last picture stays meanwhile.
    is_preparing: bool,
}

impl Stage {
    /// Starts compiling pipelines at once. Without a device (as in tests) there is a camera and no
    /// picture.
    pub fn new(state: Option<RenderState>, pool: &Arc<Pool>) -> Self {
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
            walk_start: WalkStart::default(),
            pool: Arc::clone(pool),
            rehearsals: Rehearsals::default(),
            is_preparing: false,
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

    /// Begins to walk: from where the eye is, or, from outside a room, at the best place in it, once
    /// that is found.
    pub fn start_walking(&mut self, room: Option<Aabb>) {
        match room.filter(|room| !self.camera.is_within(room)) {
            Some(room) => self.walk_start.ask(room),
            None => self.camera.start_walking(),
        }
    }

    /// False when nobody walked, or was about to.
    pub fn stop_walking(&mut self) -> bool {
        let was_looking = self.walk_start.is_looking();
        self.walk_start.forget();
        self.camera.stop_walking() || was_looking
    }

    /// Takes in the place where a walk begins.
    pub(crate) fn advance_walk(&mut self, loaded: &Arc<Loaded>, pool: &Pool) {
        if let Some((room, place)) = self.walk_start.step(loaded, pool) {
            self.camera.start_walking_in(&room, place);
        }
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
        let (look, scenery) = self.light.clone();
        let outlined = Arc::clone(&self.outlined);
        let frame = FrameOptions { walls, outlined, look, scenery, ..pass.frame(size_px, quality) };
        self.is_preparing = !self.rehearsals.is_ready((&gpu, &renderer), &uploaded, &frame, &self.pool);
        if self.is_preparing {
            let shows_it = self.last_shot.is_some_and(|shot| shot.doc == doc);
            return Ok(if shows_it { self.register() } else { None });
        }
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
            viewport.draw(&gpu, &renderer, scene, &view, &frame).map_err(|error| error.to_string())?;
            self.last_shot = Some(shot);
            self.last_drawn = Some((view, frame));
        }
        if viewport.is_refining() || self.other.as_ref().is_some_and(OtherPane::is_refining) {
            ctx.request_repaint_after(NEXT_STEP);
        }
        Ok(self.register())
    }

    /// Whether the picture is still that of another mode, because the one that is asked for is being
    /// prepared.
    pub fn is_preparing(&self) -> bool {
        self.is_preparing
    }

    /// Whether the picture shows, in full quality, what the camera sees now.
    pub fn is_at_rest(&self) -> bool {
        let pose = self.camera.pose();
        self.last_shot.is_some_and(|shot| shot.quality == Quality::Still && shot.pose == pose)
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
