use scene::Scene;
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::StepReceipt;
use crate::options::{OptionField, options_of};
use crate::receipt::StepLog;
use crate::steps::{
    Center, Instance, Lighting, MergeMaterials, Normals, Order, Orient, Prune, Quantize, RemoveDegenerate,
    RemoveDuplicates, RemoveLoose, RemoveUnreferenced, SeparateOverlaps, Simplify, Tangents, Textures,
    Triangulate, Units, Weld,
};

/// What a step changes.
pub(crate) trait Apply {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled>;
}

/// One line a step: its type, which bears its options, and its title for people.
macro_rules! steps {
    ($($step:ident: $title:literal,)*) => {
        /// One change to a model. In a plan: `do` names it, its options stand beside.
        ///
        /// Every step leaves names, hierarchy, extras, animations, skins and morphs alone unless its
        /// own words say otherwise, and finds nothing to do on its own result.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "do", rename_all = "kebab-case")]
        pub enum Step {
            $($step($step),)*
        }

        impl Step {
            /// One of each, with the options it has when none are stated, in an order that makes sense.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$step($step::default()),)*]
            }

            /// For a list of steps: an imperative.
            pub fn title(&self) -> &'static str {
                match self {
                    $(Self::$step(_) => $title,)*
                }
            }

            /// What can be chosen of it.
            pub fn options(&self) -> Vec<OptionField> {
                match self {
                    $(Self::$step(_) => options_of::<$step>(),)*
                }
            }

            fn work(&self) -> &dyn Apply {
                match self {
                    $(Self::$step(step) => step,)*
                }
            }
        }
    };
}

steps! {
    Units: "Set units",
    RemoveDuplicates: "Remove duplicate faces",
    RemoveDegenerate: "Remove faces without area",
    RemoveLoose: "Remove loose crumbs",
    Orient: "Turn faces outwards",
    SeparateOverlaps: "Separate overlapping surfaces",
    Normals: "Recompute normals",
    Weld: "Weld vertices",
    RemoveUnreferenced: "Remove unused vertices",
    MergeMaterials: "Merge equal materials",
    Instance: "Share equal meshes",
    Simplify: "Simplify",
    Triangulate: "Triangulate",
    Tangents: "Compute tangents",
    Quantize: "Round to fewer bits",
    Order: "Order for the graphics card",
    Textures: "Resize or encode textures",
    Prune: "Remove what is unused",
    Center: "Move to the origin",
    Lighting: "Add lamps",
}

impl Step {
    /// Its name in a plan.
    pub fn id(&self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        json["do"].as_str().unwrap_or_default().to_owned()
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
}
