use image::{GrayImage, RgbImage, RgbaImage};
use scene::NodeId;

use crate::{Gpu, GpuScene, Pass, RenderError, Renderer, View};

#[derive(Clone, Debug, PartialEq)]
pub struct StillOptions {
    pub width_px: u32,
    pub height_px: u32,
    pub background: Background,
    /// Which pictures are wanted; the others stay `None`.
    pub passes: Vec<Pass>,
    /// Axes of the normals, in numbers and in colours.
    pub normals: Normals,
}

impl StillOptions {
    pub fn new(width_px: u32, height_px: u32, passes: &[Pass]) -> Self {
        Self {
            width_px,
            height_px,
            background: Background::Studio,
            passes: passes.to_vec(),
            normals: Normals::Camera,
        }
    }
}

/// What stands behind the model in the textured, albedo and wireframe pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// A soft grey gradient.
    #[default]
    Studio,
    /// Nothing: alpha tells where the model is. Straight alpha.
    Transparent,
}

/// The space of normals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normals {
    /// +X right, +Y up, +Z towards the camera.
    #[default]
    Camera,
    /// The scene's axes: +Y up.
    World,
    /// Blender's axes: +Z up.
    WorldZUp,
}

/// Pictures of one view. Rows run from top to bottom; every list holds width times height values.
#[derive(Clone, Debug)]
pub struct Still {
    pub width_px: u32,
    pub height_px: u32,
    /// sRGB.
    pub textured: Option<RgbaImage>,
    pub albedo: Option<RgbaImage>,
    pub wireframe: Option<RgbaImage>,
    /// Each component from -1..1 to 0..255; the background is 128 in all three.
    pub normal: Option<RgbImage>,
    /// `255 * (depth - near) / (far - near)` with the two distances of `depth_range`; background 255.
    pub depth: Option<GrayImage>,
    /// Black lines on white, anti-aliased.
    pub edge: Option<GrayImage>,
    /// Distances in metres that the depth picture maps to black and white; what is visible lies
    /// between them. `None` when nothing is visible.
    pub depth_range: Option<[f32; 2]>,
    /// Unit shading normals; zero where there is nothing.
    pub normals: Vec<[f32; 3]>,
    /// Distance along the line of sight in metres; infinite where there is nothing.
    pub depth_m: Vec<f32>,
    /// 0: nothing, otherwise the node's index + 1.
    pub ids: Vec<u32>,
}

impl Still {
    /// The node seen at a pixel.
    pub fn node_at(&self, x_px: u32, y_px: u32) -> Option<NodeId> {
        if x_px >= self.width_px || y_px >= self.height_px {
            return None;
        }
        let id = self.ids.get((y_px * self.width_px + x_px) as usize)?;
        id.checked_sub(1).map(|node| node as NodeId)
    }
}

/// Draws one view and waits for the pictures. Callable on any thread, several at a time.
///
/// # Errors
/// A picture size of zero or beyond the device, too little memory, a lost device.
pub fn render_still(
    _gpu: &Gpu,
    _renderer: &Renderer,
    _scene: &GpuScene,
    _view: &View,
    _options: &StillOptions,
) -> Result<Still, RenderError> {
    Err(RenderError::Device("stills are not drawn yet".into()))
}
