//! How much light the surroundings of each pixel hide: its shadows, and what is near (McGuire, Osman, Bukowski and Hennessy,
//! "The Alchemy Screen-Space Ambient Obscurance Algorithm", HPG 2011): what gives corners, folds and
//! things that touch their weight. Twin of shaders/post/occlusion.wgsl.

use glam::{Vec2, Vec3};
use rayon::prelude::*;

use crate::octahedral;
use crate::shadows::{Asked, N_TAPS, SPIRALS};

/// Numbers both twins use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OcclusionLens {
    /// Metres.
    pub radius: f32,
    /// Half the picture's width at distance 1, or in metres for an orthographic lens.
    pub half_width: f32,
    pub is_orthographic: bool,
}

/// Part of the model's size within which things darken each other.
pub(crate) const RADIUS: f64 = 0.07;
const STRENGTH: f32 = 2.0;
/// Cosine that a flat, slightly bent or coarsely stored surface may hide of itself.
const BIAS: f32 = 0.06;
const MAX_RADIUS_PX: f32 = 96.0;

/// Sample data, of which every second in every second row stands for a pixel.
pub(super) struct Field<'a> {
    /// Of the samples; twice the picture's.
    pub size: [u32; 2],
    pub depths: &'a [f32],
    pub normals: &'a [[u16; 4]],
    pub shadows: Asked<'a>,
}

/// Light left over, 0 to 1, for each pixel; 1 for the background.
pub(super) fn light(field: &Field<'_>, lens: OcclusionLens) -> Vec<f32> {
    let [width, height] = field.size.map(|side| side as usize / 2);
    let raw: Vec<f32> = (0..width * height)
        .into_par_iter()
        .with_min_len(4096)
        .map(|i| {
            if is_asked(i % width, i / width) {
                field.light_at(i % width, i / width, lens, width, height)
            } else {
                1.0
            }
        })
        .collect();
    let mut smooth = vec![1.0; raw.len()];
    smooth.par_chunks_exact_mut(width).enumerate().for_each(|(y, row)| {
        for (x, light) in row.iter_mut().enumerate() {
            let left = field.smoothed(&raw, x, y, width, height);
            *light = 1.0 - field.hideable_part(x, y) * (1.0 - left);
        }
    });
    smooth
}

/// Every second pixel, as the squares of a board; the others are told by their neighbours.
fn is_asked(x: usize, y: usize) -> bool {
    (x + y).is_multiple_of(2)
}

impl Field<'_> {
    fn depth(&self, x: usize, y: usize) -> f32 {
        self.depths.get(2 * y * self.size[0] as usize + 2 * x).copied().unwrap_or_default()
    }

    fn hideable_part(&self, x: usize, y: usize) -> f32 {
        let normals = self.normals.get(2 * y * self.size[0] as usize + 2 * x);
        normals.map_or(1.0, |[_, _, u, v]| octahedral::hideable_part([*u, *v]))
    }

    /// View space.
    fn position(&self, x: usize, y: usize, lens: OcclusionLens, width: usize, height: usize) -> Vec3 {
        let depth = self.depth(x, y);
        let scale = 2.0 * lens.half_width / width as f32;
        let ray =
            Vec2::new(x as f32 + 0.25 - 0.5 * width as f32, 0.5 * height as f32 - y as f32 - 0.25) * scale;
        let at = if lens.is_orthographic { ray } else { ray * depth };
        at.extend(-depth)
    }

    fn light_at(&self, x: usize, y: usize, lens: OcclusionLens, width: usize, height: usize) -> f32 {
        let depth = self.depth(x, y);
        if depth == 0.0 || self.hideable_part(x, y) == 0.0 {
            return 1.0;
        }
        let here = self.position(x, y, lens, width, height);
        let Some([_, _, u, v]) = self.normals.get(2 * y * self.size[0] as usize + 2 * x) else {
            return 1.0;
        };
        let normal = octahedral::decode([*u, *v]);
        let per_metre =
            0.5 * width as f32 / (lens.half_width * if lens.is_orthographic { 1.0 } else { depth });
        let radius_px = (lens.radius * per_metre).min(MAX_RADIUS_PX);
        let turn = (x & 3) + 4 * (y & 3);
        let reaching = self.shadows.light(here, normal, turn);
        if radius_px < 1.0 {
            return reaching;
        }
        let taps = &SPIRALS[turn];
        let mut hidden = 0.0;
        for tap in taps {
            let [tx, ty] = [x as f32 + 0.5 + radius_px * tap.x, y as f32 + 0.5 + radius_px * tap.y];
            if tx < 0.0 || ty < 0.0 || tx >= width as f32 || ty >= height as f32 {
                continue;
            }
            let (tx, ty) = (tx as usize, ty as usize);
            if self.depth(tx, ty) == 0.0 {
                continue;
            }
            let to = self.position(tx, ty, lens, width, height) - here;
            let squared = to.length_squared();
            let fade = (1.0 - squared / (lens.radius * lens.radius)).max(0.0);
            let cosine = to.dot(normal) / squared.max(1e-30).sqrt();
            hidden += (cosine - BIAS).max(0.0) * fade;
        }
        reaching * (1.0 - STRENGTH * hidden / N_TAPS as f32).clamp(0.0, 1.0)
    }

    /// Mean over the eight of four by four pixels that share all turns, as far as they belong to the
    /// same surface.
    fn smoothed(&self, raw: &[f32], x: usize, y: usize, width: usize, height: usize) -> f32 {
        let depth = self.depth(x, y);
        if depth == 0.0 {
            return 1.0;
        }
        let (mut sum, mut total) = (0.0, 0.0);
        for ty in (y.max(1) - 1)..(y + 3).min(height) {
            for tx in (x.max(1) - 1)..(x + 3).min(width) {
                let other = self.depth(tx, ty);
                if is_asked(tx, ty) && (other - depth).abs() < 0.02 * depth {
                    sum += raw[ty * width + tx];
                    total += 1.0;
                }
            }
        }
        if total > 0.0 { sum / total } else { 1.0 }
    }
}
