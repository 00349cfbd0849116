//! Closed interiors: scenes that show nothing but the outside of their walls from outside.
//!
//! Straight shafts run through the bounding box along each axis, a grid of them a side, and note where
//! they meet a surface and which way it faces: a layered depth image (Shade et al., 1998) along three
//! directions. Air is what lies between two surfaces that face each other; a room is mostly air, with
//! walls in front of it wherever one looks from.

use glam::{DMat4, DVec3, Vec2, Vec3};
use rayon::prelude::*;
use scene::{Aabb, Topology};

use super::geometry::Geometry;
use crate::vertex::PlainVertex;

/// Shafts along each side of a face of the box.
const N_SHAFTS: usize = 32;
/// Air shorter than this part of the box is no room.
const LEAST_GAP: f32 = 0.3;
/// A surface within this part of the box belongs to its side.
const FLAT: f32 = 0.12;
/// Indices that one task looks at.
const CHUNK: usize = 3 * 16_384;

/// The air within a scene's box, and whether walls hide it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    /// Where the walls end, world space.
    pub air: Aabb,
    pub shell: Shell,
}

/// What hides the air from whoever is outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    /// Nothing much: it is no closed interior.
    Open,
    /// Walls without thickness that turn their back.
    Sheet,
    /// Walls with an outside of their own.
    Thick,
}

/// Which materials a look goes through, by material; the last is that of surfaces without one.
pub(crate) type SeeThrough<'a> = &'a [bool];

impl Room {
    /// Linear in the number of triangles.
    pub(crate) fn of<'a>(
        bounds: &Aabb,
        placings: impl Iterator<Item = (&'a Geometry, DMat4)>,
        see_through: SeeThrough<'_>,
    ) -> Self {
        let size = bounds.size();
        if size.min_element() <= 0.0 || !size.is_finite() {
            return Self { air: *bounds, shell: Shell::Open };
        }
        let to_shafts = DMat4::from_scale(N_SHAFTS as f64 / size) * DMat4::from_translation(-bounds.min);
        let mut hits = Vec::new();
        for (geometry, world_from_object) in placings {
            add(geometry, &(to_shafts * world_from_object), see_through, &mut hits);
        }
        hits.par_sort_unstable_by(|a, b| {
            (a.shaft, a.at).partial_cmp(&(b.shaft, b.at)).unwrap_or(std::cmp::Ordering::Equal)
        });
        let sides = Sides::of(&hits);
        let [low, high] = sides.air.map(|part| bounds.min + size * part);
        Self { air: Aabb { min: low, max: high }, shell: sides.shell() }
    }
}

/// A surface on the way of a shaft.
#[derive(Clone, Copy, Debug)]
struct Hit {
    /// Axis, row and column in one number.
    shaft: u32,
    /// 0 at the low side of the box, 1 at the high one.
    at: f32,
    /// The surface faces towards the high side.
    faces_up: bool,
}

fn add(geometry: &Geometry, shafts_from_object: &DMat4, see_through: SeeThrough<'_>, hits: &mut Vec<Hit>) {
    if geometry.topology != Topology::Faces {
        return;
    }
    let matrix = shafts_from_object.as_mat4();
    let mirrors = shafts_from_object.determinant() < 0.0;
    let place = |vertex: &PlainVertex| matrix.transform_point3(vertex.position.into());
    let cells: Vec<u32> = geometry.vertices.par_iter().with_min_len(CHUNK).map(|v| cell(place(v))).collect();
    for run in &geometry.runs {
        let material = run.material.filter(|&m| m + 1 < see_through.len()).unwrap_or(see_through.len() - 1);
        if see_through.get(material).copied().unwrap_or(false) {
            continue;
        }
        let indices = geometry.indices.get(run.indices.start as usize..run.indices.end as usize);
        let found: Vec<Vec<Hit>> = indices
            .unwrap_or_default()
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut found = Vec::new();
                for &[a, b, c] in chunk.as_chunks::<3>().0 {
                    let cell = |v: u32| cells.get(v as usize).copied().unwrap_or_default();
                    if !may_meet_a_shaft([cell(a), cell(b), cell(c)]) {
                        continue;
                    }
                    let corners = [a, b, c].map(|v| geometry.vertices.get(v as usize).map(place));
                    if let [Some(a), Some(b), Some(c)] = corners {
                        let (b, c) = if mirrors { (c, b) } else { (b, c) };
                        triangle_hits([a, b, c], &mut found);
                    }
                }
                found
            })
            .collect();
        hits.extend(found.into_iter().flatten());
    }
}

/// Between which shafts a point lies, ten bits an axis, the lowest of which is set close to a shaft.
fn cell(point: Vec3) -> u32 {
    let part = |x: f32| {
        let n_passed = (x + 0.5) as u32;
        let on_the_way = x + 0.5 - n_passed as f32;
        let is_close = !(CLOSE..=1.0 - CLOSE).contains(&on_the_way);
        2 * n_passed.min(N_SHAFTS as u32 + 1) + u32::from(is_close)
    };
    part(point.x) | part(point.y) << 10 | part(point.z) << 20
}

/// Parts of the way from one shaft to the next.
const CLOSE: f32 = 1e-3;

/// Whether there are two axes along which the corners do not all lie between the same shafts.
fn may_meet_a_shaft([a, b, c]: [u32; 3]) -> bool {
    let apart = (a ^ b) | (a ^ c);
    let close = (a | b | c) & 0x0010_0401;
    let axis = |shift: u32| u32::from((apart | close) >> shift & 0x3ff != 0);
    axis(0) + axis(10) + axis(20) >= 2
}

/// Most triangles are small and lie between the shafts.
fn triangle_hits(corners: [Vec3; 3], found: &mut Vec<Hit>) {
    let [a, b, c] = corners;
    let low = (a.min(b).min(c) - 0.5).ceil().max(Vec3::ZERO);
    let high = (a.max(b).max(c) - 0.5).floor().min(Vec3::splat(N_SHAFTS as f32 - 1.0));
    let meets = low.cmple(high);
    for axis in 0..3 {
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        if !meets.test(u) || !meets.test(v) {
            continue;
        }
        let flat = |p: Vec3| Vec2::new(p[u], p[v]);
        let area = (flat(b) - flat(a)).perp_dot(flat(c) - flat(a));
        if area == 0.0 || !area.is_finite() {
            continue;
        }
        for row in low[v] as u32..=high[v] as u32 {
            for column in low[u] as u32..=high[u] as u32 {
                let p = Vec2::new(column as f32, row as f32) + 0.5;
                let weight = |from: Vec3, to: Vec3| (flat(to) - flat(from)).perp_dot(p - flat(from)) / area;
                let weights = Vec3::new(weight(b, c), weight(c, a), weight(a, b));
                if weights.cmpge(Vec3::ZERO).all() {
                    let shaft = (axis as u32 * N_SHAFTS as u32 + row) * N_SHAFTS as u32 + column;
                    let at = weights.dot(Vec3::new(a[axis], b[axis], c[axis])) / N_SHAFTS as f32;
                    found.push(Hit { shaft, at, faces_up: area > 0.0 });
                }
            }
        }
    }
}

/// The air of the shafts along one axis, as parts of the box.
#[derive(Default)]
struct Axis {
    begins: Vec<f32>,
    ends: Vec<f32>,
    n_enclosed: usize,
    /// Shafts on which something stands in the air.
    n_furnished: usize,
}

impl Axis {
    /// `shaft`: its hits in order.
    fn add(&mut self, shaft: &[Hit]) {
        let gaps = shaft.windows(2).filter(|pair| pair[0].faces_up && !pair[1].faces_up);
        let longest = gaps.map(|pair| pair[1].at - pair[0].at).fold(0.0, f32::max);
        let begin = shaft.iter().find(|hit| hit.faces_up);
        let end = shaft.iter().rev().find(|hit| !hit.faces_up);
        if let (Some(begin), Some(end)) = (begin, end)
            && longest > LEAST_GAP
        {
            self.n_enclosed += 1;
            self.n_furnished += usize::from(longest < 0.9 * (end.at - begin.at));
            self.begins.push(begin.at);
            self.ends.push(end.at);
        }
    }
}

/// What the shafts say of the six sides of the box.
#[derive(Debug)]
struct Sides {
    /// Where the air begins and ends along each axis, as parts of the box.
    air: [DVec3; 2],
    /// Shafts along each axis that cross air with a wall at both ends, as parts of all.
    n_enclosed: [f32; 3],
    /// Those with something in that air.
    n_furnished: [f32; 3],
    /// First surfaces, looking in from both ends of all shafts, that turn their back; as parts of all.
    n_turned_away: f32,
    /// Those that lie close to the side of the box.
    n_flat: f32,
    /// Shafts that meet anything.
    n_met: f32,
}

impl Sides {
    fn of(hits: &[Hit]) -> Self {
        let n_all = (N_SHAFTS * N_SHAFTS) as f32;
        let mut axes: [Axis; 3] = Default::default();
        let (mut n_turned_away, mut n_flat, mut n_met) = (0, 0, 0);
        for shaft in hits.chunk_by(|a, b| a.shaft == b.shaft) {
            let (Some(first), Some(last)) = (shaft.first(), shaft.last()) else { continue };
            n_met += 1;
            n_turned_away += usize::from(first.faces_up) + usize::from(!last.faces_up);
            n_flat += usize::from(first.at < FLAT) + usize::from(last.at > 1.0 - FLAT);
            if let Some(axis) = axes.get_mut(first.shaft as usize / (N_SHAFTS * N_SHAFTS)) {
                axis.add(shaft);
            }
        }
        let n_ends = 2.0 * f32::max(n_met as f32, 1.0);
        let n_enclosed = axes.each_ref().map(|axis| axis.n_enclosed as f32 / n_all);
        let n_furnished = axes.each_ref().map(|axis| axis.n_furnished as f32 / n_all);
        let mut air = [DVec3::ZERO, DVec3::ONE];
        for (i, axis) in axes.iter_mut().enumerate() {
            if let (Some(low), Some(high)) = (median(&mut axis.begins), median(&mut axis.ends)) {
                (air[0][i], air[1][i]) = (low.clamp(0.0, 1.0).into(), high.clamp(0.0, 1.0).into());
            }
        }
        Self {
            air,
            n_enclosed,
            n_furnished,
            n_turned_away: n_turned_away as f32 / n_ends,
            n_flat: n_flat as f32 / n_ends,
            n_met: n_met as f32 / (3.0 * n_all),
        }
    }

    /// Thick walls make a plain box of a room; there is something else than air inside.
    fn shell(&self) -> Shell {
        let n_axes = |least: f32| self.n_enclosed.iter().filter(|&&n| n >= least).count();
        let is_sheet = self.n_turned_away >= 0.6 && n_axes(0.5) >= 2;
        let is_plain_box = self.n_flat >= 0.7 && self.n_met >= 0.85 && n_axes(0.4) >= 2;
        match (is_sheet, is_plain_box && self.is_furnished()) {
            (true, _) => Shell::Sheet,
            (_, true) => Shell::Thick,
            _ => Shell::Open,
        }
    }

    fn is_furnished(&self) -> bool {
        self.n_furnished.iter().any(|&n| n >= 0.04)
    }
}

fn median(values: &mut [f32]) -> Option<f32> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use scene::{Faces, Primitive};

    use super::*;

    /// Twelve triangles around the origin; wound to be seen from within when `is_inside_out`.
    fn cube(is_inside_out: bool, sides: std::ops::Range<usize>) -> Geometry {
        let corner = |i: u32| {
            let side = |bit: u32| if i >> bit & 1 == 1 { 0.5 } else { -0.5 };
            Vec3::new(side(0), side(1), side(2))
        };
        // The last one looks towards +Z.
        let all = [[0, 2, 3, 1], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5], [4, 5, 7, 6]];
        let turned = |[a, b, c, d]: [u32; 4]| if is_inside_out { [d, c, b, a] } else { [a, b, c, d] };
        let corners = all[sides].iter().flat_map(|&side| {
            let [a, b, c, d] = turned(side);
            [a, b, c, a, c, d]
        });
        let primitive = Primitive {
            vertex_positions: (0..8).map(corner).collect(),
            faces: Faces::triangles(corners.collect()),
            ..Default::default()
        };
        Geometry::of(&primitive, false, usize::MAX)
    }

    fn room(placings: &[(Geometry, DMat4)]) -> Room {
        let mut bounds = Aabb::EMPTY;
        for (geometry, world_from_object) in placings {
            let points = geometry.vertices.iter().map(|v| Vec3::from(v.position).as_dvec3());
            points.for_each(|p| bounds.add(world_from_object.transform_point3(p)));
        }
        Room::of(&bounds, placings.iter().map(|(g, m)| (g, *m)), &[false])
    }

    fn scaled(x: f64, y: f64, z: f64) -> DMat4 {
        DMat4::from_scale(DVec3::new(x, y, z))
    }

    fn furniture() -> impl Iterator<Item = (Geometry, DMat4)> {
        let places = [(-1.0, -0.8), (0.4, 0.9), (1.1, -0.2), (-0.4, 0.3)];
        places.into_iter().map(|(x, z)| {
            let moved = DMat4::from_translation(DVec3::new(x, -0.6, z));
            (cube(false, 0..6), moved * scaled(0.7, 1.2, 0.7))
        })
    }

    #[test]
    fn a_sheet_around_air_is_a_room_even_without_its_front() {
        for sides in [0..6, 0..5] {
            let made = room(&[(cube(true, sides), scaled(4.0, 2.5, 4.0))]);
            assert_eq!(made.shell, Shell::Sheet);
            assert!(made.air.max.distance(DVec3::new(2.0, 1.25, 2.0)) < 1e-3, "{made:?}");
        }
    }

    #[test]
    fn thick_walls_around_furniture_are_a_room_and_end_where_the_air_begins() {
        let outside = (cube(false, 0..6), scaled(4.4, 2.8, 4.4));
        let inside = (cube(true, 0..6), scaled(4.0, 2.4, 4.0));
        let made = room(&[outside, inside].into_iter().chain(furniture()).collect::<Vec<_>>());
        assert_eq!(made.shell, Shell::Thick);
        assert!(made.air.min.distance(DVec3::new(-2.0, -1.2, -2.0)) < 1e-3, "{made:?}");
        assert!(made.air.max.distance(DVec3::new(2.0, 1.2, 2.0)) < 1e-3, "{made:?}");
    }

    #[test]
    fn solids_hollow_castings_and_flat_things_are_no_rooms() {
        let solid = vec![(cube(false, 0..6), scaled(2.0, 1.0, 1.0))];
        let casting =
            vec![(cube(false, 0..6), scaled(2.0, 2.0, 2.0)), (cube(true, 0..6), scaled(1.8, 1.8, 1.8))];
        let flat = vec![(cube(false, 0..6), scaled(2.0, 0.0, 2.0))];
        let nothing = vec![];
        for placings in [solid, casting, furniture().collect(), flat, nothing] {
            assert_eq!(room(&placings).shell, Shell::Open);
        }
    }

    #[test]
    fn a_mirroring_transform_turns_no_wall_around() {
        let made = room(&[(cube(true, 0..6), scaled(-4.0, 2.5, 4.0))]);
        assert_eq!(made.shell, Shell::Sheet);
    }

    #[test]
    fn numbers_that_are_none_harm_nothing() {
        let mut broken = cube(true, 0..6);
        broken.vertices[0].position = [f32::NAN, f32::INFINITY, 1e38];
        room(&[(broken, scaled(4.0, 2.5, 4.0)), (cube(false, 0..6), scaled(1.0, 1.0, 1.0))]);
    }
}
