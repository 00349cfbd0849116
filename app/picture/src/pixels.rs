//! From a file's own numbers to 8-bit RGBA.

use image::{DynamicImage, RgbaImage};
use image_dds::{ImageFormat, Surface};

use crate::{Codes, PictureError};

/// What one stored image of a container is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Bytes a channel; `[0, 1, 2]` says that red comes first.
    Bytes { n_channels: usize, is_bgr: bool },
    /// Blocks and wide numbers.
    Blocks { format: ImageFormat, is_opaque: bool },
}

impl Layout {
    pub(crate) fn n_bytes(self, width: u32, height: u32) -> u64 {
        match self {
            Self::Bytes { n_channels, .. } => u64::from(width) * u64::from(height) * n_channels as u64,
            Self::Blocks { format, .. } => {
                let (side, n_bytes) = block_size(format);
                u64::from(width.div_ceil(side)) * u64::from(height.div_ceil(side)) * n_bytes
            }
        }
    }

    /// The channels that are stored.
    pub(crate) fn n_channels(self) -> u8 {
        use ImageFormat as F;
        match self {
            Self::Bytes { n_channels, .. } => n_channels as u8,
            Self::Blocks { is_opaque: true, .. } => 3,
            Self::Blocks { format, .. } => match format {
                F::R8Unorm | F::R8Snorm | F::R16Unorm | F::R16Snorm | F::R16Float | F::R32Float => 1,
                F::BC4RUnorm | F::BC4RSnorm => 1,
                F::Rg8Unorm | F::Rg8Snorm | F::Rg16Unorm | F::Rg16Snorm | F::Rg16Float | F::Rg32Float => 2,
                F::BC5RgUnorm | F::BC5RgSnorm => 2,
                F::BC6hRgbUfloat | F::BC6hRgbSfloat | F::Rgb32Float | F::Bgr8Unorm => 3,
                _ => 4,
            },
        }
    }

    /// `data` holds at least [`Layout::n_bytes`].
    pub(crate) fn decode(
        self,
        data: &[u8],
        width: u32,
        height: u32,
        encoding: &'static str,
        codes: Codes,
    ) -> Result<RgbaImage, PictureError> {
        let n_bytes = usize::try_from(self.n_bytes(width, height)).unwrap_or(usize::MAX);
        let data = data.get(..n_bytes).ok_or_else(|| PictureError::cut_short(encoding))?;
        let pixels = match self {
            Self::Bytes { n_channels, is_bgr } => expand(data, n_channels, is_bgr),
            Self::Blocks { format, is_opaque } => {
                let surface =
                    Surface { width, height, depth: 1, layers: 1, mipmaps: 1, image_format: format, data };
                let refused = |error| PictureError::damaged(encoding, error);
                let mut pixels = if is_float(format) {
                    let light = surface.decode_rgbaf32().map_err(refused)?.data;
                    light
                        .chunks_exact(4)
                        .flat_map(|p| [p[0], p[1], p[2], p[3]])
                        .enumerate()
                        .map(
                            |(i, value)| {
                                if i % 4 == 3 { code(value, Codes::Linear) } else { code(value, codes) }
                            },
                        )
                        .collect()
                } else {
                    surface.decode_rgba8().map_err(refused)?.data
                };
                if is_opaque {
                    pixels.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
                }
                pixels
            }
        };
        let mut picture =
            RgbaImage::from_raw(width, height, pixels).ok_or_else(|| PictureError::cut_short(encoding))?;
        if self.n_channels() == 2 {
            add_z(&mut picture);
        }
        Ok(picture)
    }
}

fn expand(data: &[u8], n_channels: usize, is_bgr: bool) -> Vec<u8> {
    let mut pixels = vec![255; data.len() / n_channels.max(1) * 4];
    for (pixel, stored) in pixels.chunks_exact_mut(4).zip(data.chunks_exact(n_channels.max(1))) {
        match *stored {
            [grey] => pixel[..3].fill(grey),
            [r, g] => pixel[..2].copy_from_slice(&[r, g]),
            [b, g, r, ..] if is_bgr => pixel[..3].copy_from_slice(&[r, g, b]),
            [r, g, b, ..] => pixel[..3].copy_from_slice(&[r, g, b]),
            [] => {}
        }
        if let Some(alpha) = stored.get(3) {
            pixel[3] = *alpha;
        }
    }
    pixels
}

/// Two channels are nearly always a normal map whose Z went without saying.
fn add_z(picture: &mut RgbaImage) {
    for pixel in picture.pixels_mut() {
        let [x, y] = [pixel.0[0], pixel.0[1]].map(|v| f32::from(v) / 127.5 - 1.0);
        let z = (1.0 - x * x - y * y).max(0.0).sqrt();
        pixel.0[2] = ((z + 1.0) * 127.5).round() as u8;
    }
}

fn is_float(format: ImageFormat) -> bool {
    use ImageFormat as F;
    matches!(
        format,
        F::BC6hRgbUfloat
            | F::BC6hRgbSfloat
            | F::R16Float
            | F::Rg16Float
            | F::Rgba16Float
            | F::R32Float
            | F::Rg32Float
            | F::Rgb32Float
            | F::Rgba32Float
    )
}

/// Side of a block in pixels, and its bytes.
fn block_size(format: ImageFormat) -> (u32, u64) {
    use ImageFormat as F;
    match format {
        F::BC1RgbaUnorm | F::BC1RgbaUnormSrgb | F::BC4RUnorm | F::BC4RSnorm => (4, 8),
        F::BC2RgbaUnorm | F::BC2RgbaUnormSrgb | F::BC3RgbaUnorm | F::BC3RgbaUnormSrgb => (4, 16),
        F::BC5RgUnorm | F::BC5RgSnorm | F::BC6hRgbUfloat | F::BC6hRgbSfloat => (4, 16),
        F::BC7RgbaUnorm | F::BC7RgbaUnormSrgb => (4, 16),
        F::R8Unorm | F::R8Snorm => (1, 1),
        F::Rg8Unorm | F::Rg8Snorm | F::R16Unorm | F::R16Snorm | F::R16Float => (1, 2),
        F::Bgra4Unorm | F::Bgr5A1Unorm => (1, 2),
        F::Bgr8Unorm => (1, 3),
        F::Rgba16Unorm | F::Rgba16Snorm | F::Rgba16Float | F::Rg32Float => (1, 8),
        F::Rgb32Float => (1, 12),
        F::Rgba32Float => (1, 16),
        _ => (1, 4),
    }
}

pub(crate) fn to_rgba8(picture: DynamicImage, codes: Codes) -> RgbaImage {
    if !matches!(picture, DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)) {
        return picture.into_rgba8();
    }
    let light = picture.into_rgba32f();
    let mut coded = RgbaImage::new(light.width(), light.height());
    for (pixel, light) in coded.pixels_mut().zip(light.pixels()) {
        let [r, g, b, a] = light.0;
        pixel.0 = [code(r, codes), code(g, codes), code(b, codes), code(a, Codes::Linear)];
    }
    coded
}

fn code(value: f32, codes: Codes) -> u8 {
    // Not a number counts as nothing.
    let value = if value > 0.0 { value.min(1.0) } else { 0.0 };
    let value = match codes {
        Codes::Linear => value,
        Codes::Srgb if value <= 0.003_130_8 => 12.92 * value,
        Codes::Srgb => 1.055 * value.powf(1.0 / 2.4) - 0.055,
    };
    (255.0 * value).round() as u8
}
