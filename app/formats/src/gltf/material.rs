use glam::{Vec2, Vec3, Vec4};
use gltf::json::extensions::texture::TextureTransform;
use gltf::json::validation::Checked;
use gltf::json::{Index, material, texture};
use scene::{AlphaMode, Material, MaterialTexture, UvTransform};
use serde_json::{Map, Value};

use super::{Reader, extras, skipped};
use crate::source::Parsed;

impl Reader<'_> {
    pub(super) fn read_materials(&self, parsed: &mut Parsed) {
        let n_textures = parsed.scene.textures.len();
        let mut slots = Slots { n_textures, n_dangling: 0 };
        let materials = self.root.materials.iter().map(|stated| read_material(stated, &mut slots));
        parsed.scene.materials = materials.collect();
        parsed.warnings.extend(skipped("texture references", slots.n_dangling, "the texture does not exist"));
    }
}

/// Checks the textures that materials name.
struct Slots {
    n_textures: usize,
    n_dangling: usize,
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
        Some(MaterialTexture { texture, uv_set, uv_transform: uv_transform.unwrap_or_default() })
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
    let specular_glossiness = extensions.and_then(|e| e.others.get("KHR_materials_pbrSpecularGlossiness"));
    if let Some(raw) = specular_glossiness {
        apply_specular_glossiness(raw, &mut material, slots);
    }
    material
}

/// The archived specular-glossiness model as a dielectric: its diffuse colour and gloss carry
/// nearly all of the looks; coloured specular has no place in metallic-roughness.
fn apply_specular_glossiness(raw: &Value, material: &mut Material, slots: &mut Slots) {
    let number = |value: &Value| value.as_f64().map(|v| v as f32);
    if let Some(factor) = raw.get("diffuseFactor").and_then(Value::as_array) {
        let factor: Vec<f32> = factor.iter().filter_map(number).collect();
        if let [r, g, b, a] = factor[..] {
            material.base_color = Vec4::new(r, g, b, a);
        }
    }
    let info = raw.get("diffuseTexture").and_then(|t| serde_json::from_str(&t.to_string()).ok());
    material.base_color_texture = slots.take_info(info.as_ref()).or(material.base_color_texture);
    material.metallic = 0.0;
    material.roughness = 1.0 - raw.get("glossinessFactor").and_then(number).unwrap_or(1.0);
    material.metallic_roughness_texture = None;
}
