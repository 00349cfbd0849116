//! Surfaces: physically based ones by ufbx's `pbr` maps, Lambert and Phong as dielectrics, the way
//! OBJ's classic materials are taken.

use glam::Vec3;
use scene::{AlphaMode, Anisotropy, Clearcoat, Iridescence, Material, Scene, Sheen, Specular, Transmission};
use ufbx::{MaterialMap, ShaderType};

use super::convert::vec4_of;
use super::document::Document;
use super::properties::extras_of;
use crate::plain_material::plain_material;
use crate::source::Parsed;

impl Document<'_> {
    /// One each as in the file, so that a material's number there is its number here.
    pub(super) fn read_materials(&mut self, parsed: &mut Parsed) {
        let fbx = self.fbx;
        for material in fbx.materials.as_ref() {
            let mut made = match material.shader_type {
                ShaderType::FbxLambert | ShaderType::FbxPhong | ShaderType::WavefrontMtl => {
                    self.classic_material(material, parsed)
                }
                ShaderType::Unknown | ShaderType::ShaderfxGraph if !material.features.pbr.enabled => {
                    self.classic_material(material, parsed)
                }
                _ => self.pbr_material(material, parsed),
            };
            made.extras = extras_of(&material.element);
            parsed.scene.materials.push(made);
        }
    }

    fn classic_material(&mut self, fbx: &ufbx::Material, parsed: &mut Parsed) -> Material {
        let maps = &fbx.fbx;
        let mut material = plain_material(&fbx.element.name);
        material.base_color_texture = self.texture(&maps.diffuse_color, fbx, parsed);
        // A connected picture stands in for the colour.
        let color =
            if material.base_color_texture.is_some() { Vec3::ONE } else { color(&maps.diffuse_color, 0.8) };
        let color = color * number(&maps.diffuse_factor, 1.0);
        let alpha = classic_opacity(fbx);
        material.base_color = color.clamp(Vec3::ZERO, Vec3::ONE).extend(alpha);
        material.roughness = classic_roughness(fbx);
        let cut_out = [&maps.transparency_color, &maps.transparency_factor];
        let is_cut_out = cut_out.into_iter().any(|map| self.is_cut_out(map, &maps.diffuse_color));
        if alpha < 1.0 || is_cut_out {
            material.alpha_mode = AlphaMode::Blend;
        }
        self.read_emission(&maps.emission_color, &maps.emission_factor, fbx, &mut material, parsed);
        material.normal_texture = self.texture(&maps.normal_map, fbx, parsed);
        if material.normal_texture.is_none() && self.is_normal_map(&maps.bump) {
            material.normal_texture = self.texture(&maps.bump, fbx, parsed);
        }
        material
    }

    /// Exporters write any colour beside a picture; nobody multiplies the two.
    fn read_emission(
        &mut self,
        color: &ufbx::MaterialMap,
        factor: &ufbx::MaterialMap,
        fbx: &ufbx::Material,
        material: &mut Material,
        parsed: &mut Parsed,
    ) {
        material.emissive_texture = self.texture(color, fbx, parsed);
        let glow = if material.emissive_texture.is_some() { Vec3::ONE } else { color_or_black(color) };
        material.emissive = glow * number(factor, 1.0);
    }

    fn pbr_material(&mut self, fbx: &ufbx::Material, parsed: &mut Parsed) -> Material {
        let (maps, features) = (&fbx.pbr, &fbx.features);
        let mut material = plain_material(&fbx.element.name);
        material.base_color_texture = self.texture(&maps.base_color, fbx, parsed);
        let base =
            if material.base_color_texture.is_some() { Vec3::ONE } else { color(&maps.base_color, 0.8) };
        let base = base * number(&maps.base_factor, 1.0);
        let alpha = if maps.opacity.has_value { gray(&maps.opacity) } else { 1.0 }.clamp(0.0, 1.0);
        material.base_color = base.clamp(Vec3::ZERO, Vec3::ONE).extend(alpha);
        if alpha < 1.0 || self.is_cut_out(&maps.opacity, &maps.base_color) {
            material.alpha_mode = AlphaMode::Blend;
        }
        self.read_surface(fbx, &mut material, parsed);
        material.normal_texture = self.texture(&maps.normal_map, fbx, parsed);
        if material.normal_texture.is_none() && self.is_normal_map(&fbx.fbx.bump) {
            material.normal_texture = self.texture(&fbx.fbx.bump, fbx, parsed);
        }
        material.occlusion_texture = self.texture(&maps.ambient_occlusion, fbx, parsed);
        self.read_emission(&maps.emission_color, &maps.emission_factor, fbx, &mut material, parsed);
        material.unlit = features.unlit.enabled;
        if features.double_sided.is_explicit {
            material.double_sided = features.double_sided.enabled;
        }
        self.read_layers(fbx, &mut material, parsed);
        material
    }

    /// Metalness and roughness, which glTF packs into one picture: a grey roughness map serves as
    /// one as long as the surface is no metal, one picture named for both is one.
    fn read_surface(&mut self, fbx: &ufbx::Material, material: &mut Material, parsed: &mut Parsed) {
        let (maps, features) = (&fbx.pbr, &fbx.features);
        material.metallic = number(&maps.metalness, 0.0).clamp(0.0, 1.0);
        let is_glossiness = features.roughness_as_glossiness.enabled;
        let stated = if is_glossiness { &maps.glossiness } else { &maps.roughness };
        let value = number(stated, if is_glossiness { 0.5 } else { material.roughness });
        material.roughness = if is_glossiness { 1.0 - value } else { value }.clamp(0.0, 1.0);
        let (rough, metal) = (self.file_of(stated), self.file_of(&maps.metalness));
        match (rough, metal) {
            (Some(rough), Some(metal)) if rough == metal => {
                material.metallic_roughness_texture = self.texture(stated, fbx, parsed);
                (material.roughness, material.metallic) = (1.0, 1.0);
            }
            (Some(_), metal) if !is_glossiness => {
                self.losses.split_surface_pictures += usize::from(metal.is_some());
                material.metallic_roughness_texture = self.texture(stated, fbx, parsed);
                (material.roughness, material.metallic) = (1.0, 0.0);
            }
            (_, metal) => self.losses.split_surface_pictures += usize::from(metal.is_some()),
        }
    }

    fn read_layers(&mut self, fbx: &ufbx::Material, material: &mut Material, parsed: &mut Parsed) {
        let maps = &fbx.pbr;
        let ior = number(&maps.specular_ior, 1.5);
        material.ior = if (1.0..=4.0).contains(&ior) { ior } else { 1.5 };
        let specular = Specular {
            factor: number(&maps.specular_factor, 1.0).clamp(0.0, 1.0),
            color: color(&maps.specular_color, 1.0).max(Vec3::ZERO),
            color_texture: self.texture(&maps.specular_color, fbx, parsed),
            ..Default::default()
        };
        let is_stated = maps.specular_factor.has_value || maps.specular_color.has_value;
        material.specular = (is_stated && specular != Specular::default()).then_some(specular);
        let transmission = number(&maps.transmission_factor, 0.0).clamp(0.0, 1.0);
        material.transmission =
            (transmission > 0.0).then_some(Transmission { factor: transmission, texture: None });
        let coat = number(&maps.coat_factor, 0.0).clamp(0.0, 1.0);
        if coat > 0.0 {
            let is_glossiness = fbx.features.coat_roughness_as_glossiness.enabled;
            let roughness =
                number(if is_glossiness { &maps.coat_glossiness } else { &maps.coat_roughness }, 0.0);
            material.clearcoat = Some(Clearcoat {
                factor: coat,
                roughness: if is_glossiness { 1.0 - roughness } else { roughness }.clamp(0.0, 1.0),
                normal_texture: self.texture(&maps.coat_normal, fbx, parsed),
                ..Default::default()
            });
        }
        let sheen = number(&maps.sheen_factor, 0.0);
        material.sheen = (sheen > 0.0).then(|| Sheen {
            color: (color(&maps.sheen_color, 1.0) * sheen).clamp(Vec3::ZERO, Vec3::ONE),
            roughness: number(&maps.sheen_roughness, 0.3).clamp(0.0, 1.0),
            ..Default::default()
        });
        let anisotropy = number(&maps.specular_anisotropy, 0.0).clamp(0.0, 1.0);
        material.anisotropy = (anisotropy > 0.0).then(|| Anisotropy {
            strength: anisotropy,
            // Stated as a share of a whole turn.
            rotation_radians: number(&maps.specular_rotation, 0.0) * std::f32::consts::TAU,
            texture: None,
        });
        let film_nm = number(&maps.thin_film_thickness, 0.0);
        material.iridescence = (film_nm > 0.0).then(|| Iridescence {
            factor: number(&maps.thin_film_factor, 1.0).clamp(0.0, 1.0),
            ior: number(&maps.thin_film_ior, 1.5).max(1.0),
            thickness_min_nm: film_nm,
            thickness_max_nm: film_nm,
            ..Default::default()
        });
    }
}

/// Faces without material get the plain one.
pub(super) fn fill_empty_slots(scene: &mut Scene) {
    let runs =
        scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives).flat_map(|p| &mut p.material_runs);
    let mut plain = None;
    for run in runs.filter(|run| run.material.is_none()) {
        run.material = Some(*plain.get_or_insert_with(|| {
            scene.materials.push(plain_material(""));
            scene.materials.len() - 1
        }));
    }
}

/// FBX counts what shines through: the transparent colour times its factor. What would be wholly
/// invisible is an exporter's confusion of the two.
fn classic_opacity(fbx: &ufbx::Material) -> f32 {
    let maps = &fbx.fbx;
    let has_picture = maps.transparency_color.texture.is_some() || maps.transparency_factor.texture.is_some();
    let factor = number(&maps.transparency_factor, if maps.transparency_color.has_value { 1.0 } else { 0.0 });
    let transparency = color_or_black(&maps.transparency_color).element_sum() / 3.0 * factor;
    let opacity = (1.0 - transparency).clamp(0.0, 1.0);
    if opacity > 0.0 && !has_picture {
        return opacity;
    }
    let stated = ufbx::find_prop(&fbx.element.props, "Opacity").map(|prop| prop.value_vec4.x as f32);
    stated.filter(|opacity| *opacity > 0.0 && *opacity < 1.0 && !has_picture).unwrap_or(1.0)
}

/// What the width of the Phong highlight comes to, or matt without any highlight.
fn classic_roughness(fbx: &ufbx::Material) -> f32 {
    let maps = &fbx.fbx;
    let highlight = color(&maps.specular_color, 0.0) * number(&maps.specular_factor, 1.0);
    if matches!(fbx.shader_type, ShaderType::FbxLambert) || highlight == Vec3::ZERO {
        return 1.0;
    }
    let exponent = number(&maps.specular_exponent, 20.0).max(0.0);
    (2.0 / (exponent + 2.0)).powf(0.25)
}

fn number(map: &MaterialMap, otherwise: f32) -> f32 {
    let value = map.value_vec4.x as f32;
    if map.has_value && value.is_finite() { value } else { otherwise }
}

/// A single number stands for a grey.
fn color(map: &MaterialMap, otherwise: f32) -> Vec3 {
    let value = vec4_of(map.value_vec4).truncate();
    match map.has_value && value.is_finite() {
        false => Vec3::splat(otherwise),
        true if map.value_components == 1 => Vec3::splat(value.x),
        true => value,
    }
}

fn color_or_black(map: &MaterialMap) -> Vec3 {
    color(map, 0.0).max(Vec3::ZERO)
}

fn gray(map: &MaterialMap) -> f32 {
    color(map, 1.0).element_sum() / 3.0
}
