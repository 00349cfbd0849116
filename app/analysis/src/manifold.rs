//! Edges where more than two faces meet, and vertices that hold a surface together by a point.

use rayon::prelude::*;

use crate::edges::Across;
use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::Spot;
use crate::view::MeshView;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let mut spots = Vec::new();
    // An even number of faces is what two closed bodies give that touch along an edge.
    let is_odd = |corners: &&Vec<u32>| corners.len() % 2 == 1;
    let n_odd = view.edges.non_manifold.iter().filter(is_odd).count();
    let n_edges = view.edges.non_manifold.len();
    if n_edges > 0 {
        let faces = view.edges.non_manifold.iter().flatten().map(|&c| view.surface.face_of(c as usize));
        let severity = if n_odd > 0 { Severity::Warning } else { Severity::Info };
        let label = count(n_edges, "edge", "edges");
        spots.push(view.spot(Rule::EdgesNonManifold, severity, n_edges, faces, label));
    }
    let pinched = pinched_corners(view);
    if !pinched.is_empty() {
        let faces = pinched.iter().map(|&corner| view.surface.face_of(corner));
        let label = count(pinched.len(), "vertex", "vertices");
        spots.push(view.spot(Rule::VerticesNonManifold, Severity::Info, pinched.len(), faces, label));
    }
    spots
}

/// One corner of each vertex whose faces form several fans of one shell. Vertices on non-manifold
/// edges are left to those.
fn pinched_corners(view: &MeshView) -> Vec<usize> {
    let surface = &view.surface;
    let mut first_corner = vec![u32::MAX; surface.points.len()];
    let mut n_corners = vec![0u32; surface.points.len()];
    let mut has_other_shell = vec![false; surface.points.len()];
    for face in (0..surface.n_faces()).filter(|&f| view.kinds[f].is_connected()) {
        for corner in surface.face_corners(face) {
            let vertex = surface.corners[corner] as usize;
            n_corners[vertex] += 1;
            if first_corner[vertex] == u32::MAX {
                first_corner[vertex] = corner as u32;
            } else {
                let first = surface.face_of(first_corner[vertex] as usize);
                has_other_shell[vertex] |= view.shells.of_face[first] != view.shells.of_face[face];
            }
        }
    }
    (0..first_corner.len())
        .into_par_iter()
        .with_min_len(4096)
        // Separate bodies that touch in a point are no fault of either.
        .filter(|&v| first_corner[v] != u32::MAX && !has_other_shell[v])
        .filter(|&v| fan_size(view, first_corner[v] as usize, n_corners[v]).is_some_and(|n| n < n_corners[v]))
        .map(|v| first_corner[v] as usize)
        .collect()
}

/// Corners reached by walking around the vertex of a corner, across edges; at most `limit`.
/// `None` when a non-manifold or collapsed edge ends the walk.
fn fan_size(view: &MeshView, start: usize, limit: u32) -> Option<u32> {
    let vertex = view.surface.corners[start];
    let mut n = 1;
    // The two edges at the corner: the one that starts there, and the one that ends there.
    for (i, mut edge) in [start, view.surface.previous(start)].into_iter().enumerate() {
        while n <= limit {
            match view.edges.across(edge) {
                Across::NonManifold | Across::NoEdge => return None,
                Across::Border => break,
                Across::Face { corner, .. } => {
                    let starts_here = view.surface.corners[corner] == vertex;
                    let at = if starts_here { corner } else { view.surface.next(corner) };
                    if at == start {
                        return Some(n);
                    }
                    n += 1;
                    edge = if starts_here { view.surface.previous(corner) } else { at };
                }
            }
        }
        if i == 0 && n > limit {
            return Some(n);
        }
    }
    Some(n)
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{EdgesNonManifold, EdgesOpen, PartsLoose, VerticesNonManifold};
    use crate::Severity;
    use crate::test_scenes::{check_mesh, cube, join, mesh};

    #[test]
    fn three_faces_on_an_edge() {
        let points = vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::Z, Vec3::NEG_Y];
        let fan = mesh("fan", points, &[[0, 1, 2], [0, 1, 3], [0, 1, 4]]);
        let report = check_mesh(fan, &[(EdgesNonManifold, 1), (EdgesOpen, 6)]);
        assert_eq!(report.findings[0].severity, Severity::Warning);
    }

    #[test]
    fn two_cubes_that_touch_along_an_edge_are_two_closed_shells() {
        let pair = join(cube(Vec3::ZERO, 1.0), cube(Vec3::new(1.0, 1.0, 0.0), 1.0));
        let report = check_mesh(pair, &[(EdgesNonManifold, 1)]);
        assert_eq!(report.findings[0].severity, Severity::Info);
    }

    #[test]
    fn cubes_that_touch_in_a_corner_are_no_fault() {
        check_mesh(join(cube(Vec3::ZERO, 1.0), cube(Vec3::ONE, 1.0)), &[]);
        check_mesh(join(cube(Vec3::ZERO, 1.0), cube(2.0 * Vec3::ONE, 1.0)), &[(PartsLoose, 2)]);
    }

    #[test]
    fn a_surface_pinched_to_a_point() {
        // A strip of triangles whose two ends meet in one vertex, but not along an edge.
        let points = (0..7).map(|i| {
            let angle = std::f32::consts::PI * i as f32 / 3.0;
            Vec3::new(angle.cos(), angle.sin(), (i % 2) as f32)
        });
        let mut points: Vec<Vec3> = points.collect();
        points[6] = points[0];
        let strip = mesh("strip", points, &[[1, 0, 2], [1, 2, 3], [3, 2, 4], [3, 4, 5], [5, 4, 6]]);
        check_mesh(strip, &[(EdgesOpen, 7), (VerticesNonManifold, 1)]);
    }
}
