use std::collections::BTreeSet;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, RgbaImage};
use picture::DecodeOptions;
use rayon::prelude::*;
use scene::{AlphaMode, Image, ImageData, ImageId, Scene};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::ktx::{KtxEncoder, KtxKind};
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
    /// Of WebP and KTX2: a PNG or JPEG stays beside each picture, for viewers that know neither. The
    /// file becomes larger by it, what is loaded does not.
    pub fallback: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextureEncoding {
    /// As the file has it; what was resized becomes PNG, or JPEG or WebP if it was one.
    #[default]
    Keep,
    Png,
    /// Colours without transparency become JPEG; normal maps and other data stay lossless.
    Jpeg,
    /// Without loss, by about a quarter smaller than PNG (EXT_texture_webp); a JPEG stays one, as it
    /// would only grow.
    Webp,
    /// Stays small on the graphics card too (KHR_texture_basisu): colours as ETC1S, data as UASTC. Made
    /// by `ktx`, `toktx` or `basisu`, where one is found.
    Ktx2,
}

impl Default for Textures {
    fn default() -> Self {
        Self { max_side_px: 2048, encoding: TextureEncoding::default(), jpeg_quality: 90, fallback: false }
    }
}

/// What a picture is used for decides what may be lost.
struct Uses {
    colors: BTreeSet<ImageId>,
    data: BTreeSet<ImageId>,
    with_alpha: BTreeSet<ImageId>,
    /// Stand beside another picture and keep their encoding.
    fallbacks: BTreeSet<ImageId>,
}

impl Apply for Textures {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        let uses = Uses::of(scene);
        let encoder = (self.encoding == TextureEncoding::Ktx2).then(KtxEncoder::find).flatten();
        let making = Making { options: self, uses: &uses, encoder: encoder.as_ref(), ctx };
        let made: Vec<Result<Option<Made>, String>> = scene
            .images
            .par_iter()
            .enumerate()
            .map(|(id, image)| if ctx.is_cancelled() { Ok(None) } else { making.of(id, image) })
            .collect();
        ctx.check_cancelled()?;
        let mut failures = BTreeSet::new();
        for (id, made) in made.into_iter().enumerate() {
            match made {
                Ok(Some(made)) => {
                    log.count("pictures made smaller", 1);
                    take(scene, id, made);
                }
                Ok(None) => {}
                Err(cause) => {
                    failures.insert(cause);
                }
            }
        }
        failures.into_iter().for_each(|cause| log.note(cause));
        Ok(())
    }
}

/// What a picture became, and what is kept beside it.
struct Made {
    image: Image,
    fallback: Option<Image>,
}

fn take(scene: &mut Scene, id: ImageId, made: Made) {
    scene.images[id] = made.image;
    let Some(fallback) = made.fallback else { return };
    let beside = scene.images.len();
    scene.images.push(fallback);
    for texture in scene.textures.iter_mut().filter(|texture| texture.image == id) {
        texture.fallback.get_or_insert(beside);
    }
}

struct Making<'a> {
    options: &'a Textures,
    uses: &'a Uses,
    encoder: Option<&'a KtxEncoder>,
    ctx: &'a WorkCtx,
}

impl Making<'_> {
    /// `None`: it stays as it is. An error: it does so for a reason that people can do something about.
    fn of(&self, id: ImageId, image: &Image) -> Result<Option<Made>, String> {
        let Ok(bytes) = formats::image_bytes(image) else { return Ok(None) };
        let Ok(info) = picture::probe(&bytes, &image.mime_type) else { return Ok(None) };
        let max_side =
            self.options.max_side_px.max(if self.options.encoding == TextureEncoding::Ktx2 { 4 } else { 1 });
        let (mut width, mut height) = (info.width, info.height);
        while width.max(height) > max_side {
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
        }
        let is_too_large = info.width.max(info.height) > max_side;
        let sniffed = picture::sniff(&bytes);
        let wished = self.encoding_of(id, sniffed);
        let is_wished = self.options.encoding == TextureEncoding::Keep || wished == sniffed;
        if !is_too_large && (is_wished || self.uses.fallbacks.contains(&id)) {
            return Ok(None);
        }
        if wished == KTX2 && self.encoder.is_none() {
            return Err(KtxEncoder::NOT_FOUND.into());
        }
        let decoded = picture::decode(&bytes, &image.mime_type, &DecodeOptions::default());
        let Ok(mut pixels) = decoded else { return Ok(None) };
        if wished == KTX2 {
            // KHR_texture_basisu takes whole blocks only.
            let whole = |side: u32| side.next_multiple_of(4).min((max_side & !3).max(4));
            (width, height) = (whole(width), whole(height));
        }
        let is_color = self.uses.colors.contains(&id);
        if (width, height) != pixels.dimensions() {
            pixels = resize(pixels, width, height, is_color);
        }
        let image_of = |bytes: Vec<u8>, mime_type: &str| Image {
            name: image.name.clone(),
            mime_type: mime_type.into(),
            data: ImageData::Embedded(bytes.into()),
        };
        let encoded = if wished == KTX2 {
            let encoder = self.encoder.ok_or(KtxEncoder::NOT_FOUND)?;
            let kind = if is_color { KtxKind::Color } else { KtxKind::Data };
            let png = raster(&pixels, "image/png", 0).ok_or("a picture cannot be made a PNG")?;
            encoder.encode(&png, kind, self.ctx)?
        } else {
            let Some(encoded) = raster(&pixels, wished, self.options.jpeg_quality) else { return Ok(None) };
            encoded
        };
        // What is for the graphics card is not judged by its size in the file.
        if encoded.len() >= bytes.len() && !is_too_large && wished != KTX2 {
            return Ok(None);
        }
        let keeps = self.options.fallback && matches!(wished, WEBP | KTX2);
        let fallback = keeps.then(|| {
            if !is_too_large && matches!(sniffed, JPEG | PNG) {
                return Some(image_of(bytes.to_vec(), sniffed));
            }
            let plain = if sniffed == JPEG { JPEG } else { PNG };
            Some(image_of(raster(&pixels, plain, self.options.jpeg_quality)?, plain))
        });
        Ok(Some(Made { image: image_of(encoded, wished), fallback: fallback.flatten() }))
    }

    fn encoding_of(&self, id: ImageId, sniffed: &'static str) -> &'static str {
        let uses = self.uses;
        let may_lose =
            uses.colors.contains(&id) && !uses.data.contains(&id) && !uses.with_alpha.contains(&id);
        let encoding = self.options.encoding;
        match encoding {
            _ if uses.fallbacks.contains(&id) && sniffed == JPEG => JPEG,
            _ if uses.fallbacks.contains(&id) => PNG,
            TextureEncoding::Keep if matches!(sniffed, JPEG | WEBP) => sniffed,
            TextureEncoding::Webp if sniffed == JPEG => JPEG,
            TextureEncoding::Webp => WEBP,
            TextureEncoding::Ktx2 => KTX2,
            TextureEncoding::Jpeg if may_lose => JPEG,
            _ => PNG,
        }
    }
}

const PNG: &str = "image/png";
const JPEG: &str = "image/jpeg";
const WEBP: &str = "image/webp";
const KTX2: &str = "image/ktx2";

fn raster(pixels: &RgbaImage, mime_type: &str, jpeg_quality: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let is_opaque = pixels.pixels().all(|pixel| pixel[3] == 255);
    let picture = DynamicImage::ImageRgba8(pixels.clone());
    let picture =
        if is_opaque || mime_type == JPEG { DynamicImage::ImageRgb8(picture.into_rgb8()) } else { picture };
    match mime_type {
        JPEG => JpegEncoder::new_with_quality(&mut bytes, jpeg_quality.clamp(1, 100)).encode_image(&picture),
        WEBP => picture.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)),
        _ => picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png),
    }
    .ok()?;
    Some(bytes)
}

impl Uses {
    fn of(scene: &Scene) -> Self {
        let is_shown = |id: &ImageId| scene.textures.iter().any(|texture| texture.image == *id);
        let fallbacks = scene.textures.iter().filter_map(|texture| texture.fallback);
        let fallbacks = fallbacks.filter(|id| !is_shown(id)).collect();
        let mut uses =
            Self { colors: BTreeSet::new(), data: BTreeSet::new(), with_alpha: BTreeSet::new(), fallbacks };
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
