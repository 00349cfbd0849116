use glam::{DMat4, DVec3};
use scene::Scene;
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use super::placing::move_all;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Moves the whole model so that its origin lies where libraries and engines expect it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Center {
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// In the middle of the box's lower side: the model stands on the ground.
    #[default]
    Base,
    /// In the middle of the box.
    Center,
}

/// Offsets below this share of the model's size are rounding, not a displaced model.
const AT_HOME: f64 = 1e-6;

impl Apply for Center {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, _ctx: &WorkCtx) -> Result<(), Cancelled> {
        let bounds = scene.bounds();
        if bounds.is_empty() || !bounds.size().is_finite() {
            return Ok(());
        }
        let center = bounds.center();
        let origin = match self.origin {
            Origin::Base => DVec3::new(center.x, bounds.min.y, center.z),
            Origin::Center => center,
        };
        if origin.abs().max_element() > AT_HOME * bounds.size().max_element() {
            move_all(scene, DMat4::from_translation(-origin));
            log.count("models moved", 1);
            let [x, y, z] = (-origin).to_array();
            log.note(format!("moved by {x:.6}, {y:.6}, {z:.6} m"));
        }
        Ok(())
    }
}
