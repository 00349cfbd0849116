//! What the maps of shadows say of a place. Twin of shaders/common/shadows.wgsl.

use std::sync::LazyLock;

use glam::{Vec2, Vec3, Vec4};

use super::{EMPTY, N_MAPS, SIDE, ShadowUniform, Shadows};
use crate::studio_light;

/// What stays of the dome's light where all of it is hidden: light bounces.
const BOUNCED: f32 = 0.42;
/// Width of a penumbra at distance 1.
const PENUMBRA: f32 = 0.42;
/// Part of the taps that may hit something far and thin in one pixel and miss it in the next: noise.
const STRAY: f32 = 0.125;
const N_SEARCH: usize = 8;
pub(crate) const N_TAPS: usize = 12;
const N_DOME_TAPS: usize = 3;
/// Cosine at which a side of the dome lies too low over a face to tell it from the face itself.
const LEAST_FACING: f32 = 0.2;
/// Radians from one tap of the spiral to the next.
const GOLDEN_ANGLE: f32 = 2.399_963;

/// A spiral within the unit circle for each of 4 x 4 pixels, turned in the order of a Bayer matrix, so
/// that neighbours differ much; those that are asked have all eight turns. For shadows and occlusion.
pub(crate) static SPIRALS: LazyLock<[[Vec2; N_TAPS]; 16]> = LazyLock::new(|| {
    const ORDER: [u8; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
    ORDER.map(|step| {
        let turn = f32::from(step) * (std::f32::consts::TAU / 8.0);
        std::array::from_fn(|tap| {
            let distance = ((tap as f32 + 0.5) / N_TAPS as f32).sqrt();
            Vec2::from_angle(tap as f32 * GOLDEN_ANGLE + turn) * distance
        })
    })
});

/// A view's shadows, ready to be asked.
pub(crate) struct Asked<'a> {
    maps: &'a [f32],
    uniform: ShadowUniform,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(shadows: &'a Shadows, uniform: ShadowUniform) -> Self {
        Self { maps: &shadows.maps, uniform }
    }

    /// Part of the studio's light that reaches a place of the view whose face has the normal `n`.
    /// `turn`: the pixel's, of sixteen.
    pub(crate) fn light(&self, position: Vec3, n: Vec3, turn: usize) -> f32 {
        let Some(spiral) = SPIRALS.get(turn) else { return 1.0 };
        let [_, key_strength, _, is_there] = self.uniform.sizes;
        if is_there == 0.0 {
            return 1.0;
        }
        let axis = |v: [f32; 4]| Vec4::from(v).truncate();
        let rig =
            axis(self.uniform.rig_x) * n.x + axis(self.uniform.rig_y) * n.y + axis(self.uniform.rig_z) * n.z;
        let (key_part, key_hidden) = if key_strength > 0.0 {
            (key_strength * self.key_share(rig, n), self.key_hidden(position, n, spiral))
        } else {
            (0.0, 0.0)
        };
        let dome = self.dome_hidden(position, n, spiral) * (1.0 - BOUNCED);
        1.0 - key_part * key_hidden - (1.0 - key_part) * dome
    }

    /// Part of the light on a face that comes from the key, or from the sun. `rig`: the face's normal there.
    fn key_share(&self, rig: Vec3, n: Vec3) -> f32 {
        let sun = self.uniform.rig_x[3];
        if sun == 0.0 {
            return studio_light::key_share(rig);
        }
        let lit = sun * n.dot(Vec4::from(self.uniform.lights[0]).truncate()).max(0.0);
        lit / (lit + 1.0)
    }

    fn at(&self, map: usize, place: Vec2) -> f32 {
        let inside = place.cmpge(Vec2::ZERO).all() && place.cmplt(Vec2::splat(SIDE as f32)).all();
        let texel = || self.maps.get((map * SIDE + place.y as usize) * SIDE + place.x as usize).copied();
        if inside { texel().unwrap_or(EMPTY) } else { EMPTY }
    }

    /// Column and row of a place on a map, and how near to the light it is.
    fn place(&self, map: usize, position: Vec3) -> Vec3 {
        let [x, y, z] = self.uniform.rows[map].map(|row| Vec4::from(row).dot(position.extend(1.0)));
        Vec3::new(x, y, z)
    }

    fn key_hidden(&self, position: Vec3, n: Vec3, spiral: &[Vec2; N_TAPS]) -> f32 {
        let [cell, _, reach, _] = self.uniform.sizes;
        let to_light = Vec4::from(self.uniform.lights[0]);
        let px_per_m = to_light.w;
        let facing = n.dot(to_light.truncate());
        if facing <= 0.02 {
            return 0.0;
        }
        let lifted = position + n * (1.3 * cell) + to_light.truncate() * (0.9 * cell);
        let here = self.place(0, lifted);
        let slope = ((1.0 - facing * facing).max(0.0).sqrt() / facing).min(1.6);
        let (mut sum, mut n_found) = (0.0, 0.0);
        for offset in &spiral[N_TAPS - N_SEARCH..] {
            let over = self.at(0, here.truncate() + *offset * (reach * px_per_m)) - here.z;
            // The surface itself rises as well.
            if over > reach * offset.length() * slope {
                sum += over;
                n_found += 1.0;
            }
        }
        let straight = self.at(0, here.truncate()) - here.z;
        if straight > 0.0 {
            sum += straight;
            n_found += 1.0;
        }
        if n_found == 0.0 {
            return 0.0;
        }
        let width = (0.5 * PENUMBRA * sum / n_found).clamp(0.9 * cell, reach);
        let mut hidden = 0.0;
        for offset in spiral {
            let over = self.at(0, here.truncate() + *offset * (width * px_per_m)) - here.z;
            hidden += ((over - width * offset.length() * slope) / cell).clamp(0.0, 1.0);
        }
        ((hidden / N_TAPS as f32 - STRAY) / (1.0 - STRAY)).max(0.0)
    }

    /// Of the light of the dome that a face would get.
    fn dome_hidden(&self, position: Vec3, n: Vec3, spiral: &[Vec2; N_TAPS]) -> f32 {
        let [cell, _, reach, _] = self.uniform.sizes;
        let (mut hidden, mut total) = (0.0, 0.25);
        for map in 1..N_MAPS {
            let to_light = Vec4::from(self.uniform.lights[map]);
            let facing = n.dot(to_light.truncate());
            let weight = facing - LEAST_FACING;
            if weight <= 0.0 {
                continue;
            }
            total += weight;
            let here = self.place(map, position + n * (2.0 * cell) + to_light.truncate() * (0.75 * cell));
            let slope = ((1.0 - facing * facing).max(0.0).sqrt() / facing).min(5.0);
            for tap in 0..N_DOME_TAPS {
                let offset = spiral[(tap * 4 + map) % N_TAPS];
                let over = self.at(map, here.truncate() + offset * (0.6 * reach * to_light.w)) - here.z;
                let rise = 0.6 * reach * offset.length() * slope;
                hidden += weight * ((over - rise) / (3.0 * cell)).clamp(0.0, 1.0) / N_DOME_TAPS as f32;
            }
        }
        hidden / total
    }
}
