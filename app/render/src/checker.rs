//! The picture that the UV checker lays over a model: eight by eight cells from A1 at the upper left
//! to H8, a hue for each column, so that a flipped, turned, stretched or doubled piece is seen at once.

use glam::Vec2;
use image::RgbaImage;
use rayon::prelude::*;

use crate::Gpu;
use crate::gpu_scene::{Encoding, mip_levels, upload_levels};

const N_CELLS: usize = 8;
const CELL_PX: usize = 128;
const SIDE_PX: usize = N_CELLS * CELL_PX;

/// Strokes of a sign on a grid of 4 by 6, y down; each list is one line without gap.
type Strokes = &'static [&'static [(f32, f32)]];

const LETTERS: [Strokes; N_CELLS] = [
    &[&[(0.0, 6.0), (2.0, 0.0), (4.0, 6.0)], &[(0.8, 3.9), (3.2, 3.9)]],
    &[
        &[(0.0, 0.0), (0.0, 6.0), (2.5, 6.0), (3.6, 5.5), (4.0, 4.5), (3.6, 3.4), (2.5, 2.9), (0.0, 2.9)],
        &[(2.4, 2.9), (3.4, 2.4), (3.7, 1.45), (3.4, 0.5), (2.4, 0.0), (0.0, 0.0)],
    ],
    &[&[
        (4.0, 1.2),
        (3.2, 0.3),
        (2.1, 0.0),
        (0.8, 0.5),
        (0.0, 2.0),
        (0.0, 4.0),
        (0.8, 5.5),
        (2.1, 6.0),
        (3.2, 5.7),
        (4.0, 4.8),
    ]],
    &[&[
        (0.0, 0.0),
        (0.0, 6.0),
        (2.0, 6.0),
        (3.4, 5.2),
        (4.0, 3.8),
        (4.0, 2.2),
        (3.4, 0.8),
        (2.0, 0.0),
        (0.0, 0.0),
    ]],
    &[&[(3.8, 0.0), (0.0, 0.0), (0.0, 6.0), (3.8, 6.0)], &[(0.0, 2.9), (3.2, 2.9)]],
    &[&[(3.8, 0.0), (0.0, 0.0), (0.0, 6.0)], &[(0.0, 2.9), (3.2, 2.9)]],
    &[&[
        (4.0, 1.2),
        (3.2, 0.3),
        (2.1, 0.0),
        (0.8, 0.5),
        (0.0, 2.0),
        (0.0, 4.0),
        (0.8, 5.5),
        (2.1, 6.0),
        (3.3, 5.6),
        (4.0, 4.7),
        (4.0, 3.2),
        (2.3, 3.2),
    ]],
    &[&[(0.0, 0.0), (0.0, 6.0)], &[(4.0, 0.0), (4.0, 6.0)], &[(0.0, 2.9), (4.0, 2.9)]],
];

const DIGITS: [Strokes; N_CELLS] = [
    &[&[(0.8, 1.2), (2.3, 0.0), (2.3, 6.0)], &[(0.9, 6.0), (3.7, 6.0)]],
    &[&[(0.2, 1.4), (0.9, 0.3), (2.0, 0.0), (3.2, 0.4), (3.8, 1.6), (3.4, 2.8), (0.1, 6.0), (4.0, 6.0)]],
    &[
        &[(0.3, 0.9), (1.1, 0.2), (2.1, 0.0), (3.3, 0.5), (3.6, 1.5), (3.1, 2.5), (1.7, 2.9)],
        &[(1.7, 2.9), (3.3, 3.3), (3.9, 4.4), (3.4, 5.5), (2.1, 6.0), (0.9, 5.8), (0.1, 5.0)],
    ],
    &[&[(3.1, 6.0), (3.1, 0.0), (0.0, 4.3), (4.1, 4.3)]],
    &[&[
        (3.6, 0.0),
        (0.7, 0.0),
        (0.4, 2.8),
        (1.9, 2.3),
        (3.3, 2.8),
        (3.9, 4.1),
        (3.4, 5.4),
        (2.0, 6.0),
        (0.8, 5.7),
        (0.1, 4.9),
    ]],
    &[&[
        (3.3, 0.5),
        (2.2, 0.0),
        (0.9, 0.7),
        (0.1, 2.6),
        (0.1, 4.2),
        (0.7, 5.5),
        (2.0, 6.0),
        (3.3, 5.5),
        (3.9, 4.2),
        (3.4, 3.0),
        (2.1, 2.5),
        (0.8, 3.0),
        (0.1, 4.2),
    ]],
    &[&[(0.1, 0.0), (3.9, 0.0), (1.5, 6.0)]],
    &[
        &[
            (2.0, 2.8),
            (0.8, 2.3),
            (0.4, 1.4),
            (0.8, 0.4),
            (2.0, 0.0),
            (3.2, 0.4),
            (3.6, 1.4),
            (3.2, 2.3),
            (2.0, 2.8),
        ],
        &[
            (2.0, 2.8),
            (0.6, 3.4),
            (0.0, 4.4),
            (0.6, 5.5),
            (2.0, 6.0),
            (3.4, 5.5),
            (4.0, 4.4),
            (3.4, 3.4),
            (2.0, 2.8),
        ],
    ],
];

/// Pixels of a step of the strokes' grid, and half the width of a stroke.
const STEP_PX: f32 = 8.5;
const HALF_STROKE_PX: f32 = 4.6;

pub(crate) fn upload(gpu: &Gpu) -> wgpu::TextureView {
    upload_levels(gpu, "UV checker", &mip_levels(picture(), Encoding::Srgb, SIDE_PX as u32), Encoding::Srgb)
}

pub(crate) fn sampler(gpu: &Gpu) -> wgpu::Sampler {
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("UV checker"),
        address_mode_u: wgpu::AddressMode::Repeat,
        address_mode_v: wgpu::AddressMode::Repeat,
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        anisotropy_clamp: 8,
        ..Default::default()
    })
}

/// V runs down, as in glTF: A1 is where U and V are zero.
fn picture() -> RgbaImage {
    let mut bytes = vec![255; SIDE_PX * SIDE_PX * 4];
    bytes.par_chunks_exact_mut(SIDE_PX * 4).enumerate().for_each(|(y, row)| {
        let line = y / CELL_PX;
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let column = x / CELL_PX;
            let within = Vec2::new((x % CELL_PX) as f32, (y % CELL_PX) as f32) + 0.5;
            pixel[..3].copy_from_slice(&color(column, line, within));
        }
    });
    RgbaImage::from_raw(SIDE_PX as u32, SIDE_PX as u32, bytes).unwrap_or_default()
}

fn color(column: usize, line: usize, within: Vec2) -> [u8; 3] {
    let is_light = (column + line).is_multiple_of(2);
    let ground = ground(column, line, is_light);
    let from_border = within.min(CELL_PX as f32 - within).min_element();
    if from_border < 1.0 {
        return ground.map(|c| (f32::from(c) * 0.6) as u8);
    }
    let ink = if is_light { [24.0, 26.0, 30.0] } else { [244.0, 244.0, 240.0] };
    let cover = sign(LETTERS[column], within - Vec2::new(19.0, 38.0))
        .max(sign(DIGITS[line], within - Vec2::new(75.0, 38.0)));
    std::array::from_fn(|c| (f32::from(ground[c]) * (1.0 - cover) + ink[c] * cover + 0.5) as u8)
}

/// A hue for each column; darker from line to line, so that no two cells are alike.
fn ground(column: usize, line: usize, is_light: bool) -> [u8; 3] {
    let hue = column as f32 / N_CELLS as f32 * std::f32::consts::TAU + 0.4;
    let lightness = if is_light { 0.86 - 0.018 * line as f32 } else { 0.50 - 0.016 * line as f32 };
    let chroma = if is_light { 0.065 } else { 0.10 };
    crate::heat::srgb_of_oklab(lightness, chroma * hue.cos(), chroma * hue.sin())
}

/// How far the sign covers a point, whose origin is the sign's upper left corner.
fn sign(strokes: Strokes, at: Vec2) -> f32 {
    let box_px = Vec2::new(4.0, 6.0) * STEP_PX;
    if at.cmplt(Vec2::splat(-8.0)).any() || at.cmpgt(box_px + 8.0).any() {
        return 0.0;
    }
    let distance = strokes
        .iter()
        .flat_map(|line| line.windows(2))
        .map(|ends| {
            let [a, b] = [ends[0], ends[1]].map(|(x, y)| Vec2::new(x, y) * STEP_PX);
            let along = b - a;
            let t = ((at - a).dot(along) / along.length_squared().max(1e-6)).clamp(0.0, 1.0);
            at.distance(a + t * along)
        })
        .fold(f32::INFINITY, f32::min);
    (HALF_STROKE_PX + 0.5 - distance).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_differ_and_none_is_its_own_mirror_image() {
        let picture = picture();
        let cell = |column: usize, line: usize| {
            image::imageops::crop_imm(
                &picture,
                (column * CELL_PX) as u32,
                (line * CELL_PX) as u32,
                CELL_PX as u32,
                CELL_PX as u32,
            )
            .to_image()
        };
        let cells: Vec<_> = (0..64).map(|i| cell(i % 8, i / 8)).collect();
        for (i, a) in cells.iter().enumerate() {
            assert_ne!(*a, image::imageops::flip_horizontal(a), "cell {i}");
            assert!(cells[i + 1..].iter().all(|b| a != b), "cell {i}");
        }
    }
}
