//! The textured picture as light, for who grades or composites it.

use glam::{Vec3, Vec4};
use rayon::prelude::*;

use super::resolve::Shade;
use super::{Background, SAMPLES, StillOptions, occlusion, occlusion_lens};
use crate::draw::Surfaces;
use crate::ground::Ground;
use crate::shadows::{Asked, Shadows};
use crate::still::StillTargets;
use crate::targets::{DEPTH, LIT, NORMALS, SCENE_LINEAR_FORMAT};
use crate::variant::Variant;
use crate::{Gpu, GpuScene, RenderError, Renderer, ToneMap, View, backdrop};

/// Draws the scene once more, into half floats; see [`super::Still::light`].
pub(super) fn draw(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    view: &View,
    options: &StillOptions,
) -> Result<Vec<[f32; 4]>, RenderError> {
    let size_px = [options.width_px, options.height_px];
    let size = size_px.map(|side| side * SAMPLES);
    let mut targets = StillTargets::new(gpu, renderer, size, SCENE_LINEAR_FORMAT)?;
    let variant = Variant::of(&options.look, scene).scene_linear();
    super::draw_variant(gpu, renderer, scene, view, (Surfaces::Materials, variant, options), &mut targets)?;
    let read = targets.read(gpu, &[LIT, NORMALS, DEPTH])?;
    let (light, normals, depths) = (read.bytes(LIT)?, read.bytes(NORMALS)?, read.bytes(DEPTH)?);
    let shadows = Shadows::new(scene, view, &options.look, options.walls);
    let field = occlusion::Field {
        size,
        depths: bytemuck::cast_slice(&depths),
        normals: bytemuck::cast_slice(&normals),
        shadows: Asked::new(&shadows, shadows.uniform(scene, view, &options.look)),
    };
    let sky = occlusion::light(&field, occlusion_lens(scene, view));
    let surroundings = match options.background {
        Background::Surroundings { blur } => {
            backdrop::on_processor(view, &options.look, blur, size_px, ToneMap::Linear)
        }
        Background::Studio | Background::Transparent => None,
    };
    let ground = Ground::new(view, &scene.floor);
    let shade = Shade {
        sky: Some(&sky),
        surroundings: surroundings.as_deref(),
        ground,
        floor: &scene.floor.darkness,
    };
    Ok(resolved(bytemuck::cast_slice(&light), size_px, options.background, &shade))
}

/// Means of the samples, darkened and before the background.
fn resolved(
    samples: &[[u16; 4]],
    size_px: [u32; 2],
    background: Background,
    shade: &Shade<'_>,
) -> Vec<[f32; 4]> {
    let [width, height] = size_px.map(|side| side as usize);
    let sample = |x: usize, y: usize| {
        let sample = samples.get(y * width * SAMPLES as usize + x).copied().unwrap_or_default();
        Vec4::from(sample.map(number))
    };
    let pixel = |i: usize| {
        let (x, y) = (i % width, i / width);
        let corners = [(0, 0), (1, 0), (0, 1), (1, 1)];
        let mean = 0.25 * corners.map(|(dx, dy)| sample(2 * x + dx, 2 * y + dy)).into_iter().sum::<Vec4>();
        let alpha = mean.w.clamp(0.0, 1.0);
        let light: Vec3 = mean.truncate().max(Vec3::ZERO) * shade.sky_at(i);
        if background == Background::Transparent {
            return light.extend(alpha).to_array();
        }
        let behind = shade.behind(x as u32, y as u32, width as u32, height as u32);
        (light + behind * (1.0 - alpha)).extend(1.0).to_array()
    };
    (0..width * height).into_par_iter().with_min_len(4096).map(pixel).collect()
}

/// Of a half float; what is none counts as the largest.
fn number(half: u16) -> f32 {
    const LARGEST: u32 = 0x7bff;
    let magnitude = (u32::from(half) & 0x7fff).min(LARGEST);
    // Scaled by 2^112, the exponents of both formats start at the same bit.
    let magnitude = f32::from_bits(magnitude << 13) * f32::from_bits(0x7780_0000);
    if half & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_known_numbers() {
        let known = [0x0000, 0x3c00, 0x3800, 0x4248, 0x0001, 0xc000, 0x7bff, 0x7c00];
        let numbers = [0.0, 1.0, 0.5, 3.140_625, 5.960_464_5e-8, -2.0, 65_504.0, 65_504.0];
        assert_eq!(known.map(number), numbers);
    }
}
