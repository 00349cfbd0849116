//! Faces without area, faces that are there twice, and cards with a face for each side.

use crate::faces::FaceKind;
use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::Spot;
use crate::view::MeshView;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let is_flat = |f: &usize| matches!(view.kinds[*f], FaceKind::ZeroArea | FaceKind::Collapsed);
    let flat: Vec<usize> = (0..view.surface.n_faces()).filter(is_flat).collect();
    let duplicates: Vec<usize> = view.faces_of_kind(FaceKind::Duplicate).collect();
    let twins: Vec<usize> = view.faces_of_kind(FaceKind::BackTwin).collect();
    [
        (Rule::FacesZeroArea, Severity::Warning, flat),
        (Rule::FacesDuplicate, Severity::Warning, duplicates),
        (Rule::FacesBackToBack, Severity::Info, twins),
    ]
    .into_iter()
    .filter(|(_, _, faces)| !faces.is_empty())
    .map(|(rule, severity, faces)| {
        let n = faces.len();
        view.spot(rule, severity, n, faces, count(n, "face", "faces"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{EdgesOpen, FacesBackToBack, FacesDuplicate, FacesZeroArea};
    use crate::test_scenes::{check_mesh, cube, mesh, quad};

    #[test]
    fn copies_are_counted_and_nothing_else_is_blamed() {
        let mut doubled = cube(Vec3::ZERO, 1.0);
        let corners = &mut doubled.primitives[0].faces.corner_vertices;
        corners.extend([2, 1, 0, 4, 5, 6, 4, 5, 6]);
        let report = check_mesh(doubled, &[(FacesDuplicate, 3)]);
        assert_eq!(report.findings[0].places[0].faces, [12, 13, 14]);
    }

    #[test]
    fn a_card_with_a_face_for_each_side_is_no_fault() {
        let mut card = quad([0.0, 1.0], [0.0, 1.0], 0.0);
        // In an order that would look like flipped faces if one of each pair were simply dropped.
        card.primitives[0].faces.corner_vertices = vec![0, 1, 2, 0, 3, 2, 0, 2, 1, 0, 2, 3];
        check_mesh(card, &[(EdgesOpen, 4), (FacesBackToBack, 2)]);
    }

    #[test]
    fn points_on_a_line_have_no_area_even_when_rounded() {
        // In thirds and sevenths, none of which single precision can hold.
        let points = [0.1, 0.3, 0.7].map(|t: f32| Vec3::new(t, t / 3.0, t / 7.0)).to_vec();
        check_mesh(mesh("line", points, &[[0, 1, 2]]), &[(FacesZeroArea, 1), (EdgesOpen, 3)]);
        let points = vec![Vec3::ZERO, Vec3::X, Vec3::Y];
        check_mesh(mesh("twice", points, &[[0, 0, 1], [0, 1, 2]]), &[(FacesZeroArea, 1), (EdgesOpen, 3)]);
    }

    #[test]
    fn thin_is_not_flat() {
        let points = vec![Vec3::ZERO, Vec3::X, Vec3::new(0.5, 1e-5, 0.0)];
        check_mesh(mesh("needle", points, &[[0, 1, 2]]), &[(EdgesOpen, 3)]);
    }
}
