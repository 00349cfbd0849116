//! Pictures of materials: decoded, with mip levels, on the device.

use std::borrow::Cow;
use std::collections::BTreeMap;

use image::RgbaImage;
use picture::{Codes, DecodeOptions};
use rayon::prelude::*;
use scene::{Filter, Image, ImageData, ImageId, Material, MaterialTexture, Scene, Texture, Wrap};

use super::extensions::{Extensions, N_SAMPLERS, N_SLOTS, SLOTS, n_slots};
use super::material::MainTexture;
use super::mips::{Encoding, mip_levels, upload_blocks, upload_levels};
use super::{TexturePacking, blocks};
use crate::{Gpu, RenderWarning, UploadOptions};

/// What stands in for a texture that a material does not have. Several mip levels and both
/// encodings, like real ones: software Vulkan compiles a shader anew for every other shape.
pub(crate) struct Fallbacks {
    pub white_srgb: wgpu::TextureView,
    pub white: wgpu::TextureView,
    pub flat_normal: wgpu::TextureView,
    pub missing_srgb: wgpu::TextureView,
    pub sampler: wgpu::Sampler,
}

impl Fallbacks {
    pub(crate) fn new(gpu: &Gpu) -> Self {
        let plain = |color: [u8; 4], encoding: Encoding| {
            let picture = RgbaImage::from_pixel(4, 4, image::Rgba(color));
            upload_levels(gpu, "fallback", &mip_levels(picture, encoding, 4), encoding)
        };
        Self {
            white_srgb: plain([255; 4], Encoding::Srgb),
            white: plain([255; 4], Encoding::Linear),
            flat_normal: plain([128, 128, 255, 255], Encoding::Linear),
            missing_srgb: plain([150, 150, 150, 255], Encoding::Srgb),
            sampler: sampler(gpu, Wrap::Repeat, Wrap::Repeat, Filter::Linear, Filter::Linear),
        }
    }
}

/// The textures of a scene on the device.
pub(crate) struct Textures {
    views: BTreeMap<(ImageId, Encoding), Option<wgpu::TextureView>>,
    samplers: BTreeMap<SamplerKey, wgpu::Sampler>,
    /// Width and height in the file, whatever the device was given.
    sizes: BTreeMap<ImageId, [u32; 2]>,
}

type SamplerKey = [u8; 4];

impl Textures {
    /// Decodes what `materials` use, in parallel.
    pub(crate) fn upload(
        gpu: &Gpu,
        scene: &Scene,
        materials: &[&Material],
        options: &UploadOptions,
    ) -> (Self, Vec<RenderWarning>) {
        let n_slots = n_slots(&gpu.device.limits());
        let mut wanted: Vec<(ImageId, Encoding)> = materials
            .iter()
            .flat_map(|m| used_slots(m, n_slots))
            .filter_map(|(slot, encoding)| Some((scene.textures.get(slot.texture)?.image, encoding)))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let largest = options.texture_px().min(gpu.device.limits().max_texture_dimension_2d).max(1);
        let packs = match options.texture_packing {
            TexturePacking::BlocksAbove(n_bytes) if gpu.takes_blocks() => {
                let images = wanted.iter().filter_map(|&(id, _)| scene.images.get(id));
                images.map(|image| n_bytes_on_device(image, largest)).sum::<u64>() > n_bytes
            }
            _ => false,
        };
        let made: Vec<_> = wanted
            .par_iter()
            .map(|&(id, encoding)| {
                let Some(image) = scene.images.get(id) else {
                    return ((id, encoding), Err(RenderWarning::ImageMissing(format!("image {id}"))));
                };
                let made = decode(image, encoding, largest).map(|(picture, size)| {
                    let levels = mip_levels(picture, encoding, largest);
                    let is_packed = packs && levels.first().is_some_and(blocks::is_worth_it);
                    let upload = if is_packed { upload_blocks } else { upload_levels };
                    (upload(gpu, &image.name, &levels, encoding), size, is_packed)
                });
                ((id, encoding), made)
            })
            .collect();
        let mut warnings = Vec::new();
        let mut views = BTreeMap::new();
        let mut sizes = BTreeMap::new();
        let mut n_packed = 0;
        for (key, made) in made {
            let made = made.map_err(|warning| {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            });
            n_packed += usize::from(made.as_ref().is_ok_and(|(.., is_packed)| *is_packed));
            sizes.extend(made.as_ref().ok().map(|(_, size, _)| (key.0, *size)));
            views.insert(key, made.ok().map(|(view, ..)| view));
        }
        warnings.extend((n_packed > 0).then_some(RenderWarning::TexturesPacked(n_packed)));
        let mut samplers = BTreeMap::new();
        for texture in &scene.textures {
            samplers.entry(sampler_key(texture)).or_insert_with(|| {
                sampler(gpu, texture.wrap_u, texture.wrap_v, texture.mag_filter, texture.min_filter)
            });
        }
        (Self { views, samplers, sizes }, warnings)
    }

    /// The base colour's texture, else the first there is.
    pub(crate) fn main(&self, scene: &Scene, material: &Material) -> MainTexture {
        let size_of = |slot: &MaterialTexture| self.sizes.get(&scene.textures.get(slot.texture)?.image);
        let slots = slots(material).into_iter().zip(0..);
        let mut found = slots.filter_map(|((slot, _), i)| Some((i, size_of(slot?)?)));
        found.next().map_or_else(MainTexture::default, |(slot, size)| MainTexture {
            slot,
            size_px: size.map(|side| side as f32),
        })
    }

    /// Views of the five slots of a material, then their samplers.
    pub(crate) fn bindings<'a>(
        &'a self,
        scene: &Scene,
        material: &Material,
        fallbacks: &'a Fallbacks,
    ) -> ([&'a wgpu::TextureView; 5], [&'a wgpu::Sampler; 5]) {
        let defaults = [
            &fallbacks.white_srgb,
            &fallbacks.white,
            &fallbacks.flat_normal,
            &fallbacks.white,
            &fallbacks.white_srgb,
        ];
        let slots = slots(material);
        let texture = |i: usize| slots[i].0.and_then(|slot| scene.textures.get(slot.texture));
        let views = std::array::from_fn(|i| match texture(i) {
            None => defaults[i],
            Some(texture) => match self.views.get(&(texture.image, slots[i].1)) {
                Some(Some(view)) => view,
                _ if i == 0 => &fallbacks.missing_srgb,
                _ => defaults[i],
            },
        });
        let samplers = std::array::from_fn(|i| {
            texture(i).and_then(|t| self.samplers.get(&sampler_key(t))).unwrap_or(&fallbacks.sampler)
        });
        (views, samplers)
    }

    /// Views of the slots of a material's extensions, then a sampler for each extension: that of its
    /// first texture.
    pub(crate) fn extension_bindings<'a>(
        &'a self,
        scene: &Scene,
        material: &Material,
        fallbacks: &'a Fallbacks,
    ) -> ([&'a wgpu::TextureView; N_SLOTS], [&'a wgpu::Sampler; N_SAMPLERS]) {
        let texture = |i: usize| scene.textures.get(SLOTS[i].texture_of(material)?.texture);
        let views = std::array::from_fn(|i| {
            let view = texture(i).and_then(|t| self.views.get(&(t.image, SLOTS[i].encoding))?.as_ref());
            view.unwrap_or(match (SLOTS[i].name, SLOTS[i].encoding) {
                ("clearcoat_normal", _) => &fallbacks.flat_normal,
                (_, Encoding::Srgb) => &fallbacks.white_srgb,
                (_, Encoding::Linear) => &fallbacks.white,
            })
        });
        let samplers = std::array::from_fn(|sampler| {
            let first = (0..N_SLOTS).filter(|&i| SLOTS[i].sampler == sampler).find_map(texture);
            first.and_then(|t| self.samplers.get(&sampler_key(t))).unwrap_or(&fallbacks.sampler)
        });
        (views, samplers)
    }
}

/// What is drawn of a material.
fn used_slots(material: &Material, n_slots: usize) -> impl Iterator<Item = (&MaterialTexture, Encoding)> {
    let n_slots = if Extensions::of(material).is_none() { 0 } else { n_slots };
    let extended = SLOTS.iter().take(n_slots).map(|slot| (slot.texture_of(material), slot.encoding));
    slots(material).into_iter().chain(extended).filter_map(|(slot, encoding)| Some((slot?, encoding)))
}

fn slots(material: &Material) -> [(Option<&MaterialTexture>, Encoding); 5] {
    [
        (material.base_color_texture.as_ref(), Encoding::Srgb),
        (material.metallic_roughness_texture.as_ref(), Encoding::Linear),
        (material.normal_texture.as_ref(), Encoding::Linear),
        (material.occlusion_texture.as_ref(), Encoding::Linear),
        (material.emissive_texture.as_ref(), Encoding::Srgb),
    ]
}

fn sampler_key(texture: &Texture) -> SamplerKey {
    [texture.wrap_u as u8, texture.wrap_v as u8, texture.mag_filter as u8, texture.min_filter as u8]
}

/// Taps along the longer axis of what a pixel covers.
const MAX_ANISOTROPY: u16 = 16;

fn sampler(gpu: &Gpu, wrap_u: Wrap, wrap_v: Wrap, mag: Filter, min: Filter) -> wgpu::Sampler {
    let address = |wrap: Wrap| match wrap {
        Wrap::Repeat => wgpu::AddressMode::Repeat,
        Wrap::MirroredRepeat => wgpu::AddressMode::MirrorRepeat,
        Wrap::ClampToEdge => wgpu::AddressMode::ClampToEdge,
    };
    let filter = |filter: Filter| match filter {
        Filter::Nearest => wgpu::FilterMode::Nearest,
        Filter::Linear => wgpu::FilterMode::Linear,
    };
    // Cards and drivers cut it down to what they have. Whoever asks for nearest pixels wants no others.
    let is_smooth = mag == Filter::Linear && min == Filter::Linear;
    let anisotropy_clamp = if is_smooth && gpu.filters_anisotropically() { MAX_ANISOTROPY } else { 1 };
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("material"),
        anisotropy_clamp,
        address_mode_u: address(wrap_u),
        address_mode_v: address(wrap_v),
        mag_filter: filter(mag),
        min_filter: filter(min),
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        ..Default::default()
    })
}

/// What a texture and its levels take as they are; nothing for one that cannot be read.
fn n_bytes_on_device(image: &Image, largest_px: u32) -> u64 {
    let Ok(encoded) = Encoded::of(image) else { return 0 };
    let Ok(info) = picture::probe(&encoded.bytes, encoded.mime_type) else { return 0 };
    let longest = info.width.max(info.height).max(1);
    let halvings = longest.div_ceil(largest_px).next_power_of_two().trailing_zeros();
    let [width, height] = [info.width, info.height].map(|side| u64::from(side >> halvings).max(1));
    width * height * 4 * 4 / 3
}

/// An image as it is stored.
struct Encoded<'a> {
    bytes: Cow<'a, [u8]>,
    /// The stated one; empty where nobody says.
    mime_type: &'a str,
}

impl<'a> Encoded<'a> {
    fn of(image: &'a Image) -> Result<Self, RenderWarning> {
        let mut mime_type = image.mime_type.as_str();
        let bytes = match &image.data {
            ImageData::Embedded(bytes) => Cow::Borrowed(bytes.as_ref()),
            ImageData::File(path) => {
                let read = std::fs::read(path).map_err(|error| RenderWarning::ImageUnreadable {
                    path: path.clone(),
                    cause: error.to_string(),
                })?;
                if mime_type.is_empty() {
                    mime_type = picture::type_of(path);
                }
                Cow::Owned(read)
            }
            ImageData::Missing(name) => return Err(RenderWarning::ImageMissing(name.clone())),
        };
        Ok(Self { bytes, mime_type })
    }
}

/// The picture at a size that is enough, and the one its file has.
fn decode(image: &Image, encoding: Encoding, enough_px: u32) -> Result<(RgbaImage, [u32; 2]), RenderWarning> {
    let Encoded { bytes, mime_type } = Encoded::of(image)?;
    let codes = match encoding {
        Encoding::Srgb => Codes::Srgb,
        Encoding::Linear => Codes::Linear,
    };
    let options = DecodeOptions { enough_px, codes, ..DecodeOptions::default() };
    let decoded = picture::decode(&bytes, mime_type, &options).map_err(|error| {
        let name = if image.name.is_empty() { "without name" } else { &image.name };
        RenderWarning::ImageUndecodable { image: name.to_owned(), cause: error.to_string() }
    })?;
    let size = picture::probe(&bytes, mime_type)
        .map_or([decoded.width(), decoded.height()], |info| [info.width, info.height]);
    Ok((decoded, size))
}
