use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use image::RgbaImage;

/// A finished picture for the screen, with an identity so that it is handed to the card once.
#[derive(Clone)]
pub struct Picture {
    pub id: u64,
    /// Straight alpha, sRGB.
    pub rgba: Arc<RgbaImage>,
}

impl Picture {
    pub fn new(rgba: RgbaImage) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), rgba: Arc::new(rgba) }
    }

    /// Scaled down, if larger, so that its longer side has `max_px` pixels.
    pub fn fitted(rgba: RgbaImage, max_px: u32) -> Self {
        let longer = rgba.width().max(rgba.height());
        if longer <= max_px {
            return Self::new(rgba);
        }
        let scaled = |side: u32| (u64::from(side) * u64::from(max_px) / u64::from(longer)).max(1) as u32;
        Self::new(image::imageops::thumbnail(&rgba, scaled(rgba.width()), scaled(rgba.height())))
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture {} ({} x {})", self.id, self.rgba.width(), self.rgba.height())
    }
}
