//! What throws shadows: one point of each small cell that a surface runs through. They are so few
//! that they can be looked at from any light in a millisecond or two, and they are made once a scene.

use glam::{DMat4, DVec3, UVec3, Vec3};
use scene::{Aabb, Topology};

use super::geometry::Geometry;

/// Cells along the longest side of the scene.
const N_CELLS: u32 = 128;
/// Of a mesh of more triangles only so many, evenly spread, are looked at: they are smaller than cells.
const MAX_TRIANGLES: usize = 80_000;
/// Places that are looked at, over all of a scene: what takes some twenty milliseconds.
const MAX_PLACES: usize = 2_000_000;

/// Surfaces as points.
#[derive(Default)]
pub(crate) struct Casters {
    /// World position of what `points` are relative to.
    pub center: DVec3,
    /// Side of a cell in metres.
    pub cell: f32,
    pub points: Vec<Caster>,
}

#[derive(Clone, Copy)]
pub(crate) struct Caster {
    pub position: Vec3,
    /// Of its face, not of unit length; zero where it is seen from both sides.
    pub normal: Vec3,
}

/// What a surface does to light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Casting {
    LetsThrough,
    OneSided,
    TwoSided,
}

impl Casters {
    /// Linear in the number of triangles. `casting`: by material, the last for surfaces without one.
    pub(crate) fn of<'a>(
        bounds: &Aabb,
        placings: impl Iterator<Item = (&'a Geometry, DMat4)>,
        casting: &[Casting],
    ) -> Self {
        let mut cells = Cells::new(bounds);
        let to_cells = DMat4::from_scale(DVec3::splat(1.0 / f64::from(cells.cell)))
            * DMat4::from_translation(-cells.low);
        for (geometry, world_from_object) in placings {
            if geometry.topology == Topology::Faces {
                cells.add_geometry(geometry, &(to_cells * world_from_object), casting);
            }
        }
        cells.finish()
    }

    /// Of triangles over world positions, all of which hide light from both sides.
    pub(crate) fn of_triangles<'a>(
        bounds: &Aabb,
        casters: impl Iterator<Item = (&'a [DVec3], &'a [u32])>,
    ) -> Self {
        let mut cells = Cells::new(bounds);
        let scale = 1.0 / f64::from(cells.cell);
        for (positions, triangles) in casters {
            let low = cells.low;
            let place = |v: u32| positions.get(v as usize).map(|p| ((*p - low) * scale).as_vec3());
            cells.add_triangles(triangles, place, Casting::TwoSided, false);
        }
        cells.finish()
    }
}

struct Cells {
    low: DVec3,
    cell: f32,
    size: DVec3,
    is_taken: Vec<u64>,
    points: Vec<Caster>,
    n_places: usize,
}

impl Cells {
    fn new(bounds: &Aabb) -> Self {
        let size = if bounds.is_empty() { DVec3::ZERO } else { bounds.size() };
        let longest = size.max_element();
        let longest = if longest.is_finite() && longest > 0.0 { longest } else { 1.0 };
        Self {
            low: if bounds.is_empty() { DVec3::ZERO } else { bounds.min },
            cell: (longest / f64::from(N_CELLS)).max(f64::from(f32::MIN_POSITIVE)) as f32,
            size,
            is_taken: vec![0; (N_CELLS * N_CELLS * N_CELLS) as usize / 64],
            points: Vec::new(),
            n_places: 0,
        }
    }

    /// From cells to metres around the middle.
    fn finish(mut self) -> Casters {
        let half = (0.5 * self.size).as_vec3();
        let cell = self.cell;
        self.points.iter_mut().for_each(|point| point.position = point.position * cell - half);
        Casters { center: self.low + 0.5 * self.size, cell, points: self.points }
    }

    fn add_geometry(&mut self, geometry: &Geometry, cells_from_object: &DMat4, casting: &[Casting]) {
        let matrix = cells_from_object.as_mat4();
        let mirrors = matrix.determinant() < 0.0;
        for run in &geometry.runs {
            let material =
                run.material.filter(|&m| m + 1 < casting.len()).unwrap_or(casting.len().max(1) - 1);
            let casting = casting.get(material).copied().unwrap_or(Casting::TwoSided);
            let indices = geometry.indices.get(run.indices.start as usize..run.indices.end as usize);
            if casting != Casting::LetsThrough {
                let place = |v: u32| {
                    let vertex = geometry.vertices.get(v as usize)?;
                    Some(matrix.transform_point3(vertex.position.into()))
                };
                self.add_triangles(indices.unwrap_or_default(), place, casting, mirrors);
            }
        }
    }

    /// `place`: of a vertex, in cells.
    fn add_triangles(
        &mut self,
        indices: &[u32],
        place: impl Fn(u32) -> Option<Vec3>,
        casting: Casting,
        mirrors: bool,
    ) {
        let triangles = indices.as_chunks::<3>().0;
        let step = triangles.len().div_ceil(MAX_TRIANGLES).max(1);
        for triangle in triangles.iter().step_by(step) {
            let [Some(a), Some(b), Some(c)] = triangle.map(&place) else { continue };
            if self.n_places > MAX_PLACES {
                return;
            }
            let normal = match casting {
                Casting::OneSided if mirrors => (c - a).cross(b - a),
                Casting::OneSided => (b - a).cross(c - a),
                _ => Vec3::ZERO,
            };
            self.add_triangle([a, b, c], normal);
        }
    }

    /// A place in each cell it runs through, in rows along its longest edge.
    fn add_triangle(&mut self, corners: [Vec3; 3], normal: Vec3) {
        let [a, b, c] = corners;
        let longest = [(a, b, c), (b, c, a), (c, a, b)]
            .into_iter()
            .max_by(|l, r| l.0.distance_squared(l.1).total_cmp(&r.0.distance_squared(r.1)));
        let Some((from, to, apex)) = longest else { return };
        let length = from.distance(to);
        if length <= 1.0 || !length.is_finite() {
            self.add((a + b + c) / 3.0, normal);
            return;
        }
        let most = 4.0 * N_CELLS as f32;
        let height = (to - from).cross(apex - from).length() / length;
        let n_rows = height.min(most).ceil().max(1.0);
        for row in 0..n_rows as u32 {
            let t = (row as f32 + 0.5) / n_rows;
            let (left, right) = (from.lerp(apex, t), to.lerp(apex, t));
            let n_places = (length * (1.0 - t)).min(most).ceil().max(1.0);
            for i in 0..n_places as u32 {
                self.add(left.lerp(right, (i as f32 + 0.5) / n_places), normal);
            }
        }
    }

    fn add(&mut self, position: Vec3, normal: Vec3) {
        self.n_places += 1;
        if !position.is_finite() {
            return;
        }
        let at: UVec3 = position.max(Vec3::ZERO).as_uvec3().min(UVec3::splat(N_CELLS - 1));
        let number = ((at.z * N_CELLS + at.y) * N_CELLS + at.x) as usize;
        let Some(word) = self.is_taken.get_mut(number / 64) else { return };
        let bit = 1 << (number % 64);
        if *word & bit == 0 {
            *word |= bit;
            self.points.push(Caster { position, normal });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_has_a_point_in_most_of_its_cells_and_no_two_in_one() {
        let corners = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)].map(|(x, z)| DVec3::new(x, 1.0, z));
        let bounds = Aabb { min: DVec3::new(0.0, 1.0, 0.0), max: DVec3::new(4.0, 1.0, 4.0) };
        let casters = Casters::of_triangles(&bounds, [(&corners[..], &[0, 1, 2, 0, 2, 3][..])].into_iter());
        let n_cells = (N_CELLS * N_CELLS) as f32;
        let part = casters.points.len() as f32 / n_cells;
        assert!((0.75..=1.0).contains(&part), "{part}");
        assert!(casters.points.iter().all(|p| p.position.abs().max_element() <= 2.0 + 1e-4));
    }

    #[test]
    fn what_has_no_size_or_no_place_throws_nothing_strange() {
        let bounds = Aabb { min: DVec3::ZERO, max: DVec3::ZERO };
        let broken = [DVec3::NAN, DVec3::splat(1e300), DVec3::ZERO];
        let casters =
            Casters::of_triangles(&bounds, [(&broken[..], &[0, 1, 2, 2, 2, 2, 9, 9, 9][..])].into_iter());
        assert!(casters.points.len() <= 1);
        assert!(casters.points.iter().all(|p| p.position.is_finite()));
    }
}
