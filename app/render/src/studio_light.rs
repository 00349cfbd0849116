//! Where the lights of the studio stand. The shader evaluates the same function for reflections
//! (shaders/common/lighting.wgsl); here it is summed up once into the irradiance of diffuse light.

use std::sync::LazyLock;

use glam::Vec3;

/// Rig space: the camera stands on +Z, +Y is up, +X to the right of the picture.
struct Softbox {
    direction: Vec3,
    /// Twice the tangents of half the angle to the sides.
    half_size: [f32; 2],
    radiance: Vec3,
}

/// Key, fill, overhead, two strips behind for the rim.
const SOFTBOXES: [Softbox; 5] = [
    softbox([-0.60, 0.62, 0.70], [0.33, 0.33], [5.35, 5.2, 4.95]),
    softbox([0.90, 0.10, 0.46], [0.26, 0.60], [0.50, 0.54, 0.62]),
    softbox([0.10, 0.97, -0.20], [0.62, 0.34], [0.90, 0.90, 0.92]),
    softbox([0.72, 0.34, -0.62], [0.11, 0.70], [4.0, 4.2, 4.6]),
    softbox([-0.80, 0.16, -0.58], [0.10, 0.62], [3.2, 3.3, 3.6]),
];
const DOME_ABOVE: Vec3 = Vec3::new(0.195, 0.199, 0.207);
const DOME_LEVEL: Vec3 = Vec3::new(0.125, 0.127, 0.131);
const DOME_BELOW: Vec3 = Vec3::new(0.092, 0.089, 0.086);

const fn softbox(direction: [f32; 3], half_size: [f32; 2], radiance: [f32; 3]) -> Softbox {
    Softbox { direction: Vec3::from_array(direction), half_size, radiance: Vec3::from_array(radiance) }
}

/// The studio as WGSL, for shaders/common/lighting.wgsl.
pub(crate) fn wgsl() -> String {
    let vec3 = |v: Vec3| format!("vec3<f32>({:?}, {:?}, {:?})", v.x, v.y, v.z);
    let mut out = String::new();
    for (name, color) in [("DOME_ABOVE", DOME_ABOVE), ("DOME_LEVEL", DOME_LEVEL), ("DOME_BELOW", DOME_BELOW)]
    {
        out += &format!("const {name}: vec3<f32> = {};\n", vec3(color));
    }
    for (i, coefficient) in IRRADIANCE.iter().enumerate() {
        out += &format!("const IRRADIANCE_{i}: vec3<f32> = {};\n", vec3(*coefficient));
    }
    out += "fn softboxes_light(d: vec3<f32>, inverse_width: f32) -> vec3<f32> {\n    return vec3(0.0)";
    for softbox in &SOFTBOXES {
        let [center, right, up] = softbox.axes().map(vec3);
        let [half_width, half_height] = softbox.half_size;
        let radiance = vec3(softbox.radiance);
        out += &format!(
            "\n        + softbox_light(d, inverse_width, {center}, {right}, {up}, \
             vec2<f32>({half_width:?}, {half_height:?}), {radiance})"
        );
    }
    out + ";\n}\n"
}

static IRRADIANCE: LazyLock<[Vec3; 9]> = LazyLock::new(irradiance);
/// The key is never all of a surface's light.
const LARGEST_SHARE: f32 = 0.9;

/// Rig space, unit.
pub(crate) fn key_direction() -> Vec3 {
    SOFTBOXES[0].axes()[0]
}

/// Irradiance / pi of a surface that faces the key, as green light.
fn key_irradiance() -> f32 {
    let [half_width, half_height] = SOFTBOXES[0].half_size;
    SOFTBOXES[0].radiance.y * 4.0 * half_width * half_height / std::f32::consts::PI
}

/// Part of its light that a surface with the normal `n` (unit, rig space) has from the key.
pub(crate) fn key_share(n: Vec3) -> f32 {
    let all: f32 = IRRADIANCE.iter().zip(polynomials(n)).map(|(c, p)| c.y * p).sum();
    (key_irradiance() * n.dot(key_direction()).max(0.0) / all.max(0.05)).min(LARGEST_SHARE)
}

/// `key_share` as WGSL, for shaders/common/shadows.wgsl.
pub(crate) fn key_wgsl() -> String {
    let terms = [
        "1.0",
        "n.y",
        "n.z",
        "n.x",
        "n.x * n.y",
        "n.y * n.z",
        "3.0 * n.z * n.z - 1.0",
        "n.x * n.z",
        "n.x * n.x - n.y * n.y",
    ];
    let all: Vec<String> =
        IRRADIANCE.iter().zip(terms).map(|(c, term)| format!("{:?} * ({term})", c.y)).collect();
    let (all, key, Vec3 { x, y, z }) = (all.join(" + "), key_irradiance(), key_direction());
    format!(
        "fn key_share(n: vec3<f32>) -> f32 {{
    let all = {all};
    let facing = dot(n, vec3<f32>({x:?}, {y:?}, {z:?}));
    return min({key:?} * max(facing, 0.0) / max(all, 0.05), {LARGEST_SHARE:?});
}}
"
    )
}

impl Softbox {
    /// Unit vectors to its middle, along its width and along its height.
    fn axes(&self) -> [Vec3; 3] {
        let center = self.direction.normalize_or(Vec3::Y);
        let right = Vec3::Y.cross(center).normalize_or(Vec3::X);
        [center, right, center.cross(right)]
    }
}

fn soft_step(x: f32, inverse_width: f32) -> f32 {
    let t = (0.5 + 0.5 * x * inverse_width).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `studio_radiance` of the shader, without blur.
fn radiance(d: Vec3) -> Vec3 {
    let upper = soft_step(d.y - 0.25, 1.0 / 0.35);
    let lower = soft_step(-d.y - 0.05, 1.0 / 0.35);
    let mut sum = DOME_LEVEL.lerp(DOME_ABOVE, upper).lerp(DOME_BELOW, lower);
    for softbox in &SOFTBOXES {
        let [center, right, up] = softbox.axes();
        let scale = 2.0 / (1.0 + d.dot(center)).max(0.05);
        let inside = |along: Vec3, half: f32| {
            let x = scale * d.dot(along);
            soft_step(x + half, 50.0) - soft_step(x - half, 50.0)
        };
        sum += softbox.radiance * inside(right, softbox.half_size[0]) * inside(up, softbox.half_size[1]);
    }
    sum
}

/// Irradiance / pi in the nine polynomials of `studio_irradiance` (Ramamoorthi and Hanrahan, "An
/// Efficient Representation for Irradiance Environment Maps", 2001).
fn irradiance() -> [Vec3; 9] {
    const N_RINGS: usize = 48;
    const N_SECTORS: usize = 96;
    const BASIS: [f32; 9] =
        [0.282_095, 0.488_603, 0.488_603, 0.488_603, 1.092_548, 1.092_548, 0.315_392, 1.092_548, 0.546_274];
    // The cosine lobe's bands over pi, with a mild window on the last that keeps it from ringing.
    const BANDS: [f32; 9] = [1.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 0.22, 0.22, 0.22, 0.22, 0.22];
    let mut sums = [Vec3::ZERO; 9];
    for ring in 0..N_RINGS {
        // Equal steps of y are equal areas on the sphere.
        let y = 1.0 - 2.0 * (ring as f32 + 0.5) / N_RINGS as f32;
        let around = (1.0 - y * y).sqrt();
        for sector in 0..N_SECTORS {
            let angle = std::f32::consts::TAU * (sector as f32 + 0.5) / N_SECTORS as f32;
            let d = Vec3::new(around * angle.cos(), y, around * angle.sin());
            let light = radiance(d);
            for (sum, polynomial) in sums.iter_mut().zip(polynomials(d)) {
                *sum += light * polynomial;
            }
        }
    }
    let solid_angle = 4.0 * std::f32::consts::PI / (N_RINGS * N_SECTORS) as f32;
    std::array::from_fn(|i| sums[i] * (BASIS[i] * BASIS[i] * BANDS[i] * solid_angle))
}

fn polynomials(n: Vec3) -> [f32; 9] {
    [1.0, n.y, n.z, n.x, n.x * n.y, n.y * n.z, 3.0 * n.z * n.z - 1.0, n.x * n.z, n.x * n.x - n.y * n.y]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn irradiance_towards(n: Vec3) -> f32 {
        irradiance().iter().zip(polynomials(n)).map(|(c, p)| c.y * p).sum()
    }

    #[test]
    fn key_side_is_exposed_for_white_and_no_side_is_black() {
        let key = irradiance_towards(SOFTBOXES[0].direction.normalize_or_zero());
        assert!((0.9..1.4).contains(&key), "{key}");
        for i in 0..60 {
            let y = 1.0 - 2.0 * (i as f32 + 0.5) / 60.0;
            let (sin, cos) = (i as f32 * 2.4).sin_cos();
            let around = (1.0 - y * y).sqrt();
            let n = Vec3::new(around * cos, y, around * sin);
            let e = irradiance_towards(n);
            assert!(e > 0.1, "{n}: {e}");
        }
    }
}
