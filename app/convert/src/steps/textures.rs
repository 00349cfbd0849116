use std::collections::BTreeSet;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, RgbaImage};
use picture::DecodeOptions;
use rayon::prelude::*;
use scene::{AlphaMode, Image, ImageData, ImageId, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::receipt::StepLog;
use crate::step::Apply;

/// Makes pictures smaller, in pixels and in bytes. One that would become larger stays as it is, and
/// so does one that cannot be decoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Textures {
    /// Longer sides are halved until they fit.
    pub max_side_px: u32,
    pub encoding: TextureEncoding,
    /// Of JPEG, 1 to 100.
    pub jpeg_quality: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextureEncoding {
    /// As the file has it; what was resized becomes PNG, or JPEG if it was one.
    #[default]
    Keep,
    Png,
    /// Colours without transparency become JPEG; normal maps and other data stay lossless.
    Jpeg,
}

impl Default for Textures {
    fn default() -> Self {
        Self { max_side_px: 2048, encoding: TextureEncoding::default(), jpeg_quality: 90 }
    }
}

/// What a picture is used for decides what may be lost.
struct Uses {
    colors: BTreeSet<ImageId>,
    data: BTreeSet<ImageId>,
    with_alpha: BTreeSet<ImageId>,
}

impl Apply for Textures {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let uses = Uses::of(scene);
        let made: Vec<Option<Image>> = scene
            .images
            .par_iter()
            .enumerate()
            .map(|(id, image)| if ctx.is_cancelled() { None } else { self.make(id, image, &uses) })
            .collect();
        ctx.check_cancelled()?;
        for (image, made) in scene.images.iter_mut().zip(made) {
            if let Some(made) = made {
                *image = made;
                log.count("pictures made smaller", 1);
            }
        }
        Ok(())
    }
}

impl Textures {
    /// `None`: it stays as it is.
    fn make(&self, id: ImageId, image: &Image, uses: &Uses) -> Option<Image> {
        let bytes = formats::image_bytes(image).ok()?;
        let info = picture::probe(&bytes, &image.mime_type).ok()?;
        let longest = info.width.max(info.height);
        let max_side = self.max_side_px.max(1);
        let (mut width, mut height) = (info.width, info.height);
        while width.max(height) > max_side {
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
        }
        let sniffed = picture::sniff(&bytes);
        let wished = self.encoding_of(id, sniffed, uses);
        if longest <= max_side && (self.encoding == TextureEncoding::Keep || wished == sniffed) {
            return None;
        }
        let decoded = picture::decode(&bytes, &image.mime_type, &DecodeOptions::default()).ok()?;
        let resized = if (width, height) == decoded.dimensions() {
            decoded
        } else {
            resize(decoded, width, height, uses.colors.contains(&id))
        };
        let encoded = self.encode(resized, wished)?;
        let is_smaller = encoded.len() < bytes.len();
        (is_smaller || longest > max_side).then(|| Image {
            name: image.name.clone(),
            mime_type: wished.into(),
            data: ImageData::Embedded(encoded.into()),
        })
    }

    fn encoding_of(&self, id: ImageId, sniffed: &'static str, uses: &Uses) -> &'static str {
        let may_lose =
            uses.colors.contains(&id) && !uses.data.contains(&id) && !uses.with_alpha.contains(&id);
        match self.encoding {
            TextureEncoding::Keep if sniffed == "image/jpeg" => "image/jpeg",
            TextureEncoding::Jpeg if may_lose => "image/jpeg",
            _ => "image/png",
        }
    }

    fn encode(&self, pixels: RgbaImage, mime_type: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        if mime_type == "image/jpeg" {
            let rgb = DynamicImage::ImageRgba8(pixels).into_rgb8();
            JpegEncoder::new_with_quality(&mut bytes, self.jpeg_quality.clamp(1, 100))
                .encode_image(&rgb)
                .ok()?;
        } else {
            let is_opaque = pixels.pixels().all(|pixel| pixel[3] == 255);
            let picture = DynamicImage::ImageRgba8(pixels);
            let picture = if is_opaque { DynamicImage::ImageRgb8(picture.into_rgb8()) } else { picture };
            picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).ok()?;
        }
        Some(bytes)
    }
}

impl Uses {
    fn of(scene: &Scene) -> Self {
        let mut uses = Self { colors: BTreeSet::new(), data: BTreeSet::new(), with_alpha: BTreeSet::new() };
        for material in &scene.materials {
            for (slot, texture) in material.textures() {
                let image = scene.textures[texture.texture].image;
                let is_color = matches!(
                    slot,
                    "baseColorTexture"
                        | "emissiveTexture"
                        | "specularColorTexture"
                        | "sheenColorTexture"
                        | "diffuseTransmissionColorTexture"
                );
                if is_color { &mut uses.colors } else { &mut uses.data }.insert(image);
                let needs_alpha = slot == "baseColorTexture" && material.alpha_mode != AlphaMode::Opaque;
                if needs_alpha || matches!(slot, "specularTexture" | "sheenRoughnessTexture") {
                    uses.with_alpha.insert(image);
                }
            }
        }
        uses
    }
}

/// Colours are averaged as light, since the mean of two sRGB codes is too dark; data as it is.
fn resize(pixels: RgbaImage, width: u32, height: u32, is_color: bool) -> RgbaImage {
    if !is_color {
        return image::imageops::resize(&pixels, width, height, FilterType::Triangle);
    }
    let to_linear = |code: u8| {
        let c = f32::from(code) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let table: Vec<f32> = (0..=255).map(to_linear).collect();
    let linear = image::Rgba32FImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [r, g, b, a] = pixels.get_pixel(x, y).0;
        // Premultiplied, so that what is seen through does not tint its neighbours.
        let alpha = f32::from(a) / 255.0;
        image::Rgba([
            table[usize::from(r)] * alpha,
            table[usize::from(g)] * alpha,
            table[usize::from(b)] * alpha,
            alpha,
        ])
    });
    let small = image::imageops::resize(&linear, width, height, FilterType::Triangle);
    RgbaImage::from_fn(width, height, |x, y| {
        let [r, g, b, a] = small.get_pixel(x, y).0;
        let code = |light: f32| {
            let c = if a > 0.0 { (light / a).clamp(0.0, 1.0) } else { 0.0 };
            let c = if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
            (c * 255.0 + 0.5) as u8
        };
        image::Rgba([code(r), code(g), code(b), (a * 255.0 + 0.5) as u8])
    })
}
