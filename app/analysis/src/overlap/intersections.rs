//! Triangles that pass through each other to faces as a person counts them, mesh by mesh.

use std::collections::BTreeMap;

use scene::MeshId;

use super::soup::Soup;
use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Stage};
use crate::view::MeshView;

/// Within a connected surface that is a fault for printing and simulation; parts stuck into each
/// other are how most models are built.
pub(super) fn spots(
    stage: &Stage,
    views: &[Option<MeshView>],
    soup: &Soup,
    crossings: &[(u32, u32)],
) -> Vec<Spot> {
    let mut found: BTreeMap<(MeshId, Rule), Vec<usize>> = BTreeMap::new();
    let face = |index: u32| {
        let triangle = &soup.triangles[index as usize];
        let owner = &soup.owners[triangle.owner as usize];
        let view = views[stage.instances[owner.instance].mesh].as_ref()?;
        Some((view, view.surface.faces_of_primitive(owner.primitive).start + triangle.face as usize))
    };
    for &(one, other) in crossings {
        let (Some((view, one)), Some((_, other))) = (face(one), face(other)) else { continue };
        let [a, b] = [one, other].map(|face| view.shells.of_face[face]);
        let rule = if a == b { Rule::SelfIntersections } else { Rule::PartsIntersecting };
        found.entry((view.id, rule)).or_default().extend([one, other]);
    }
    let spot = |((mesh, rule), mut faces): ((MeshId, Rule), Vec<usize>)| {
        faces.sort_unstable();
        faces.dedup();
        let n = faces.len();
        Some(views[mesh].as_ref()?.spot(rule, Severity::Info, n, faces, count(n, "face", "faces")))
    };
    found.into_iter().filter_map(spot).collect()
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{PartsIntersecting, PartsLoose, SelfIntersections};
    use crate::test_scenes::{check_mesh, cube, join, mesh, report, scene};

    #[test]
    fn two_cubes_stuck_into_each_other() {
        let stuck = join(cube(Vec3::ZERO, 1.0), cube(Vec3::new(0.3, 0.4, 0.6), 1.0));
        let report = report(&scene(vec![stuck]));
        let found = report.finding(PartsIntersecting).map(|finding| finding.count);
        assert!(found.is_some_and(|n| n >= 6), "{found:?}");
        check_mesh(join(cube(Vec3::ZERO, 1.0), cube(2.0 * Vec3::X, 1.0)), &[(PartsLoose, 2)]);
    }

    #[test]
    fn a_strip_that_goes_through_itself() {
        // A ribbon of four triangles whose last one stabs the first.
        let points = vec![
            Vec3::new(0.0, 0.0, 0.0),
            Vec3::new(2.0, 0.0, 0.0),
            Vec3::new(1.0, 2.0, 0.0),
            Vec3::new(3.0, 2.0, 1.0),
            Vec3::new(3.0, 0.5, 2.0),
            Vec3::new(1.0, 0.7, -1.0),
        ];
        let strip = mesh("strip", points, &[[0, 1, 2], [1, 3, 2], [1, 4, 3], [3, 4, 5]]);
        let report = report(&scene(vec![strip]));
        let place = &report.finding(SelfIntersections).unwrap().places[0];
        assert!(place.faces.contains(&0) && place.faces.contains(&3), "{:?}", place.faces);
    }
}
