//! KHR_materials_pbrSpecularGlossiness, archived by Khronos and still in many files, as
//! metallic-roughness. Where a material is plainly a metal its specular colour becomes the base
//! colour, by the extension's own conversion (its appendix solves for the metallic value whose
//! reflection matches). Everything else stays a dielectric, whose index of refraction and specular
//! colour carry the reflection exactly.

use glam::{Vec3, Vec4, Vec4Swizzles};
use scene::{Material, Specular};

use super::material::Fields;

pub(super) const EXTENSION: &str = "KHR_materials_pbrSpecularGlossiness";

/// Reflection of a common dielectric seen head on.
const DIELECTRIC: f32 = 0.04;
/// Beyond this no index of refraction stays finite.
const MAX_REFLECTION: f32 = 0.99;
/// What a gloss map is taken for on the whole, because its pixels are not looked at.
const MEAN_OF_GLOSS_MAP: f32 = 0.5;
/// A material with less metal than this keeps its diffuse colour.
const MIN_METALLIC: f32 = 0.5;

pub(super) fn convert(mut fields: Fields<'_>, material: &mut Material) {
    let diffuse = Vec4::from(fields.numbers("diffuseFactor", [1.0; 4]));
    let specular = fields.color("specularFactor", Vec3::ONE).clamp(Vec3::ZERO, Vec3::ONE);
    let texture = fields.texture("specularGlossinessTexture");
    material.base_color = diffuse;
    material.base_color_texture = fields.texture("diffuseTexture");
    material.metallic_roughness_texture = None;
    material.metallic = 0.0;
    let gloss =
        fields.number("glossinessFactor", 1.0) * if texture.is_some() { MEAN_OF_GLOSS_MAP } else { 1.0 };
    material.roughness = (1.0 - gloss).clamp(0.0, 1.0);
    if texture.is_none() && material.base_color_texture.is_none() {
        let (metallic, base_color) = as_metal(diffuse.xyz(), specular);
        if metallic >= MIN_METALLIC {
            (material.metallic, material.base_color) = (metallic, base_color.extend(diffuse.w));
            return;
        }
    }
    fields.slots.n_lost_gloss_maps += usize::from(texture.is_some());
    let reflection = specular.max_element().min(MAX_REFLECTION);
    // F0 = ((ior - 1) / (ior + 1))², solved for the index.
    material.ior = (1.0 + reflection.sqrt()) / (1.0 - reflection.sqrt());
    let color = if reflection > 0.0 { specular / reflection } else { Vec3::ONE };
    if color != Vec3::ONE || texture.is_some() {
        material.specular = Some(Specular { color, color_texture: texture, ..Default::default() });
    }
}

/// Metallic value and base colour whose diffuse and specular light come nearest.
fn as_metal(diffuse: Vec3, specular: Vec3) -> (f32, Vec3) {
    let not_reflected = 1.0 - specular.max_element();
    let metallic = solve_metallic(brightness(diffuse), brightness(specular), not_reflected);
    let from_diffuse = diffuse * (not_reflected / (1.0 - DIELECTRIC) / (1.0 - metallic).max(1e-6));
    let from_specular = (specular - Vec3::splat(DIELECTRIC * (1.0 - metallic))) / metallic.max(1e-6);
    let base_color = from_diffuse.lerp(from_specular, metallic * metallic);
    (metallic, base_color.clamp(Vec3::ZERO, Vec3::ONE))
}

fn solve_metallic(diffuse: f32, specular: f32, not_reflected: f32) -> f32 {
    if specular < DIELECTRIC {
        return 0.0;
    }
    let b = diffuse * not_reflected / (1.0 - DIELECTRIC) + specular - 2.0 * DIELECTRIC;
    let c = DIELECTRIC - specular;
    let root = (b * b - 4.0 * DIELECTRIC * c).max(0.0).sqrt();
    ((root - b) / (2.0 * DIELECTRIC)).clamp(0.0, 1.0)
}

/// As the eye weighs the colours.
fn brightness(color: Vec3) -> f32 {
    (color * color).dot(Vec3::new(0.299, 0.587, 0.114)).sqrt()
}
