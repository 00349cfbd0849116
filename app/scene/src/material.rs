use std::path::PathBuf;
use std::sync::Arc;

use glam::{Vec2, Vec3, Vec4};

use crate::{ImageId, TextureId};

/// Metallic-roughness surface (glTF 2.0 §3.9). Factors are linear and multiply their textures.
#[derive(Clone, Debug)]
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
            extras: None,
        }
    }
}

impl Material {
    /// The five texture slots with the names glTF gives them.
    pub fn textures(&self) -> [(&'static str, Option<&MaterialTexture>); 5] {
        [
            ("baseColorTexture", self.base_color_texture.as_ref()),
            ("metallicRoughnessTexture", self.metallic_roughness_texture.as_ref()),
            ("normalTexture", self.normal_texture.as_ref()),
            ("occlusionTexture", self.occlusion_texture.as_ref()),
            ("emissiveTexture", self.emissive_texture.as_ref()),
        ]
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AlphaMode {
    Opaque,
    /// Drawn where alpha ≥ cutoff.
    Mask {
        cutoff: f32,
    },
    Blend,
}

/// A texture as one material slot uses it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaterialTexture {
    pub texture: TextureId,
    /// Which of the primitive's `uvs`.
    pub uv_set: usize,
    pub uv_transform: UvTransform,
}

/// KHR_texture_transform: `uv' = offset + R(rotation) · (scale · uv)`, rotation counter-clockwise
/// seen with V pointing down.
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Texture {
    pub image: ImageId,
    pub wrap_u: Wrap,
    pub wrap_v: Wrap,
    pub mag_filter: Filter,
    pub min_filter: Filter,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Wrap {
    #[default]
    Repeat,
    MirroredRepeat,
    ClampToEdge,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Filter {
    Nearest,
    #[default]
    Linear,
}

/// A picture as the file holds it: still encoded, so that reading a model costs no decoding.
#[derive(Clone, Debug)]
pub struct Image {
    pub name: String,
    /// As stated by the file or its extension, such as `image/png`; empty when unknown.
    pub mime_type: String,
    pub data: ImageData,
}

#[derive(Clone, Debug)]
pub enum ImageData {
    /// Encoded bytes that lie inside the model file.
    Embedded(Arc<[u8]>),
    /// A file beside the model, found and readable when the model was read.
    File(PathBuf),
    /// What the model names and nobody found; drawn with a fallback colour.
    Missing(String),
}
