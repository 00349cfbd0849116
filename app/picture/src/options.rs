use crate::PictureError;

/// How a picture is decoded, and what is too large to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeOptions {
    /// Longest side in pixels.
    pub max_side_px: u32,
    /// Of the decoded pixels.
    pub max_bytes: u64,
    /// Where a file stores smaller copies of its picture, the smallest will do whose longer side is
    /// at least this many pixels.
    pub enough_px: u32,
    /// What becomes of pictures that hold floating-point light.
    pub codes: Codes,
}

/// How numbers become the 256 codes of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codes {
    /// By the sRGB curve: colours.
    Srgb,
    /// In proportion: normals, roughness and other measures.
    Linear,
}

impl Default for DecodeOptions {
    /// Whole pictures of up to 16,384 pixels a side and 1 GiB.
    fn default() -> Self {
        Self { max_side_px: 16_384, max_bytes: 1 << 30, enough_px: u32::MAX, codes: Codes::Srgb }
    }
}

impl DecodeOptions {
    /// Says no to a picture of this size. `bytes_per_pixel` counts what the decoder makes of it.
    pub(crate) fn check(&self, width: u32, height: u32, bytes_per_pixel: u64) -> Result<(), PictureError> {
        if width == 0 || height == 0 {
            return Err(PictureError::NoPixels);
        }
        // The product of two sides fits; a header may make up the third.
        let n_pixels = u64::from(width) * u64::from(height);
        let n_bytes = n_pixels.saturating_mul(bytes_per_pixel.max(4));
        if width.max(height) > self.max_side_px || n_bytes > self.max_bytes {
            let max_side_px = self.max_side_px;
            return Err(PictureError::TooLarge { width, height, max_side_px });
        }
        Ok(())
    }

    /// Which of a picture's stored levels to decode, and its size. Level 0 is the whole picture.
    pub(crate) fn level(&self, width: u32, height: u32, n_levels: u32) -> Level {
        let mut level = Level { number: 0, width, height };
        while level.number + 1 < n_levels.min(u32::BITS) {
            let [width, height] = [level.width, level.height].map(|side| (side / 2).max(1));
            if width.max(height) < self.enough_px || level.width.max(level.height) == 1 {
                break;
            }
            level = Level { number: level.number + 1, width, height };
        }
        level
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) number: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}
