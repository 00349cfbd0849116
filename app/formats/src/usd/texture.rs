//! Pictures in a shading network: UsdUVTexture, and MaterialX's image nodes.

use std::collections::BTreeMap;
use std::path::Path;

use glam::{DVec2, DVec4, Vec2};
use openusd::sdf::Value;
use scene::{Filter, Image, ImageData, ImageId, Scene, Texture, TextureId, UvTransform, Wrap};

use crate::ReadWarning;

use super::layer_files::LayerFiles;
use super::resolver::NAMED_BY;
use super::shader::{Input, Network, Shader};
use super::value;

/// What an input reads from a picture.
pub(super) struct Sampled {
    pub(super) texture: TextureId,
    pub(super) image: ImageId,
    /// `r`, `g`, `b`, `a`; or `rgb` and other words for all.
    pub(super) output: String,
    /// Name of the primvar that holds the coordinates; empty: the mesh's first.
    pub(super) uv_name: String,
    pub(super) uv_transform: UvTransform,
    /// The value is `scale · texel + bias`.
    pub(super) scale: DVec4,
    pub(super) bias: DVec4,
}

/// Pictures and textures by what the file calls them, so that each is there once.
#[derive(Default)]
pub(super) struct Pictures {
    images: BTreeMap<String, ImageId>,
    textures: BTreeMap<(ImageId, u8, u8), TextureId>,
}

impl Pictures {
    /// What a node of a network samples; `None` for one that samples nothing that is known here.
    pub(super) fn sampled(
        &mut self,
        network: &Network<'_>,
        (shader, output): (&Shader, String),
        files: &LayerFiles<'_>,
        scene: &mut Scene,
        warnings: &mut Vec<ReadWarning>,
    ) -> Option<Sampled> {
        let is_material_x = shader.id.starts_with("ND_image") || shader.id.starts_with("ND_tiledimage");
        if shader.id != "UsdUVTexture" && !is_material_x && !shader.id.starts_with("ND_UsdUVTexture") {
            return None;
        }
        let Some(Value::AssetPath(file)) = network.value(shader, "file") else { return None };
        let identifier = file.resolved_path().unwrap_or(file.asset_path()).to_owned();
        let image = self.image(&identifier, files, scene, warnings);
        let wrap = |usd: &str, material_x: &str| {
            let mode = network.text(shader, usd).or_else(|| network.text(shader, material_x));
            match mode.as_deref() {
                Some("clamp" | "black" | "constant") => Wrap::ClampToEdge,
                Some("mirror") => Wrap::MirroredRepeat,
                _ => Wrap::Repeat,
            }
        };
        let texture = Texture {
            image,
            fallback: None,
            wrap_u: wrap("wrapS", "uaddressmode"),
            wrap_v: wrap("wrapT", "vaddressmode"),
            mag_filter: Filter::Linear,
            min_filter: Filter::Linear,
        };
        let id =
            *self.textures.entry((image, texture.wrap_u as u8, texture.wrap_v as u8)).or_insert_with(|| {
                scene.textures.push(texture);
                scene.textures.len() - 1
            });
        let coordinates = network.input(shader, if is_material_x { "texcoord" } else { "st" });
        let (uv_name, uv_transform) = coordinates_of(network, coordinates);
        let four = |name: &str, fallback: DVec4| {
            let numbers = network.value(shader, name).as_ref().and_then(value::numbers);
            match numbers.as_deref() {
                Some(&[x, y, z, w]) => DVec4::new(x, y, z, w),
                _ => fallback,
            }
        };
        let (scale, bias) = (four("scale", DVec4::ONE), four("bias", DVec4::ZERO));
        Some(Sampled { texture: id, image, output, uv_name, uv_transform, scale, bias })
    }

    fn image(
        &mut self,
        identifier: &str,
        files: &LayerFiles<'_>,
        scene: &mut Scene,
        warnings: &mut Vec<ReadWarning>,
    ) -> ImageId {
        if let Some(&image) = self.images.get(identifier) {
            return image;
        }
        let identifier_of_tile = first_tile(identifier, files, warnings);
        let found = files.picture(identifier_of_tile.as_deref().unwrap_or(identifier), warnings);
        let image = found.unwrap_or_else(|| Image {
            name: identifier.to_owned(),
            mime_type: String::new(),
            data: ImageData::Missing(identifier.to_owned()),
        });
        scene.images.push(image);
        self.images.insert(identifier.to_owned(), scene.images.len() - 1);
        scene.images.len() - 1
    }
}

/// Of a set of tiles the first that is there; one picture is all that a slot holds.
fn first_tile(identifier: &str, files: &LayerFiles<'_>, warnings: &mut Vec<ReadWarning>) -> Option<String> {
    const TILES: std::ops::RangeInclusive<u32> = 1001..=1100;
    let (named_by, named) = identifier.split_once(NAMED_BY)?;
    if !named.contains("<UDIM>") {
        return None;
    }
    let tile = |number: u32| named.replace("<UDIM>", &number.to_string());
    let there = |number: &u32| files.has_picture(Path::new(named_by), &tile(*number));
    let found: Vec<u32> = TILES.filter(there).collect();
    let first = *found.first().unwrap_or(TILES.start());
    warnings.push(ReadWarning::Repaired(format!(
        "the texture {named} has {} tiles, of which {first} alone is shown",
        found.len()
    )));
    // The others belong to the model all the same.
    for &other in found.iter().filter(|&&number| number != first) {
        let _ = files.picture(&format!("{named_by}{NAMED_BY}{}", tile(other)), &mut Vec::new());
    }
    Some(format!("{named_by}{NAMED_BY}{}", tile(first)))
}

/// The primvar and what is done to it, through UsdTransform2d and UsdPrimvarReader_float2.
fn coordinates_of(network: &Network<'_>, input: Option<Input>) -> (String, UvTransform) {
    let mut uv_transform = UvTransform::default();
    let mut input = input;
    while let Some(Input::Node(shader, _)) = &input {
        let id = shader.id.trim_start_matches("ND_").to_owned();
        if id.starts_with("UsdTransform2d") {
            uv_transform = transform(network, shader);
            input = network.input(shader, "in");
            // One transform is what a texture can hold.
            if let Some(Input::Node(next, _)) = &input
                && next.id.contains("UsdTransform2d")
            {
                break;
            }
            continue;
        }
        let key = if id.starts_with("UsdPrimvarReader") { "varname" } else { "geomprop" };
        return (network.text(shader, key).unwrap_or_default(), uv_transform);
    }
    (String::new(), uv_transform)
}

/// UsdTransform2d scales, then turns counter-clockwise, then moves, with V pointing up; ours does
/// the same with V pointing down. With p = (0, 1) + diag(1, -1) · q on both sides, what stays is
/// the same scale and angle and another offset.
fn transform(network: &Network<'_>, shader: &Shader) -> UvTransform {
    let pair = |name: &str, fallback: DVec2| {
        let numbers = network.value(shader, name).as_ref().and_then(value::numbers);
        match numbers.as_deref() {
            Some(&[x, y]) => DVec2::new(x, y),
            _ => fallback,
        }
    };
    let scale = pair("scale", DVec2::ONE);
    let translation = pair("translation", DVec2::ZERO);
    let angle = network.number(shader, "rotation").unwrap_or(0.0).to_radians();
    let offset =
        DVec2::new(translation.x - scale.y * angle.sin(), 1.0 - translation.y - scale.y * angle.cos());
    let all: [Vec2; 2] = [offset.as_vec2(), scale.as_vec2()];
    if !(all[0].is_finite() && all[1].is_finite()) {
        return UvTransform::default();
    }
    UvTransform { offset: all[0], rotation_radians: angle as f32, scale: all[1] }
}
