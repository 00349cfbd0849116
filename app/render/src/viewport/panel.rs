//! The targets and the picture of one size.

use std::sync::Arc;

use super::post::Post;
use crate::targets::{LIT, TARGET_FORMATS, Targets};
use crate::{FrameOptions, Gpu, RenderError, Renderer};

pub(super) struct Panel {
    pub size_px: [u32; 2],
    pub targets: Targets,
    pub post: Post,
    /// Samples a pixel along each side that the targets have room for.
    pub most_samples: u32,
    /// Of the last frame.
    pub samples: u32,
    /// Node of each id of the last frame.
    pub node_of_id: Arc<[scene::NodeId]>,
}

impl Panel {
    /// Fewer samples a pixel where the device has no room for all.
    ///
    /// # Errors
    /// A size of zero or beyond the device, or too little memory even so.
    pub(super) fn new(
        gpu: &Gpu,
        renderer: &Renderer,
        size_px: [u32; 2],
        most_samples: u32,
    ) -> Result<Self, RenderError> {
        let limit_px = gpu.device.limits().max_texture_dimension_2d;
        let [width_px, height_px] = size_px;
        if size_px.iter().any(|side| !(1..=limit_px).contains(side)) {
            return Err(RenderError::PictureSize { width_px, height_px, limit_px });
        }
        let fits = size_px.iter().all(|side| side.saturating_mul(most_samples) <= limit_px);
        let most_samples = if fits { most_samples } else { 1 };
        match Self::with_samples(gpu, renderer, size_px, most_samples) {
            Err(RenderError::OutOfMemory) if most_samples > 1 => {
                Self::with_samples(gpu, renderer, size_px, 1)
            }
            made => made,
        }
    }

    fn with_samples(
        gpu: &Gpu,
        renderer: &Renderer,
        size_px: [u32; 2],
        most_samples: u32,
    ) -> Result<Self, RenderError> {
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let targets = Targets::new(gpu, size_px.map(|side| side * most_samples), TARGET_FORMATS[LIT]);
        let made = targets.map(|targets| {
            let post = Post::new(gpu, renderer, &targets, size_px);
            Self { size_px, targets, post, most_samples, samples: most_samples, node_of_id: Arc::new([]) }
        });
        if crate::gpu::ready(scope.pop()).is_some() {
            return Err(RenderError::OutOfMemory);
        }
        made
    }

    /// Size in samples of a frame.
    pub(super) fn area(&self) -> [u32; 2] {
        self.size_px.map(|side| side * self.samples)
    }

    /// What the frame is for this panel, which may be smaller than what is asked for.
    pub(super) fn frame(&self, frame: &FrameOptions) -> FrameOptions {
        FrameOptions { size_px: self.size_px, ..frame.clone() }
    }
}
