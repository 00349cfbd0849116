use std::sync::{Mutex, PoisonError};

use crate::environment::EnvironmentTextures;
use crate::gpu_scene::Fallbacks;
use crate::pipelines::{Layouts, Pipelines};
use crate::still::StillTargets;
use crate::targets::{LIT, TARGET_FORMATS};
use crate::{Gpu, RenderError};

/// Every pipeline, made once per device. Share it by reference or in an `Arc`.
pub struct Renderer {
    pub(crate) layouts: Layouts,
    pub(crate) pipelines: Pipelines,
    pub(crate) fallbacks: Fallbacks,
    pub(crate) environments: EnvironmentTextures,
    /// Bound where there is no environment.
    pub(crate) no_environment: wgpu::TextureView,
    /// Targets of stills that are done, for the next ones of the same size.
    idle_targets: Mutex<Vec<StillTargets>>,
}

/// Beyond this many, targets are given back to the device.
const MAX_IDLE_TARGETS: usize = 3;

impl Renderer {
    /// Pipelines for a model's materials are made when a model that needs them is uploaded.
    ///
    /// # Errors
    /// When the device refuses the layouts.
    pub fn new(gpu: &Gpu) -> Result<Self, RenderError> {
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let renderer = Self {
            layouts: Layouts::new(gpu),
            pipelines: Pipelines::new(),
            fallbacks: Fallbacks::new(gpu),
            environments: EnvironmentTextures::default(),
            no_environment: crate::environment::black(gpu),
            idle_targets: Mutex::default(),
        };
        match crate::gpu::ready(scope.pop()) {
            Some(error) => Err(RenderError::Device(error.to_string())),
            None => Ok(renderer),
        }
    }

    /// Makes what a [`crate::Viewport`] may ask for, so that no frame waits for it; call it off the UI
    /// thread, right after [`Renderer::new`].
    pub fn prepare_viewport(&self, gpu: &Gpu) {
        self.pipelines.post(gpu, &self.layouts);
        self.pipelines.wireframe(gpu, &self.layouts);
    }

    /// Targets of a still, used ones where there are some of that size.
    pub(crate) fn take_targets(&self, gpu: &Gpu, size: [u32; 2]) -> Result<StillTargets, RenderError> {
        let mut idle = self.idle_targets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(i) = idle.iter().position(|t| t.size() == size) {
            return Ok(idle.swap_remove(i));
        }
        drop(idle);
        StillTargets::new(gpu, self, size, TARGET_FORMATS[LIT])
    }

    pub(crate) fn give_back(&self, mut targets: StillTargets) {
        // 76 bytes a sample that most models have no use for.
        targets.targets.forget_layers();
        let mut idle = self.idle_targets.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MAX_IDLE_TARGETS {
            idle.remove(0);
        }
        idle.push(targets);
    }
}
