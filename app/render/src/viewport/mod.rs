//! The picture a window shows.

mod outline;
mod pace;
mod panel;
mod pick;
mod post;
mod refinement;
mod rehearsal;
mod shadow_maps;
#[cfg(test)]
mod tests;

pub use pick::{PickRequest, Seen};
pub(crate) use post::PictureUniform;

use std::sync::Arc;

use scene::NodeId;

use pace::{Kind, Pace};
use panel::Panel;
use pick::Texels;
use post::PostStep;
use refinement::{Place, Refinement};

use crate::cull::Rows;
use crate::draw::{self, Drawing, Surfaces};
use crate::draw_list::{DrawList, Fidelity};
use crate::see_through::{self, Order};
use crate::targets::{DEPTH, FrameBindings, ID};
use crate::variant::Variant;
use crate::{Gpu, GpuScene, Look, ModeOptions, Normals, Pass, RenderError, Renderer, Scenery, View, Walls};

/// How much a frame may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// While the camera moves: one sample a pixel, where the device is slow fewer pixels and triangles.
    Moving,
    /// At rest: four samples a pixel, where the device has room and time for them.
    Still,
}

/// What one frame is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameOptions {
    pub pass: Pass,
    /// Width and height of the panel in physical pixels.
    pub size_px: [u32; 2],
    pub quality: Quality,
    /// Axes of the normal pass.
    pub normals: Normals,
    pub look: Look,
    pub scenery: Scenery,
    pub walls: Walls,
    pub modes: ModeOptions,
    /// What gets a line around it.
    pub outlined: Arc<[NodeId]>,
}

impl FrameOptions {
    pub fn new(pass: Pass, size_px: [u32; 2], quality: Quality) -> Self {
        Self {
            pass,
            size_px,
            quality,
            normals: Normals::Camera,
            look: Look::default(),
            scenery: Scenery::default(),
            walls: Walls::default(),
            modes: ModeOptions::default(),
            outlined: Arc::new([]),
        }
    }
}

/// The picture a window shows, and the targets behind it.
///
/// A frame in full quality that the device cannot draw at once is drawn in steps: see
/// [`Viewport::is_refining`].
pub struct Viewport {
    bindings: FrameBindings,
    pace: Pace,
    /// Where pictures in full quality are drawn; made anew when the panel changes its size.
    full: Option<Panel>,
    /// Where quick ones are drawn that must not disturb a full one on its way, in fewer pixels.
    quick: Option<Panel>,
    shown: Shown,
    refinement: Option<Refinement>,
    /// What the quick picture shows.
    quick_shot: Option<Shot>,
    generation: u64,
    empty: wgpu::TextureView,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Full,
    Quick,
}

/// What a picture depends on.
#[derive(Clone, Debug, PartialEq)]
struct Shot {
    /// [`GpuScene::stamp`], and whether its detail was there.
    scene: (u64, bool),
    view: View,
    frame: FrameOptions,
}

impl Viewport {
    pub fn new(gpu: &Gpu, renderer: &Renderer) -> Self {
        let empty = post::picture_texture(gpu, [1, 1]).create_view(&wgpu::TextureViewDescriptor::default());
        Self {
            bindings: FrameBindings::new(gpu, renderer),
            pace: Pace::new(gpu),
            full: None,
            quick: None,
            shown: Shown::Nothing,
            refinement: None,
            quick_shot: None,
            generation: 0,
            empty,
        }
    }

    /// Draws and submits; never waits for the device. `view.aspect` is replaced by the panel's.
    /// Returns [`Viewport::picture`].
    ///
    /// At [`Quality::Still`] a large scene takes several calls with the same arguments; any other call
    /// gives the picture up that was on its way.
    ///
    /// # Errors
    /// A size of zero or beyond the device, or too little memory.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        view: &View,
        frame: &FrameOptions,
    ) -> Result<&wgpu::TextureView, RenderError> {
        let [width_px, height_px] = frame.size_px;
        let view = View { aspect: f64::from(width_px) / f64::from(height_px.max(1)), ..*view };
        let scene_key = (scene.stamp, scene.detail().is_some());
        let shot = Shot { scene: scene_key, view, frame: frame.clone() };
        let is_busy = self.pace.is_busy();
        if self.refinement.as_ref().is_some_and(|refinement| refinement.shot == shot) {
            if !is_busy {
                self.advance(gpu, renderer, scene);
            }
            return Ok(self.picture());
        }
        self.refinement = None;
        self.bindings.write(gpu, renderer, scene, &view, (&frame.look, frame.walls))?;
        match frame.quality {
            Quality::Moving => self.draw_quickly(gpu, renderer, scene, shot)?,
            Quality::Still => self.draw_fully(gpu, renderer, scene, shot)?,
        }
        Ok(self.picture())
    }

    /// Whether the last call left a picture in full quality unfinished: call [`Viewport::draw`] again,
    /// with the same arguments, until it is not. [`Viewport::picture`] meanwhile is one in less.
    pub fn is_refining(&self) -> bool {
        self.refinement.is_some()
    }

    fn draw_quickly(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        shot: Shot,
    ) -> Result<(), RenderError> {
        let n_triangles = self.pace.moving_triangles();
        let height_px = shot.frame.size_px[1];
        let fidelity = Fidelity::Budget { n_triangles, height_px };
        let list = DrawList::of(scene, &shot.view, surfaces_of(&shot.frame), Rows::ALL, fidelity);
        let size_px = self.quick_size(shot.frame.size_px);
        let frame = FrameOptions { quality: Quality::Moving, ..shot.frame.clone() };
        // A card has no need of a second set of targets.
        if !gpu.is_software() && size_px == frame.size_px && shot.frame.quality == Quality::Moving {
            self.size_full(gpu, renderer, &frame)?;
            if let Some(panel) = &mut self.full {
                panel.samples = 1;
                let tools = (gpu, renderer, scene);
                let submission = draw_at_once(tools, &shot.view, &frame, &list, &self.bindings, panel);
                self.pace.submitted(gpu, Kind::Moving, submission);
            }
            self.show(Shown::Full);
        } else {
            if self.quick.as_ref().is_none_or(|panel| panel.size_px != size_px) {
                self.quick = None;
                self.quick = Some(Panel::new(gpu, renderer, size_px, 1)?);
                self.forget(Shown::Quick);
            }
            if let Some(panel) = &mut self.quick {
                let tools = (gpu, renderer, scene);
                let submission = draw_at_once(tools, &shot.view, &frame, &list, &self.bindings, panel);
                self.pace.submitted(gpu, Kind::Moving, submission);
            }
            self.show(Shown::Quick);
        }
        self.quick_shot = Some(shot);
        Ok(())
    }

    /// At once where there is time for it; else what is to be seen first, and the rest in steps.
    fn draw_fully(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        shot: Shot,
    ) -> Result<(), RenderError> {
        self.size_full(gpu, renderer, &shot.frame)?;
        let Some(panel) = &mut self.full else { return Ok(()) };
        panel.samples = panel.most_samples;
        let list = DrawList::of(scene, &shot.view, surfaces_of(&shot.frame), Rows::ALL, Fidelity::Full);
        if Refinement::fits_one_step(&list, panel, &self.pace) {
            let tools = (gpu, renderer, scene);
            let submission = draw_at_once(tools, &shot.view, &shot.frame, &list, &self.bindings, panel);
            self.show(Shown::Full);
            self.pace.submitted(gpu, Kind::PartStep, submission);
            return Ok(());
        }
        let quick =
            Shot { frame: FrameOptions { quality: Quality::Moving, ..shot.frame.clone() }, ..shot.clone() };
        let is_seen = self.shown == Shown::Quick
            && self.quick_shot.as_ref().is_some_and(|seen| seen.view == shot.view && *seen == quick);
        if !is_seen {
            self.draw_quickly(gpu, renderer, scene, quick)?;
        }
        if let Some(panel) = &mut self.full {
            panel.node_of_id = Arc::clone(&scene.node_of_id);
            panel.post.write(gpu, renderer, scene, &shot.view, &panel.frame(&shot.frame), panel.samples);
            self.bindings.set_grid(gpu, panel.area()[1], panel.samples);
        }
        self.refinement = Some(Refinement::new(shot));
        Ok(())
    }

    fn advance(&mut self, gpu: &Gpu, renderer: &Renderer, scene: &GpuScene) {
        let Self { refinement: Some(refinement), full: Some(panel), bindings, pace, .. } = self else {
            return;
        };
        let place = Place { tools: (gpu, renderer, scene), bindings, panel };
        refinement.advance(&place, pace);
        if refinement.is_done() {
            self.refinement = None;
            self.show(Shown::Full);
        }
    }

    fn size_full(&mut self, gpu: &Gpu, renderer: &Renderer, frame: &FrameOptions) -> Result<(), RenderError> {
        if self.full.as_ref().is_none_or(|panel| panel.size_px != frame.size_px) {
            // The old targets go first: two sets of a large panel need not fit.
            self.full = None;
            self.full = Some(Panel::new(gpu, renderer, frame.size_px, most_samples(frame.size_px))?);
            self.forget(Shown::Full);
        }
        Ok(())
    }

    /// Pixels of a frame while the camera moves. As long as it moves they stay the same.
    fn quick_size(&self, size_px: [u32; 2]) -> [u32; 2] {
        if let (Shown::Quick, Some(panel), Some(shot)) = (self.shown, &self.quick, &self.quick_shot)
            && shot.frame.size_px == size_px
        {
            return panel.size_px;
        }
        let n_pixels: f64 = size_px.map(f64::from).iter().product();
        let fits = |scale: &&f64| n_pixels * **scale * **scale <= self.pace.moving_pixels();
        let scale = QUICK_SCALES.iter().find(fits).copied().unwrap_or(QUICK_SCALES[3]);
        size_px.map(|side| if side == 0 { 0 } else { (f64::from(side) * scale).round().max(1.0) as u32 })
    }

    /// A panel's picture is a new texture.
    fn forget(&mut self, panel: Shown) {
        if self.shown == panel {
            self.shown = Shown::Nothing;
        }
    }

    fn show(&mut self, panel: Shown) {
        if self.shown != panel {
            self.shown = panel;
            self.generation += 1;
        }
    }

    fn shown_panel(&self) -> Option<&Panel> {
        match self.shown {
            Shown::Nothing => None,
            Shown::Full => self.full.as_ref(),
            Shown::Quick => self.quick.as_ref(),
        }
    }

    /// `Rgba8Unorm`, gamma-encoded, opaque: what egui registers as a native texture, to be stretched
    /// over the panel, because a quick picture may have fewer pixels. One transparent pixel before the
    /// first frame.
    pub fn picture(&self) -> &wgpu::TextureView {
        self.shown_panel().map_or(&self.empty, |panel| &panel.post.picture)
    }

    /// Grows whenever [`Viewport::picture`] is another texture than before and has to be registered
    /// anew.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Asks what the picture shows at a pixel of the panel, counted from the top left.
    pub fn pick(&self, gpu: &Gpu, x_px: u32, y_px: u32) -> PickRequest {
        let asked = self.quick_shot.as_ref().filter(|_| self.shown == Shown::Quick).map(|s| s.frame.size_px);
        let Some(panel) = self.shown_panel() else {
            return PickRequest::nothing();
        };
        let asked = asked.unwrap_or(panel.size_px);
        if x_px >= asked[0] || y_px >= asked[1] {
            return PickRequest::nothing();
        }
        // A quick picture has fewer pixels than the panel, a full one several samples a pixel.
        let within = |size: [u32; 2]| {
            [0, 1].map(|i| {
                let at = u64::from([x_px, y_px][i]) * u64::from(size[i]) / u64::from(asked[i].max(1));
                (at as u32).min(size[i].saturating_sub(1))
            })
        };
        let texels = Texels {
            ids: &panel.targets.textures[ID],
            depths: &panel.targets.textures[DEPTH],
            sample: within(panel.area()),
            picture: panel.post.picture.texture(),
            pixel: within(panel.size_px),
        };
        PickRequest::start(gpu, &texels, Arc::clone(&panel.node_of_id))
    }
}

/// Parts of the panel's width and height that a quick picture may have.
const QUICK_SCALES: [f64; 4] = [1.0, 0.75, 0.5, 0.375];
/// A processor takes its time for each layer.
const MAX_LAYERS_IN_SOFTWARE: u32 = 3;

/// Without waiting for the device it is not known how many layers there are.
fn order(gpu: &Gpu, frame: &FrameOptions) -> Order {
    match frame.quality {
        Quality::Moving => Order::Weighted,
        Quality::Still if gpu.is_software() => Order::Sorted(MAX_LAYERS_IN_SOFTWARE),
        Quality::Still => Order::Sorted(see_through::MAX_LAYERS),
    }
}

/// A sample takes 36 bytes on the device; a 4K panel with four a pixel would take 1.2 GB.
const MAX_SAMPLES: u64 = 18_000_000;

/// Samples a pixel along each side.
fn most_samples(size_px: [u32; 2]) -> u32 {
    let n_pixels: u64 = size_px.map(u64::from).iter().product();
    if 4 * n_pixels > MAX_SAMPLES { 1 } else { 2 }
}

fn surfaces_of(frame: &FrameOptions) -> Surfaces {
    Surfaces::of(frame.pass, &frame.modes)
}

/// How a panel's frame is drawn.
fn drawing<'a>(
    (gpu, renderer, scene): (&'a Gpu, &'a Renderer, &'a GpuScene),
    frame: &FrameOptions,
    list: &'a DrawList,
    bindings: &'a FrameBindings,
    panel: &'a Panel,
) -> Drawing<'a> {
    Drawing {
        gpu,
        renderer,
        scene,
        bindings,
        targets: &panel.targets,
        area: panel.area(),
        samples: panel.samples,
        list,
        variant: Variant::of(&frame.look, scene),
        hides_backs: scene.room.hides_backs(frame.walls),
    }
}

fn draw_at_once(
    tools: (&Gpu, &Renderer, &GpuScene),
    view: &View,
    frame: &FrameOptions,
    list: &DrawList,
    bindings: &FrameBindings,
    panel: &mut Panel,
) -> wgpu::SubmissionIndex {
    let (gpu, _, scene) = tools;
    panel.node_of_id = Arc::clone(&scene.node_of_id);
    let commands = encode_at_once(tools, view, frame, list, bindings, panel);
    gpu.queue.submit([commands])
}

fn encode_at_once(
    tools: (&Gpu, &Renderer, &GpuScene),
    view: &View,
    frame: &FrameOptions,
    list: &DrawList,
    bindings: &FrameBindings,
    panel: &Panel,
) -> wgpu::CommandBuffer {
    let (gpu, renderer, scene) = tools;
    let frame = panel.frame(frame);
    panel.post.write(gpu, renderer, scene, view, &frame, panel.samples);
    bindings.set_grid(gpu, panel.area()[1], panel.samples);
    let mut encoder =
        gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("viewport") });
    let (drawing, surfaces) = (drawing(tools, &frame, list, bindings, panel), surfaces_of(&frame));
    draw::encode(&mut encoder, &drawing, surfaces);
    if surfaces == Surfaces::Materials && scene.is_seen_through() {
        see_through::encode(&mut encoder, &drawing, view, panel.post.picture_group(), order(gpu, &frame));
    }
    panel.post.encode(&mut encoder, gpu, renderer, scene, &frame, PostStep::All);
    encoder.finish()
}
