//! What the colour under the pointer stands for.

use render::{DENSITY_OCTAVES, Seen, density_color, id_color, overdraw_color};

use super::ids::material_name;
use crate::model::Loaded;
use crate::modes::ModeView;
use crate::panels::outliner::label_of;
use crate::text;
use crate::view::PassChoice;

/// A number or a name; `None` where the mode has none.
pub(super) fn value_of(pass: PassChoice, modes: &ModeView, loaded: &Loaded, seen: &Seen) -> Option<String> {
    let scene = &loaded.import.scene;
    let part = |code: u8| f32::from(code) / 255.0;
    match pass {
        PassChoice::Depth => Some(text::length(f64::from(seen.depth_m))),
        PassChoice::Normal => {
            let [x, y, z] = seen.color.map(|code| 2.0 * part(code) - 1.0);
            Some(format!("{x:.2}, {y:.2}, {z:.2}"))
        }
        PassChoice::Roughness | PassChoice::Metallic | PassChoice::Occlusion => {
            Some(format!("{:.2}", part(seen.color[0])))
        }
        PassChoice::ObjectId => Some(label_of(scene, seen.node)),
        PassChoice::MaterialId => {
            let is_near = |i: &usize| id_color(*i).iter().zip(seen.color).all(|(a, b)| a.abs_diff(b) <= 1);
            (0..scene.materials.len()).find(is_near).map(|i| material_name(loaded, i))
        }
        PassChoice::Overdraw => {
            let hottest = modes.hottest_overdraw;
            let n =
                (1..=hottest as u32).min_by_key(|&n| apart(overdraw_color(n as f32, hottest), seen.color))?;
            Some(text::counted(n as usize, "layer", "layers"))
        }
        PassChoice::TexelDensity => density_of(seen.color, modes.target_px_per_m),
        _ => None,
    }
}

fn apart(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The picture darkens what turns away, so that the hue tells the number.
fn density_of(color: [u8; 3], target: f32) -> Option<String> {
    let hue = |color: [u8; 3]| {
        glam::Vec3::from(color.map(|c| (f32::from(c) / 255.0).powf(2.2))).normalize_or_zero()
    };
    let seen = hue(color);
    let at = |i: u32| target * (2.0 * DENSITY_OCTAVES * (i as f32 / 96.0 - 0.5)).exp2();
    let nearness = |i: &u32| hue(density_color(at(*i), target)).dot(seen);
    let best = (0..=96).max_by(|a, b| nearness(a).total_cmp(&nearness(b)))?;
    // Grey is a surface without a texture.
    if nearness(&best) < 0.98 {
        return None;
    }
    let number = text::count(at(best).round() as u64);
    Some(match best {
        0 => format!("{number} px/m or less"),
        96 => format!("{number} px/m or more"),
        _ => format!("about {number} px/m"),
    })
}
