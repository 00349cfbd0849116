//! The picture a window shows.

mod pick;
mod post;

pub use pick::PickRequest;
pub(crate) use post::PictureUniform;

use post::Post;

use crate::draw::{self, Detail, Drawing, Surfaces};
use crate::see_through::{self, Order};
use crate::targets::{FrameBindings, Targets};
use crate::variant::Variant;
use crate::{Gpu, GpuScene, Look, ModeOptions, Normals, Pass, RenderError, Renderer, View, Walls};

/// How much a frame may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// While the camera moves: one sample a pixel.
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
    pub walls: Walls,
    pub modes: ModeOptions,
}

impl FrameOptions {
    pub fn new(pass: Pass, size_px: [u32; 2], quality: Quality) -> Self {
        Self {
            pass,
            size_px,
            quality,
            normals: Normals::Camera,
            look: Look::default(),
            walls: Walls::default(),
            modes: ModeOptions::default(),
        }
    }
}

/// The picture a window shows, and the targets behind it.
pub struct Viewport {
    bindings: FrameBindings,
    /// Made for the size of the first frame, and again when the panel changes its size.
    sized: Option<Panel>,
    generation: u64,
    empty: wgpu::TextureView,
}

struct Panel {
    size_px: [u32; 2],
    targets: Targets,
    post: Post,
    /// Samples a pixel of the last frame along each side.
    samples: u32,
    /// Node of each id of the last frame.
    node_of_id: std::sync::Arc<[scene::NodeId]>,
}

impl Viewport {
    pub fn new(gpu: &Gpu, renderer: &Renderer) -> Self {
        let empty = post::picture_texture(gpu, [1, 1]).create_view(&wgpu::TextureViewDescriptor::default());
        Self { bindings: FrameBindings::new(gpu, renderer), sized: None, generation: 0, empty }
    }

    /// Draws and submits; never waits for the device. `view.aspect` is replaced by the panel's.
    /// Returns [`Viewport::picture`].
    ///
    /// # Errors
    /// A size of zero or beyond the device.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        view: &View,
        frame: &FrameOptions,
    ) -> Result<&wgpu::TextureView, RenderError> {
        let Self { bindings, sized, generation, .. } = self;
        if sized.as_ref().is_none_or(|sized| sized.size_px != frame.size_px) {
            // The old targets go first: two sets of a large panel need not fit.
            *sized = None;
            *generation += 1;
            *sized = Some(Panel::new(gpu, renderer, frame)?);
        }
        let Some(sized) = sized else {
            return Ok(&self.empty);
        };
        let [width_px, height_px] = frame.size_px;
        let view = View { aspect: f64::from(width_px) / f64::from(height_px), ..*view };
        sized.samples = samples(gpu, scene, frame);
        sized.node_of_id = std::sync::Arc::clone(&scene.node_of_id);
        let area = [width_px * sized.samples, height_px * sized.samples];
        bindings.write(gpu, renderer, scene, &view, (&frame.look, frame.walls))?;
        sized.post.write(gpu, scene, &view, frame, sized.samples);
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("viewport") });
        // A card draws every triangle in time; a processor does not.
        let is_hurried = frame.quality == Quality::Moving && gpu.is_software();
        let detail = if is_hurried { Detail::Coarse } else { Detail::Full };
        let surfaces = Surfaces::of(frame.pass, &frame.modes);
        let drawing = Drawing {
            gpu,
            renderer,
            scene,
            bindings,
            targets: &sized.targets,
            area,
            samples: sized.samples,
            detail,
            variant: Variant::of(&frame.look),
            hides_backs: scene.room.hides_backs(frame.walls),
        };
        draw::encode(&mut encoder, &drawing, surfaces);
        if surfaces == Surfaces::Materials && scene.is_seen_through() {
            see_through::encode(&mut encoder, &drawing, &view, sized.post.picture_group(), order(gpu, frame));
        }
        sized.post.encode(&mut encoder, gpu, renderer, scene, frame);
        gpu.queue.submit([encoder.finish()]);
        Ok(&sized.post.picture)
    }

    /// `Rgba8Unorm`, gamma-encoded, opaque: what egui registers as a native texture. One transparent
    /// pixel before the first frame.
    pub fn picture(&self) -> &wgpu::TextureView {
        self.sized.as_ref().map_or(&self.empty, |sized| &sized.post.picture)
    }

    /// Grows whenever [`Viewport::picture`] is another texture than before and has to be registered
    /// anew.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Asks which node the last drawn frame shows at a pixel, counted from the top left.
    pub fn pick(&self, gpu: &Gpu, x_px: u32, y_px: u32) -> PickRequest {
        let Some(sized) = &self.sized else {
            return PickRequest::nothing();
        };
        if x_px >= sized.size_px[0] || y_px >= sized.size_px[1] {
            return PickRequest::nothing();
        }
        let texture = &sized.targets.textures[crate::targets::ID];
        let sample = [x_px * sized.samples, y_px * sized.samples];
        PickRequest::start(gpu, texture, sample, std::sync::Arc::clone(&sized.node_of_id))
    }
}

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

/// Four samples of a million triangles take a processor most of a second.
const MAX_SUPERSAMPLED_IN_SOFTWARE: usize = 400_000;
/// A sample takes 36 bytes on the device; a 4K panel with four a pixel would take 1.2 GB.
const MAX_SAMPLES: u64 = 18_000_000;

/// Samples a pixel along each side.
fn samples(gpu: &Gpu, scene: &GpuScene, frame: &FrameOptions) -> u32 {
    let is_too_much = gpu.is_software() && scene.n_triangles() > MAX_SUPERSAMPLED_IN_SOFTWARE;
    if frame.quality == Quality::Moving || is_too_much { 1 } else { most_samples(frame.size_px) }
}

fn most_samples(size_px: [u32; 2]) -> u32 {
    let n_pixels: u64 = size_px.map(u64::from).iter().product();
    if 4 * n_pixels > MAX_SAMPLES { 1 } else { 2 }
}

impl Panel {
    fn new(gpu: &Gpu, renderer: &Renderer, frame: &FrameOptions) -> Result<Self, RenderError> {
        let samples = most_samples(frame.size_px);
        let limit_px = gpu.device.limits().max_texture_dimension_2d / samples;
        let [width_px, height_px] = frame.size_px;
        if frame.size_px.iter().any(|side| !(1..=limit_px).contains(side)) {
            return Err(RenderError::PictureSize { width_px, height_px, limit_px });
        }
        let targets = Targets::new(gpu, frame.size_px.map(|side| side * samples))?;
        let post = Post::new(gpu, renderer, &targets, frame.size_px);
        Ok(Self { size_px: frame.size_px, targets, post, samples, node_of_id: std::sync::Arc::new([]) })
    }
}
