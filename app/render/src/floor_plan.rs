//! Where a walker begins: on the floor of a room, with space around, where the view is longest.
//!
//! The room is drawn as a plan, a grid of cells seen from above. What reaches into the height of a
//! person stands in the way, what reaches into the height of the eyes ends the view. The free cells
//! that hang together and have a floor are where one may stand; of those, the one with the longest
//! view over a lens's width is taken.

use std::f64::consts::TAU;

use glam::{DVec2, DVec3};
use scene::{Aabb, Scene};

use crate::{Lens, View};

/// Height of a grown person's eyes in metres.
pub const EYE_HEIGHT: f64 = 1.6;
/// A lens for rooms.
pub const INDOORS_MM: f64 = 24.0;

/// Cells along the longer side of a room.
const N_CELLS: usize = 96;
/// Directions that are looked into.
const N_DIRECTIONS: usize = 48;
/// Directions to each side that a lens takes in besides the one it looks into.
const N_ASIDE: usize = 5;
/// How much more a view over the middle of the room is worth than one along its side.
const OVER_MIDDLE: f64 = 0.4;
/// Room around a person, in metres at full height.
const ELBOW_ROOM: f64 = 0.45;

/// Where somebody stands in a room, and what is looked at; level, world space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standpoint {
    pub eye: DVec3,
    pub target: DVec3,
}

impl Standpoint {
    /// Through a lens for rooms; `bounds` is the scene's.
    pub fn view(&self, bounds: &Aabb, aspect: f64) -> View {
        let Self { eye, target } = *self;
        let lens = Lens::Perspective { focal_length_mm: INDOORS_MM };
        View { eye, target, up: DVec3::Y, lens, near: 0.0, far: 1.0, aspect }.with_depth_of(bounds)
    }
}

/// What a place is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looking {
    /// One picture: back against a wall.
    Ahead,
    /// Several, turning on the spot.
    Around,
}

/// The best place to look at a `room` from within; `None` where nobody can stand. Linear in the number
/// of triangles.
pub fn standpoint(scene: &Scene, room: &Aabb, looking: Looking) -> Option<Standpoint> {
    let size = room.size();
    if !size.is_finite() || size.min_element() <= 0.0 {
        return None;
    }
    let eye_height = EYE_HEIGHT.min(0.55 * size.y);
    let plan = Plan::of(scene, room, eye_height);
    let free = plan.standing_places();
    let clearance = plan.clearance(&free);
    let most = clearance.iter().copied().fold(0.0, f64::max);
    let least = (ELBOW_ROOM * eye_height / EYE_HEIGHT).min(0.8 * most);
    let places = (0..plan.n_cells()).filter(|&cell| clearance[cell] >= least && clearance[cell] > 0.0);
    let views = places.map(|cell| (cell, plan.best_view(cell, looking)));
    let worth = |(cell, view): &(usize, Outlook)| view.worth * (0.8 + 0.2 * clearance[*cell] / most);
    let (cell, Outlook { direction, ahead: reach, .. }) =
        views.max_by(|a, b| worth(a).total_cmp(&worth(b)))?;
    let at = plan.center(cell);
    let eye = DVec3::new(at.x, room.min.y + eye_height, at.y);
    let ahead = unit(direction);
    let distance = (0.6 * reach).max(0.05 * size.max_element());
    Some(Standpoint { eye, target: eye + distance * DVec3::new(ahead.x, 0.0, ahead.y) })
}

/// What is seen from a place in one direction; in metres.
#[derive(Clone, Copy, Default)]
struct Outlook {
    direction: usize,
    /// How far one sees straight ahead.
    ahead: f64,
    /// The same, with what the lens takes in beside it.
    worth: f64,
}

/// X and Z of one of the directions.
fn unit(direction: usize) -> DVec2 {
    DVec2::from_angle(TAU * direction as f64 / N_DIRECTIONS as f64)
}

/// A room from above.
struct Plan {
    /// X and Z of the corner where the grid begins.
    corner: DVec2,
    /// Side of a cell in metres.
    cell: f64,
    /// Cells along X and Z.
    size: [usize; 2],
    has_floor: Vec<bool>,
    is_blocked: Vec<bool>,
    ends_view: Vec<bool>,
}

impl Plan {
    fn of(scene: &Scene, room: &Aabb, eye_height: f64) -> Self {
        let extent = room.size();
        let cell = extent.x.max(extent.z) / N_CELLS as f64;
        let size = [extent.x, extent.z].map(|side| ((side / cell).ceil() as usize).clamp(1, N_CELLS));
        let none = vec![false; size[0] * size[1]];
        let mut plan = Self {
            corner: DVec2::new(room.min.x, room.min.z),
            cell,
            size,
            has_floor: none.clone(),
            is_blocked: none.clone(),
            ends_view: none,
        };
        let part = eye_height / EYE_HEIGHT;
        let floor = room.min.y;
        let slabs = [[-0.3, 0.2], [0.25, 1.75], [1.4, 1.8]].map(|slab| slab.map(|y| floor + part * y));
        let transforms = scene.world_transforms();
        for instance in scene.mesh_instances(&transforms) {
            for primitive in &scene.meshes[instance.mesh].primitives {
                let positions = scene.world_positions(&instance, primitive, &transforms);
                let corner = |c: u32| {
                    let vertex = *primitive.faces.corner_vertices.get(c as usize)?;
                    positions.get(vertex as usize).copied()
                };
                for triangle in primitive.triangle_corners() {
                    if let [Some(a), Some(b), Some(c)] = triangle.map(corner) {
                        plan.add([a, b, c], &slabs);
                    }
                }
            }
        }
        plan
    }

    fn add(&mut self, triangle: [DVec3; 3], slabs: &[[f64; 2]; 3]) {
        let [low, high] = [f64::min, f64::max].map(|of| triangle.iter().map(|p| p.y).reduce(of));
        let (Some(low), Some(high)) = (low, high) else { return };
        if !triangle.iter().all(|p| p.is_finite()) {
            return;
        }
        for (i, &[bottom, top]) in slabs.iter().enumerate() {
            if low > top || high < bottom {
                continue;
            }
            let within = above(&above(&triangle, DVec3::Y, bottom), DVec3::NEG_Y, -top);
            let flat: Vec<DVec2> = within.iter().map(|p| DVec2::new(p.x, p.z)).collect();
            let Self { corner, cell, size, .. } = *self;
            let cells = match i {
                0 => &mut self.has_floor,
                1 => &mut self.is_blocked,
                _ => &mut self.ends_view,
            };
            cover(&flat, (corner, cell, size), cells);
        }
    }

    fn n_cells(&self) -> usize {
        self.size[0] * self.size[1]
    }

    fn center(&self, cell: usize) -> DVec2 {
        let [x, z] = [cell % self.size[0], cell / self.size[0]].map(|i| i as f64 + 0.5);
        self.corner + self.cell * DVec2::new(x, z)
    }

    /// The largest piece of floor that hangs together with nothing on it; where there is no floor, of
    /// the plan.
    fn standing_places(&self) -> Vec<bool> {
        let has_any_floor = self.has_floor.contains(&true);
        let is_free = |cell: usize| !self.is_blocked[cell] && (self.has_floor[cell] || !has_any_floor);
        let mut piece_of = vec![usize::MAX; self.n_cells()];
        let mut sizes = Vec::new();
        for first in 0..self.n_cells() {
            if !is_free(first) || piece_of[first] != usize::MAX {
                continue;
            }
            let piece = sizes.len();
            piece_of[first] = piece;
            let (mut stack, mut n) = (vec![first], 0);
            while let Some(cell) = stack.pop() {
                n += 1;
                for next in self.neighbors(cell) {
                    if is_free(next) && piece_of[next] == usize::MAX {
                        piece_of[next] = piece;
                        stack.push(next);
                    }
                }
            }
            sizes.push(n);
        }
        let largest = (0..sizes.len()).max_by_key(|&piece| sizes[piece]);
        piece_of.into_iter().map(|piece| Some(piece) == largest).collect()
    }

    fn neighbors(&self, cell: usize) -> impl Iterator<Item = usize> + use<> {
        let [width, height] = self.size;
        let (x, z) = (cell % width, cell / width);
        let left = (x > 0).then(|| cell - 1);
        let right = (x + 1 < width).then_some(cell + 1);
        let before = (z > 0).then(|| cell - width);
        let after = (z + 1 < height).then_some(cell + width);
        [left, right, before, after].into_iter().flatten()
    }

    /// Metres from each cell's middle to what is not free, in two sweeps (Borgefors, "Distance
    /// Transformations in Digital Images", 1986).
    fn clearance(&self, free: &[bool]) -> Vec<f64> {
        let [width, height] = self.size;
        let mut steps: Vec<f64> = free.iter().map(|&free| if free { f64::INFINITY } else { 0.0 }).collect();
        let n = width as isize * height as isize;
        for is_back in [false, true] {
            let order: Vec<isize> = if is_back { (0..n).rev().collect() } else { (0..n).collect() };
            let sign = if is_back { 1 } else { -1 };
            for cell in order {
                let (x, z) = (cell % width as isize, cell / width as isize);
                let mut nearest = steps[cell as usize];
                for (dx, dz, length) in [(-1, 0, 1.0), (0, -1, 1.0), (-1, -1, 1.4), (1, -1, 1.4)] {
                    let (x, z) = (x - sign * dx, z - sign * dz);
                    let is_inside = x >= 0 && z >= 0 && x < width as isize && z < height as isize;
                    let from = if is_inside { steps[(z * width as isize + x) as usize] } else { 0.0 };
                    nearest = nearest.min(from + length);
                }
                steps[cell as usize] = nearest;
            }
        }
        steps.into_iter().map(|steps| (steps - 0.5).max(0.0) * self.cell).collect()
    }

    /// The longest view from a cell; one over the middle of the room, where things stand, is worth more
    /// than one along a wall.
    fn best_view(&self, cell: usize, looking: Looking) -> Outlook {
        let reaches: [f64; N_DIRECTIONS] = std::array::from_fn(|direction| self.reach(cell, direction));
        let around = |direction: usize, n_aside: usize| {
            (0..=2 * n_aside).map(move |i| reaches[(direction + N_DIRECTIONS + i - n_aside) % N_DIRECTIONS])
        };
        let half = 0.5 * self.cell * DVec2::new(self.size[0] as f64, self.size[1] as f64);
        let to_middle = (self.corner + half - self.center(cell)) / half.max_element();
        // What is near counts most: it takes the most of the picture.
        let mean = |reaches: &mut dyn Iterator<Item = f64>, n: usize| {
            (reaches.map(|reach| reach.max(1e-3 * self.cell).ln()).sum::<f64>() / n as f64).exp()
        };
        let all_around = mean(&mut reaches.iter().copied(), N_DIRECTIONS);
        let all = (0..N_DIRECTIONS).map(|direction| {
            let over_lens = mean(&mut around(direction, N_ASIDE), 2 * N_ASIDE + 1);
            let ahead = around(direction, 1).fold(f64::INFINITY, f64::min);
            let over_middle = 1.0 + OVER_MIDDLE * unit(direction).dot(to_middle);
            let worth = match looking {
                Looking::Ahead => 0.5 * (over_lens + ahead) * over_middle,
                Looking::Around => all_around + 1e-3 * over_lens,
            };
            Outlook { direction, ahead, worth }
        });
        all.max_by(|a, b| a.worth.total_cmp(&b.worth)).unwrap_or_default()
    }

    fn reach(&self, cell: usize, direction: usize) -> f64 {
        let start = self.center(cell) - self.corner;
        let ahead = unit(direction);
        for step in 1..3 * N_CELLS {
            let reach = 0.7 * self.cell * step as f64;
            let at = (start + reach * ahead) / self.cell;
            let is_inside =
                at.min_element() >= 0.0 && at.x < self.size[0] as f64 && at.y < self.size[1] as f64;
            if !is_inside || self.ends_view[at.y as usize * self.size[0] + at.x as usize] {
                return reach;
            }
        }
        3.0 * N_CELLS as f64 * self.cell
    }
}

/// What of a convex polygon lies above a plane (Sutherland and Hodgman, "Reentrant Polygon Clipping",
/// 1974).
fn above(polygon: &[DVec3], normal: DVec3, height: f64) -> Vec<DVec3> {
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    for (i, &from) in polygon.iter().enumerate() {
        let to = polygon[(i + 1) % polygon.len()];
        let (a, b) = (from.dot(normal) - height, to.dot(normal) - height);
        if a >= 0.0 {
            kept.push(from);
        }
        if (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0) {
            kept.push(from.lerp(to, a / (a - b)));
        }
    }
    kept
}

/// Marks every cell that a convex polygon touches, however thin it is.
fn cover(polygon: &[DVec2], (corner, cell, size): (DVec2, f64, [usize; 2]), cells: &mut [bool]) {
    let points: Vec<DVec2> = polygon.iter().map(|p| (*p - corner) / cell).collect();
    let (Some(low), Some(high)) =
        (points.iter().copied().reduce(DVec2::min), points.iter().copied().reduce(DVec2::max))
    else {
        return;
    };
    let last = DVec2::new(size[0] as f64 - 1.0, size[1] as f64 - 1.0);
    if high.min_element() < 0.0 || low.cmpgt(last + 1.0).any() {
        return;
    }
    let [from, to] = [low, high].map(|p| p.floor().clamp(DVec2::ZERO, last).as_usizevec2());
    // Edges that leave a cell on their far side with all of the polygon on the other.
    let parts = |center: DVec2| {
        (0..points.len()).any(|i| {
            let normal = (points[(i + 1) % points.len()] - points[i]).perp();
            let reach = 0.5 * (normal.x.abs() + normal.y.abs());
            let at = normal.dot(center);
            let along = points.iter().map(|p| normal.dot(*p));
            let (low, high) = along.fold((f64::MAX, f64::MIN), |(low, high), p| (low.min(p), high.max(p)));
            at + reach < low || at - reach > high
        })
    };
    for z in from.y..=to.y {
        for x in from.x..=to.x {
            let is_small = to.x - from.x <= 1 && to.y - from.y <= 1;
            if is_small || !parts(DVec2::new(x as f64 + 0.5, z as f64 + 0.5)) {
                cells[z * size[0] + x] = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};
    use scene::{Faces, Mesh, Node, Primitive, Transform};

    use super::*;

    /// Boxes, each with its lowest and highest corner.
    fn boxes(places: &[[Vec3; 2]]) -> Scene {
        let corner = |i: u32| {
            let side = |bit: u32| if i >> bit & 1 == 1 { 1.0 } else { 0.0 };
            Vec3::new(side(0), side(1), side(2))
        };
        let sides = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let primitive = Primitive {
            vertex_positions: (0..8).map(corner).collect(),
            faces: Faces { corner_vertices: sides.concat(), sizes: scene::FaceSizes::Uniform(4) },
            ..Default::default()
        };
        let node = |&[low, high]: &[Vec3; 2]| Node {
            mesh: Some(0),
            transform: Transform::Matrix(Mat4::from_translation(low) * Mat4::from_scale(high - low)),
            ..Default::default()
        };
        Scene {
            nodes: places.iter().map(node).collect(),
            roots: (0..places.len()).collect(),
            meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
            ..Default::default()
        }
    }

    const ROOM: [Vec3; 2] = [Vec3::ZERO, Vec3::new(8.0, 2.6, 4.0)];

    fn air() -> Aabb {
        Aabb { min: ROOM[0].as_dvec3(), max: ROOM[1].as_dvec3() }
    }

    #[test]
    fn one_stands_on_the_floor_and_looks_along_the_room() {
        let stand = standpoint(&boxes(&[ROOM]), &air(), Looking::Ahead).unwrap();
        let eye = stand.eye;
        assert!((eye.y - 0.55 * 2.6).abs() < 1e-6);
        assert!(eye.x.min(8.0 - eye.x) < 2.0, "{eye}");
        let ahead = (stand.target - eye).normalize();
        assert!(ahead.x.abs() > 0.8 && (stand.target.x - 4.0).abs() < (eye.x - 4.0).abs(), "{eye} {ahead}");
    }

    #[test]
    fn nobody_stands_in_a_cupboard_or_looks_at_one() {
        // A hollow cupboard at one end, and a pillar in the middle of the other half.
        let cupboard = [Vec3::new(0.1, 0.0, 0.1), Vec3::new(3.0, 2.2, 3.9)];
        let pillar = [Vec3::new(5.5, 0.0, 1.6), Vec3::new(6.3, 2.6, 2.4)];
        let stand = standpoint(&boxes(&[ROOM, cupboard, pillar]), &air(), Looking::Ahead).unwrap();
        let eye = stand.eye;
        let beside = |[low, high]: [Vec3; 2]| {
            let [low, high] = [low, high].map(|p| DVec2::new(p.x.into(), p.z.into()));
            let at = DVec2::new(eye.x, eye.z);
            (low - at).max(at - high).max_element()
        };
        assert!(beside(cupboard) > 0.2 && beside(pillar) > 0.2, "{eye}");
        let steps = (1..=10).map(|i| eye.lerp(stand.target, f64::from(i) / 10.0));
        for at in steps {
            assert!(!(at.x > 5.5 && at.x < 6.3 && at.z > 1.6 && at.z < 2.4), "{eye} {}", stand.target);
        }
    }

    #[test]
    fn a_room_that_is_full_or_none_has_no_place() {
        let block = [Vec3::splat(-0.01), Vec3::new(8.01, 2.0, 4.01)];
        let shelves: Vec<_> = (0..80)
            .map(|i| {
                let x = 0.1 * i as f32;
                [Vec3::new(x, 0.0, 0.0), Vec3::new(x + 0.05, 2.0, 4.0)]
            })
            .chain([block])
            .collect();
        assert!(standpoint(&boxes(&shelves), &air(), Looking::Ahead).is_none());
        assert!(standpoint(&boxes(&[ROOM]), &Aabb::EMPTY, Looking::Ahead).is_none());
        let broken = [Vec3::NAN, Vec3::splat(1e30)];
        assert!(standpoint(&boxes(&[ROOM, broken]), &air(), Looking::Ahead).is_some());
    }
}
