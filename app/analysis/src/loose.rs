//! Vertices that no face uses, and parts that hang together with nothing.

use scene::Primitive;

use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::shells::NO_SHELL;
use crate::spots::{Spot, Where};
use crate::view::MeshView;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let unreferenced = view.primitives().filter_map(|(p, primitive)| {
        let n = unreferenced(primitive).len();
        (n > 0).then(|| Spot {
            rule: Rule::VerticesUnreferenced,
            severity: Severity::Info,
            count: n,
            subject: view.name.clone(),
            label: format!("{}: {}", view.name, count(n, "vertex", "vertices")),
            place: Where::Mesh { mesh: view.id, primitive: Some(p), faces: Vec::new() },
        })
    });
    let n_parts = parts(view).n;
    let loose = (n_parts > 1).then(|| {
        let label = count(n_parts, "part", "parts");
        view.spot(Rule::PartsLoose, Severity::Info, n_parts, [], label)
    });
    unreferenced.chain(loose).collect()
}

/// Vertices that no face, line or point uses, ascending.
pub(crate) fn unreferenced(primitive: &Primitive) -> Vec<u32> {
    let mut is_used = vec![false; primitive.vertex_positions.len()];
    for &vertex in &primitive.faces.corner_vertices {
        is_used[vertex as usize] = true;
    }
    (0..).zip(is_used).filter(|(_, used)| !used).map(|(vertex, _)| vertex).collect()
}

/// Pieces that share no vertex with each other, as modelling programs separate them.
pub(crate) struct Parts {
    /// Numbered from 0 in the order of their first shell.
    pub(crate) of_shell: Vec<u32>,
    pub(crate) n: usize,
}

pub(crate) fn parts(view: &MeshView) -> Parts {
    let n_shells = view.shells.list.len();
    let mut leader: Vec<u32> = (0..n_shells as u32).collect();
    let mut shell_at = vec![NO_SHELL; if n_shells < 2 { 0 } else { view.surface.points.len() }];
    for face in 0..if n_shells < 2 { 0 } else { view.surface.n_faces() } {
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
                leader[a.max(b) as usize] = a.min(b);
            }
        }
    }
    let mut parts = Parts { of_shell: vec![0; n_shells], n: 0 };
    for shell in 0..n_shells as u32 {
        let first = find(&mut leader, shell);
        if first == shell {
            parts.of_shell[shell as usize] = parts.n as u32;
            parts.n += 1;
        } else {
            parts.of_shell[shell as usize] = parts.of_shell[first as usize];
        }
    }
    parts
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
