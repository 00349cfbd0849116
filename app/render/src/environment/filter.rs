//! From sharp light to what surfaces of each roughness reflect of it.

use glam::{Vec2, Vec3};

use super::cube::Cube;

/// The sharp cube, `n_rough` cubes of growing roughness up to 1 with half as many pixels a side each,
/// and one with the irradiance over pi.
pub(super) fn levels(sharp: Cube, n_rough: usize) -> (Vec<Cube>, Option<Sun>) {
    let (even, lamps) = without_lamps(&sharp);
    let sun = Sun::of(&even, &lamps);
    let coarse = Cube::of_side_at_most(sharp.clone(), 32);
    let mut pyramid = vec![even];
    while let Some(last) = pyramid.last().filter(|cube| cube.side > 1) {
        pyramid.push(last.halved());
    }
    let side = pyramid[0].side;
    let rough = (1..=n_rough).map(|level| {
        let roughness = level as f32 / n_rough as f32;
        // A narrow lobe needs fewer directions, and its cube has the most pixels.
        let n_samples = if level == 1 { 32 } else { 64 };
        reflected((&pyramid, &lamps), side >> level, roughness * roughness, n_samples)
    });
    let rough: Vec<Cube> = rough.collect();
    let irradiance = irradiance(&coarse, side >> (n_rough + 1));
    ([sharp].into_iter().chain(rough).chain([irradiance]).collect(), sun)
}

/// One light that outshines the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sun {
    /// Unit vector to it.
    pub direction: Vec3,
    /// Illuminance of what faces it, as a multiple of that by all the rest.
    pub strength: f32,
}

/// What shines from this near to the brightest spot belongs to it.
const COS_OF_SUN: f32 = 0.975;
/// A weaker one is no sun.
const LEAST_SUN: f32 = 0.35;

impl Sun {
    fn of(even: &Cube, lamps: &[Lamp]) -> Option<Self> {
        let luminance = |light: Vec3| light.dot(WEIGHTS);
        let brightest = lamps.iter().max_by(|a, b| luminance(a.light).total_cmp(&luminance(b.light)))?;
        let near = lamps.iter().filter(|lamp| lamp.direction.dot(brightest.direction) > COS_OF_SUN);
        let (direction, sum) = near.fold((Vec3::ZERO, 0.0), |(direction, sum), lamp| {
            (direction + lamp.direction * luminance(lamp.light), sum + luminance(lamp.light))
        });
        let (rest, total) = even.rays().fold((0.0, 0.0), |(s, t), (_, l, w)| (s + luminance(l) * w, t + w));
        let strength = sum / (std::f32::consts::PI * rest / total).max(1e-6);
        let direction = direction.try_normalize()?;
        (strength > LEAST_SUN).then_some(Self { direction, strength: strength.min(100.0) })
    }
}

/// A small, very bright spot, such as the sun: so few directions would miss it or hit it too often.
struct Lamp {
    direction: Vec3,
    /// Times its share of the sphere.
    light: Vec3,
}

const MAX_LAMPS: usize = 320;
/// Of the colours in what is seen as brightness.
const WEIGHTS: Vec3 = Vec3::new(0.2126, 0.7152, 0.0722);

/// Takes what is much brighter than the rest out of the light.
fn without_lamps(sharp: &Cube) -> (Cube, Vec<Lamp>) {
    let (sum, total) = sharp.rays().fold((0.0, 0.0), |(s, t), (_, l, w)| (s + l.dot(WEIGHTS) * w, t + w));
    let mut limit = (6.0 * sum / total).max(1e-6);
    loop {
        let kept = |light: Vec3| light * (limit / light.dot(WEIGHTS).max(limit));
        let excess = Cube { side: sharp.side, light: sharp.light.iter().map(|l| *l - kept(*l)).collect() };
        let excess = Cube::of_side_at_most(excess, 64);
        // On a face from -1 to 1; times its share, what it covers of the sphere.
        let pixel = 4.0 / (excess.side * excess.side) as f32;
        let lamps = excess.rays().filter(|(_, light, _)| *light != Vec3::ZERO);
        let lamps: Vec<Lamp> =
            lamps.map(|(direction, light, share)| Lamp { direction, light: light * share * pixel }).collect();
        if lamps.len() <= MAX_LAMPS {
            let even = Cube { side: sharp.side, light: sharp.light.iter().map(|l| kept(*l)).collect() };
            return (even, lamps);
        }
        limit *= 1.6;
    }
}

/// A direction of the lobe around +Z, its weight, and the level of the pyramid that is as coarse as the
/// gap to the next direction.
struct Tap {
    direction: Vec3,
    weight: f32,
    level: usize,
}

/// Seen along the normal, as the split sum has it. Samples of GGX, each of a pixel as large as its share
/// (Křivánek and Colbert, "Real-time Shading with Filtered Importance Sampling", 2008).
fn reflected((pyramid, lamps): (&[Cube], &[Lamp]), side: usize, alpha: f32, n_samples: usize) -> Cube {
    let taps = taps(pyramid[0].side, pyramid.len(), alpha, n_samples);
    let total: f32 = taps.iter().map(|tap| tap.weight).sum();
    Cube::from_directions(side, |n| {
        let (tangent, bitangent) = n.any_orthonormal_pair();
        let mut sum = Vec3::ZERO;
        for tap in &taps {
            let d = tangent * tap.direction.x + bitangent * tap.direction.y + n * tap.direction.z;
            sum += pyramid[tap.level].light_from(d) * tap.weight;
        }
        let mut direct = Vec3::ZERO;
        for lamp in lamps {
            let cos = n.dot(lamp.direction);
            if cos > 0.0 {
                direct += lamp.light * (cos * lobe_density(0.5 + 0.5 * cos, alpha));
            }
        }
        (sum + direct * n_samples as f32) / total
    })
}

/// Of directions, where the squared cosine to the half vector is `cos2`.
fn lobe_density(cos2: f32, alpha: f32) -> f32 {
    let f = cos2 * (alpha * alpha - 1.0) + 1.0;
    alpha * alpha / (std::f32::consts::PI * f * f) / 4.0
}

fn taps(sharpest_side: usize, n_levels: usize, alpha: f32, n_samples: usize) -> Vec<Tap> {
    let pixel = 4.0 * std::f32::consts::PI / (6.0 * (sharpest_side * sharpest_side) as f32);
    let tap = |i: usize| {
        let turn = Vec2::from_angle(std::f32::consts::TAU * radical_inverse(i as u32));
        let u = (i as f32 + 0.5) / n_samples as f32;
        let cos2 = (1.0 - u) / (1.0 + (alpha * alpha - 1.0) * u);
        let (cos, sin) = (cos2.sqrt(), (1.0 - cos2).max(0.0).sqrt());
        let h = Vec3::new(turn.x * sin, turn.y * sin, cos);
        let direction = 2.0 * cos * h - Vec3::Z;
        let share = 1.0 / (n_samples as f32 * lobe_density(cos2, alpha));
        // One level coarser than the share, so that neighbours overlap.
        let level = (0.5 * (share / pixel).log2() + 1.0).round().max(0.0) as usize;
        Tap { direction, weight: direction.z, level: level.min(n_levels - 1) }
    };
    (0..n_samples).map(tap).filter(|tap| tap.weight > 0.0).collect()
}

/// Van der Corput's sequence in base two.
fn radical_inverse(i: u32) -> f32 {
    i.reverse_bits() as f32 / 4_294_967_296.0
}

fn irradiance(light: &Cube, side: usize) -> Cube {
    let rays: Vec<_> = light.rays().collect();
    Cube::from_directions(side, |n| {
        let mut sum = Vec3::ZERO;
        let mut total = 0.0;
        for (direction, light, share) in &rays {
            let weight = n.dot(*direction).max(0.0) * share;
            sum += *light * weight;
            total += weight;
        }
        sum / total
    })
}
