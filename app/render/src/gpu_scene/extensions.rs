//! What materials have beyond metallic-roughness, as the device reads it.

use scene::{Material, MaterialTexture};

use super::material::{finite, unit, uv_rows_of};
use super::mips::Encoding;

/// The extensions that the shader for rich materials is compiled for, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Extensions(u8);

const CLEARCOAT: u8 = 1;
const SHEEN: u8 = 2;
const ANISOTROPY: u8 = 4;
const IRIDESCENCE: u8 = 8;
const DIFFUSE_TRANSMISSION: u8 = 16;
const TRANSMISSION: u8 = 32;
const SPECULAR: u8 = 64;

/// Twin of `Extensions` in shaders/common/extensions.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct ExtensionsUniform {
    pub specular: [f32; 4],
    pub sheen: [f32; 4],
    pub clearcoat: [f32; 4],
    pub anisotropy: [f32; 4],
    pub iridescence: [f32; 4],
    pub diffuse_transmission: [f32; 4],
    pub reflection: [f32; 4],
    pub slots: [u32; 4],
    pub uv_rows: [[f32; 4]; 2 * N_SLOTS],
}

pub(crate) const N_SLOTS: usize = 14;
/// One sampler for the textures of each extension: devices give a shader sixteen in all.
pub(crate) const N_SAMPLERS: usize = 8;
/// Binding of the uniform; textures follow, then samplers.
pub(crate) const UNIFORM_BINDING: u32 = 11;
pub(crate) const FIRST_TEXTURE_BINDING: u32 = 12;
pub(crate) const FIRST_SAMPLER_BINDING: u32 = FIRST_TEXTURE_BINDING + N_SLOTS as u32;

/// A texture slot of an extension.
pub(crate) struct Slot {
    pub name: &'static str,
    pub encoding: Encoding,
    pub sampler: usize,
    /// What a texel is that changes nothing.
    neutral: &'static str,
    of: fn(&Material) -> Option<&MaterialTexture>,
}

/// The most visible first: a device with few textures a shader leaves out the last ones.
pub(crate) const SLOTS: [Slot; N_SLOTS] = [
    slot("transmission", Encoding::Linear, 0, |m| m.transmission.as_ref()?.texture.as_ref()),
    slot("clearcoat", Encoding::Linear, 1, |m| m.clearcoat.as_ref()?.texture.as_ref()),
    slot("specular_color", Encoding::Srgb, 2, |m| m.specular.as_ref()?.color_texture.as_ref()),
    slot("sheen_color", Encoding::Srgb, 3, |m| m.sheen.as_ref()?.color_texture.as_ref()),
    Slot {
        neutral: "vec4(1.0, 0.5, 1.0, 1.0)",
        ..slot("anisotropy", Encoding::Linear, 4, |m| m.anisotropy.as_ref()?.texture.as_ref())
    },
    slot("iridescence", Encoding::Linear, 5, |m| m.iridescence.as_ref()?.texture.as_ref()),
    slot("thickness", Encoding::Linear, 6, |m| m.volume.as_ref()?.thickness_texture.as_ref()),
    Slot {
        neutral: "vec4(0.5, 0.5, 1.0, 1.0)",
        ..slot("clearcoat_normal", Encoding::Linear, 1, |m| m.clearcoat.as_ref()?.normal_texture.as_ref())
    },
    slot("diffuse_transmission_color", Encoding::Srgb, 7, |m| {
        m.diffuse_transmission.as_ref()?.color_texture.as_ref()
    }),
    slot("diffuse_transmission", Encoding::Linear, 7, |m| m.diffuse_transmission.as_ref()?.texture.as_ref()),
    slot("iridescence_thickness", Encoding::Linear, 5, |m| {
        m.iridescence.as_ref()?.thickness_texture.as_ref()
    }),
    slot("clearcoat_roughness", Encoding::Linear, 1, |m| m.clearcoat.as_ref()?.roughness_texture.as_ref()),
    slot("specular", Encoding::Linear, 2, |m| m.specular.as_ref()?.texture.as_ref()),
    slot("sheen_roughness", Encoding::Linear, 3, |m| m.sheen.as_ref()?.roughness_texture.as_ref()),
];

const fn slot(
    name: &'static str,
    encoding: Encoding,
    sampler: usize,
    of: fn(&Material) -> Option<&MaterialTexture>,
) -> Slot {
    Slot { name, encoding, sampler, neutral: "vec4(1.0)", of }
}

impl Slot {
    pub(crate) fn texture_of<'a>(&self, material: &'a Material) -> Option<&'a MaterialTexture> {
        (self.of)(material)
    }
}

/// How many of the slots a device has room for, beside the five of the core, the surroundings and the
/// three of layers that are seen through.
pub(crate) fn n_slots(limits: &wgpu::Limits) -> usize {
    (limits.max_sampled_textures_per_shader_stage as usize).saturating_sub(9).min(N_SLOTS)
}

/// A function for each slot, in place of "generated/extension_textures.wgsl".
pub(crate) fn texture_functions(n_slots: usize) -> String {
    let mut out = String::new();
    for sampler in 0..N_SAMPLERS as u32 {
        let binding = FIRST_SAMPLER_BINDING + sampler;
        out += &format!("@group(1) @binding({binding}) var extension_sampler_{sampler}: sampler;\n");
    }
    for (i, Slot { name, sampler, neutral, .. }) in SLOTS.iter().enumerate() {
        out += &format!("const {}_SLOT: i32 = {i};\n", name.to_uppercase());
        if i >= n_slots {
            out += &format!("fn {name}_texel(uvs: vec4<f32>) -> vec4<f32> {{ return {neutral}; }}\n");
            continue;
        }
        let binding = FIRST_TEXTURE_BINDING + i as u32;
        out += &format!(
            "@group(1) @binding({binding}) var {name}_texture: texture_2d<f32>;\n\
             fn {name}_texel(uvs: vec4<f32>) -> vec4<f32> {{\n    \
             if (extensions.slots.x & {}u) == 0u {{ return {neutral}; }}\n    \
             return textureSample({name}_texture, extension_sampler_{sampler}, extension_uv({i}, uvs));\n}}\n",
            1_u32 << i
        );
    }
    out
}

/// Head-on reflection of a dielectric in air; an index of 0 stands for everything
/// (KHR_materials_ior).
pub(crate) fn f0_of_ior(ior: f32) -> f32 {
    let ior = finite(ior, 1.5).max(0.0);
    ((ior - 1.0) / (ior + 1.0)).powi(2)
}

impl Extensions {
    pub(crate) fn of(material: &Material) -> Self {
        let positive = |x: f32| x > 0.0;
        let has = [
            (CLEARCOAT, material.clearcoat.as_ref().is_some_and(|c| positive(c.factor))),
            (SHEEN, material.sheen.as_ref().is_some_and(|s| positive(s.color.max_element()))),
            (ANISOTROPY, material.anisotropy.as_ref().is_some_and(|a| positive(a.strength))),
            (IRIDESCENCE, material.iridescence.as_ref().is_some_and(|i| positive(i.factor))),
            (
                DIFFUSE_TRANSMISSION,
                material.diffuse_transmission.as_ref().is_some_and(|d| positive(d.factor)),
            ),
            (TRANSMISSION, is_transmission_painted(material)),
            (SPECULAR, material.specular.as_ref().is_some_and(|s| !is_uniform_white(s))),
        ];
        if material.unlit {
            return Self(0);
        }
        Self(has.iter().filter(|(_, has)| *has).fold(0, |all, (bit, _)| all | bit))
    }

    /// Whether the common shaders show everything there is.
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    #[cfg(test)]
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        (0..8).map(|bit| Self(if bit == 7 { 127 } else { 1 << bit }))
    }

    /// Constants of the shader; which of them are set decides what is compiled.
    pub(crate) fn wgsl(self) -> String {
        let constants = [
            ("CLEARCOAT", CLEARCOAT),
            ("SHEEN", SHEEN),
            ("ANISOTROPY", ANISOTROPY),
            ("IRIDESCENCE", IRIDESCENCE),
            ("DIFFUSE_TRANSMISSION", DIFFUSE_TRANSMISSION),
        ];
        let line = |(name, bit): (&str, u8)| format!("const HAS_{name}: bool = {};\n", self.0 & bit != 0);
        constants.map(line).concat()
    }
}

/// The common shaders know one transmission and one thickness.
fn is_transmission_painted(material: &Material) -> bool {
    let Some(transmission) = material.transmission.filter(|t| t.factor > 0.0) else { return false };
    transmission.texture.is_some() || material.volume.is_some_and(|v| v.thickness_texture.is_some())
}

/// What the common shaders can show of KHR_materials_specular: one strength.
fn is_uniform_white(specular: &scene::Specular) -> bool {
    specular.texture.is_none() && specular.color_texture.is_none() && specular.color == glam::Vec3::ONE
}

impl ExtensionsUniform {
    /// `n_slots`: those beyond stay without their texture.
    pub(crate) fn new(material: &Material, n_slots: usize) -> Self {
        let color = |c: glam::Vec3, most: f32| c.to_array().map(|x| finite(x, 1.0).clamp(0.0, most));
        let specular = material.specular.unwrap_or_default();
        let sheen = material.sheen.unwrap_or_default();
        let coat = material.clearcoat.unwrap_or_default();
        let brush = material.anisotropy.unwrap_or_default();
        let film = material.iridescence.unwrap_or_default();
        let through = material.diffuse_transmission.unwrap_or_default();
        let with = |rgb: [f32; 3], a: f32| [rgb[0], rgb[1], rgb[2], a];
        let nanometres = |x: f32| finite(x, 400.0).clamp(0.0, 1e5);
        let (sin, cos) = finite(brush.rotation_radians, 0.0).sin_cos();
        let mut slots = 0;
        let mut uv_rows = [[0.0; 4]; 2 * N_SLOTS];
        for (i, (slot, rows)) in SLOTS.iter().zip(uv_rows.chunks_exact_mut(2)).enumerate() {
            let texture = slot.texture_of(material).filter(|_| i < n_slots);
            slots |= u32::from(texture.is_some()) << i;
            rows.copy_from_slice(&uv_rows_of(texture));
        }
        Self {
            specular: with(color(specular.color, 1e3), unit(specular.factor, 1.0)),
            sheen: with(color(sheen.color, 1.0), unit(sheen.roughness, 0.0)),
            clearcoat: [
                unit(coat.factor, 0.0),
                unit(coat.roughness, 0.0),
                finite(coat.normal_scale, 1.0),
                0.0,
            ],
            anisotropy: [unit(brush.strength, 0.0), cos, sin, 0.0],
            iridescence: [
                unit(film.factor, 0.0),
                finite(film.ior, 1.3).clamp(1.0, 10.0),
                nanometres(film.thickness_min_nm),
                nanometres(film.thickness_max_nm),
            ],
            diffuse_transmission: with(color(through.color, 1.0), unit(through.factor, 0.0)),
            reflection: [f0_of_ior(material.ior), 0.0, 0.0, 0.0],
            slots: [slots, 0, 0, 0],
            uv_rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Clearcoat, Specular};

    #[test]
    fn common_materials_stay_with_the_common_shaders() {
        let plain = Material {
            ior: 1.33,
            specular: Some(Specular { factor: 0.3, ..Specular::default() }),
            ..Material::default()
        };
        assert!(Extensions::of(&plain).is_none());
        let unused = Material { clearcoat: Some(Clearcoat::default()), ..Material::default() };
        assert!(Extensions::of(&unused).is_none());
        let lacquered = Material {
            clearcoat: Some(Clearcoat { factor: 1.0, ..Clearcoat::default() }),
            ..Material::default()
        };
        assert!(!Extensions::of(&lacquered).is_none());
    }

    #[test]
    fn index_one_and_a_half_reflects_four_percent() {
        assert!((f0_of_ior(1.5) - 0.04).abs() < 1e-7);
        assert_eq!(f0_of_ior(0.0), 1.0);
        assert!((f0_of_ior(f32::NAN) - 0.04).abs() < 1e-7);
    }
}
