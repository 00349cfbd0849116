use std::sync::{Arc, Mutex, PoisonError};

use render::{Gpu, RenderError, Renderer};

/// What pictures are drawn with.
pub struct Tools {
    pub gpu: Gpu,
    pub renderer: Renderer,
}

/// Where the tools are had from: one device for many models, made when it is first needed, and made
/// anew when it is lost.
#[derive(Default)]
pub struct Drawer {
    made: Mutex<Option<Arc<Tools>>>,
}

impl Drawer {
    /// Those that there are, or new ones when their device is gone. Callable on any thread.
    ///
    /// # Errors
    /// When there is no device to be had.
    pub fn tools(&self) -> Result<Arc<Tools>, RenderError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tools) = made.as_ref().filter(|tools| !tools.gpu.is_lost()) {
            return Ok(Arc::clone(tools));
        }
        let gpu = Gpu::headless()?;
        let renderer = Renderer::new(&gpu)?;
        Ok(Arc::clone(made.insert(Arc::new(Tools { gpu, renderer }))))
    }
}
