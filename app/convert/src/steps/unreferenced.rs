use scene::Scene;
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::remove_unused_vertices;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Drops vertices that no face, line or point uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoveUnreferenced {}

impl Apply for RemoveUnreferenced {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        for mesh in &mut scene.meshes {
            ctx.check_cancelled()?;
            for primitive in &mut mesh.primitives {
                log.count("vertices removed", remove_unused_vertices(primitive));
            }
        }
        Ok(())
    }
}
