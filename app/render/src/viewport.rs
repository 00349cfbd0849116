use scene::NodeId;

use crate::{Gpu, GpuScene, Pass, RenderError, Renderer, View};

/// How much a frame may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// While the camera moves.
    Moving,
    /// At rest: anti-aliased.
    Still,
}

/// What one frame is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameOptions {
    pub pass: Pass,
    /// Width and height of the panel in physical pixels.
    pub size_px: [u32; 2],
    pub quality: Quality,
}

/// The picture a window shows, and the targets behind it.
pub struct Viewport {
    picture: wgpu::TextureView,
    generation: u64,
}

/// A question about one pixel, answered when the device has come to it.
pub struct PickRequest {}

impl PickRequest {
    /// Never waits. `None`: not known yet; `Some(None)`: the background.
    pub fn poll(&self, _gpu: &Gpu) -> Option<Option<NodeId>> {
        Some(None)
    }

    /// Waits for the answer.
    pub fn wait(self, gpu: &Gpu) -> Option<NodeId> {
        self.poll(gpu).flatten()
    }
}

impl Viewport {
    pub fn new(gpu: &Gpu) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("viewport picture"),
            size: wgpu::Extent3d { width: 1, height: 1, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        Self { picture: texture.create_view(&wgpu::TextureViewDescriptor::default()), generation: 0 }
    }

    /// Draws and submits; never waits for the device. `view.aspect` is replaced by the size's.
    /// Returns [`Viewport::picture`].
    ///
    /// # Errors
    /// A size of zero or beyond the device.
    pub fn draw(
        &mut self,
        _gpu: &Gpu,
        _renderer: &Renderer,
        _scene: &GpuScene,
        _view: &View,
        _frame: &FrameOptions,
    ) -> Result<&wgpu::TextureView, RenderError> {
        Ok(&self.picture)
    }

    /// `Rgba8Unorm`, gamma-encoded, opaque: what egui registers as a native texture.
    pub fn picture(&self) -> &wgpu::TextureView {
        &self.picture
    }

    /// Grows whenever [`Viewport::picture`] is another texture than before and has to be registered
    /// anew.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Asks which node the last drawn frame shows at a pixel, counted from the top left.
    pub fn pick(&self, _gpu: &Gpu, _x_px: u32, _y_px: u32) -> PickRequest {
        PickRequest {}
    }
}
