//! Vertices that no face uses, and parts that hang together with nothing.

use crate::report::{Rule, Severity};
use crate::sentences::count;
use crate::shells::NO_SHELL;
use crate::spots::{Spot, Where};
use crate::view::MeshView;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let unreferenced = view.primitives().filter_map(|(p, primitive)| {
        let mut is_used = vec![false; primitive.vertex_positions.len()];
        for &vertex in &primitive.faces.corner_vertices {
            is_used[vertex as usize] = true;
        }
        let n = is_used.iter().filter(|used| !**used).count();
        (n > 0).then(|| Spot {
            rule: Rule::VerticesUnreferenced,
            severity: Severity::Info,
            count: n,
            subject: view.name.clone(),
            label: format!("{}: {}", view.name, count(n, "vertex", "vertices")),
            place: Where::Mesh { mesh: view.id, primitive: Some(p), faces: Vec::new() },
        })
    });
    let n_parts = n_loose_parts(view);
    let parts = (n_parts > 1).then(|| {
        let label = count(n_parts, "part", "parts");
        view.spot(Rule::PartsLoose, Severity::Info, n_parts, [], label)
    });
    unreferenced.chain(parts).collect()
}

/// Pieces that share no vertex with each other, as modelling programs separate them.
fn n_loose_parts(view: &MeshView) -> usize {
    let n_shells = view.shells.list.len();
    if n_shells < 2 {
        return n_shells;
    }
    let mut leader: Vec<u32> = (0..n_shells as u32).collect();
    let mut shell_at = vec![NO_SHELL; view.surface.points.len()];
    let mut n_parts = n_shells;
    for face in 0..view.surface.n_faces() {
        let shell = view.shells.of_face[face];
        if shell == NO_SHELL {
            continue;
        }
        for corner in view.surface.face_corners(face) {
            let at = &mut shell_at[view.surface.corners[corner] as usize];
            if *at == NO_SHELL {
                *at = shell;
            } else if *at != shell {
                let [a, b] = [*at, shell].map(|s| find(&mut leader, s));
                if a != b {
                    leader[a.max(b) as usize] = a.min(b);
                    n_parts -= 1;
                }
            }
        }
    }
    n_parts
}

/// The leader of a set, halving the path on the way.
fn find(leader: &mut [u32], mut item: u32) -> u32 {
    while leader[item as usize] != item {
        leader[item as usize] = leader[leader[item as usize] as usize];
        item = leader[item as usize];
    }
    item
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{EdgesOpen, PartsLoose, VerticesUnreferenced};
    use crate::test_scenes::{check_mesh, mesh, quad};

    #[test]
    fn vertices_of_no_face_and_parts_of_no_whole() {
        let mut stray = quad([0.0, 1.0], [0.0, 1.0], 0.0);
        stray.primitives[0].vertex_positions.push(Vec3::splat(9.0));
        check_mesh(stray, &[(EdgesOpen, 4), (VerticesUnreferenced, 1)]);
        let points = [0.0, 1.0, 2.0].map(|x| [Vec3::X, Vec3::Y, Vec3::Z].map(|p| p + 4.0 * x)).concat();
        let three = mesh("three", points, &[[0, 1, 2], [3, 4, 5], [6, 7, 8]]);
        check_mesh(three, &[(EdgesOpen, 9), (PartsLoose, 3)]);
    }
}
