//! Samples to pixels on the processor: some 6 ms for a thumbnail, where a shader would have to be
//! compiled first.

use std::sync::LazyLock;

use glam::{DMat3, Mat3, Vec2, Vec3};
use image::{GrayImage, RgbImage, RgbaImage};
use rayon::prelude::*;

use super::{Background, Normals, SAMPLES};
use crate::ground::Ground;
use crate::{View, heat, octahedral};

/// The studio's backdrop, linear.
pub(crate) const BACKGROUND_CENTER: Vec3 = Vec3::new(0.165, 0.169, 0.177);
pub(crate) const BACKGROUND_RIM: Vec3 = Vec3::new(0.031, 0.032, 0.035);

/// Rotates view-space normals into the axes that are shown.
pub(crate) fn picture_from_view(view: &View, normals: Normals) -> Mat3 {
    let world_from_view = view.view_from_world_rotation().transpose();
    let z_up_from_world = DMat3::from_cols_array(&[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0]);
    match normals {
        Normals::Camera => Mat3::IDENTITY,
        Normals::World => world_from_view.as_mat3(),
        Normals::WorldZUp => (z_up_from_world * world_from_view).as_mat3(),
    }
}

/// Twin of `studio_background` in shaders/post/color.wgsl; linear.
fn studio_background(x_px: u32, y_px: u32, width_px: u32, height_px: u32) -> Vec3 {
    let (width, height) = (width_px as f32, height_px as f32);
    let scale = 2.0 / width.max(height);
    let x = (x_px as f32 + 0.5 - 0.5 * width) * scale;
    let y = (y_px as f32 + 0.5 - 0.56 * height) * scale;
    let t = (x.hypot(y) / 1.4).clamp(0.0, 1.0);
    BACKGROUND_CENTER.lerp(BACKGROUND_RIM, t * t * (3.0 - 2.0 * t))
}

static LINEAR_FROM_SRGB: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|code| {
        let c = code as f32 / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    })
});

/// Codes by square root of light: fine in the darks, where the eye is.
const N_ROOTS: usize = 4096;
static SRGB_FROM_ROOT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let code = |i: usize| {
        let root = i as f32 / (N_ROOTS - 1) as f32;
        let c = root * root;
        let encoded = if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0 + 0.5) as u8
    };
    (0..N_ROOTS).map(code).collect()
});

fn srgb_code(linear: f32) -> u8 {
    let root = linear.clamp(0.0, 1.0).sqrt() * (N_ROOTS - 1) as f32;
    SRGB_FROM_ROOT[(root + 0.5) as usize]
}

/// What darkens the lit picture.
pub(super) struct Shade<'a> {
    /// Light left over for each pixel of the model.
    pub sky: Option<&'a [f32]>,
    /// What is behind each pixel, in place of the gradient; linear.
    pub surroundings: Option<&'a [Vec3]>,
    pub ground: Ground,
    pub floor: &'a [u8],
}

impl Shade<'_> {
    pub(super) const NONE: Self = Self { sky: None, surroundings: None, ground: Ground::NONE, floor: &[] };

    pub(super) fn sky_at(&self, pixel: usize) -> f32 {
        self.sky.and_then(|sky| sky.get(pixel)).copied().unwrap_or(1.0)
    }

    pub(super) fn behind(&self, x: u32, y: u32, width: u32, height: u32) -> Vec3 {
        let at = Vec2::new((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
        let at = Vec2::new(2.0, -2.0) * at + Vec2::new(-1.0, 1.0);
        let pixel = y as usize * width as usize + x as usize;
        let behind = self.surroundings.and_then(|all| all.get(pixel)).copied();
        let behind = behind.unwrap_or_else(|| studio_background(x, y, width, height));
        behind * self.ground.light(at, self.floor)
    }
}

/// Averages premultiplied sRGB samples over the background.
pub(super) fn color(samples: &[u8], size: [u32; 2], background: Background, shade: &Shade<'_>) -> RgbaImage {
    let [width, height] = size.map(|side| side / SAMPLES);
    let row_bytes = size[0] as usize * 4;
    let linear = &*LINEAR_FROM_SRGB;
    let mut picture = vec![0_u8; width as usize * height as usize * 4];
    picture.par_chunks_exact_mut(width as usize * 4).enumerate().for_each(|(y, row)| {
        let upper = &samples[2 * y * row_bytes..(2 * y + 1) * row_bytes];
        let lower = &samples[(2 * y + 1) * row_bytes..(2 * y + 2) * row_bytes];
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let mut sum = Vec3::ZERO;
            let mut alpha = 0_u32;
            for s in [
                &upper[8 * x..8 * x + 4],
                &upper[8 * x + 4..8 * x + 8],
                &lower[8 * x..8 * x + 4],
                &lower[8 * x + 4..8 * x + 8],
            ] {
                sum += Vec3::new(linear[s[0] as usize], linear[s[1] as usize], linear[s[2] as usize]);
                alpha += u32::from(s[3]);
            }
            let alpha = alpha as f32 / 1020.0;
            let sky = shade.sky_at(y * width as usize + x);
            let premultiplied = sum * (0.25 * sky);
            let (color, alpha) = match background {
                Background::Transparent if alpha > 0.0 => (premultiplied / alpha, alpha),
                Background::Transparent => (Vec3::ZERO, 0.0),
                _ if alpha >= 1.0 => (premultiplied, 1.0),
                _ => {
                    let behind = shade.behind(x as u32, y as u32, width, height);
                    (premultiplied + behind * (1.0 - alpha), 1.0)
                }
            };
            let codes = color.to_array().map(srgb_code);
            pixel.copy_from_slice(&[codes[0], codes[1], codes[2], (alpha * 255.0 + 0.5) as u8]);
        }
    });
    RgbaImage::from_raw(width, height, picture).unwrap_or_default()
}

/// Turns numbers of layers, which stand in alpha, into heat.
pub(super) fn heat_layers(samples: &mut [u8], hottest: f32) {
    let heats: [[u8; 3]; 256] = std::array::from_fn(|n| heat::overdraw_color(n as f32, hottest));
    for sample in samples.chunks_exact_mut(4).filter(|sample| sample[3] > 0) {
        let [r, g, b] = heats[usize::from(sample[3])];
        sample.copy_from_slice(&[r, g, b, 255]);
    }
}

/// Gives the four samples of a pixel the colour of the upper left one, so that no mean arises.
pub(super) fn spread_first_sample(samples: &mut [u8], size: [u32; 2]) {
    let row_bytes = size[0] as usize * 4;
    for rows in samples.chunks_exact_mut(2 * row_bytes) {
        let (upper, lower) = rows.split_at_mut(row_bytes);
        for pair in upper.chunks_exact_mut(8) {
            pair.copy_within(0..4, 4);
        }
        lower.copy_from_slice(upper);
    }
}

/// From samples to the one that stands for each pixel.
pub(super) struct Pixels {
    pub samples: [u32; 2],
}

impl Pixels {
    pub(super) fn pick<T: Copy + Sync, U: Send>(&self, samples: &[T], map: impl Fn(T) -> U + Sync) -> Vec<U> {
        let width = self.samples[0] as usize;
        let rows = samples.par_chunks_exact(width).step_by(SAMPLES as usize);
        rows.flat_map_iter(|row| row.iter().step_by(SAMPLES as usize).map(|s| map(*s))).collect()
    }
}

pub(super) fn normals(
    pixels: &Pixels,
    encoded: &[[u16; 4]],
    ids: &[u32],
    picture_from_view: &Mat3,
) -> Vec<[f32; 3]> {
    let step = SAMPLES as usize;
    let width = pixels.samples[0] as usize;
    let rows = encoded.par_chunks_exact(width).zip(ids.par_chunks_exact(width)).step_by(step);
    let decode = |(e, id): (&[u16; 4], &u32)| {
        if *id == 0 { [0.0; 3] } else { (*picture_from_view * octahedral::decode([e[0], e[1]])).to_array() }
    };
    rows.flat_map_iter(|(normals, ids)| normals.iter().zip(ids).step_by(step).map(decode)).collect()
}

pub(super) fn normal_picture(normals: &[[f32; 3]], width_px: u32) -> RgbImage {
    let code = |c: f32| ((0.5 + 0.5 * c).clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    let bytes = normals.iter().flat_map(|n| n.map(code)).collect();
    RgbImage::from_raw(width_px, normals.len() as u32 / width_px, bytes).unwrap_or_default()
}

/// Nearest and farthest of what is visible, with a little room behind, so that the farthest surface
/// still differs from the background.
pub(super) fn depth_range(samples: &[f32]) -> Option<[f32; 2]> {
    let seen = samples.par_iter().copied().filter(|&d| d > 0.0 && d.is_finite());
    let [near, far] = seen
        .fold(|| [f32::INFINITY, 0.0], |[lo, hi], d| [lo.min(d), hi.max(d)])
        .reduce(|| [f32::INFINITY, 0.0], |a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    if near > far {
        return None;
    }
    let depth = (far - near).max(1e-4 * far);
    Some([near, near + depth * 1.06])
}

pub(super) fn depth_picture(depth_m: &[f32], range: Option<[f32; 2]>, width_px: u32) -> GrayImage {
    let [near, far] = range.unwrap_or([0.0, 1.0]);
    let scale = 255.0 / (far - near);
    let bytes = depth_m.iter().map(|&d| if d.is_finite() { ((d - near) * scale + 0.5) as u8 } else { 255 });
    GrayImage::from_raw(width_px, depth_m.len() as u32 / width_px, bytes.collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_way_to_light_and_back() {
        for code in 0..=255_u8 {
            assert_eq!(srgb_code(LINEAR_FROM_SRGB[code as usize]), code);
        }
    }

    #[test]
    fn a_pixel_is_the_mean_light_of_its_samples() {
        // Two white and two black opaque samples: half the light, sRGB 188.
        let samples: Vec<u8> = [[255; 4], [255; 4], [0, 0, 0, 255], [0, 0, 0, 255]].concat();
        let picture = color(&samples, [2, 2], Background::Studio, &Shade::NONE);
        assert_eq!(picture.get_pixel(0, 0).0, [188, 188, 188, 255]);
        // Half covered by white: straight alpha keeps the colour.
        let samples: Vec<u8> = [[255; 4], [255; 4], [0; 4], [0; 4]].concat();
        let picture = color(&samples, [2, 2], Background::Transparent, &Shade::NONE);
        assert_eq!(picture.get_pixel(0, 0).0, [255, 255, 255, 128]);
    }

    #[test]
    fn blender_axes_have_z_up() {
        let view = View {
            eye: glam::DVec3::new(0.0, 0.0, 5.0),
            target: glam::DVec3::ZERO,
            up: glam::DVec3::Y,
            lens: crate::Lens::NORMAL,
            near: 1.0,
            far: 9.0,
            aspect: 1.0,
        };
        let to_picture = picture_from_view(&view, Normals::WorldZUp);
        assert!((to_picture * Vec3::Y).distance(Vec3::Z) < 1e-6);
        assert!((to_picture * Vec3::Z).distance(Vec3::NEG_Y) < 1e-6);
    }
}
