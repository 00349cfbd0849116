//! Materials as the device reads them.

use scene::{AlphaMode, Material, MaterialTexture};

use super::extensions::f0_of_ior;

/// Twin of `Material` in shaders/common/material.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct MaterialUniform {
    pub base_color: [f32; 4],
    pub emissive_and_cutoff: [f32; 4],
    pub metallic: f32,
    pub roughness: f32,
    pub normal_scale: f32,
    pub occlusion_strength: f32,
    pub flags: u32,
    pub transmission: f32,
    pub thickness: f32,
    pub ior: f32,
    pub absorption: [f32; 4],
    pub reflection: [f32; 4],
    pub uv_rows: [[f32; 4]; 10],
    pub main_texture_px: [f32; 2],
    pub main_slot: u32,
    pub tint: u32,
}

/// The texture that says how finely a surface is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct MainTexture {
    /// By position in `MaterialUniform::uv_rows`.
    pub slot: u32,
    /// Width and height in its file; 0: there is none.
    pub size_px: [f32; 2],
}

const UNLIT: u32 = 1;
const HAS_NORMAL_MAP: u32 = 2;
const BLEND: u32 = 4;
const HAS_BASE_COLOR_MAP: u32 = 8;
const HAS_METALLIC_ROUGHNESS_MAP: u32 = 16;
const HAS_OCCLUSION_MAP: u32 = 32;
const HAS_EMISSIVE_MAP: u32 = 64;

/// What surfaces without any material are shown as: a matte light grey that takes the light well.
/// (glTF's default, a rough white metal, shows nearly black.)
pub(crate) fn clay() -> Material {
    Material {
        base_color: glam::Vec4::new(0.6, 0.6, 0.6, 1.0),
        metallic: 0.0,
        roughness: 0.62,
        double_sided: true,
        ..Material::default()
    }
}

impl MaterialUniform {
    /// Numbers outside of their range, as files contain them, are brought into it.
    pub(crate) fn new(material: &Material, main: MainTexture) -> Self {
        let mut flags = 0;
        if material.unlit {
            flags |= UNLIT;
        }
        let maps = [
            (HAS_BASE_COLOR_MAP, &material.base_color_texture),
            (HAS_METALLIC_ROUGHNESS_MAP, &material.metallic_roughness_texture),
            (HAS_NORMAL_MAP, &material.normal_texture),
            (HAS_OCCLUSION_MAP, &material.occlusion_texture),
            (HAS_EMISSIVE_MAP, &material.emissive_texture),
        ];
        flags |= maps.iter().filter(|(_, slot)| slot.is_some()).fold(0, |all, (flag, _)| all | flag);
        let cutoff = match material.alpha_mode {
            AlphaMode::Opaque => 0.0,
            AlphaMode::Mask { cutoff } => finite(cutoff, 0.5),
            AlphaMode::Blend => {
                flags |= BLEND;
                // Nothing is to be seen of it; nothing needs to be blended.
                1.0 / 512.0
            }
        };
        let slots = [
            &material.base_color_texture,
            &material.metallic_roughness_texture,
            &material.normal_texture,
            &material.occlusion_texture,
            &material.emissive_texture,
        ];
        let mut uv_rows = [[0.0; 4]; 10];
        for (rows, slot) in uv_rows.chunks_exact_mut(2).zip(slots) {
            rows.copy_from_slice(&uv_rows_of(slot.as_ref()));
        }
        let specular = material.specular.map_or(1.0, |s| unit(s.factor, 1.0));
        Self {
            base_color: material.base_color.to_array().map(|c| unit(c, 1.0)),
            emissive_and_cutoff: [
                finite(material.emissive.x, 0.0).max(0.0),
                finite(material.emissive.y, 0.0).max(0.0),
                finite(material.emissive.z, 0.0).max(0.0),
                cutoff,
            ],
            metallic: unit(material.metallic, 0.0),
            // A perfect mirror of five boxes looks broken; a very good one looks right.
            roughness: unit(material.roughness, 1.0).max(0.04),
            normal_scale: finite(material.normal_scale, 1.0),
            occlusion_strength: unit(material.occlusion_strength, 1.0),
            flags,
            transmission: transmission(material),
            thickness: material.volume.map_or(0.0, |v| finite(v.thickness, 0.0).max(0.0)),
            ior: finite(material.ior, 1.5).clamp(1.0, 4.0),
            absorption: absorption(material),
            reflection: [f0_of_ior(material.ior) * specular, specular, 0.0, 0.0],
            uv_rows,
            main_texture_px: main.size_px,
            main_slot: main.slot,
            tint: 0,
        }
    }
}

/// How much of the light that a surface does not mirror goes through it (KHR_materials_transmission).
pub(crate) fn transmission(material: &Material) -> f32 {
    let factor = material.transmission.map_or(0.0, |t| finite(t.factor, 0.0).clamp(0.0, 1.0));
    let is_metal = finite(material.metallic, 0.0) >= 1.0 && material.metallic_roughness_texture.is_none();
    if material.unlit || is_metal { 0.0 } else { factor }
}

/// Whether it hides all that is behind it.
pub(crate) fn is_solid(material: &Material) -> bool {
    material.alpha_mode == AlphaMode::Opaque && transmission(material) == 0.0
}

/// Whether a blended material may hide all that is behind it somewhere.
pub(crate) fn may_be_solid(material: &Material) -> bool {
    transmission(material) == 0.0 && finite(material.base_color.w, 1.0) >= SOLID_COVERAGE
}

/// Twin of the constant in shaders/common/surface_output.wgsl.
const SOLID_COVERAGE: f32 = 0.998;

/// Per metre, so that light takes on the attenuation colour over the attenuation distance (Beer's
/// law, KHR_materials_volume); last, how much more blue bends than green (KHR_materials_dispersion).
fn absorption(material: &Material) -> [f32; 4] {
    let per_metre = |color: f32, distance: f32| {
        let distance = if distance > 0.0 { distance } else { f32::INFINITY };
        (-finite(color, 1.0).clamp(1e-4, 1.0).ln() / distance).max(0.0)
    };
    let [r, g, b] = material.volume.map_or([0.0; 3], |v| {
        v.attenuation_color.to_array().map(|color| per_metre(color, v.attenuation_distance))
    });
    [r, g, b, 0.025 * finite(material.dispersion, 0.0).clamp(0.0, 10.0)]
}

pub(super) fn finite(x: f32, otherwise: f32) -> f32 {
    if x.is_finite() { x } else { otherwise }
}

pub(super) fn unit(x: f32, otherwise: f32) -> f32 {
    finite(x, otherwise).clamp(0.0, 1.0)
}

/// KHR_texture_transform as two rows, the UV set in the last number of the first.
pub(super) fn uv_rows_of(slot: Option<&MaterialTexture>) -> [[f32; 4]; 2] {
    let Some(slot) = slot else {
        return [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]];
    };
    let transform = &slot.uv_transform;
    let (sin, cos) = transform.rotation_radians.sin_cos();
    let set = if slot.uv_set == 1 { 1.0 } else { 0.0 };
    [
        [cos * transform.scale.x, sin * transform.scale.y, transform.offset.x, set],
        [-sin * transform.scale.x, cos * transform.scale.y, transform.offset.y, 0.0],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec2;
    use scene::{Transmission, UvTransform};

    #[test]
    fn glass_is_seen_through_and_metal_is_not() {
        let transmission = Some(Transmission { factor: 1.0, texture: None });
        let glass = Material { metallic: 0.0, transmission, ..Material::default() };
        assert_eq!(super::transmission(&glass), 1.0);
        assert_eq!(super::transmission(&Material { metallic: 1.0, ..glass.clone() }), 0.0);
        assert_eq!(super::transmission(&Material { transmission: None, ..glass }), 0.0);
    }

    #[test]
    fn light_takes_on_the_attenuation_colour_over_its_distance() {
        let volume = scene::Volume {
            attenuation_color: glam::Vec3::new(0.5, 0.1, 1.0),
            attenuation_distance: 2.0,
            ..Default::default()
        };
        let [r, g, b, _] = absorption(&Material { volume: Some(volume), ..Material::default() });
        let after_2_m = [r, g, b].map(|per_metre| (-2.0 * per_metre).exp());
        assert!(after_2_m.iter().zip([0.5, 0.1, 1.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{after_2_m:?}");
        assert_eq!(absorption(&Material::default()), [0.0; 4]);
    }

    #[test]
    fn uv_transform_follows_the_extension() {
        let slot = MaterialTexture {
            texture: 0,
            uv_set: 1,
            uv_transform: UvTransform {
                offset: Vec2::new(0.1, 0.2),
                rotation_radians: std::f32::consts::FRAC_PI_2,
                scale: Vec2::new(2.0, 3.0),
            },
        };
        let [u, v] = uv_rows_of(Some(&slot));
        // KHR_texture_transform: translation * rotation * scale, rotation (cos, -sin; sin, cos) transposed.
        let apply = |uv: Vec2| Vec2::new(u[0] * uv.x + u[1] * uv.y + u[2], v[0] * uv.x + v[1] * uv.y + v[2]);
        assert!(apply(Vec2::X).distance(Vec2::new(0.1, -1.8)) < 1e-6);
        assert!(apply(Vec2::Y).distance(Vec2::new(3.1, 0.2)) < 1e-6);
        assert_eq!(u[3], 1.0);
    }
}
