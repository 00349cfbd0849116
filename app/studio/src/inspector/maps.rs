use std::collections::BTreeMap;
use std::sync::Arc;

use image::{Rgba, RgbaImage};
use picture::{Codes, DecodeOptions, PictureInfo};
use scene::{Filter, ImageData, ImageId, MaterialId, MaterialTexture, Scene, Wrap};
use work::{Cancelled, WorkCtx};

use crate::model::Picture;

/// Longer side of what is kept of a map for the screen.
const KEPT_PX: u32 = 1024;
const THUMBNAIL_PX: u32 = 96;

/// Which numbers of a picture are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channel {
    #[default]
    Color,
    R,
    G,
    B,
    A,
}

impl Channel {
    pub const ALL: [Self; 5] = [Self::Color, Self::R, Self::G, Self::B, Self::A];

    pub fn label(self) -> &'static str {
        match self {
            Self::Color => "RGB",
            Self::R => "R",
            Self::G => "G",
            Self::B => "B",
            Self::A => "A",
        }
    }
}

/// The maps of one material in the order of [`scene::Material::textures`].
pub type Maps = Vec<Map>;

/// One slot of a material with its picture.
#[derive(Clone, Debug)]
pub struct Map {
    /// Of its picture, as it was read; 0 without one.
    pub id: u64,
    /// glTF's name of the slot.
    pub slot: &'static str,
    /// For people.
    pub title: &'static str,
    /// What its channels mean.
    pub meaning: &'static str,
    pub file: String,
    /// Encoded.
    pub n_bytes: Option<u64>,
    pub info: Result<PictureInfo, String>,
    pub is_srgb: bool,
    pub wrap: [Wrap; 2],
    pub filter: [Filter; 2],
    pub use_of: MaterialTexture,
    /// Scaled down; `None` when it cannot be shown.
    pub rgba: Option<Arc<RgbaImage>>,
    pub thumbnail: Option<Picture>,
}

/// Title, meaning of the channels, whether it holds sRGB colours.
fn slot_words(slot: &str) -> (&'static str, &'static str, bool) {
    match slot {
        "baseColorTexture" => ("Base colour", "RGB colour, A opacity", true),
        "metallicRoughnessTexture" => ("Metallic, roughness", "G roughness, B metallic", false),
        "normalTexture" => ("Normal", "RGB direction, +Y up", false),
        "occlusionTexture" => ("Occlusion", "R ambient light", false),
        "emissiveTexture" => ("Emission", "RGB light", true),
        "specularTexture" => ("Specular strength", "A strength", false),
        "specularColorTexture" => ("Specular colour", "RGB colour", true),
        "clearcoatTexture" => ("Clearcoat", "R strength", false),
        "clearcoatRoughnessTexture" => ("Clearcoat roughness", "G roughness", false),
        "clearcoatNormalTexture" => ("Clearcoat normal", "RGB direction, +Y up", false),
        "sheenColorTexture" => ("Sheen colour", "RGB colour", true),
        "sheenRoughnessTexture" => ("Sheen roughness", "A roughness", false),
        "transmissionTexture" => ("Transmission", "R strength", false),
        "diffuseTransmissionTexture" => ("Diffuse transmission", "A strength", false),
        "diffuseTransmissionColorTexture" => ("Diffuse transmission colour", "RGB colour", true),
        "thicknessTexture" => ("Thickness", "G thickness", false),
        "anisotropyTexture" => ("Anisotropy", "RG direction, B strength", false),
        "iridescenceTexture" => ("Iridescence", "R strength", false),
        "iridescenceThicknessTexture" => ("Film thickness", "G thickness", false),
        _ => ("Map", "", false),
    }
}

/// Reads and decodes every map of a material; each picture once, however many slots use it.
///
/// # Errors
/// Only when cancelled; a map that cannot be read says so itself.
pub(super) fn read(scene: &Scene, material: MaterialId, ctx: &WorkCtx) -> Result<Maps, Cancelled> {
    let mut read: BTreeMap<(ImageId, bool), Encoded> = BTreeMap::new();
    let mut maps = Vec::new();
    for (slot, use_of) in scene.materials.get(material).into_iter().flat_map(|m| m.textures()) {
        ctx.check_cancelled()?;
        let (title, meaning, is_srgb) = slot_words(slot);
        let Some(texture) = scene.textures.get(use_of.texture) else { continue };
        let encoded = read
            .entry((texture.image, is_srgb))
            .or_insert_with(|| Encoded::read(scene, texture.image, is_srgb));
        maps.push(Map {
            id: encoded.thumbnail.as_ref().map_or(0, |picture| picture.id),
            slot,
            title,
            meaning,
            file: encoded.file.clone(),
            n_bytes: encoded.n_bytes,
            info: encoded.info.clone(),
            is_srgb,
            wrap: [texture.wrap_u, texture.wrap_v],
            filter: [texture.mag_filter, texture.min_filter],
            use_of: *use_of,
            rgba: encoded.rgba.clone(),
            thumbnail: encoded.thumbnail.clone(),
        });
    }
    Ok(maps)
}

struct Encoded {
    file: String,
    n_bytes: Option<u64>,
    info: Result<PictureInfo, String>,
    rgba: Option<Arc<RgbaImage>>,
    thumbnail: Option<Picture>,
}

impl Encoded {
    fn read(scene: &Scene, id: ImageId, is_srgb: bool) -> Self {
        let none = |file: &str, why: &str| Self {
            file: file.to_owned(),
            n_bytes: None,
            info: Err(why.to_owned()),
            rgba: None,
            thumbnail: None,
        };
        let Some(image) = scene.images.get(id) else { return none("", "the model names no picture") };
        let (file, bytes) = match &image.data {
            ImageData::Embedded(bytes) => (image.name.clone(), Arc::clone(bytes)),
            ImageData::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                match std::fs::read(path) {
                    Ok(bytes) => (name, bytes.into()),
                    Err(error) => return none(&name, &error.to_string()),
                }
            }
            ImageData::Missing(named) => return none(named, "the file is missing"),
        };
        let options = DecodeOptions {
            enough_px: KEPT_PX,
            codes: if is_srgb { Codes::Srgb } else { Codes::Linear },
            ..DecodeOptions::default()
        };
        let info = picture::probe(&bytes, &image.mime_type).map_err(|error| error.to_string());
        let decoded = info.is_ok().then(|| picture::decode(&bytes, &image.mime_type, &options));
        let (rgba, info) = match decoded {
            Some(Ok(rgba)) => (Some(Picture::fitted(rgba, KEPT_PX).rgba), info),
            Some(Err(error)) => (None, Err(error.to_string())),
            None => (None, info),
        };
        let thumbnail =
            rgba.as_ref().map(|rgba| Picture::fitted(through_pixels(rgba, Channel::Color), THUMBNAIL_PX));
        Self { file, n_bytes: Some(bytes.len() as u64), info, rgba, thumbnail }
    }
}

/// Colours without opacity, or one channel as grey.
pub(super) fn through(rgba: &RgbaImage, channel: Channel) -> Picture {
    Picture::new(through_pixels(rgba, channel))
}

fn through_pixels(rgba: &RgbaImage, channel: Channel) -> RgbaImage {
    let mut shown = rgba.clone();
    for Rgba([r, g, b, a]) in shown.pixels_mut() {
        let grey = match channel {
            Channel::Color => {
                *a = 255;
                continue;
            }
            Channel::R => *r,
            Channel::G => *g,
            Channel::B => *b,
            Channel::A => *a,
        };
        (*r, *g, *b, *a) = (grey, grey, grey, 255);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_shown_as_grey_and_colours_without_their_opacity() {
        let pixel = RgbaImage::from_pixel(1, 1, Rgba([10, 20, 30, 40]));
        let shown = |channel| through_pixels(&pixel, channel).get_pixel(0, 0).0;
        assert_eq!(
            Channel::ALL.map(shown),
            [[10, 20, 30, 255], [10, 10, 10, 255], [20, 20, 20, 255], [30, 30, 30, 255], [40, 40, 40, 255],]
        );
    }
}
