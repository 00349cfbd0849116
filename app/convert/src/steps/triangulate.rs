use scene::{Primitive, Scene, Topology};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::FaceList;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Cuts quads and n-gons into triangles, as the viewport draws them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Triangulate {}

impl Apply for Triangulate {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        for mesh in &mut scene.meshes {
            ctx.check_cancelled()?;
            for primitive in &mut mesh.primitives {
                log.count("polygons cut", triangulate(primitive));
            }
        }
        Ok(())
    }
}

/// Faces of fewer than three corners go, as they cannot be drawn.
pub(super) fn triangulate(primitive: &mut Primitive) -> usize {
    if primitive.topology != Topology::Faces || primitive.faces.iter().all(|face| face.len() == 3) {
        return 0;
    }
    let triangles = primitive.triangle_corners();
    let mut rest = &triangles[..];
    let mut list = FaceList::with_capacity(triangles.len(), 3 * triangles.len());
    let mut n_cut = 0;
    for face in 0..primitive.faces.n_faces() {
        let n = primitive.faces.corners(face).len().saturating_sub(2).min(rest.len());
        n_cut += usize::from(n > 1);
        let (of_face, after) = rest.split_at(n);
        rest = after;
        for &triangle in of_face {
            list.push(face, triangle);
        }
    }
    list.apply(primitive);
    n_cut
}
