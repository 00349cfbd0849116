use crate::{Gpu, RenderError};

/// Every pipeline, made once per device. Share it by reference or in an `Arc`.
pub struct Renderer {}

impl Renderer {
    /// Compiles everything; call it off the UI thread.
    ///
    /// # Errors
    /// When the device refuses.
    pub fn new(_gpu: &Gpu) -> Result<Self, RenderError> {
        Ok(Self {})
    }
}
