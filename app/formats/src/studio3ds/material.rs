use std::collections::HashMap;

use glam::{Vec2, Vec3};
use scene::{AlphaMode, Filter, Material, MaterialId, MaterialTexture, Scene, Texture, UvTransform, Wrap};

use super::chunk::Chunk;
use crate::ReadWarning;
use crate::plain_material::plain_material;
use crate::source::Source;
use crate::srgb::linear;

const NAME: u16 = 0xA000;
const DIFFUSE: u16 = 0xA020;
const SPECULAR: u16 = 0xA030;
const SHININESS: u16 = 0xA040;
const TRANSPARENCY: u16 = 0xA050;
const SELF_ILLUMINATION: u16 = 0xA084;
const TEXTURE_MAP: u16 = 0xA200;
const OPACITY_MAP: u16 = 0xA210;
const MAP_FILE: u16 = 0xA300;
const MAP_TILING: u16 = 0xA351;
const MAP_SCALE_U: u16 = 0xA354;
const MAP_SCALE_V: u16 = 0xA356;
const MAP_OFFSET_U: u16 = 0xA358;
const MAP_OFFSET_V: u16 = 0xA35A;

/// The file's materials in the scene, by name.
#[derive(Default)]
pub(super) struct Materials {
    by_name: HashMap<String, MaterialId>,
}

impl Materials {
    pub(super) fn id_of(&mut self, name: &str, scene: &mut Scene) -> MaterialId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        self.take(plain_material(name), scene)
    }

    fn take(&mut self, material: Material, scene: &mut Scene) -> MaterialId {
        let id = scene.materials.len();
        self.by_name.entry(material.name.clone()).or_insert(id);
        scene.materials.push(material);
        id
    }

    pub(super) fn read(
        &mut self,
        chunk: Chunk<'_>,
        source: &Source<'_>,
        scene: &mut Scene,
        warnings: &mut Vec<ReadWarning>,
    ) {
        let name = chunk.child(NAME).map(|c| c.values().text()).unwrap_or_default();
        let mut material = plain_material(&name);
        let share = |id: u16| chunk.child(id).and_then(share);
        let diffuse = chunk.child(DIFFUSE).and_then(color);
        material.base_color = diffuse.unwrap_or(Vec3::splat(0.6)).extend(1.0);
        material.roughness = match (chunk.child(SPECULAR).and_then(color), share(SHININESS)) {
            (Some(specular), _) if specular == Vec3::ZERO => 1.0,
            (_, Some(shininess)) => (2.0 / (128.0 * shininess.clamp(0.0, 1.0) + 2.0)).powf(0.25),
            _ => 0.5,
        };
        material.emissive =
            material.base_color.truncate() * share(SELF_ILLUMINATION).unwrap_or(0.0).clamp(0.0, 1.0);
        let transparency = share(TRANSPARENCY).unwrap_or(0.0).clamp(0.0, 1.0);
        let map = chunk.child(TEXTURE_MAP);
        if let Some(texture) = map.and_then(|map| texture(map, source, scene, warnings)) {
            material.base_color = Vec3::ONE.extend(1.0);
            material.base_color_texture = Some(texture);
        }
        if transparency > 0.0 {
            material.base_color.w = 1.0 - transparency;
            material.alpha_mode = AlphaMode::Blend;
        }
        let file = |map: Chunk<'_>| map.child(MAP_FILE).map(|c| c.values().text());
        if let Some(opacity) = chunk.child(OPACITY_MAP).and_then(file) {
            if map.and_then(file).is_some_and(|colors| colors.eq_ignore_ascii_case(&opacity)) {
                material.alpha_mode = AlphaMode::Blend;
            } else {
                let text = format!(
                    "{name} has its transparency in a picture of its own, which is not shown: {opacity}"
                );
                warnings.push(ReadWarning::Repaired(text));
            }
        }
        self.take(material, scene);
    }
}

/// Linear light. Of the two byte triples one is encoded for the screen, the other is linear.
pub(super) fn color(chunk: Chunk<'_>) -> Option<Vec3> {
    let of = |part: Chunk<'_>| {
        let mut values = part.values();
        let mut bytes = || {
            Some(Vec3::new(f32::from(values.u8()?), f32::from(values.u8()?), f32::from(values.u8()?)) / 255.0)
        };
        match part.id {
            0x0011 => bytes().map(|srgb| srgb.map(linear)),
            0x0012 => bytes(),
            0x0010 => part
                .values()
                .vec3()
                .filter(|c| c.is_finite())
                .map(|srgb| srgb.clamp(Vec3::ZERO, Vec3::ONE).map(linear)),
            0x0013 => part.values().vec3().filter(|c| c.is_finite()).map(|c| c.max(Vec3::ZERO)),
            _ => None,
        }
    };
    let parts = || chunk.chunks().filter(|part| matches!(part.id, 0x0010..=0x0013));
    // A file that has both means the same by them.
    parts().find(|part| part.id >= 0x0012).or_else(|| parts().next()).and_then(of)
}

/// Per cent, as a whole number or a float, as a share of 1.
fn share(chunk: Chunk<'_>) -> Option<f32> {
    let percent = chunk.chunks().find_map(|part| match part.id {
        0x0030 => part.values().u16().map(|percent| f32::from(percent as i16) / 100.0),
        0x0031 => part.values().f32(),
        _ => None,
    });
    percent.filter(|share| share.is_finite())
}

fn texture(
    map: Chunk<'_>,
    source: &Source<'_>,
    scene: &mut Scene,
    warnings: &mut Vec<ReadWarning>,
) -> Option<MaterialTexture> {
    let named = map.child(MAP_FILE)?.values().text();
    if named.is_empty() {
        return None;
    }
    let value = |id: u16| map.child(id).and_then(|c| c.values().f32()).filter(|v| v.is_finite());
    let image = scene.images.len();
    let picture = source.picture(source.path, &named, warnings);
    scene.images.push(picture);
    let flags = map.child(MAP_TILING).and_then(|c| c.values().u16()).unwrap_or(0);
    let wrap = match flags {
        flags if flags & 0x0002 != 0 => Wrap::MirroredRepeat,
        flags if flags & 0x0010 != 0 => Wrap::ClampToEdge,
        _ => Wrap::Repeat,
    };
    let filter = Filter::Linear;
    scene.textures.push(Texture {
        image,
        fallback: None,
        wrap_u: wrap,
        wrap_v: wrap,
        mag_filter: filter,
        min_filter: filter,
    });
    let scale = Vec2::new(value(MAP_SCALE_U).unwrap_or(1.0), value(MAP_SCALE_V).unwrap_or(1.0));
    let (u, v) = (value(MAP_OFFSET_U).unwrap_or(0.0), value(MAP_OFFSET_V).unwrap_or(0.0));
    // V is counted from the bottom there.
    let offset = Vec2::new(u, 1.0 - scale.y - v);
    let uv_transform = UvTransform { offset, rotation_radians: 0.0, scale };
    Some(MaterialTexture { texture: scene.textures.len() - 1, uv_set: 0, uv_transform })
}
