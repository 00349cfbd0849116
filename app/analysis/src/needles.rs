//! Faces so thin that shading, baking and simulation stumble over them, though they have area.

use crate::faces::FaceKind;
use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::Spot;
use crate::surface::Surface;
use crate::view::MeshView;

/// Height over the longest edge, as a share of that edge: about a third of a degree.
const THINNEST: f64 = 0.005;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let is_needle = |&face: &usize| {
        matches!(view.kinds[face], FaceKind::Sound | FaceKind::TwoSided) && is_needle(&view.surface, face)
    };
    let needles: Vec<usize> = (0..view.surface.n_faces()).filter(is_needle).collect();
    let n = needles.len();
    let label = count(n, "face", "faces");
    let spot = (n > 0).then(|| view.spot(Rule::FacesNeedle, Severity::Info, n, needles, label));
    spot.into_iter().collect()
}

fn is_needle(surface: &Surface, face: usize) -> bool {
    let corners = surface.face_corners(face);
    let longest_squared = corners
        .map(|corner| surface.point(corner).distance_squared(surface.point(surface.next(corner))))
        .fold(0.0, f64::max);
    surface.double_area(face).length() < THINNEST * longest_squared
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{EdgesOpen, FacesNeedle};
    use crate::test_scenes::{check_mesh, mesh};

    #[test]
    fn thin_but_not_without_area() {
        let triangle =
            |height: f32| mesh("t", vec![Vec3::ZERO, Vec3::X, Vec3::new(0.5, height, 0.0)], &[[0, 1, 2]]);
        check_mesh(triangle(0.004), &[(FacesNeedle, 1), (EdgesOpen, 3)]);
        check_mesh(triangle(0.006), &[(EdgesOpen, 3)]);
    }
}
