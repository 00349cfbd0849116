use glam::{Vec2, Vec3, Vec4};
use gltf::json::extensions::texture::TextureTransform;
use gltf::json::validation::Checked;
use gltf::json::{Index, material, texture};
use scene::{AlphaMode, Material, MaterialTexture, UvTransform};
use serde_json::{Map, Value};

use super::{Reader, extras, skipped, specular_glossiness, surface};
use crate::ReadWarning;
use crate::source::Parsed;

impl Reader<'_> {
    pub(super) fn read_materials(&self, parsed: &mut Parsed) {
        let mut slots =
            Slots { n_textures: parsed.scene.textures.len(), n_dangling: 0, n_lost_gloss_maps: 0 };
        let materials = self.root.materials.iter().map(|stated| read_material(stated, &mut slots));
        parsed.scene.materials = materials.collect();
        parsed.warnings.extend(skipped("texture references", slots.n_dangling, "the texture does not exist"));
        if slots.n_lost_gloss_maps > 0 {
            let text = format!(
                "the gloss in the alpha of the specular texture of {} materials is not kept; their roughness is even",
                slots.n_lost_gloss_maps
            );
            parsed.warnings.push(ReadWarning::Repaired(text));
        }
    }
}

/// Checks the textures that materials name.
pub(super) struct Slots {
    n_textures: usize,
    n_dangling: usize,
    pub(super) n_lost_gloss_maps: usize,
}

impl Slots {
    fn take(
        &mut self,
        texture: Index<texture::Texture>,
        uv_set: u32,
        transform: Option<&TextureTransform>,
    ) -> Option<MaterialTexture> {
        let texture = texture.value();
        if texture >= self.n_textures {
            self.n_dangling += 1;
            return None;
        }
        let uv_set = transform.and_then(|t| t.tex_coord).unwrap_or(uv_set) as usize;
        let uv_transform = transform.map(|t| UvTransform {
            offset: Vec2::from(t.offset.0),
            rotation_radians: t.rotation.0,
            scale: Vec2::from(t.scale.0),
        });
        let is_finite =
            |t: &UvTransform| t.offset.is_finite() && t.scale.is_finite() && t.rotation_radians.is_finite();
        let uv_transform = uv_transform.filter(is_finite).unwrap_or_default();
        Some(MaterialTexture { texture, uv_set, uv_transform })
    }

    fn take_info(&mut self, info: Option<&texture::Info>) -> Option<MaterialTexture> {
        let info = info?;
        let transform = info.extensions.as_ref().and_then(|e| e.texture_transform.as_ref());
        self.take(info.index, info.tex_coord, transform)
    }

    /// For the slots whose extensions come as raw JSON.
    fn take_raw(
        &mut self,
        texture: Index<texture::Texture>,
        uv_set: u32,
        others: Option<&Map<String, Value>>,
    ) -> Option<MaterialTexture> {
        let raw = others.and_then(|others| others.get("KHR_texture_transform"));
        let transform = raw.and_then(|raw| serde_json::from_str(&raw.to_string()).ok());
        self.take(texture, uv_set, transform.as_ref())
    }
}

/// The members of a material extension, each with what the extension says where it is absent.
pub(super) struct Fields<'a> {
    raw: &'a Value,
    pub(super) slots: &'a mut Slots,
}

impl<'a> Fields<'a> {
    pub(super) fn of(stated: &'a material::Material, extension: &str, slots: &'a mut Slots) -> Option<Self> {
        let raw = stated.extensions.as_ref()?.others.get(extension)?;
        Some(Self { raw, slots })
    }

    pub(super) fn number(&self, name: &str, default: f32) -> f32 {
        let stated = self.raw.get(name).and_then(Value::as_f64).map(|value| value as f32);
        stated.filter(|value| value.is_finite()).unwrap_or(default)
    }

    pub(super) fn numbers<const N: usize>(&self, name: &str, default: [f32; N]) -> [f32; N] {
        let list = self.raw.get(name).and_then(Value::as_array);
        let list =
            list.map(|list| list.iter().filter_map(Value::as_f64).map(|v| v as f32).collect::<Vec<_>>());
        let stated = list.and_then(|list| <[f32; N]>::try_from(list).ok());
        stated.filter(|values| values.iter().all(|v| v.is_finite())).unwrap_or(default)
    }

    pub(super) fn color(&self, name: &str, default: Vec3) -> Vec3 {
        self.numbers(name, default.to_array()).into()
    }

    pub(super) fn texture(&mut self, name: &str) -> Option<MaterialTexture> {
        let info = serde_json::from_str(&self.raw.get(name)?.to_string()).ok();
        self.slots.take_info(info.as_ref())
    }

    /// Of a normal texture.
    pub(super) fn scale(&self, name: &str) -> f32 {
        let scale = self.raw.get(name).and_then(|info| info.get("scale")).and_then(Value::as_f64);
        scale.map_or(1.0, |scale| scale as f32)
    }
}

fn read_material(stated: &material::Material, slots: &mut Slots) -> Material {
    let pbr = &stated.pbr_metallic_roughness;
    let extensions = stated.extensions.as_ref();
    let strength =
        extensions.and_then(|e| e.emissive_strength.as_ref()).map_or(1.0, |e| e.emissive_strength.0);
    let normal = stated.normal_texture.as_ref();
    let occlusion = stated.occlusion_texture.as_ref();
    let mut material = Material {
        name: stated.name.clone().unwrap_or_default(),
        base_color: Vec4::from(pbr.base_color_factor.0),
        base_color_texture: slots.take_info(pbr.base_color_texture.as_ref()),
        metallic: pbr.metallic_factor.0,
        roughness: pbr.roughness_factor.0,
        metallic_roughness_texture: slots.take_info(pbr.metallic_roughness_texture.as_ref()),
        normal_texture: normal
            .and_then(|n| slots.take_raw(n.index, n.tex_coord, n.extensions.as_ref().map(|e| &e.others))),
        normal_scale: normal.map_or(1.0, |n| n.scale),
        occlusion_texture: occlusion
            .and_then(|o| slots.take_raw(o.index, o.tex_coord, o.extensions.as_ref().map(|e| &e.others))),
        occlusion_strength: occlusion.map_or(1.0, |o| o.strength.0),
        emissive: Vec3::from(stated.emissive_factor.0) * strength,
        emissive_texture: slots.take_info(stated.emissive_texture.as_ref()),
        alpha_mode: match stated.alpha_mode {
            Checked::Valid(material::AlphaMode::Mask) => {
                AlphaMode::Mask { cutoff: stated.alpha_cutoff.map_or(0.5, |cutoff| cutoff.0) }
            }
            Checked::Valid(material::AlphaMode::Blend) => AlphaMode::Blend,
            _ => AlphaMode::Opaque,
        },
        double_sided: stated.double_sided,
        unlit: extensions.is_some_and(|e| e.unlit.is_some()),
        extras: extras(&stated.extras),
        ..Default::default()
    };
    surface::read(stated, &mut material, slots);
    if let Some(fields) = Fields::of(stated, specular_glossiness::EXTENSION, slots) {
        specular_glossiness::convert(fields, &mut material);
    }
    material
}
