//! Vertices on the border of one face that lie in the middle of another's border edge: the two look
//! joined, but nothing holds them together, and pixels shine through.

use glam::DVec3;

use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::Spot;
use crate::view::MeshView;

/// Distance from the edge, as a share of the mesh's size, that rounding explains.
const TOLERANCE: f64 = 1e-6;

/// From its ends, as a share of the edge.
const CLOSE_TO_AN_END: f64 = 1e-3;

/// Boxes that may be looked into, a border edge; what a hostile mesh needs more for is left.
const STEPS_PER_EDGE: usize = 400;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let surface = &view.surface;
    let borders: Vec<usize> = view.edges.borders().collect();
    if borders.is_empty() {
        return Vec::new();
    }
    let mut vertices: Vec<u32> = borders.iter().flat_map(|&corner| surface.edge(corner)).collect();
    vertices.sort_unstable();
    vertices.dedup();
    let position = |vertex: u32| surface.points[vertex as usize].as_dvec3();
    let mut points: Vec<(DVec3, u32)> = vertices.iter().map(|&v| (position(v), v)).collect();
    let bounds = scene::Aabb::from_points(points.iter().map(|(p, _)| p.as_vec3()));
    let tolerance = TOLERANCE * (bounds.radius() + bounds.center().length());
    sort(&mut points, 0);
    let mut steps = STEPS_PER_EDGE * borders.len().max(1000);
    let mut found: Vec<(u32, usize)> = Vec::new();
    for &corner in &borders {
        let [a, b] = surface.edge(corner);
        let edge = Edge { from: position(a), to: position(b), tolerance };
        edge.find(&points, 0, &mut steps, &mut |vertex| {
            if vertex != a && vertex != b {
                found.push((vertex, surface.face_of(corner)));
            }
        });
    }
    // A vertex counts once, however many edges pass through it.
    found.sort_unstable();
    found.dedup_by_key(|(vertex, _)| *vertex);
    let n = found.len();
    let label = count(n, "vertex", "vertices");
    let faces = found.into_iter().map(|(_, face)| face);
    (n > 0).then(|| view.spot(Rule::TJunctions, Severity::Info, n, faces, label)).into_iter().collect()
}

/// Into a tree: the middle one splits the rest along the axes in turn.
fn sort(points: &mut [(DVec3, u32)], axis: usize) {
    if points.len() < 2 {
        return;
    }
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |a, b| a.0[axis].total_cmp(&b.0[axis]));
    let (left, right) = points.split_at_mut(middle);
    sort(left, (axis + 1) % 3);
    sort(&mut right[1..], (axis + 1) % 3);
}

struct Edge {
    from: DVec3,
    to: DVec3,
    tolerance: f64,
}

impl Edge {
    /// Calls `visit` with every vertex of the tree that lies in the middle of the edge.
    fn find(&self, points: &[(DVec3, u32)], axis: usize, steps: &mut usize, visit: &mut impl FnMut(u32)) {
        let middle = points.len() / 2;
        let Some(&(point, vertex)) = points.get(middle).filter(|_| *steps > 0) else { return };
        *steps -= 1;
        if self.holds(point) {
            visit(vertex);
        }
        let (low, high) = (self.from[axis].min(self.to[axis]), self.from[axis].max(self.to[axis]));
        let next = (axis + 1) % 3;
        if low - self.tolerance <= point[axis] {
            self.find(&points[..middle], next, steps, visit);
        }
        if high + self.tolerance >= point[axis] {
            self.find(&points[middle + 1..], next, steps, visit);
        }
    }

    fn holds(&self, point: DVec3) -> bool {
        let along = self.to - self.from;
        let at = (point - self.from).dot(along) / along.length_squared();
        at > CLOSE_TO_AN_END
            && at < 1.0 - CLOSE_TO_AN_END
            && point.distance_squared(self.from + at * along) <= self.tolerance * self.tolerance
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{EdgesOpen, PartsLoose, TJunctions};
    use crate::test_scenes::{check_mesh, join, mesh, quad};

    #[test]
    fn a_vertex_in_the_middle_of_an_edge() {
        let third = 1.0 / 3.0;
        let upper = join(quad([0.0, third], [1.0, 2.0], 0.0), quad([third, 1.0], [1.0, 2.0], 0.0));
        let wall = join(quad([0.0, 1.0], [0.0, 1.0], 0.0), upper);
        check_mesh(wall, &[(TJunctions, 1), (EdgesOpen, 10)]);
    }

    #[test]
    fn a_vertex_beside_an_edge_or_on_its_end_is_none() {
        let other = mesh(
            "other",
            vec![Vec3::new(0.5, 1.001, 0.0), Vec3::new(1.0, 2.0, 0.0), Vec3::Y * 2.0],
            &[[0, 1, 2]],
        );
        check_mesh(join(quad([0.0, 1.0], [0.0, 1.0], 0.0), other), &[(EdgesOpen, 7), (PartsLoose, 2)]);
    }
}
