use scene::Scene;
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::StepReceipt;
use crate::receipt::StepLog;
use crate::steps::{
    Center, Normals, Orient, RemoveDegenerate, RemoveDuplicates, RemoveLoose, RemoveUnreferenced,
    SeparateOverlaps, Triangulate, Units, Weld,
};

/// One change to a model. In a plan: `do` names it, its options stand beside.
///
/// Every step leaves names, hierarchy, extras, animations, skins and morphs alone unless its own
/// words say otherwise, and finds nothing to do on its own result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Step {
    Units(Units),
    Center(Center),
    Weld(Weld),
    RemoveDegenerate(RemoveDegenerate),
    RemoveDuplicates(RemoveDuplicates),
    RemoveLoose(RemoveLoose),
    RemoveUnreferenced(RemoveUnreferenced),
    Orient(Orient),
    SeparateOverlaps(SeparateOverlaps),
    Triangulate(Triangulate),
    Normals(Normals),
}

/// What a step changes.
pub(crate) trait Apply {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled>;
}

impl Step {
    /// For a list of steps: an imperative and what it does.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Units(_) => "Set units",
            Self::Center(_) => "Move to the origin",
            Self::Weld(_) => "Weld vertices",
            Self::RemoveDegenerate(_) => "Remove faces without area",
            Self::RemoveDuplicates(_) => "Remove duplicate faces",
            Self::RemoveLoose(_) => "Remove loose crumbs",
            Self::Orient(_) => "Turn faces outwards",
            Self::SeparateOverlaps(_) => "Separate overlapping surfaces",
            Self::RemoveUnreferenced(_) => "Remove unused vertices",
            Self::Triangulate(_) => "Triangulate",
            Self::Normals(_) => "Recompute normals",
        }
    }

    /// Changes the scene and says what changed.
    ///
    /// # Errors
    /// When `ctx` was cancelled; the scene is then sound, and done in part.
    pub fn apply(&self, scene: &mut Scene, ctx: &WorkCtx) -> Result<StepReceipt, Cancelled> {
        ctx.check_cancelled()?;
        ctx.stage(self.title());
        let mut log = StepLog::default();
        self.work().apply(scene, &mut log, ctx)?;
        Ok(StepReceipt { step: self.clone(), changes: log.changes, notes: log.notes })
    }

    fn work(&self) -> &dyn Apply {
        match self {
            Self::Units(step) => step,
            Self::Center(step) => step,
            Self::Weld(step) => step,
            Self::RemoveDegenerate(step) => step,
            Self::RemoveDuplicates(step) => step,
            Self::RemoveLoose(step) => step,
            Self::RemoveUnreferenced(step) => step,
            Self::Orient(step) => step,
            Self::SeparateOverlaps(step) => step,
            Self::Triangulate(step) => step,
            Self::Normals(step) => step,
        }
    }
}
