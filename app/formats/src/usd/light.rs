//! UsdLux as punctual lights.
//!
//! UsdLux gives luminances of surfaces; a light without size has the intensity that such a surface
//! shows from afar, straight ahead: luminance × projected area. `normalize` has the luminance
//! divided by the whole surface first.

use std::f64::consts::{FRAC_PI_2, PI};

use glam::{DVec3, Vec3};
use scene::{Light, LightKind, NodeId};

use super::object::Object;
use super::stage::Walk;
use super::value;

impl Walk<'_, '_> {
    pub(super) fn add_light(&mut self, object: &Object, node: NodeId) {
        let number = |name: &str, fallback: f64| {
            // Files from before 2021 have no `inputs:`.
            let stated = object.number(&format!("inputs:{name}")).or_else(|| object.number(name));
            stated.unwrap_or(fallback)
        };
        let meters = |name: &str, fallback: f64| number(name, fallback).abs() * self.meters_per_unit;
        // Luminance of the surface, its projected area, and the whole of it.
        let (fallback, projected, whole) = match object.type_name.as_str() {
            "DistantLight" => (50_000.0, 1.0, 1.0),
            "SphereLight" => {
                let area = PI * meters("radius", 0.5).powi(2);
                (1.0, area, 4.0 * area)
            }
            "DiskLight" => {
                let area = PI * meters("radius", 0.5).powi(2);
                (1.0, area, area)
            }
            "RectLight" => {
                let area = meters("width", 1.0) * meters("height", 1.0);
                (1.0, area, area)
            }
            "CylinderLight" => {
                let side = 2.0 * meters("radius", 0.5) * meters("length", 1.0);
                (1.0, side, PI * side)
            }
            _ => {
                self.lost.add("lights of other kinds", 1, "domes, portals and glowing shapes are not shown");
                return;
            }
        };
        let is_distant = object.type_name == "DistantLight";
        let mut intensity = number("intensity", fallback) * number("exposure", 0.0).exp2();
        let is_normalized = number("normalize", 0.0) != 0.0;
        if !is_distant {
            // Of a light without any size the quotient stays: a quarter for a sphere.
            let divisor = if is_normalized && whole > 0.0 { whole } else { 1.0 };
            intensity *= projected / divisor;
        }
        let outer =
            object.number("inputs:shaping:cone:angle").or_else(|| object.number("shaping:cone:angle"));
        let outer = outer.map(f64::to_radians).filter(|angle| *angle < FRAC_PI_2);
        let softness = object.number("inputs:shaping:cone:softness").unwrap_or(0.0).clamp(0.0, 1.0);
        let is_flat = matches!(object.type_name.as_str(), "DiskLight" | "RectLight");
        let kind = match (is_distant, outer) {
            (true, _) => LightKind::Directional,
            (false, Some(outer)) => LightKind::Spot {
                inner_cone_radians: (outer * (1.0 - softness)) as f32,
                outer_cone_radians: outer.max(0.0) as f32,
            },
            // Shines to one side only, more to the front.
            (false, None) if is_flat => {
                LightKind::Spot { inner_cone_radians: 0.0, outer_cone_radians: FRAC_PI_2 as f32 }
            }
            (false, None) => LightKind::Point,
        };
        let color = object.value("inputs:color").or_else(|| object.value("color"));
        let color = color.as_ref().and_then(value::vec3).unwrap_or(DVec3::ONE).as_vec3();
        self.scene.nodes[node].light = Some(self.scene.lights.len());
        self.scene.lights.push(Light {
            name: object.name(),
            kind,
            color_linear: if color.is_finite() { color.max(Vec3::ZERO) } else { Vec3::ONE },
            intensity: intensity.max(0.0) as f32,
            range: None,
        });
    }
}
