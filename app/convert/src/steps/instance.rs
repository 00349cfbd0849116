use std::collections::HashMap;

use scene::{Mesh, MeshId, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::receipt::StepLog;
use crate::step::Apply;

/// Lets objects with equal meshes share one. Objects keep their names and places; a mesh that is
/// no longer used loses its own name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {}

impl Apply for Instance {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let mut by_hash: HashMap<u64, Vec<MeshId>> = HashMap::new();
        let mut same_as: Vec<MeshId> = (0..scene.meshes.len()).collect();
        for (m, mesh) in scene.meshes.iter().enumerate() {
            ctx.check_cancelled()?;
            let alike = by_hash.entry(hash(mesh)).or_default();
            match alike.iter().find(|&&first| is_same(&scene.meshes[first], mesh)) {
                Some(&first) => same_as[m] = first,
                None => alike.push(m),
            }
        }
        for mesh in scene.nodes.iter_mut().filter_map(|node| node.mesh.as_mut()) {
            if same_as[*mesh] != *mesh {
                *mesh = same_as[*mesh];
                log.count("objects that share a mesh now", 1);
            }
        }
        Ok(())
    }
}

/// Everything but the name, which people see on the node.
fn is_same(a: &Mesh, b: &Mesh) -> bool {
    a.primitives == b.primitives && a.morph_weights == b.morph_weights && a.extras == b.extras
}

/// FNV-1a (Fowler, Noll & Vo) over positions and corners; the rest is compared.
fn hash(mesh: &Mesh) -> u64 {
    let words = mesh.primitives.iter().flat_map(|primitive| {
        let positions = primitive.vertex_positions.iter().flat_map(|p| p.to_array().map(f32::to_bits));
        positions.chain(primitive.faces.corner_vertices.iter().copied())
    });
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3))
}
