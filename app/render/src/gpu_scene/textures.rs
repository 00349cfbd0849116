//! Pictures of materials: decoded, with mip levels, on the device.

use std::collections::BTreeMap;

use image::RgbaImage;
use picture::{Codes, DecodeOptions};
use rayon::prelude::*;
use scene::{Filter, Image, ImageData, ImageId, Material, MaterialTexture, Scene, Texture, Wrap};

use super::extensions::{Extensions, N_SAMPLERS, N_SLOTS, SLOTS, n_slots};
use super::material::MainTexture;
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

/// How the numbers of a picture mean light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encoding {
    Srgb,
    Linear,
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
        let made: Vec<_> = wanted
            .par_iter()
            .map(|&(id, encoding)| {
                let Some(image) = scene.images.get(id) else {
                    return ((id, encoding), Err(RenderWarning::ImageMissing(format!("image {id}"))));
                };
                let made = decode(image, encoding, largest).map(|(picture, size)| {
                    let levels = mip_levels(picture, encoding, largest);
                    (upload_levels(gpu, &image.name, &levels, encoding), size)
                });
                ((id, encoding), made)
            })
            .collect();
        let mut warnings = Vec::new();
        let mut views = BTreeMap::new();
        let mut sizes = BTreeMap::new();
        for (key, made) in made {
            let made = made.map_err(|warning| {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            });
            sizes.extend(made.as_ref().ok().map(|(_, size)| (key.0, *size)));
            views.insert(key, made.ok().map(|(view, _)| view));
        }
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

/// The picture at a size that is enough, and the one its file has.
fn decode(image: &Image, encoding: Encoding, enough_px: u32) -> Result<(RgbaImage, [u32; 2]), RenderWarning> {
    let read;
    let mut mime_type = image.mime_type.as_str();
    let bytes: &[u8] = match &image.data {
        ImageData::Embedded(bytes) => bytes,
        ImageData::File(path) => {
            read = std::fs::read(path).map_err(|error| RenderWarning::ImageUnreadable {
                path: path.clone(),
                cause: error.to_string(),
            })?;
            if mime_type.is_empty() {
                mime_type = picture::type_of(path);
            }
            &read
        }
        ImageData::Missing(name) => return Err(RenderWarning::ImageMissing(name.clone())),
    };
    let codes = match encoding {
        Encoding::Srgb => Codes::Srgb,
        Encoding::Linear => Codes::Linear,
    };
    let options = DecodeOptions { enough_px, codes, ..DecodeOptions::default() };
    let decoded = picture::decode(bytes, mime_type, &options).map_err(|error| {
        let name = if image.name.is_empty() { "without name" } else { &image.name };
        RenderWarning::ImageUndecodable { image: name.to_owned(), cause: error.to_string() }
    })?;
    let size = picture::probe(bytes, mime_type)
        .map_or([decoded.width(), decoded.height()], |info| [info.width, info.height]);
    Ok((decoded, size))
}

/// From the largest level that fits `largest_px` down to one pixel. Each pixel is the mean of four,
/// of their light when `encoding` is sRGB.
pub(crate) fn mip_levels(picture: RgbaImage, encoding: Encoding, largest_px: u32) -> Vec<RgbaImage> {
    let mut levels = vec![picture];
    while let Some(last) = levels.last() {
        let is_too_large = last.width().max(last.height()) > largest_px;
        if last.width() == 1 && last.height() == 1 {
            break;
        }
        let next = halve(last, encoding);
        if is_too_large {
            levels.clear();
        }
        levels.push(next);
    }
    levels
}

fn halve(picture: &RgbaImage, encoding: Encoding) -> RgbaImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
    let source: &[u8] = picture.as_raw();
    let mut half = vec![0; half_width * half_height * 4];
    half.par_chunks_exact_mut(half_width * 4).enumerate().for_each(|(y, row)| {
        let rows = [2 * y, (2 * y + 1).min(height - 1)].map(|y| &source[y * width * 4..(y + 1) * width * 4]);
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let columns = [2 * x * 4, (2 * x + 1).min(width - 1) * 4];
            for (c, value) in pixel.iter_mut().enumerate() {
                let four = [
                    rows[0][columns[0] + c],
                    rows[0][columns[1] + c],
                    rows[1][columns[0] + c],
                    rows[1][columns[1] + c],
                ];
                *value = mean(four, encoding == Encoding::Srgb && c < 3);
            }
        }
    });
    RgbaImage::from_raw(half_width as u32, half_height as u32, half).unwrap_or_default()
}

fn mean(four: [u8; 4], is_srgb: bool) -> u8 {
    if is_srgb {
        // Light goes with nearly the square of the code; the error stays below one code.
        let squares: u32 = four.iter().map(|&v| u32::from(v) * u32::from(v)).sum();
        (squares as f32 * 0.25).sqrt().round() as u8
    } else {
        ((four.iter().map(|&v| u32::from(v)).sum::<u32>() + 2) / 4) as u8
    }
}

pub(crate) fn upload_levels(
    gpu: &Gpu,
    label: &str,
    levels: &[RgbaImage],
    encoding: Encoding,
) -> wgpu::TextureView {
    let (width, height) = levels.first().map_or((1, 1), RgbaImage::dimensions);
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: levels.len().max(1) as u32,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: match encoding {
            Encoding::Srgb => wgpu::TextureFormat::Rgba8UnormSrgb,
            Encoding::Linear => wgpu::TextureFormat::Rgba8Unorm,
        },
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (mip_level, level) in levels.iter().enumerate() {
        let destination = wgpu::TexelCopyTextureInfo {
            texture: &texture,
            mip_level: mip_level as u32,
            origin: wgpu::Origin3d::ZERO,
            aspect: wgpu::TextureAspect::All,
        };
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * level.width()),
            rows_per_image: None,
        };
        let size = wgpu::Extent3d { width: level.width(), height: level.height(), depth_or_array_layers: 1 };
        gpu.queue.write_texture(destination, level.as_raw(), layout, size);
    }
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_start_within_the_limit_and_end_at_one_pixel() {
        let picture = RgbaImage::from_pixel(300, 20, image::Rgba([10, 200, 30, 255]));
        let sizes: Vec<_> =
            mip_levels(picture, Encoding::Srgb, 150).iter().map(RgbaImage::dimensions).collect();
        assert_eq!(sizes, [(150, 10), (75, 5), (37, 2), (18, 1), (9, 1), (4, 1), (2, 1), (1, 1)]);
    }

    #[test]
    fn srgb_averages_light_and_linear_averages_numbers() {
        assert_eq!(mean([0, 255, 0, 255], false), 128);
        let grey = mean([0, 255, 0, 255], true);
        assert!((178..=190).contains(&grey), "half the light of white is sRGB 188, not {grey}");
        assert_eq!(mean([77; 4], true), 77);
    }
}
