//! What the materials' pictures cost, and which of them are used against what they hold.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use rayon::prelude::*;
use scene::{Image, ImageData, ImageId, Scene};

use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Where};

/// Sides beyond which a picture is huge: what every graphics card of the last ten years can take.
const HUGE_PX: u32 = 4096;

/// Enough for the header of nearly every picture.
const HEAD_BYTES: u64 = 64 << 10;

/// What is known of one image without decoding it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    /// `None` when its header cannot be read, or nobody found it.
    pub(crate) size_px: Option<[u32; 2]>,
    /// Slots of materials that show it, as glTF names them, each once.
    pub(crate) slots: Vec<&'static str>,
}

/// One for each image of the scene. Of files only the heads are read.
pub(crate) fn look(scene: &Scene) -> Vec<Picture> {
    let sizes = scene.images.par_iter().map(|image| Picture { size_px: size(image), slots: Vec::new() });
    let mut pictures: Vec<Picture> = sizes.collect();
    for material in &scene.materials {
        for (slot, texture) in material.textures() {
            let image = scene.textures.get(texture.texture).map(|texture| texture.image);
            if let Some(picture) = image.and_then(|id| pictures.get_mut(id))
                && !picture.slots.contains(&slot)
            {
                picture.slots.push(slot);
            }
        }
    }
    pictures
}

fn size(image: &Image) -> Option<[u32; 2]> {
    let probe = |bytes: &[u8]| {
        let info = picture::probe(bytes, &image.mime_type).ok()?;
        Some([info.width, info.height])
    };
    match &image.data {
        ImageData::Embedded(bytes) => probe(bytes),
        ImageData::File(path) => {
            let mut head = Vec::new();
            let file = std::fs::File::open(path).ok()?;
            file.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
            probe(&head).or_else(|| probe(&std::fs::read(path).ok()?))
        }
        ImageData::Missing(_) => None,
    }
}

impl Picture {
    fn is_used(&self) -> bool {
        !self.slots.is_empty()
    }

    pub(crate) fn longest_side_px(&self) -> Option<u32> {
        self.size_px.filter(|_| self.is_used()).map(|[width, height]| width.max(height))
    }

    /// On a graphics card as it is without compression: RGBA, 8 bits each, with all smaller levels.
    pub(crate) fn memory_bytes(&self) -> u64 {
        let Some([width, height]) = self.size_px.filter(|_| self.is_used()) else { return 0 };
        let (mut width, mut height, mut bytes) = (u64::from(width), u64::from(height), 0);
        loop {
            bytes += 4 * width * height;
            if width <= 1 && height <= 1 {
                return bytes;
            }
            (width, height) = ((width / 2).max(1), (height / 2).max(1));
        }
    }
}

pub(crate) fn check(scene: &Scene, pictures: &[Picture]) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (id, picture) in pictures.iter().enumerate() {
        let name = name(scene, id);
        if !picture.is_used() {
            spots.push(spot(Rule::ImagesUnused, Severity::Info, name.clone(), name));
            continue;
        }
        if let Some([width, height]) = picture.size_px {
            let size = || format!("{name}: {width} × {height}");
            if width.max(height) > HUGE_PX {
                spots.push(spot(Rule::ImagesHuge, Severity::Warning, name.clone(), size()));
            }
            if !width.is_power_of_two() || !height.is_power_of_two() {
                spots.push(spot(Rule::ImagesNotPowerOfTwo, Severity::Info, name.clone(), size()));
            }
        }
        let of_rgb = picture.slots.iter().copied().filter(|slot| !is_alpha(slot));
        let (colors, data): (Vec<&str>, Vec<&str>) = of_rgb.partition(|slot| is_color(slot));
        if let (Some(color), Some(data)) = (colors.first(), data.first()) {
            let label = format!("{name} as {color} and as {data}");
            spots.push(spot(Rule::ImagesColorAndData, Severity::Warning, name, label));
        }
    }
    spots.extend(copies(scene).into_iter().map(|(copy, first)| {
        let label = format!("{} is {} again", name(scene, copy), name(scene, first));
        spot(Rule::ImagesCopied, Severity::Info, name(scene, copy), label)
    }));
    spots
}

/// Whether the colours of a slot are sRGB; all others are numbers (glTF 2.0 §3.9.2 and extensions).
fn is_color(slot: &str) -> bool {
    matches!(
        slot,
        "baseColorTexture"
            | "emissiveTexture"
            | "specularColorTexture"
            | "sheenColorTexture"
            | "diffuseTransmissionColorTexture"
    )
}

/// Whether a slot reads only alpha, which is a number beside whatever colour (KHR_materials_sheen,
/// KHR_materials_specular, KHR_materials_diffuse_transmission).
fn is_alpha(slot: &str) -> bool {
    matches!(slot, "sheenRoughnessTexture" | "specularTexture" | "diffuseTransmissionTexture")
}

/// Images with the bytes of one before them, each with the first of its kind.
fn copies(scene: &Scene) -> Vec<(ImageId, ImageId)> {
    let mut by_size: BTreeMap<u64, Vec<ImageId>> = BTreeMap::new();
    for (id, image) in scene.images.iter().enumerate() {
        let n_bytes = match &image.data {
            ImageData::Embedded(bytes) => bytes.len() as u64,
            ImageData::File(path) => std::fs::metadata(path).map_or(0, |file| file.len()),
            ImageData::Missing(_) => 0,
        };
        if n_bytes > 0 {
            by_size.entry(n_bytes).or_default().push(id);
        }
    }
    let mut copies = Vec::new();
    for ids in by_size.into_values().filter(|ids| ids.len() > 1) {
        let mut firsts: HashMap<Vec<u8>, ImageId> = HashMap::new();
        for id in ids {
            let Some(bytes) = bytes(&scene.images[id]) else { continue };
            match firsts.get(&bytes) {
                Some(&first) => copies.push((id, first)),
                None => _ = firsts.insert(bytes, id),
            }
        }
    }
    copies.sort_unstable();
    copies
}

fn bytes(image: &Image) -> Option<Vec<u8>> {
    match &image.data {
        ImageData::Embedded(bytes) => Some(bytes.to_vec()),
        ImageData::File(path) => std::fs::read(path).ok(),
        ImageData::Missing(_) => None,
    }
}

fn name(scene: &Scene, id: ImageId) -> String {
    let image = &scene.images[id];
    let file = match &image.data {
        ImageData::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        ImageData::Embedded(_) | ImageData::Missing(_) => None,
    };
    let names = [Some(image.name.clone()), file];
    match names.into_iter().flatten().find(|name| !name.trim().is_empty() && name.len() <= 200) {
        Some(name) => format!("'{name}'"),
        None => format!("picture {}", id + 1),
    }
}

fn spot(rule: Rule, severity: Severity, subject: String, label: String) -> Spot {
    Spot { rule, severity, count: 1, subject, label, place: Where::Nowhere }
}

#[cfg(test)]
mod tests {
    use scene::{Image, ImageData, Material, MaterialTexture, Scene, Texture, UvTransform};

    use crate::Rule::{
        EdgesOpen, ImagesColorAndData, ImagesCopied, ImagesHuge, ImagesNotPowerOfTwo, ImagesUnused,
        UvsMissing,
    };
    use crate::test_scenes::{check, material, quad, scene, with_materials};

    /// The header of a PNG of that size; nothing behind it is looked at.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend([width, height].map(u32::to_be_bytes).concat());
        bytes.extend([8, 6, 0, 0, 0]);
        let crc = crc32(&bytes[12..]);
        bytes.extend(crc.to_be_bytes());
        bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        bytes
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8)
                .fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    fn painted(
        images: &[Vec<u8>],
        paint: impl Fn(&mut Material, &dyn Fn(usize) -> MaterialTexture),
    ) -> Scene {
        let mut of = material("painted");
        paint(&mut of, &|texture| MaterialTexture {
            texture,
            uv_set: 0,
            uv_transform: UvTransform::default(),
        });
        let mut scene = with_materials(scene(vec![quad([0.0, 1.0], [0.0, 1.0], 0.0)]), vec![of]);
        for (image, bytes) in images.iter().enumerate() {
            let data = ImageData::Embedded(bytes.clone().into());
            scene.images.push(Image { name: format!("p{image}"), mime_type: "image/png".into(), data });
            scene.textures.push(Texture {
                image,
                fallback: None,
                wrap_u: Default::default(),
                wrap_v: Default::default(),
                mag_filter: Default::default(),
                min_filter: Default::default(),
            });
        }
        scene
    }

    #[test]
    fn sizes_uses_and_copies() {
        let images = [png(8192, 64), png(100, 64), png(64, 64), png(64, 64)];
        let scene = painted(&images, |of, texture| {
            of.base_color_texture = Some(texture(0));
            of.emissive_texture = Some(texture(1));
            of.normal_texture = Some(texture(1));
            of.occlusion_texture = Some(texture(2));
            of.metallic_roughness_texture = Some(texture(2));
        });
        let report = check(
            &scene,
            &[
                (UvsMissing, 2),
                (ImagesHuge, 1),
                (ImagesColorAndData, 1),
                (EdgesOpen, 4),
                (ImagesUnused, 1),
                (ImagesCopied, 1),
                (ImagesNotPowerOfTwo, 1),
            ],
        );
        // 64 × 64 with all its levels is 5461 pixels.
        let memory =
            |w: u32, h: u32| super::Picture { size_px: Some([w, h]), slots: vec!["x"] }.memory_bytes();
        assert_eq!(memory(64, 64), 4 * 5461);
        assert_eq!(report.counts.texture_bytes, memory(8192, 64) + memory(100, 64) + memory(64, 64));
    }
}
