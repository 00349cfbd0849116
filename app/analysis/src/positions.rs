//! Vertices that are nowhere.

use crate::faces::FaceKind;
use crate::report::{Rule, Severity};
use crate::sentences::count;
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
