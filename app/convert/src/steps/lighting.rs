use glam::{Quat, Vec3};
use scene::{Light, LightKind, Node, Scene, Transform};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::receipt::StepLog;
use crate::step::Apply;

/// Gives a model without lamps a set of them, under a node named `Kiln lighting`. They are
/// directional, so that they fit a model of any size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lighting {
    pub preset: LightingPreset,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LightingPreset {
    /// Key, fill and rim light.
    #[default]
    Studio,
    /// One sun from above.
    Sun,
}

const NODE_NAME: &str = "Kiln lighting";

struct Lamp {
    name: &'static str,
    /// Where the light comes from, around +Y from +Z towards +X, and above the horizon.
    azimuth_degrees: f32,
    elevation_degrees: f32,
    lux: f32,
    color_linear: Vec3,
}

const STUDIO: [Lamp; 3] = [
    Lamp {
        name: "Key",
        azimuth_degrees: 40.0,
        elevation_degrees: 45.0,
        lux: 3.0,
        color_linear: Vec3::new(1.0, 0.96, 0.9),
    },
    Lamp {
        name: "Fill",
        azimuth_degrees: -50.0,
        elevation_degrees: 20.0,
        lux: 1.0,
        color_linear: Vec3::new(0.9, 0.95, 1.0),
    },
    Lamp { name: "Rim", azimuth_degrees: 170.0, elevation_degrees: 35.0, lux: 2.0, color_linear: Vec3::ONE },
];
const SUN: [Lamp; 1] = [Lamp {
    name: "Sun",
    azimuth_degrees: 30.0,
    elevation_degrees: 55.0,
    lux: 4.0,
    color_linear: Vec3::new(1.0, 0.95, 0.88),
}];

impl Apply for Lighting {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, _ctx: &WorkCtx) -> Result<(), Cancelled> {
        if scene.nodes.iter().any(|node| node.light.is_some()) {
            if !scene.nodes.iter().any(|node| node.name == NODE_NAME) {
                log.note("the model has lamps of its own; they stay alone");
            }
            return Ok(());
        }
        let lamps: &[Lamp] = match self.preset {
            LightingPreset::Studio => &STUDIO,
            LightingPreset::Sun => &SUN,
        };
        let mut children = Vec::with_capacity(lamps.len());
        for lamp in lamps {
            scene.lights.push(Light {
                name: lamp.name.into(),
                kind: LightKind::Directional,
                color_linear: lamp.color_linear,
                intensity: lamp.lux,
                range: None,
            });
            children.push(scene.nodes.len());
            // A lamp shines along its node's -Z: turned to where it comes from, it shines back.
            let rotation = Quat::from_rotation_y(lamp.azimuth_degrees.to_radians())
                * Quat::from_rotation_x(-lamp.elevation_degrees.to_radians());
            scene.nodes.push(Node {
                name: lamp.name.into(),
                light: Some(scene.lights.len() - 1),
                transform: Transform::Trs { translation: Vec3::ZERO, rotation, scale: Vec3::ONE },
                ..Node::default()
            });
        }
        scene.roots.push(scene.nodes.len());
        scene.nodes.push(Node { name: NODE_NAME.into(), children, ..Node::default() });
        log.count("lamps added", lamps.len());
        Ok(())
    }
}
