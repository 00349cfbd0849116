//! Levels of a texture, each half as large, and their way to the device.

use image::RgbaImage;
use rayon::prelude::*;

use super::blocks::{self, Blocks};
use crate::Gpu;

/// How the numbers of a picture mean light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encoding {
    Srgb,
    Linear,
}

/// From the largest level that fits `largest_px` down to one pixel. Each pixel is the mean of four,
/// of their light when `encoding` is sRGB.
pub(crate) fn mip_levels(picture: RgbaImage, encoding: Encoding, largest_px: u32) -> Vec<RgbaImage> {
    let mut levels = vec![picture];
    while let Some(last) = levels.last() {
        let is_too_large = last.width().max(last.height()) > largest_px;
        if last.width() == 1 && last.height() == 1 {
            break;
        }
        let next = halve(last, encoding);
        if is_too_large {
            levels.clear();
        }
        levels.push(next);
    }
    levels
}

fn halve(picture: &RgbaImage, encoding: Encoding) -> RgbaImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
    let source: &[u8] = picture.as_raw();
    let mut half = vec![0; half_width * half_height * 4];
    half.par_chunks_exact_mut(half_width * 4).enumerate().for_each(|(y, row)| {
        let rows = [2 * y, (2 * y + 1).min(height - 1)].map(|y| &source[y * width * 4..(y + 1) * width * 4]);
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let columns = [2 * x * 4, (2 * x + 1).min(width - 1) * 4];
            for (c, value) in pixel.iter_mut().enumerate() {
                let four = [
                    rows[0][columns[0] + c],
                    rows[0][columns[1] + c],
                    rows[1][columns[0] + c],
                    rows[1][columns[1] + c],
                ];
                *value = mean(four, encoding == Encoding::Srgb && c < 3);
            }
        }
    });
    RgbaImage::from_raw(half_width as u32, half_height as u32, half).unwrap_or_default()
}

fn mean(four: [u8; 4], is_srgb: bool) -> u8 {
    if is_srgb {
        // Light goes with nearly the square of the code; the error stays below one code.
        let squares: u32 = four.iter().map(|&v| u32::from(v) * u32::from(v)).sum();
        (squares as f32 * 0.25).sqrt().round() as u8
    } else {
        ((four.iter().map(|&v| u32::from(v)).sum::<u32>() + 2) / 4) as u8
    }
}

pub(crate) fn upload_levels(
    gpu: &Gpu,
    label: &str,
    levels: &[RgbaImage],
    encoding: Encoding,
) -> wgpu::TextureView {
    let format = match encoding {
        Encoding::Srgb => wgpu::TextureFormat::Rgba8UnormSrgb,
        Encoding::Linear => wgpu::TextureFormat::Rgba8Unorm,
    };
    let bytes = levels.iter().map(|level| (level.dimensions(), level.as_raw().as_slice(), 4 * level.width()));
    upload(gpu, label, format, bytes)
}

/// As a quarter of the bytes, nearly the same.
pub(super) fn upload_blocks(
    gpu: &Gpu,
    label: &str,
    levels: &[RgbaImage],
    encoding: Encoding,
) -> wgpu::TextureView {
    let format = match encoding {
        Encoding::Srgb => wgpu::TextureFormat::Bc7RgbaUnormSrgb,
        Encoding::Linear => wgpu::TextureFormat::Bc7RgbaUnorm,
    };
    let blocks: Vec<Blocks> = levels.iter().map(blocks::compress).collect();
    let bytes = blocks.iter().map(|blocks| (blocks.size_px, blocks.bytes.as_slice(), blocks.bytes_per_row()));
    upload(gpu, label, format, bytes)
}

/// `levels` are a size in pixels, rows of pixels or blocks from the top, and the bytes of a row.
fn upload<'a>(
    gpu: &Gpu,
    label: &str,
    format: wgpu::TextureFormat,
    levels: impl ExactSizeIterator<Item = ((u32, u32), &'a [u8], u32)>,
) -> wgpu::TextureView {
    let mut levels = levels.peekable();
    let mip_level_count = levels.len().max(1) as u32;
    let (width, height) = levels.peek().map_or((1, 1), |&(size_px, ..)| size_px);
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (mip_level, ((width, height), bytes, bytes_per_row)) in (0..).zip(levels) {
        let destination = wgpu::TexelCopyTextureInfo {
            texture: &texture,
            mip_level,
            origin: wgpu::Origin3d::ZERO,
            aspect: wgpu::TextureAspect::All,
        };
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(bytes_per_row),
            rows_per_image: None,
        };
        // Whole blocks are copied, also where a level ends within one.
        let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 }.physical_size(format);
        gpu.queue.write_texture(destination, bytes, layout, size);
    }
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_start_within_the_limit_and_end_at_one_pixel() {
        let picture = RgbaImage::from_pixel(300, 20, image::Rgba([10, 200, 30, 255]));
        let sizes: Vec<_> =
            mip_levels(picture, Encoding::Srgb, 150).iter().map(RgbaImage::dimensions).collect();
        assert_eq!(sizes, [(150, 10), (75, 5), (37, 2), (18, 1), (9, 1), (4, 1), (2, 1), (1, 1)]);
    }

    #[test]
    fn srgb_averages_light_and_linear_averages_numbers() {
        assert_eq!(mean([0, 255, 0, 255], false), 128);
        let grey = mean([0, 255, 0, 255], true);
        assert!((178..=190).contains(&grey), "half the light of white is sRGB 188, not {grey}");
        assert_eq!(mean([77; 4], true), 77);
    }
}
