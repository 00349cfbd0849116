//! How much of the surroundings' light reaches a place: the studio's key softbox, or the sun of a picture,
//! throws a soft shadow, and the dome is hidden by what stands over a place. Twin of
//! shaders/common/shadows.wgsl.
//!
//! The scene's casters are seen from the key and from four sides of the dome, as maps of how near to
//! the light the nearest one lies. The shadow widens with its distance from what throws it (Fernando,
//! "Percentage-Closer Soft Shadows", 2005).

mod asked;

use glam::{DVec3, DVec4, Vec2, Vec3, Vec4};
use rayon::prelude::*;

pub(crate) use self::asked::{Asked, N_TAPS, SPIRALS};
use crate::environment::Sun;
use crate::gpu_scene::{Caster, Casters};
use crate::{GpuScene, Look, Surroundings, View, Walls, frame, studio_light};

/// The key, then the dome.
pub(crate) const N_MAPS: usize = 5;
/// Pixels along each side of a map.
pub(crate) const SIDE: usize = 256;
/// Rig space: the camera stands on +Z.
const DOME: [Vec3; N_MAPS - 1] = [
    Vec3::new(0.0, 0.98, 0.2),
    Vec3::new(-0.72, 0.5, 0.48),
    Vec3::new(0.72, 0.5, 0.48),
    Vec3::new(0.0, 0.55, -0.83),
];
/// What stays of the key's light where all of it is hidden.
const KEY_LEFT: f32 = 0.06;
/// Part of a room on each side that its walls may take.
const WALL: f64 = 0.03;
/// Of the key's shadow beside lamps of the file, which outshine the studio.
const BESIDE_LAMPS: f32 = 0.3;

/// Twin of `Shadows` in shaders/common/shadows.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct ShadowUniform {
    /// Of each map: from a place of the view to column, row, and metres towards the light.
    pub rows: [[[f32; 4]; 3]; N_MAPS],
    /// Of each map, view space: unit vector to the light; w: pixels of a metre.
    pub lights: [[f32; 4]; N_MAPS],
    /// Columns of the rotation from view to rig. w of the first: how much stronger the sun is than the rest
    /// of a picture's light; 0 in the studio.
    pub rig_x: [f32; 4],
    pub rig_y: [f32; 4],
    pub rig_z: [f32; 4],
    /// x: side of a cell in metres, y: how much of the key's light its shadow takes, z: farthest a
    /// penumbra reaches in metres, w: 0 where nothing throws shadows.
    pub sizes: [f32; 4],
}

impl ShadowUniform {
    pub(crate) const NONE: Self = Self {
        rows: [[[0.0; 4]; 3]; N_MAPS],
        lights: [[0.0; 4]; N_MAPS],
        rig_x: [0.0; 4],
        rig_y: [0.0; 4],
        rig_z: [0.0; 4],
        sizes: [0.0; 4],
    };
}

/// What a view's surfaces are asked about.
pub(crate) struct Shadows {
    /// `N_MAPS` maps of `SIDE` rows each.
    pub maps: Vec<f32>,
    placed: [Map; N_MAPS],
    cell: f32,
}

/// Where a map lies in the world.
#[derive(Clone, Copy)]
struct Map {
    right: Vec3,
    up: Vec3,
    to_light: Vec3,
    /// Relative to the casters' centre.
    low: Vec2,
    px_per_m: f32,
}

/// Texels to each side of a texel that have to be taken, too, for what lies there to hide a part of
/// the dome.
const THIN: usize = 2;

/// Nothing lies there.
const EMPTY: f32 = -1e30;

impl Shadows {
    /// Some two milliseconds.
    pub(crate) fn new(scene: &GpuScene, view: &View, look: &Look, walls: Walls) -> Self {
        let casters = &*scene.casters;
        let rig_from_world = frame::surroundings_from_view(view, look) * view.view_from_world_rotation();
        let seen = Seen {
            eye: (view.eye - casters.center).as_vec3(),
            hides_backs: scene.room.hides_backs(walls),
            cuts: scene.room.cuts(view, walls).map(|cut| cut.map(|plane| relative(plane, casters.center))),
            within: scene.room.around(view.eye).map(|air| {
                let inset = WALL * air.size();
                [air.min + inset, air.max - inset].map(|p| (p - casters.center).as_vec3())
            }),
        };
        let key = sun(look).map_or_else(studio_light::key_direction, |sun| sun.direction);
        let lights: [Vec3; N_MAPS] = std::array::from_fn(|i| {
            let rig = if i == 0 { key } else { DOME[i - 1] };
            (rig_from_world.transpose() * rig.as_dvec3()).as_vec3().normalize_or(Vec3::Y)
        });
        let made: Vec<(Map, Vec<f32>)> = lights
            .par_iter()
            .enumerate()
            .map(|(i, &to_light)| {
                let (placed, mut texels) = map(casters, to_light, &seen);
                if i > 0 {
                    leave_out_thin(&mut texels);
                }
                (placed, texels)
            })
            .collect();
        let placed = std::array::from_fn(|i| made[i].0);
        let maps = made.into_iter().flat_map(|(_, map)| map).collect();
        Self { maps, placed, cell: casters.cell }
    }

    /// The numbers for a view, be it the one the maps were made for or another.
    pub(crate) fn uniform(&self, scene: &GpuScene, view: &View, look: &Look) -> ShadowUniform {
        let casters = &*scene.casters;
        let view_from_world = view.view_from_world_rotation();
        let from_center = view.eye - casters.center;
        let row = |axis: Vec3, scale: f32, offset: f32| {
            let turned = (view_from_world * axis.as_dvec3()).as_vec3() * scale;
            let at_eye = from_center.dot(axis.as_dvec3()) as f32 * scale + offset;
            turned.extend(at_eye).to_array()
        };
        let rows = self.placed.map(|map| {
            let scale = map.px_per_m;
            [
                row(map.right, scale, -map.low.x * scale),
                row(map.up, scale, -map.low.y * scale),
                row(map.to_light, 1.0, 0.0),
            ]
        });
        let lights = self.placed.map(|map| {
            let to_light = (view_from_world * map.to_light.as_dvec3()).as_vec3();
            to_light.extend(map.px_per_m).to_array()
        });
        let rig = frame::surroundings_from_view(view, look).as_mat3();
        let key = match look.surroundings {
            Surroundings::Studio if scene.is_lit_by_file(look) => BESIDE_LAMPS,
            Surroundings::Studio => 1.0,
            Surroundings::Picture(_) if sun(look).is_none() => 0.0,
            Surroundings::Picture(_) if scene.is_lit_by_file(look) => BESIDE_LAMPS,
            Surroundings::Picture(_) => 1.0,
        };
        let is_there = f32::from(u8::from(!casters.points.is_empty()));
        let reach = 14.0 * self.cell;
        ShadowUniform {
            rows,
            lights,
            rig_x: rig.x_axis.extend(sun(look).map_or(0.0, |sun| sun.strength)).into(),
            rig_y: rig.y_axis.extend(0.0).into(),
            rig_z: rig.z_axis.extend(0.0).into(),
            sizes: [self.cell, key * (1.0 - KEY_LEFT), reach, is_there],
        }
    }
}

fn sun(look: &Look) -> Option<Sun> {
    match &look.surroundings {
        Surroundings::Studio => None,
        Surroundings::Picture(picture) => picture.sun(),
    }
}

/// Which surfaces are left out of the picture, and throw nothing.
struct Seen {
    eye: Vec3,
    hides_backs: bool,
    cuts: [Option<Vec4>; 3],
    /// Low and high corner of a room that the eye is in: its walls and ceiling would hide all of the
    /// studio.
    within: Option<[Vec3; 2]>,
}

fn relative(plane: DVec4, center: DVec3) -> Vec4 {
    plane.truncate().extend(plane.w + plane.truncate().dot(center)).as_vec4()
}

impl Seen {
    fn throws(&self, caster: &Caster, to_light: Vec3) -> bool {
        let is_cut = |plane: &Vec4| plane.truncate().dot(caster.position) + plane.w > 0.0;
        if self.cuts.iter().flatten().any(is_cut) {
            return false;
        }
        let is_outside =
            |[low, high]: [Vec3; 2]| caster.position.cmplt(low).any() || caster.position.cmpgt(high).any();
        if self.within.is_some_and(is_outside) {
            return false;
        }
        let turns_back = caster.normal.dot(self.eye - caster.position) < 0.0;
        // A ceiling that is seen through from above; of a solid, sides that face the light remain.
        !(turns_back && (self.hides_backs || caster.normal.dot(to_light) < 0.0))
    }
}

fn map(casters: &Casters, to_light: Vec3, seen: &Seen) -> (Map, Vec<f32>) {
    let (right, up) = to_light.any_orthonormal_pair();
    let place = |p: Vec3| Vec2::new(p.dot(right), p.dot(up));
    let throwing: Vec<Vec3> =
        casters.points.iter().filter(|c| seen.throws(c, to_light)).map(|c| c.position).collect();
    let low = throwing.iter().fold(Vec2::INFINITY, |low, p| low.min(place(*p)));
    let high = throwing.iter().fold(Vec2::NEG_INFINITY, |high, p| high.max(place(*p)));
    let mut texels = vec![EMPTY; SIDE * SIDE];
    if throwing.is_empty() {
        return (Map { right, up, to_light, low: Vec2::ZERO, px_per_m: 1.0 }, texels);
    }
    // Room for the discs at the border.
    let margin = 2.0 * casters.cell;
    let px_per_m = SIDE as f32 / ((high - low).max_element() + 2.0 * margin);
    let low = low - margin;
    // A cell's diagonal, so that neighbours overlap.
    let radius = (0.62 * casters.cell * px_per_m).max(0.5);
    for p in throwing {
        let at = (place(p) - low) * px_per_m;
        let towards = p.dot(to_light);
        let [x0, y0] = (at - radius).max(Vec2::ZERO).as_uvec2().to_array().map(|c| c as usize);
        let [x1, y1] =
            (at + radius).max(Vec2::ZERO).as_uvec2().to_array().map(|c| (c as usize).min(SIDE - 1));
        for row in y0..=y1 {
            for texel in texels.get_mut(row * SIDE + x0..=row * SIDE + x1).unwrap_or_default() {
                *texel = texel.max(towards);
            }
        }
    }
    (Map { right, up, to_light, low, px_per_m }, texels)
}

/// Grey opening (Serra, "Image Analysis and Mathematical Morphology", 1982): what is thinner than a few
/// cells hides next to nothing of a dome, yet four sides of one make a stripe of it for each.
fn leave_out_thin(texels: &mut [f32]) {
    let mut turned = vec![EMPTY; texels.len()];
    for pick in [f32::min, f32::max] {
        windows(texels, &mut turned, pick);
        windows(&turned, texels, pick);
    }
}

/// What `pick` takes of the texels within [`THIN`] in each row, written as columns.
fn windows(texels: &[f32], turned: &mut [f32], pick: fn(f32, f32) -> f32) {
    for (y, row) in texels.chunks_exact(SIDE).enumerate() {
        for x in 0..SIDE {
            let near = &row[x.saturating_sub(THIN)..(x + THIN + 1).min(SIDE)];
            turned[x * SIDE + y] = near[1..].iter().copied().fold(near[0], pick);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_thin_leaves_a_map_and_the_rest_keeps_its_outline() {
        let mut texels = vec![EMPTY; SIDE * SIDE];
        let mut draw = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>, height: f32| {
            for row in rows {
                texels[row * SIDE..][columns.clone()].fill(height);
            }
        };
        draw(0..SIDE, 40..43, 2.0);
        draw(200..204, 0..SIDE, 3.0);
        draw(60..90, 100..105, 1.0);
        // A line over the plate: the plate remains.
        draw(70..72, 90..120, 4.0);
        leave_out_thin(&mut texels);
        for (i, &height) in texels.iter().enumerate() {
            let is_plate = (60..90).contains(&(i % SIDE)) && (100..105).contains(&(i / SIDE));
            assert_eq!(height, if is_plate { 1.0 } else { EMPTY }, "{} {}", i % SIDE, i / SIDE);
        }
    }
}
