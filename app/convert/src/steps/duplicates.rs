use analysis::facts::{DuplicateFace, surfaces};
use scene::{Mesh, Primitive, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::retain_faces;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Deletes faces that lie on the same points as an earlier one and look the same way. A face for
/// each side of a card is no duplicate, and neither are faces that a skin or a morph takes apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoveDuplicates {}

impl Apply for RemoveDuplicates {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        for facts in surfaces(scene, ctx)? {
            let mesh = &mut scene.meshes[facts.mesh];
            let moves_apart = |pair: &&DuplicateFace| !moves_together(mesh, pair);
            let n_apart = facts.duplicates.iter().filter(moves_apart).count();
            let doomed: Vec<DuplicateFace> =
                facts.duplicates.iter().filter(|pair| moves_together(mesh, pair)).copied().collect();
            if n_apart > 0 {
                log.note(format!("{n_apart} faces on each other move apart with a skin or morph and stay"));
            }
            for (p, primitive) in mesh.primitives.iter_mut().enumerate() {
                let mut of_primitive = doomed.iter().filter(|pair| pair.face.primitive == p).peekable();
                let removed = retain_faces(primitive, |face| {
                    of_primitive.next_if(|pair| pair.face.face as usize == face).is_none()
                });
                log.count("faces removed", removed);
            }
        }
        Ok(())
    }
}

/// Whether both faces follow the same bones and morphs, point by point.
fn moves_together(mesh: &Mesh, pair: &DuplicateFace) -> bool {
    let [one, other] = [pair.face, pair.of].map(|id| (&mesh.primitives[id.primitive], id.face as usize));
    let is_still = |p: &Primitive| p.joints.is_empty() && p.morph_targets.is_empty();
    if is_still(one.0) && is_still(other.0) {
        return true;
    }
    movements(one.0, one.1) == movements(other.0, other.1)
}

/// What moves each corner of a face, as bits, in an order that does not depend on the first corner.
fn movements(primitive: &Primitive, face: usize) -> Vec<Vec<u32>> {
    let vertices = &primitive.faces.corner_vertices[primitive.faces.corners(face)];
    let mut of_corners: Vec<Vec<u32>> = vertices
        .iter()
        .map(|&vertex| {
            let v = vertex as usize;
            let mut words = primitive.vertex_positions[v].to_array().map(|x| (x + 0.0).to_bits()).to_vec();
            for (joints, weights) in primitive.joints.iter().zip(&primitive.weights) {
                words.extend(joints[v].map(u32::from));
                words.extend(weights[v].map(f32::to_bits));
            }
            for target in &primitive.morph_targets {
                words.extend(
                    target.positions.get(v).map_or([0; 3], |offset| offset.to_array().map(f32::to_bits)),
                );
            }
            words
        })
        .collect();
    of_corners.sort_unstable();
    of_corners
}
