use picture::DecodeOptions;
use scene::{Filter, Image, ImageData, Texture, Wrap};
use serde_json::{Map, Value, json};

use super::material::{TextureMap, n_uv_sets};
use super::{Writer, insert_list, insert_name};
use crate::file_bytes::image_bytes;
use crate::{WriteError, WriteWarning};

/// A picture as it goes into the file.
struct Written {
    id: usize,
    mime_type: &'static str,
}

impl Writer<'_> {
    pub(super) fn images_and_textures(
        &mut self,
        root: &mut Map<String, Value>,
    ) -> Result<TextureMap, WriteError> {
        let mut images = Vec::new();
        let mut written: Vec<Option<Written>> = Vec::with_capacity(self.scene.images.len());
        for image in &self.scene.images {
            self.ctx.check_cancelled()?;
            written.push(match encode(image) {
                Ok((bytes, mime_type)) => {
                    let mut object = Map::new();
                    insert_name(&mut object, &image.name);
                    object.insert("mimeType".into(), mime_type.into());
                    object.insert("bufferView".into(), self.binary.add_bytes(&bytes).into());
                    images.push(Value::Object(object));
                    Some(Written { id: images.len() - 1, mime_type })
                }
                Err(reason) => {
                    self.warnings.push(WriteWarning::PictureLeftOut { picture: label(image), reason });
                    None
                }
            });
        }
        let mut samplers: Vec<Value> = Vec::new();
        let mut textures = Vec::new();
        let mut numbers = Vec::with_capacity(self.scene.textures.len());
        for texture in &self.scene.textures {
            let Some(image) = &written[texture.image] else {
                numbers.push(None);
                continue;
            };
            let sampler = sampler(texture);
            let sampler = samplers.iter().position(|s| *s == sampler).unwrap_or_else(|| {
                samplers.push(sampler);
                samplers.len() - 1
            });
            let mut object = Map::new();
            object.insert("sampler".into(), sampler.into());
            let extension = match image.mime_type {
                "image/webp" => Some("EXT_texture_webp"),
                "image/ktx2" => Some("KHR_texture_basisu"),
                _ => None,
            };
            match extension {
                Some(name) => {
                    let plain = texture.fallback.and_then(|fallback| written[fallback].as_ref());
                    let plain = plain.filter(|it| matches!(it.mime_type, "image/png" | "image/jpeg"));
                    self.extensions.insert((name, plain.is_none()));
                    object.insert("extensions".into(), json!({ name: { "source": image.id } }));
                    if let Some(plain) = plain {
                        object.insert("source".into(), plain.id.into());
                    }
                }
                None => drop(object.insert("source".into(), image.id.into())),
            }
            numbers.push(Some(textures.len()));
            textures.push(Value::Object(object));
        }
        insert_list(root, "images", images);
        insert_list(root, "samplers", samplers);
        insert_list(root, "textures", textures);
        let n_uv_sets = self.scene.materials.iter().map(|material| n_uv_sets(material, &numbers)).collect();
        Ok(TextureMap { numbers, n_uv_sets })
    }
}

/// The bytes to embed: as they are where glTF takes the encoding, else as PNG.
fn encode(image: &Image) -> Result<(Vec<u8>, &'static str), String> {
    let bytes = image_bytes(image)?;
    let sniffed = picture::sniff(&bytes);
    match sniffed {
        "image/png" | "image/jpeg" | "image/webp" => Ok((bytes.to_vec(), sniffed)),
        "image/ktx2" if is_basis(&bytes) => Ok((bytes.to_vec(), sniffed)),
        _ => {
            let by_name = match &image.data {
                ImageData::File(path) => picture::type_of(path),
                _ => "",
            };
            let stated = if by_name.is_empty() { &image.mime_type } else { by_name };
            let png = picture::to_png(&bytes, stated, &DecodeOptions::default());
            png.map(|png| (png, "image/png")).map_err(|error| error.to_string())
        }
    }
}

/// Whether a KTX2 holds Basis Universal, the one thing glTF takes in it: no format of Vulkan's.
fn is_basis(ktx2: &[u8]) -> bool {
    ktx2.get(12..16) == Some(&[0; 4])
}

fn label(image: &Image) -> String {
    match &image.data {
        ImageData::File(path) => path.display().to_string(),
        ImageData::Missing(named) => named.clone(),
        ImageData::Embedded(_) if image.name.is_empty() => "a picture inside the model".into(),
        ImageData::Embedded(_) => image.name.clone(),
    }
}

fn sampler(texture: &Texture) -> Value {
    let wrap = |wrap| match wrap {
        Wrap::Repeat => 10497,
        Wrap::MirroredRepeat => 33648,
        Wrap::ClampToEdge => 33071,
    };
    let (mag, min) = match (texture.mag_filter, texture.min_filter) {
        (mag, Filter::Nearest) => (mag, 9984),
        (mag, Filter::Linear) => (mag, 9987),
    };
    let mag = if mag == Filter::Nearest { 9728 } else { 9729 };
    json!({ "wrapS": wrap(texture.wrap_u), "wrapT": wrap(texture.wrap_v), "magFilter": mag, "minFilter": min })
}
