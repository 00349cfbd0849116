//! What stands between the eye and a closed interior.

use glam::{DVec3, DVec4};
use scene::Aabb;

use crate::gpu_scene::{Room, Shell};
use crate::{Lens, View};

/// Whether the walls in front of a room are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Walls {
    /// Left out where the scene is a closed interior, as a doll's house is open towards the one who
    /// plays: walls of one sheet where they turn their back, thick walls cut off.
    #[default]
    Auto,
    /// Cut off whatever the scene is, with all surfaces that turn their back.
    CutAway,
    Kept,
}

/// How far within the air the cut runs, as a part of the room, so that the wall's own face goes too.
const INSET: f64 = 0.006;

impl Room {
    /// Whether surfaces are left out that turn their back, although their material is to be seen from
    /// both sides.
    pub(crate) fn hides_backs(&self, walls: Walls) -> bool {
        match walls {
            Walls::Auto => self.shell == Shell::Sheet,
            Walls::CutAway => true,
            Walls::Kept => false,
        }
    }

    /// The air of a closed room with the eye in it.
    pub(crate) fn around(&self, eye: DVec3) -> Option<Aabb> {
        let is_inside = eye.cmpge(self.air.min).all() && eye.cmple(self.air.max).all();
        (self.shell != Shell::Open && is_inside).then_some(self.air)
    }

    /// Planes as a unit normal and a distance along it; what is above one of them hides the room. None
    /// on a side from which the eye does not look in.
    pub(crate) fn cuts(&self, view: &View, walls: Walls) -> [Option<DVec4>; 3] {
        let is_cut = match walls {
            Walls::Auto => self.shell == Shell::Thick,
            Walls::CutAway => true,
            Walls::Kept => false,
        };
        if !is_cut {
            return [None; 3];
        }
        let inset = INSET * self.air.size();
        let (low, high) = (self.air.min + inset, self.air.max - inset);
        let back = -view.forward();
        std::array::from_fn(|axis| {
            let (sees_high, sees_low) = match view.lens {
                Lens::Perspective { .. } => {
                    (view.eye[axis] > self.air.max[axis], view.eye[axis] < self.air.min[axis])
                }
                // A line of sight along a wall does not meet it.
                Lens::Orthographic { .. } => (back[axis] > 0.02, back[axis] < -0.02),
            };
            let normal = DVec3::AXES[axis];
            match (sees_high, sees_low) {
                (true, _) => Some(normal.extend(-high[axis])),
                (_, true) => Some((-normal).extend(low[axis])),
                _ => None,
            }
        })
    }
}
