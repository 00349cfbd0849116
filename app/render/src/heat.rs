//! Colours that stand for numbers, the same in shaders, on the processor and in legends. Twin:
//! shaders/common/heat.wgsl.

use glam::Vec3;

/// sRGB codes at equal steps from 0 to 1: cold, right, hot.
const AROUND_TARGET: [[f32; 3]; 5] = [
    [58.0, 76.0, 192.0],
    [70.0, 168.0, 204.0],
    [112.0, 184.0, 92.0],
    [240.0, 188.0, 66.0],
    [214.0, 62.0, 46.0],
];
/// From one layer to many.
const LAYERS: [[f32; 3]; 5] = [
    [44.0, 40.0, 98.0],
    [122.0, 42.0, 118.0],
    [202.0, 62.0, 82.0],
    [246.0, 136.0, 48.0],
    [252.0, 236.0, 150.0],
];

/// Octaves from the target to either end of the scale.
pub const DENSITY_OCTAVES: f32 = 2.0;

/// sRGB of a texel density, in pixels a metre.
pub fn density_color(px_per_m: f32, target_px_per_m: f32) -> [u8; 3] {
    let octaves = (px_per_m / target_px_per_m).max(f32::MIN_POSITIVE).log2();
    ramp(&AROUND_TARGET, 0.5 + octaves / (2.0 * DENSITY_OCTAVES))
}

/// sRGB of a number of layers, which may be a mean; `hottest` and more look the same.
pub fn overdraw_color(n_layers: f32, hottest: f32) -> [u8; 3] {
    ramp(&LAYERS, (n_layers - 1.0) / (hottest - 1.0).max(1.0))
}

fn ramp(stops: &[[f32; 3]; 5], t: f32) -> [u8; 3] {
    let at = t.clamp(0.0, 1.0) * 4.0;
    let first = (at as usize).min(3);
    let [from, to] = [first, first + 1].map(|i| Vec3::from_array(stops[i]));
    (from.lerp(to, at - first as f32) + 0.5).to_array().map(|c| c as u8)
}

/// sRGB of the `index`th of many things: neighbours differ much, and the same index always has the
/// same colour. Golden angles around the circle of Oklch (Ottosson, "A perceptual color space for
/// image processing", 2020), on three levels of lightness.
pub fn id_color(index: usize) -> [u8; 3] {
    const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;
    const LEVELS: [(f32, f32); 3] = [(0.70, 0.125), (0.84, 0.085), (0.56, 0.11)];
    let (lightness, chroma) = LEVELS[index % LEVELS.len()];
    // A little off in two more directions, so that the thousandth is not the tenth again.
    let [aside, along] =
        [0.569_840_291, 0.754_877_666].map(|step| (index as f64 * step).fract() as f32 - 0.5);
    let (lightness, chroma) = (lightness + 0.07 * aside, chroma * (1.0 + 0.5 * along));
    let hue = (index as f64 * GOLDEN_ANGLE + 0.5).rem_euclid(std::f64::consts::TAU) as f32;
    let (b, a) = hue.sin_cos();
    srgb_of_oklab(lightness, chroma * a, chroma * b)
}

pub(crate) fn srgb_of_oklab(lightness: f32, a: f32, b: f32) -> [u8; 3] {
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    let linear = [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ];
    linear.map(|c| {
        let c = c.clamp(0.0, 1.0);
        let encoded = if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0 + 0.5) as u8
    })
}

/// A colour in one number for a shader: red lowest.
pub(crate) fn packed([r, g, b]: [u8; 3]) -> u32 {
    u32::from_le_bytes([r, g, b, 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_begin_and_end_and_have_their_middle_where_they_say() {
        let codes = |stop: [f32; 3]| stop.map(|c| c as u8);
        assert_eq!(density_color(1024.0, 1024.0), codes(AROUND_TARGET[2]));
        assert_eq!(density_color(0.0, 1024.0), codes(AROUND_TARGET[0]));
        assert_eq!(density_color(4096.0, 1024.0), codes(AROUND_TARGET[4]));
        assert_eq!(density_color(f32::NAN, 1024.0), codes(AROUND_TARGET[0]));
        assert_eq!(overdraw_color(1.0, 8.0), codes(LAYERS[0]));
        assert_eq!(overdraw_color(8.0, 8.0), codes(LAYERS[4]));
        assert_eq!(overdraw_color(100.0, 0.0), codes(LAYERS[4]));
    }

    #[test]
    fn things_that_follow_each_other_look_different() {
        for i in 0..300 {
            for j in i + 1..i + 12 {
                let [a, b] = [i, j].map(id_color);
                let apart: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum();
                assert!(apart > 30, "{i} {a:?} and {j} {b:?}");
            }
        }
        let mut colors: Vec<_> = (0..300).map(id_color).collect();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), 300);
    }
}
