use glam::Vec3;
use scene::{Camera, Light, LightKind, Projection};

use super::document::{Element, child, name_of, number, numbers};

/// `None` without optics. Distances of the file are scaled to metres.
pub(super) fn camera(camera: Element<'_>, meters: f32) -> Option<Camera> {
    let common = child(child(camera, "optics")?, "technique_common")?;
    let value = |lens: Element<'_>, tag: &'static str| child(lens, tag).and_then(number);
    let lens = child(common, "perspective").or_else(|| child(common, "orthographic"))?;
    let aspect = value(lens, "aspect_ratio").filter(|a| *a > 0.0);
    let projection = if lens.tag_name().name() == "perspective" {
        let x = value(lens, "xfov").map(f32::to_radians);
        let y = value(lens, "yfov").map(f32::to_radians);
        let of_x = |x: f32| 2.0 * ((0.5 * x).tan() / aspect.unwrap_or(1.0)).atan();
        let fov_y_radians = y.or(x.map(of_x)).filter(|fov| (0.001..3.1).contains(fov)).unwrap_or(0.8);
        let both = x.zip(y).map(|(x, y)| (0.5 * x).tan() / (0.5 * y).tan()).filter(|a| *a > 0.0);
        Projection::Perspective { fov_y_radians, aspect: aspect.or(both) }
    } else {
        let x = value(lens, "xmag").map(|mag| meters * mag);
        let y = value(lens, "ymag").map(|mag| meters * mag);
        let ratio = aspect.unwrap_or(1.0);
        let x_mag = x.or(y.map(|y| y * ratio)).unwrap_or(1.0);
        Projection::Orthographic { x_mag, y_mag: y.unwrap_or(x_mag / ratio) }
    };
    let near = value(lens, "znear").map_or(0.1, |near| meters * near);
    let far = value(lens, "zfar").map(|far| meters * far).filter(|far| *far > near);
    Some(Camera { name: name_of(camera).to_owned(), projection, near, far })
}

/// `None` for ambient light, which no lamp gives, and for what is none of COLLADA's kinds.
pub(super) fn light(light: Element<'_>) -> Option<Light> {
    let common = child(light, "technique_common")?;
    let kinds = ["directional", "point", "spot"];
    let lamp = kinds.iter().find_map(|kind| child(common, kind))?;
    let kind = match lamp.tag_name().name() {
        "directional" => LightKind::Directional,
        "point" => LightKind::Point,
        _ => {
            let full = child(lamp, "falloff_angle").and_then(number).unwrap_or(180.0);
            let outer_cone_radians = (0.5 * full.to_radians()).clamp(0.001, std::f32::consts::FRAC_PI_2);
            LightKind::Spot { inner_cone_radians: 0.0, outer_cone_radians }
        }
    };
    let color = child(lamp, "color").map_or([1.0; 3], |color| numbers(color, [0.0; 3]));
    // Exporters put the strength into the colour.
    let color = Vec3::from(color).max(Vec3::ZERO);
    let intensity = color.max_element();
    let color_linear = if intensity > 0.0 { color / intensity } else { Vec3::ONE };
    Some(Light { name: name_of(light).to_owned(), kind, color_linear, intensity, range: None })
}
