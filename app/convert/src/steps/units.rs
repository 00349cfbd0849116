use glam::{DMat4, DQuat};
use scene::Scene;
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use super::placing::move_all;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Scales and turns the whole model, as files without a unit or with the wrong one need.
///
/// `scale` and `up` say what is wrong with one file and would be wrong for its result; a plan for
/// many files says `longest-side`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Units {
    /// How many metres one unit of the file is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Metres that the longest side of the model's box is to have; comes after `scale`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_side: Option<f64>,
    /// The axis that points up in the file, whatever the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<Axis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    X,
    Y,
    Z,
}

/// A model this near to the wished size has it.
const SAME_SIZE: f64 = 1e-5;

impl Apply for Units {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, _ctx: &WorkCtx) -> Result<(), Cancelled> {
        let quarter = std::f64::consts::FRAC_PI_2;
        let turn = match self.up {
            None | Some(Axis::Y) => DQuat::IDENTITY,
            Some(Axis::Z) => DQuat::from_rotation_x(-quarter),
            Some(Axis::X) => DQuat::from_rotation_z(quarter),
        };
        if turn != DQuat::IDENTITY {
            move_all(scene, DMat4::from_quat(turn));
            log.count("models turned", 1);
        }
        let mut scale = self.scale.filter(|s| s.is_finite() && *s > 0.0).unwrap_or(1.0);
        if let Some(wished) = self.longest_side.filter(|side| side.is_finite() && *side > 0.0) {
            let longest = scene.bounds().size().max_element();
            if longest > 0.0 && longest.is_finite() {
                scale = wished / longest;
            } else {
                log.note("the model has no size that could be scaled");
            }
        }
        if (scale - 1.0).abs() > SAME_SIZE {
            move_all(scene, DMat4::from_scale(glam::DVec3::splat(scale)));
            log.count("models scaled", 1);
            log.note(format!("scaled by {scale}"));
        }
        Ok(())
    }
}
