//! Cameras and lights. ufbx has turned their nodes so that they look along -Z.

use scene::{Camera, Light, LightKind, Projection};
use ufbx::{LightType, ProjectionMode};

use super::convert::vec3_of;

pub(super) fn camera_of(camera: &ufbx::Camera, meters_per_unit: f64) -> Camera {
    let projection = match camera.projection_mode {
        ProjectionMode::Perspective => {
            let fov_y = (camera.field_of_view_deg.y as f32).to_radians();
            Projection::Perspective {
                fov_y_radians: if fov_y > 0.0 && fov_y < std::f32::consts::PI { fov_y } else { 0.8 },
                aspect: Some(camera.aspect_ratio as f32).filter(|a| a.is_normal() && *a > 0.0),
            }
        }
        ProjectionMode::Orthographic => {
            let half = |size: f64| {
                Some(0.5 * size * meters_per_unit).filter(|h| h.is_normal()).unwrap_or(1.0) as f32
            };
            Projection::Orthographic {
                x_mag: half(camera.orthographic_size.x),
                y_mag: half(camera.orthographic_size.y),
            }
        }
    };
    let meters = |units: f64| Some((units * meters_per_unit) as f32).filter(|m| m.is_normal() && *m > 0.0);
    let near = meters(camera.near_plane).unwrap_or(0.01);
    Camera {
        name: camera.element.name.to_string(),
        projection,
        near,
        far: meters(camera.far_plane).filter(|far| *far > near),
    }
}

/// FBX states no photometric unit: its 100 % is 1 candela or lux here, as without any better word.
pub(super) fn light_of(light: &ufbx::Light) -> Light {
    let half = |degrees: f64| (0.5 * degrees as f32).to_radians().clamp(0.0, std::f32::consts::FRAC_PI_2);
    let finite = |x: f32, otherwise: f32| if x.is_finite() { x.max(0.0) } else { otherwise };
    let color = vec3_of(light.color);
    Light {
        name: light.element.name.to_string(),
        kind: match light.type_ {
            LightType::Directional => LightKind::Directional,
            LightType::Spot => {
                let outer = half(light.outer_angle);
                LightKind::Spot {
                    inner_cone_radians: half(light.inner_angle).min(outer),
                    outer_cone_radians: outer,
                }
            }
            LightType::Point | LightType::Area | LightType::Volume => LightKind::Point,
        },
        color_linear: color.map(|c| finite(c, 1.0)),
        intensity: finite(light.intensity as f32, 1.0),
        range: None,
    }
}
