//! Where a surface ends: small holes in what is otherwise closed, and open edges as cloth has them.

use glam::DVec3;

use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::shells::Shell;
use crate::spots::Spot;
use crate::view::MeshView;

/// A hole has at most this many edges; a ring with more is an opening that someone drew.
const MAX_HOLE_EDGES: usize = 8;

/// Closing it adds at most this share to the area of its shell.
const MAX_HOLE_SHARE: f64 = 0.1;

/// Cosine of the angle up to which a face beside a hole goes on in its plane. Where all of them
/// turn away, the ring is the rim of a tube or of a box whose hidden side was left out on purpose.
const CONTINUES: f64 = 0.8;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let mut corners: Vec<usize> = view.edges.borders().collect();
    if corners.is_empty() {
        return Vec::new();
    }
    let shell_of = |corner: usize| view.shells.of_face[view.surface.face_of(corner)];
    corners.sort_by_key(|&corner| shell_of(corner));
    let mut spots = Vec::new();
    let mut open = Vec::new();
    for group in corners.chunk_by(|&a, &b| shell_of(a) == shell_of(b)) {
        let shell = &view.shells.list[shell_of(group[0]) as usize];
        let rings = rings(view, group);
        let holes: Vec<&Vec<usize>> = rings.iter().filter(|ring| is_hole(view, shell, ring)).collect();
        // What is open anyway is not mended by closing its smaller rings.
        let n_hole_edges: usize = holes.iter().map(|hole| hole.len()).sum();
        if n_hole_edges < group.len() {
            open.extend_from_slice(group);
            continue;
        }
        for hole in holes {
            let label = format!("hole of {}", count(hole.len(), "edge", "edges"));
            let faces = hole.iter().map(|&corner| view.surface.face_of(corner));
            spots.push(view.spot(Rule::Holes, Severity::Warning, 1, faces, label));
        }
    }
    if !open.is_empty() {
        open.sort_unstable();
        let faces = open.iter().map(|&corner| view.surface.face_of(corner));
        spots.push(view.spot(
            Rule::EdgesOpen,
            Severity::Info,
            open.len(),
            faces,
            count(open.len(), "edge", "edges"),
        ));
    }
    spots
}

/// Border edges of one shell chained into simple rings; what branches or ends is left out.
fn rings(view: &MeshView, corners: &[usize]) -> Vec<Vec<usize>> {
    // Both ends of each edge, since flipped faces run their borders the other way.
    let mut ends: Vec<(u32, usize)> = corners
        .iter()
        .enumerate()
        .flat_map(|(i, &corner)| view.surface.edge(corner).map(|vertex| (vertex, i)))
        .collect();
    ends.sort_unstable();
    let at = |vertex: u32| {
        let first = ends.partition_point(|end| end.0 < vertex);
        ends[first..].iter().take_while(move |end| end.0 == vertex).map(|end| end.1)
    };
    let mut is_taken = vec![false; corners.len()];
    let mut rings = Vec::new();
    for start in 0..corners.len() {
        if is_taken[start] {
            continue;
        }
        let [first_vertex, mut vertex] = view.surface.edge(corners[start]);
        let mut ring = vec![corners[start]];
        is_taken[start] = true;
        while vertex != first_vertex {
            let mut others = at(vertex).take(3).filter(|&i| !is_taken[i]);
            let (Some(next), None) = (others.next(), others.next()) else { break };
            is_taken[next] = true;
            ring.push(corners[next]);
            let [a, b] = view.surface.edge(corners[next]);
            vertex = if a == vertex { b } else { a };
        }
        if vertex == first_vertex {
            rings.push(ring);
        }
    }
    rings
}

/// Whether the ring looks like a face that is missing, rather than like an opening.
fn is_hole(view: &MeshView, shell: &Shell, ring: &[usize]) -> bool {
    if ring.len() > MAX_HOLE_EDGES || ring.len() < 3 {
        return false;
    }
    let surface = &view.surface;
    let middle = ring.iter().map(|&c| surface.point(c)).sum::<DVec3>() / ring.len() as f64;
    let mut area = 0.0;
    let mut double_area = DVec3::ZERO;
    for &corner in ring {
        let [a, b] = surface.edge(corner).map(|v| surface.points[v as usize].as_dvec3() - middle);
        area += 0.5 * a.cross(b).length();
        // Against the winding of the faces around, where that is consistent.
        double_area += if view.shells.is_reversed[surface.face_of(corner)] { a.cross(b) } else { b.cross(a) };
    }
    let normal = double_area.normalize_or_zero();
    let goes_on = |&corner: &usize| {
        let face = surface.face_of(corner);
        let sign = if view.shells.is_reversed[face] { -1.0 } else { 1.0 };
        sign * surface.double_area(face).normalize_or_zero().dot(normal) > CONTINUES
    };
    area <= MAX_HOLE_SHARE * shell.area && ring.iter().any(goes_on)
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{EdgesOpen, Holes};
    use crate::test_scenes::{check_mesh, cube, quad, remove_faces, sphere, split};

    #[test]
    fn a_missing_face_of_a_sphere_is_a_hole() {
        let mut holed = sphere(3);
        remove_faces(&mut holed, 100, 1);
        split(&mut holed);
        let report = check_mesh(holed, &[(Holes, 1)]);
        assert_eq!(report.findings[0].places[0].faces.len(), 3);
    }

    #[test]
    fn half_a_side_of_a_cube_is_a_hole_and_a_whole_side_is_an_opening() {
        let mut holed = cube(Vec3::ZERO, 1.0);
        remove_faces(&mut holed, 5, 1);
        check_mesh(holed.clone(), &[(Holes, 1)]);
        remove_faces(&mut holed, 4, 1);
        check_mesh(holed, &[(EdgesOpen, 4)]);
    }

    #[test]
    fn a_sheet_is_just_open() {
        check_mesh(quad([0.0, 1.0], [0.0, 1.0], 0.0), &[(EdgesOpen, 4)]);
    }
}
