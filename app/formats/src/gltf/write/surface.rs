//! Everything a surface has beyond metallic-roughness, as the KHR_materials_* extensions. What
//! equals an extension's default is not written.

use glam::Vec3;
use scene::{Material, MaterialTexture};
use serde_json::{Map, Value, json};

use super::material::{TextureMap, extension};
use super::{Writer, number, numbers};

impl Writer<'_> {
    pub(super) fn surface(
        &mut self,
        material: &Material,
        textures: &TextureMap,
        object: &mut Map<String, Value>,
    ) {
        if material.unlit {
            self.material_extension(object, "KHR_materials_unlit", Map::new());
        }
        if material.ior != 1.5 && material.ior.is_finite() {
            // 0 stands for an endless index; between it and 1 there is none.
            let ior = if material.ior <= 0.0 { 0.0 } else { material.ior.max(1.0) };
            self.material_extension(object, "KHR_materials_ior", members(json!({ "ior": number(ior) })));
        }
        if material.dispersion > 0.0 && material.dispersion.is_finite() {
            let value = json!({ "dispersion": number(material.dispersion) });
            self.material_extension(object, "KHR_materials_dispersion", members(value));
        }
        self.reflections(material, textures, object);
        self.passing_light(material, textures, object);
    }

    fn reflections(&mut self, material: &Material, textures: &TextureMap, object: &mut Map<String, Value>) {
        if let Some(s) = &material.specular {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.number("specularFactor", unit(s.factor), 1.0);
            fields.texture("specularTexture", &s.texture);
            fields.color("specularColorFactor", s.color, Vec3::ONE);
            fields.texture("specularColorTexture", &s.color_texture);
            fields.finish(object, "KHR_materials_specular");
        }
        if let Some(c) = &material.clearcoat {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.number("clearcoatFactor", unit(c.factor), 0.0);
            fields.texture("clearcoatTexture", &c.texture);
            fields.number("clearcoatRoughnessFactor", unit(c.roughness), 0.0);
            fields.texture("clearcoatRoughnessTexture", &c.roughness_texture);
            fields.texture("clearcoatNormalTexture", &c.normal_texture);
            if let Some(normal) = fields.members.get_mut("clearcoatNormalTexture")
                && c.normal_scale != 1.0
            {
                normal["scale"] = number(c.normal_scale);
            }
            fields.finish(object, "KHR_materials_clearcoat");
        }
        if let Some(s) = &material.sheen {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.color("sheenColorFactor", s.color, Vec3::ZERO);
            fields.texture("sheenColorTexture", &s.color_texture);
            fields.number("sheenRoughnessFactor", unit(s.roughness), 0.0);
            fields.texture("sheenRoughnessTexture", &s.roughness_texture);
            fields.finish(object, "KHR_materials_sheen");
        }
        if let Some(a) = &material.anisotropy {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.number("anisotropyStrength", unit(a.strength), 0.0);
            fields.number("anisotropyRotation", a.rotation_radians, 0.0);
            fields.texture("anisotropyTexture", &a.texture);
            fields.finish(object, "KHR_materials_anisotropy");
        }
        if let Some(i) = &material.iridescence {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.number("iridescenceFactor", unit(i.factor), 0.0);
            fields.texture("iridescenceTexture", &i.texture);
            fields.number("iridescenceIor", i.ior.max(1.0), 1.3);
            fields.number("iridescenceThicknessMinimum", i.thickness_min_nm.max(0.0), 100.0);
            fields.number("iridescenceThicknessMaximum", i.thickness_max_nm.max(0.0), 400.0);
            fields.texture("iridescenceThicknessTexture", &i.thickness_texture);
            fields.finish(object, "KHR_materials_iridescence");
        }
    }

    fn passing_light(&mut self, material: &Material, textures: &TextureMap, object: &mut Map<String, Value>) {
        if let Some(t) = &material.transmission {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.number("transmissionFactor", unit(t.factor), 0.0);
            fields.texture("transmissionTexture", &t.texture);
            fields.finish(object, "KHR_materials_transmission");
        }
        if let Some(d) = &material.diffuse_transmission {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.number("diffuseTransmissionFactor", unit(d.factor), 0.0);
            fields.texture("diffuseTransmissionTexture", &d.texture);
            fields.color("diffuseTransmissionColorFactor", d.color, Vec3::ONE);
            fields.texture("diffuseTransmissionColorTexture", &d.color_texture);
            fields.finish(object, "KHR_materials_diffuse_transmission");
        }
        if let Some(v) = &material.volume {
            let mut fields = Fields { writer: self, textures, members: Map::new() };
            fields.number("thicknessFactor", v.thickness.max(0.0), 0.0);
            fields.texture("thicknessTexture", &v.thickness_texture);
            if v.attenuation_distance > 0.0 {
                fields.number("attenuationDistance", v.attenuation_distance, f32::INFINITY);
            }
            fields.color("attenuationColor", v.attenuation_color, Vec3::ONE);
            fields.finish(object, "KHR_materials_volume");
        }
    }

    fn material_extension(
        &mut self,
        object: &mut Map<String, Value>,
        name: &'static str,
        members: Map<String, Value>,
    ) {
        self.extensions.insert((name, false));
        extension(object, name, members.into());
    }
}

/// One extension as it fills.
struct Fields<'a, 'b> {
    writer: &'a mut Writer<'b>,
    textures: &'a TextureMap,
    members: Map<String, Value>,
}

impl Fields<'_, '_> {
    fn number(&mut self, name: &str, value: f32, default: f32) {
        if value != default && value.is_finite() {
            self.members.insert(name.into(), number(value));
        }
    }

    fn color(&mut self, name: &str, value: Vec3, default: Vec3) {
        if value != default && value.is_finite() {
            self.members.insert(name.into(), numbers(&value.max(Vec3::ZERO).to_array()));
        }
    }

    fn texture(&mut self, name: &str, texture: &Option<MaterialTexture>) {
        let info = texture.as_ref().and_then(|texture| self.writer.texture_info(texture, self.textures));
        if let Some(info) = info {
            self.members.insert(name.into(), info);
        }
    }

    fn finish(self, object: &mut Map<String, Value>, name: &'static str) {
        self.writer.material_extension(object, name, self.members);
    }
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn unit(value: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}
