//! What a surface can have beyond metallic-roughness: one struct per glTF material extension,
//! with the names and defaults of its specification. Factors are linear and multiply their
//! textures; colours are linear RGB.

use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::MaterialTexture;

/// KHR_materials_specular: strength and colour of the dielectric reflection.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Specular {
    pub factor: f32,
    /// In A.
    pub texture: Option<MaterialTexture>,
    pub color: Vec3,
    /// sRGB.
    pub color_texture: Option<MaterialTexture>,
}

impl Default for Specular {
    fn default() -> Self {
        Self { factor: 1.0, texture: None, color: Vec3::ONE, color_texture: None }
    }
}

/// KHR_materials_clearcoat: a thin coat of lacquer above the surface.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clearcoat {
    pub factor: f32,
    /// In R.
    pub texture: Option<MaterialTexture>,
    pub roughness: f32,
    /// In G.
    pub roughness_texture: Option<MaterialTexture>,
    /// Tangent space, +Y up.
    pub normal_texture: Option<MaterialTexture>,
    pub normal_scale: f32,
}

impl Default for Clearcoat {
    fn default() -> Self {
        Self {
            factor: 0.0,
            texture: None,
            roughness: 0.0,
            roughness_texture: None,
            normal_texture: None,
            normal_scale: 1.0,
        }
    }
}

/// KHR_materials_sheen: the soft rim of cloth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheen {
    pub color: Vec3,
    /// sRGB.
    pub color_texture: Option<MaterialTexture>,
    pub roughness: f32,
    /// In A.
    pub roughness_texture: Option<MaterialTexture>,
}

/// KHR_materials_transmission: how much light goes through the surface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transmission {
    pub factor: f32,
    /// In R.
    pub texture: Option<MaterialTexture>,
}

/// KHR_materials_diffuse_transmission: light scattered through, as by a leaf or a lamp shade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffuseTransmission {
    pub factor: f32,
    /// In A.
    pub texture: Option<MaterialTexture>,
    pub color: Vec3,
    /// sRGB.
    pub color_texture: Option<MaterialTexture>,
}

impl Default for DiffuseTransmission {
    fn default() -> Self {
        Self { factor: 0.0, texture: None, color: Vec3::ONE, color_texture: None }
    }
}

/// KHR_materials_volume: what a transmissive surface encloses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// In the mesh's own space; 0: thin walled.
    pub thickness: f32,
    /// In G.
    pub thickness_texture: Option<MaterialTexture>,
    /// Metres until the light has taken on `attenuation_color`; infinite: never.
    pub attenuation_distance: f32,
    pub attenuation_color: Vec3,
}

impl Default for Volume {
    fn default() -> Self {
        Self {
            thickness: 0.0,
            thickness_texture: None,
            attenuation_distance: f32::INFINITY,
            attenuation_color: Vec3::ONE,
        }
    }
}

/// KHR_materials_anisotropy: reflections stretched along a direction, as on brushed metal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Anisotropy {
    pub strength: f32,
    /// Counter-clockwise from the tangent.
    pub rotation_radians: f32,
    /// Direction in RG (-1..1 as 0..1), strength in B.
    pub texture: Option<MaterialTexture>,
}

/// KHR_materials_iridescence: a thin film, as on a soap bubble.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iridescence {
    pub factor: f32,
    /// In R.
    pub texture: Option<MaterialTexture>,
    pub ior: f32,
    pub thickness_min_nm: f32,
    pub thickness_max_nm: f32,
    /// In G, from the least to the most thickness.
    pub thickness_texture: Option<MaterialTexture>,
}

impl Default for Iridescence {
    fn default() -> Self {
        Self {
            factor: 0.0,
            texture: None,
            ior: 1.3,
            thickness_min_nm: 100.0,
            thickness_max_nm: 400.0,
            thickness_texture: None,
        }
    }
}
