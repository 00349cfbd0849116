//! Vertices that are nowhere.

use crate::faces::FaceKind;
use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Where};
use crate::view::MeshView;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let broken = view.surface.mesh.primitives.iter().enumerate().filter_map(|(p, primitive)| {
        let n = primitive.vertex_positions.iter().filter(|position| !position.is_finite()).count();
        let faces = match view.primitives().any(|(polygonal, _)| polygonal == p) {
            true => view.surface.faces_of_primitive(p),
            false => 0..0,
        };
        let faces =
            faces.filter(|&f| view.kinds[f] == FaceKind::NonFinite).map(|f| view.surface.primitive_face(f).1);
        (n > 0).then(|| Spot {
            rule: Rule::PositionsNonFinite,
            severity: Severity::Error,
            count: n,
            subject: view.name.clone(),
            label: format!("{}: {}", view.name, count(n, "vertex", "vertices")),
            place: Where::Mesh {
                mesh: view.id,
                primitive: Some(p),
                faces: faces.take(crate::report::MAX_FACES).collect(),
            },
        })
    });
    broken.collect()
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use crate::Rule::{EdgesOpen, PositionsNonFinite, SceneEmpty};
    use crate::test_scenes::{check_mesh, quad};

    #[test]
    fn vertices_that_are_nowhere_take_their_faces_with_them() {
        let mut broken = quad([0.0, 1.0], [0.0, 1.0], 0.0);
        broken.primitives[0].vertex_positions[3].y = f32::NAN;
        let report = check_mesh(broken.clone(), &[(PositionsNonFinite, 1), (EdgesOpen, 3)]);
        assert_eq!(report.findings[0].places[0].faces, [1]);
        broken.primitives[0].vertex_positions.fill(Vec3::splat(f32::INFINITY));
        check_mesh(broken, &[(PositionsNonFinite, 4), (SceneEmpty, 1)]);
    }
}
