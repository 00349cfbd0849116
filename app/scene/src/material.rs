use std::path::PathBuf;
use std::sync::Arc;

use glam::{Vec2, Vec3, Vec4};
use serde::{Deserialize, Serialize};

use crate::{
    Anisotropy, Clearcoat, DiffuseTransmission, ImageId, Iridescence, Sheen, Specular, TextureId,
    Transmission, Volume,
};

/// Metallic-roughness surface (glTF 2.0 §3.9) and what extensions add to it. Factors are linear and
/// multiply their textures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Material {
    pub name: String,
    pub base_color: Vec4,
    pub base_color_texture: Option<MaterialTexture>,
    pub metallic: f32,
    pub roughness: f32,
    /// Roughness in G, metallic in B.
    pub metallic_roughness_texture: Option<MaterialTexture>,
    /// Tangent space, +Y up.
    pub normal_texture: Option<MaterialTexture>,
    pub normal_scale: f32,
    /// In R.
    pub occlusion_texture: Option<MaterialTexture>,
    pub occlusion_strength: f32,
    pub emissive: Vec3,
    pub emissive_texture: Option<MaterialTexture>,
    pub alpha_mode: AlphaMode,
    pub double_sided: bool,
    /// Shows its base colour without any light (KHR_materials_unlit).
    pub unlit: bool,
    /// Index of refraction (KHR_materials_ior); 1.5 for common dielectrics.
    pub ior: f32,
    /// Spread of the index over the spectrum, 20 / Abbe number (KHR_materials_dispersion).
    pub dispersion: f32,
    pub specular: Option<Specular>,
    pub clearcoat: Option<Clearcoat>,
    pub sheen: Option<Sheen>,
    pub transmission: Option<Transmission>,
    pub diffuse_transmission: Option<DiffuseTransmission>,
    pub volume: Option<Volume>,
    pub anisotropy: Option<Anisotropy>,
    pub iridescence: Option<Iridescence>,
    /// Application data of the file as JSON text, kept for writing back.
    pub extras: Option<String>,
}

impl Default for Material {
    /// glTF's default material: white, metallic 1, roughness 1.
    fn default() -> Self {
        Self {
            name: String::new(),
            base_color: Vec4::ONE,
            base_color_texture: None,
            metallic: 1.0,
            roughness: 1.0,
            metallic_roughness_texture: None,
            normal_texture: None,
            normal_scale: 1.0,
            occlusion_texture: None,
            occlusion_strength: 1.0,
            emissive: Vec3::ZERO,
            emissive_texture: None,
            alpha_mode: AlphaMode::Opaque,
            double_sided: false,
            unlit: false,
            ior: 1.5,
            dispersion: 0.0,
            specular: None,
            clearcoat: None,
            sheen: None,
            transmission: None,
            diffuse_transmission: None,
            volume: None,
            anisotropy: None,
            iridescence: None,
            extras: None,
        }
    }
}

impl Material {
    /// The texture slots that are filled, with the names glTF gives them: the five of the core
    /// first, then those of the extensions.
    pub fn textures(&self) -> impl Iterator<Item = (&'static str, &MaterialTexture)> {
        let core = [
            ("baseColorTexture", self.base_color_texture.as_ref()),
            ("metallicRoughnessTexture", self.metallic_roughness_texture.as_ref()),
            ("normalTexture", self.normal_texture.as_ref()),
            ("occlusionTexture", self.occlusion_texture.as_ref()),
            ("emissiveTexture", self.emissive_texture.as_ref()),
        ];
        let slots = core.into_iter().chain(self.extension_textures());
        slots.filter_map(|(slot, texture)| Some((slot, texture?)))
    }

    fn extension_textures(&self) -> [(&'static str, Option<&MaterialTexture>); 14] {
        let (specular, clearcoat, sheen) =
            (self.specular.as_ref(), self.clearcoat.as_ref(), self.sheen.as_ref());
        let (diffuse, film) = (self.diffuse_transmission.as_ref(), self.iridescence.as_ref());
        [
            ("specularTexture", specular.and_then(|s| s.texture.as_ref())),
            ("specularColorTexture", specular.and_then(|s| s.color_texture.as_ref())),
            ("clearcoatTexture", clearcoat.and_then(|c| c.texture.as_ref())),
            ("clearcoatRoughnessTexture", clearcoat.and_then(|c| c.roughness_texture.as_ref())),
            ("clearcoatNormalTexture", clearcoat.and_then(|c| c.normal_texture.as_ref())),
            ("sheenColorTexture", sheen.and_then(|s| s.color_texture.as_ref())),
            ("sheenRoughnessTexture", sheen.and_then(|s| s.roughness_texture.as_ref())),
            ("transmissionTexture", self.transmission.as_ref().and_then(|t| t.texture.as_ref())),
            ("diffuseTransmissionTexture", diffuse.and_then(|d| d.texture.as_ref())),
            ("diffuseTransmissionColorTexture", diffuse.and_then(|d| d.color_texture.as_ref())),
            ("thicknessTexture", self.volume.as_ref().and_then(|v| v.thickness_texture.as_ref())),
            ("anisotropyTexture", self.anisotropy.as_ref().and_then(|a| a.texture.as_ref())),
            ("iridescenceTexture", film.and_then(|i| i.texture.as_ref())),
            ("iridescenceThicknessTexture", film.and_then(|i| i.thickness_texture.as_ref())),
        ]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum AlphaMode {
    Opaque,
    /// Drawn where alpha ≥ cutoff.
    Mask {
        cutoff: f32,
    },
    Blend,
}

/// A texture as one material slot uses it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaterialTexture {
    pub texture: TextureId,
    /// Which of the primitive's `uvs`.
    pub uv_set: usize,
    pub uv_transform: UvTransform,
}

/// KHR_texture_transform: `uv' = offset + R(rotation) · (scale · uv)`, rotation counter-clockwise
/// seen with V pointing down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UvTransform {
    pub offset: Vec2,
    pub rotation_radians: f32,
    pub scale: Vec2,
}

impl Default for UvTransform {
    fn default() -> Self {
        Self { offset: Vec2::ZERO, rotation_radians: 0.0, scale: Vec2::ONE }
    }
}

/// An image with the way it is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Texture {
    pub image: ImageId,
    /// The same picture in an encoding that every reader of glTF knows, for those that do not know
    /// that of `image` (EXT_texture_webp, KHR_texture_basisu); nothing here shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ImageId>,
    pub wrap_u: Wrap,
    pub wrap_v: Wrap,
    pub mag_filter: Filter,
    pub min_filter: Filter,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wrap {
    #[default]
    Repeat,
    MirroredRepeat,
    ClampToEdge,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Filter {
    Nearest,
    #[default]
    Linear,
}

/// A picture as the file holds it: still encoded, so that reading a model costs no decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub name: String,
    /// As stated by the file or its extension, such as `image/png`; empty when unknown.
    pub mime_type: String,
    pub data: ImageData,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageData {
    /// Encoded bytes that lie inside the model file.
    Embedded(Arc<[u8]>),
    /// A file beside the model, found and readable when the model was read.
    File(PathBuf),
    /// What the model names and nobody found; drawn with a fallback colour.
    Missing(String),
}
