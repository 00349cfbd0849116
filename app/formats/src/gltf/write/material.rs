use scene::{AlphaMode, Material, MaterialTexture, UvTransform};
use serde_json::{Map, Value, json};

use super::{Numbers, Writer, insert_extras, insert_list, insert_name, number, numbers};

pub(super) const VARIANTS: &str = "KHR_materials_variants";

/// Where the scene's textures went, and what the materials need of a primitive.
pub(super) struct TextureMap {
    pub(super) numbers: Numbers,
    pub(super) n_uv_sets: Vec<usize>,
}

impl TextureMap {
    /// How many sets of texture coordinates a primitive of this material must have.
    pub(super) fn n_uv_sets(&self, material: usize) -> usize {
        self.n_uv_sets.get(material).copied().unwrap_or(0)
    }
}

pub(super) fn n_uv_sets(material: &Material, textures: &Numbers) -> usize {
    let used = material.textures().map(|(_, texture)| texture);
    let written = used.filter(|texture| textures[texture.texture].is_some());
    written.map(|texture| texture.uv_set + 1).max().unwrap_or(0)
}

impl Writer<'_> {
    pub(super) fn materials(&mut self, textures: &TextureMap, root: &mut Map<String, Value>) {
        let scene = self.scene;
        let materials = scene.materials.iter().map(|material| self.material(material, textures)).collect();
        insert_list(root, "materials", materials);
    }

    fn material(&mut self, material: &Material, textures: &TextureMap) -> Value {
        let mut slot = |texture: &Option<MaterialTexture>| self.texture_info(texture.as_ref()?, textures);
        let mut pbr = Map::new();
        let base_color = material.base_color.to_array().map(unit);
        if base_color != [1.0; 4] {
            pbr.insert("baseColorFactor".into(), numbers(&base_color));
        }
        insert_factor(&mut pbr, "metallicFactor", material.metallic);
        insert_factor(&mut pbr, "roughnessFactor", material.roughness);
        insert_some(&mut pbr, "baseColorTexture", slot(&material.base_color_texture));
        insert_some(&mut pbr, "metallicRoughnessTexture", slot(&material.metallic_roughness_texture));
        let mut object = Map::new();
        insert_name(&mut object, &material.name);
        if !pbr.is_empty() {
            object.insert("pbrMetallicRoughness".into(), pbr.into());
        }
        if let Some(mut normal) = slot(&material.normal_texture) {
            if material.normal_scale != 1.0 {
                normal["scale"] = number(material.normal_scale);
            }
            object.insert("normalTexture".into(), normal);
        }
        if let Some(mut occlusion) = slot(&material.occlusion_texture) {
            if material.occlusion_strength != 1.0 {
                occlusion["strength"] = number(unit(material.occlusion_strength));
            }
            object.insert("occlusionTexture".into(), occlusion);
        }
        insert_some(&mut object, "emissiveTexture", slot(&material.emissive_texture));
        self.emission(material, &mut object);
        match material.alpha_mode {
            AlphaMode::Opaque => {}
            AlphaMode::Blend => drop(object.insert("alphaMode".into(), "BLEND".into())),
            AlphaMode::Mask { cutoff } => {
                object.insert("alphaMode".into(), "MASK".into());
                object.insert("alphaCutoff".into(), number(cutoff.max(0.0)));
            }
        }
        if material.double_sided {
            object.insert("doubleSided".into(), true.into());
        }
        self.surface(material, textures, &mut object);
        insert_extras(&mut object, material.extras.as_ref());
        Value::Object(object)
    }

    pub(super) fn variants(&mut self, root: &mut Map<String, Value>) {
        if !self.scene.variants.is_empty() {
            self.extensions.insert((VARIANTS, false));
            let variants: Vec<Value> =
                self.scene.variants.iter().map(|name| json!({ "name": name })).collect();
            extension(root, VARIANTS, json!({ "variants": variants }));
        }
    }

    /// Brighter than 1 needs a strength beside the factor.
    fn emission(&mut self, material: &Material, object: &mut Map<String, Value>) {
        let emissive = material.emissive.to_array().map(|v| if v.is_finite() { v.max(0.0) } else { 0.0 });
        let strength = emissive.into_iter().fold(1.0, f32::max);
        if emissive != [0.0; 3] {
            object.insert("emissiveFactor".into(), numbers(&emissive.map(|v| v / strength)));
        }
        if strength > 1.0 {
            self.extensions.insert(("KHR_materials_emissive_strength", false));
            let value = json!({ "emissiveStrength": number(strength) });
            extension(object, "KHR_materials_emissive_strength", value);
        }
    }

    pub(super) fn texture_info(&mut self, texture: &MaterialTexture, textures: &TextureMap) -> Option<Value> {
        let mut info = Map::new();
        info.insert("index".into(), textures.numbers[texture.texture]?.into());
        if texture.uv_set != 0 {
            info.insert("texCoord".into(), texture.uv_set.into());
        }
        let transform = texture.uv_transform;
        if transform != UvTransform::default() {
            self.extensions.insert(("KHR_texture_transform", false));
            let mut value = Map::new();
            value.insert("offset".into(), numbers(&transform.offset.to_array()));
            value.insert("rotation".into(), number(transform.rotation_radians));
            value.insert("scale".into(), numbers(&transform.scale.to_array()));
            extension(&mut info, "KHR_texture_transform", value.into());
        }
        Some(Value::Object(info))
    }
}

fn unit(value: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 1.0 }
}

fn insert_factor(object: &mut Map<String, Value>, name: &str, value: f32) {
    if unit(value) != 1.0 {
        object.insert(name.into(), number(unit(value)));
    }
}

fn insert_some(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(name.into(), value);
    }
}

pub(super) fn extension(object: &mut Map<String, Value>, name: &str, value: Value) {
    let extensions = object.entry("extensions").or_insert_with(|| json!({}));
    if let Some(extensions) = extensions.as_object_mut() {
        extensions.insert(name.into(), value);
    }
}
