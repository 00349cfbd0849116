//! Numbers of a still to the bytes of a file.

use exr::prelude::{
    AnyChannel, AnyChannels, Encoding as ExrEncoding, FlatSamples, Image, Layer, LayerAttributes,
    WritableImage, f16,
};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, EncodableLayout, ExtendedColorType, GrayImage, RgbImage, RgbaImage};
use rayon::prelude::*;
use render::{Background, Pass, Still};

use crate::{Encoding, Modality, PictureKind};

/// The bytes of a picture file; `None` when the still was made without that picture.
///
/// # Errors
/// [`EncodeError`].
pub(crate) fn encode(
    still: &Still,
    kind: PictureKind,
    background: Background,
) -> Result<Option<Vec<u8>>, EncodeError> {
    match kind.encoding {
        Encoding::Png8 => eight_bits(still, kind.modality, background).map(|p| png8(&p)).transpose(),
        Encoding::WebP => eight_bits(still, kind.modality, background).map(|p| webp(&p)).transpose(),
        Encoding::Png16 => sixteen_bits(still, kind.modality).transpose()?.map(|p| png16(&p)).transpose(),
        Encoding::Exr => channels(still, kind.modality, background)
            .map(|c| exr(c, [still.width_px, still.height_px]))
            .transpose(),
    }
}

/// Why a picture cannot be kept in the file that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("the model has {n_objects} objects, more than a 16-bit picture can number; ask for ids as EXR")]
    TooManyIds { n_objects: u32 },
    #[error("the picture cannot be encoded: {0}")]
    Encoder(String),
}

impl EncodeError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self::Encoder(error.to_string())
    }
}

/// A picture of 8 bits a channel.
pub(crate) enum EightBits {
    Gray(GrayImage),
    Rgb(RgbImage),
    Rgba(RgbaImage),
}

pub(crate) fn eight_bits(still: &Still, modality: Modality, background: Background) -> Option<EightBits> {
    let Modality::Pass(pass) = modality else { return None };
    Some(match still.picture(pass)? {
        DynamicImage::ImageLuma8(picture) => EightBits::Gray(picture),
        DynamicImage::ImageRgb8(picture) => EightBits::Rgb(picture),
        picture if background == Background::Transparent => EightBits::Rgba(picture.into_rgba8()),
        // Opaque all over: alpha would say nothing.
        picture => EightBits::Rgb(picture.into_rgb8()),
    })
}

/// PNG bytes. Studio pictures are smooth: the fast compressor with adaptive filters comes within a
/// few percent of the best one.
fn png8(picture: &EightBits) -> Result<Vec<u8>, EncodeError> {
    let (color, size, pixels) = match picture {
        EightBits::Gray(p) => (png::ColorType::Grayscale, p.dimensions(), p.as_bytes()),
        EightBits::Rgb(p) => (png::ColorType::Rgb, p.dimensions(), p.as_bytes()),
        EightBits::Rgba(p) => (png::ColorType::Rgba, p.dimensions(), p.as_bytes()),
    };
    png(color, png::BitDepth::Eight, size, pixels)
}

fn png(
    color: png::ColorType,
    depth: png::BitDepth,
    (width, height): (u32, u32),
    pixels: &[u8],
) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::with_capacity(pixels.len() / 4);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    let mut writer = encoder.write_header().map_err(EncodeError::of)?;
    writer.write_image_data(pixels).map_err(EncodeError::of)?;
    writer.finish().map_err(EncodeError::of)?;
    Ok(bytes)
}

fn webp(picture: &EightBits) -> Result<Vec<u8>, EncodeError> {
    let (color, (width, height), pixels) = match picture {
        EightBits::Gray(p) => (ExtendedColorType::L8, p.dimensions(), p.as_bytes()),
        EightBits::Rgb(p) => (ExtendedColorType::Rgb8, p.dimensions(), p.as_bytes()),
        EightBits::Rgba(p) => (ExtendedColorType::Rgba8, p.dimensions(), p.as_bytes()),
    };
    let mut bytes = Vec::new();
    WebPEncoder::new_lossless(&mut bytes).encode(pixels, width, height, color).map_err(EncodeError::of)?;
    Ok(bytes)
}

/// A picture of 16 bits a channel, one channel or three.
struct SixteenBits {
    color: png::ColorType,
    size: (u32, u32),
    values: Vec<u16>,
}

fn sixteen_bits(still: &Still, modality: Modality) -> Option<Result<SixteenBits, EncodeError>> {
    let code = |part: f32| (part.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16;
    let (color, values) = match modality {
        Modality::Pass(Pass::Depth) => {
            let [near, far] = still.depth_range.unwrap_or([0.0, 1.0]);
            let scale = 1.0 / (far - near);
            let value = |d: f32| if d.is_finite() { code((d - near) * scale) } else { u16::MAX };
            (png::ColorType::Grayscale, still.depth_m.par_iter().map(|&d| value(d)).collect())
        }
        Modality::Pass(Pass::Normal) => {
            let values = still.normals.iter().flatten().map(|c| code(0.5 + 0.5 * c)).collect();
            (png::ColorType::Rgb, values)
        }
        Modality::Id => {
            let values: Result<Vec<u16>, _> = still.ids.iter().map(|&id| u16::try_from(id)).collect();
            match values {
                Ok(values) => (png::ColorType::Grayscale, values),
                Err(_) => {
                    let n_objects = still.ids.iter().copied().max().unwrap_or(0);
                    return Some(Err(EncodeError::TooManyIds { n_objects }));
                }
            }
        }
        Modality::Pass(_) => return None,
    };
    Some(Ok(SixteenBits { color, size: (still.width_px, still.height_px), values }))
}

fn png16(picture: &SixteenBits) -> Result<Vec<u8>, EncodeError> {
    let bytes: Vec<u8> = picture.values.iter().flat_map(|v| v.to_be_bytes()).collect();
    png(picture.color, png::BitDepth::Sixteen, picture.size, &bytes)
}

/// Channels of an EXR by name. Depth and normals are as exact as the still has them.
fn channels(
    still: &Still,
    modality: Modality,
    background: Background,
) -> Option<Vec<(&'static str, FlatSamples)>> {
    match modality {
        Modality::Id => Some(vec![("id", FlatSamples::U32(still.ids.clone()))]),
        Modality::Pass(Pass::Depth) => Some(vec![("Z", FlatSamples::F32(still.depth_m.clone()))]),
        Modality::Pass(Pass::Normal) => {
            let axis = |i: usize| FlatSamples::F32(still.normals.iter().map(|n| n[i]).collect());
            Some(vec![("R", axis(0)), ("G", axis(1)), ("B", axis(2))])
        }
        Modality::Pass(Pass::Edge) => {
            let ink = still.edge.as_ref()?.iter().map(|&v| f16::from_f32(f32::from(v) / 255.0)).collect();
            Some(vec![("Y", FlatSamples::F16(ink))])
        }
        Modality::Pass(Pass::Textured) if still.light.is_some() => {
            Some(light_channels(still.light.as_deref()?, background))
        }
        Modality::Pass(pass) => {
            Some(half_floats(&still.picture(pass)?.into_rgba8(), value_of_codes(pass), background))
        }
    }
}

fn light_channels(light: &[[f32; 4]], background: Background) -> Vec<(&'static str, FlatSamples)> {
    let names: &[&'static str] =
        if background == Background::Transparent { &["R", "G", "B", "A"] } else { &["R", "G", "B"] };
    let channel = |i: usize| FlatSamples::F16(light.iter().map(|pixel| f16::from_f32(pixel[i])).collect());
    names.iter().enumerate().map(|(i, name)| (*name, channel(i))).collect()
}

/// What each 8-bit code stands for: linear light where the picture shows colours, a part of one where
/// it shows numbers.
fn value_of_codes(pass: Pass) -> [f32; 256] {
    let shows_numbers = matches!(pass, Pass::Roughness | Pass::Metallic | Pass::Occlusion);
    std::array::from_fn(|code| match code as f32 / 255.0 {
        c if shows_numbers => c,
        c if c <= 0.04045 => c / 12.92,
        c => ((c + 0.055) / 1.055).powf(2.4),
    })
}

/// With an alpha channel, premultiplied as OpenEXR has it.
fn half_floats(
    picture: &RgbaImage,
    values: [f32; 256],
    background: Background,
) -> Vec<(&'static str, FlatSamples)> {
    let has_alpha = background == Background::Transparent;
    let channel = |i: usize| {
        let value = |p: &image::Rgba<u8>| {
            let alpha = if has_alpha { f32::from(p.0[3]) / 255.0 } else { 1.0 };
            f16::from_f32(if i == 3 { alpha } else { values[usize::from(p.0[i])] * alpha })
        };
        FlatSamples::F16(picture.pixels().map(value).collect())
    };
    let names: &[&'static str] = if has_alpha { &["R", "G", "B", "A"] } else { &["R", "G", "B"] };
    names.iter().enumerate().map(|(i, name)| (*name, channel(i))).collect()
}

fn exr(
    channels: Vec<(&'static str, FlatSamples)>,
    [width, height]: [u32; 2],
) -> Result<Vec<u8>, EncodeError> {
    let channels = channels.into_iter().map(|(name, samples)| AnyChannel::new(name, samples)).collect();
    let layer = Layer::new(
        (width as usize, height as usize),
        LayerAttributes::default(),
        ExrEncoding::SMALL_LOSSLESS,
        AnyChannels::sort(channels),
    );
    let mut bytes = std::io::Cursor::new(Vec::new());
    Image::from_layer(layer).write().to_buffered(&mut bytes).map_err(EncodeError::of)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still() -> Still {
        Still {
            width_px: 2,
            height_px: 2,
            textured: Some(RgbaImage::from_pixel(2, 2, image::Rgba([188, 0, 255, 128]))),
            light: None,
            albedo: None,
            wireframe: None,
            normal: None,
            depth: None,
            edge: None,
            inspections: Vec::new(),
            depth_range: Some([2.0, 4.0]),
            normals: vec![[0.0, 0.0, 1.0], [0.6, -0.8, 0.0], [0.0; 3], [0.0; 3]],
            depth_m: vec![2.0, 3.000_000_2, 4.0, f32::INFINITY],
            ids: vec![1, 2, 40_000, 0],
        }
    }

    fn encoded(modality: Modality, encoding: Encoding) -> Vec<u8> {
        encode(&still(), PictureKind { modality, encoding }, Background::Transparent).unwrap().unwrap()
    }

    fn exr_channels(bytes: &[u8]) -> Vec<(String, Vec<f32>)> {
        use exr::prelude::{ReadChannels, ReadLayers};
        let image = exr::prelude::read()
            .no_deep_data()
            .largest_resolution_level()
            .all_channels()
            .first_valid_layer()
            .all_attributes()
            .from_buffered(std::io::Cursor::new(bytes))
            .unwrap();
        let list = image.layer_data.channel_data.list;
        list.iter().map(|c| (c.name.to_string(), c.sample_data.values_as_f32().collect())).collect()
    }

    #[test]
    fn depth_in_an_exr_is_metres_to_the_last_bit() {
        let channels = exr_channels(&encoded(Modality::Pass(Pass::Depth), Encoding::Exr));
        assert_eq!(channels, [("Z".to_owned(), still().depth_m)]);
    }

    #[test]
    fn normals_and_ids_in_an_exr_are_exact() {
        let channels = exr_channels(&encoded(Modality::Pass(Pass::Normal), Encoding::Exr));
        let named: Vec<_> = channels.iter().map(|(name, values)| (name.as_str(), values[1])).collect();
        assert_eq!(named, [("B", 0.0), ("G", -0.8), ("R", 0.6)]);
        let ids = exr_channels(&encoded(Modality::Id, Encoding::Exr));
        assert_eq!(ids, [("id".to_owned(), vec![1.0, 2.0, 40_000.0, 0.0])]);
    }

    #[test]
    fn colours_in_an_exr_are_linear_and_premultiplied() {
        let channels = exr_channels(&encoded(Modality::Pass(Pass::Textured), Encoding::Exr));
        let value = |name: &str| channels.iter().find(|(n, _)| n == name).unwrap().1[0];
        assert!((value("A") - 128.0 / 255.0).abs() < 1e-3);
        assert!((value("R") - 0.503 * value("A")).abs() < 1e-3, "{}", value("R"));
    }

    #[test]
    fn light_in_an_exr_may_be_brighter_than_white() {
        let lit = Still { light: Some(vec![[12.0, 0.25, 0.0, 0.5]; 4]), ..still() };
        let kind = PictureKind { modality: Modality::Pass(Pass::Textured), encoding: Encoding::Exr };
        let channels = exr_channels(&encode(&lit, kind, Background::Transparent).unwrap().unwrap());
        let values: Vec<_> = channels.iter().map(|(name, values)| (name.as_str(), values[3])).collect();
        assert_eq!(values, [("A", 0.5), ("B", 0.0), ("G", 0.25), ("R", 12.0)]);
    }

    #[test]
    fn sixteen_bits_hold_depth_and_ids() {
        let decode =
            |modality| image::load_from_memory(&encoded(modality, Encoding::Png16)).unwrap().into_luma16();
        assert_eq!(decode(Modality::Pass(Pass::Depth)).into_raw(), [0, 32768, 65535, 65535]);
        assert_eq!(decode(Modality::Id).into_raw(), [1, 2, 40_000, 0]);
        let mut many = still();
        many.ids[0] = 70_000;
        let kind = PictureKind { modality: Modality::Id, encoding: Encoding::Png16 };
        let refused = encode(&many, kind, Background::Studio).unwrap_err();
        assert!(refused.to_string().contains("EXR"), "{refused}");
    }

    #[test]
    fn webp_is_lossless_and_keeps_alpha() {
        let bytes = encoded(Modality::Pass(Pass::Textured), Encoding::WebP);
        let picture = image::load_from_memory(&bytes).unwrap().into_rgba8();
        assert_eq!(picture, still().textured.unwrap());
    }
}
