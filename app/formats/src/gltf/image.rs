use std::collections::HashMap;
use std::sync::Arc;

use gltf::json::texture::{MagFilter, MinFilter, WrappingMode};
use gltf::json::validation::Checked;
use gltf::json::{image, texture};
use scene::{Filter, Image, ImageData, Texture, Wrap};

use super::Reader;
use crate::ReadWarning;
use crate::dependency::DependencyKind;
use crate::neighbors::Reference;
use crate::source::{Needed, Parsed};

/// Extensions that name a picture of their own kind; the first that is shown here wins.
const SOURCE_EXTENSIONS: &[&str] =
    &["EXT_texture_webp", "KHR_texture_basisu", "EXT_texture_avif", "MSFT_texture_dds"];

impl Reader<'_> {
    /// Images and textures, one each as in the file. A texture without any picture gets a missing
    /// one, so that the numbers of the file keep their meaning.
    pub(super) fn read_images(&self, parsed: &mut Parsed) {
        let mut copies = HashMap::new();
        for (i, stated) in self.root.images.iter().enumerate() {
            let image = self.image(i, stated, &mut copies, parsed);
            parsed.scene.images.push(image);
        }
        for (i, stated) in self.root.textures.iter().enumerate() {
            let (image, fallback) = self.pictures_of(stated).unwrap_or_else(|| {
                let named = format!("texture {i}");
                parsed.scene.images.push(missing(named.clone(), named));
                (parsed.scene.images.len() - 1, None)
            });
            if let Some(image) = parsed.scene.images.get(image)
                && let Some(encoding) = picture::unshown_encoding(&image.mime_type)
            {
                let warning = ReadWarning::UnknownPicture { named: label(image), encoding };
                if !parsed.warnings.contains(&warning) {
                    parsed.warnings.push(warning);
                }
            }
            let sampler = stated.sampler.and_then(|s| self.root.samplers.get(s.value()));
            parsed.scene.textures.push(with_sampler(image, fallback, sampler));
        }
    }

    /// The picture a texture shows: one of a modern encoding if we show it, else the plain one, else
    /// whatever there is. Then the plain one where that is another.
    fn pictures_of(&self, stated: &texture::Texture) -> Option<(usize, Option<usize>)> {
        let n_images = self.root.images.len();
        let plain = Some(stated.source.value()).filter(|&source| source < n_images);
        let others = stated.extensions.as_ref().map(|e| &e.others);
        let extended = |name: &&'static str| {
            let source = others?.get(*name)?.get("source")?.as_u64()?;
            usize::try_from(source).ok().filter(|&source| source < n_images).map(|source| (*name, source))
        };
        match SOURCE_EXTENSIONS.iter().find_map(extended) {
            Some(("EXT_texture_webp" | "KHR_texture_basisu", source)) => Some((source, plain)),
            Some((_, source)) => Some((plain.unwrap_or(source), None)),
            None => Some((plain?, None)),
        }
    }

    /// `copies` holds the embedded pictures by buffer view: many images may name the same one.
    fn image(
        &self,
        i: usize,
        stated: &image::Image,
        copies: &mut HashMap<usize, Arc<[u8]>>,
        parsed: &mut Parsed,
    ) -> Image {
        let name = stated.name.clone().unwrap_or_default();
        let stated_type = stated.mime_type.as_ref().map(|m| m.0.clone()).unwrap_or_default();
        let embedded = |mime_type: &str, bytes: Arc<[u8]>| {
            let sniffed = picture::sniff(&bytes);
            let mime_type = if sniffed.is_empty() { mime_type } else { sniffed };
            Image { name: name.clone(), mime_type: mime_type.into(), data: ImageData::Embedded(bytes) }
        };
        let mut lost = |named: String, path| {
            parsed.warnings.push(ReadWarning::MissingPicture { named: named.clone(), path });
            missing(name.clone(), named)
        };
        if let Some(view) = stated.buffer_view {
            return match self.buffers.view(self.root, view.value()) {
                Ok((bytes, _)) => {
                    let copy = copies.entry(view.value()).or_insert_with(|| bytes.into());
                    embedded(&stated_type, Arc::clone(copy))
                }
                Err(_) => lost(format!("image {i}"), self.source.path.into()),
            };
        }
        let Some(uri) = &stated.uri else {
            return lost(format!("image {i}"), self.source.path.into());
        };
        match self.source.find_uri(uri, DependencyKind::Picture) {
            Reference::Data { mime_type, bytes: Some(bytes) } => embedded(mime_type, bytes.into()),
            Reference::Data { bytes: None, .. } => lost(format!("image {i}"), self.source.path.into()),
            Reference::Needed(Needed::Missing(path)) => lost(uri.clone(), path),
            Reference::Needed(Needed::Entry { bytes, .. }) => embedded(&stated_type, bytes),
            Reference::Needed(Needed::File(path)) => {
                let by_name = picture::type_of(&path);
                let mime_type = if by_name.is_empty() { stated_type } else { by_name.into() };
                Image { name, mime_type, data: ImageData::File(path) }
            }
        }
    }
}

fn missing(name: String, named: String) -> Image {
    Image { name, mime_type: String::new(), data: ImageData::Missing(named) }
}

fn label(image: &Image) -> String {
    match &image.data {
        ImageData::File(path) => path.display().to_string(),
        _ if image.name.is_empty() => "a picture inside the file".into(),
        _ => image.name.clone(),
    }
}

fn with_sampler(image: usize, fallback: Option<usize>, sampler: Option<&texture::Sampler>) -> Texture {
    let wrap = |mode: Option<Checked<WrappingMode>>| match mode {
        Some(Checked::Valid(WrappingMode::ClampToEdge)) => Wrap::ClampToEdge,
        Some(Checked::Valid(WrappingMode::MirroredRepeat)) => Wrap::MirroredRepeat,
        _ => Wrap::Repeat,
    };
    let mag_filter = match sampler.and_then(|s| s.mag_filter) {
        Some(Checked::Valid(MagFilter::Nearest)) => Filter::Nearest,
        _ => Filter::Linear,
    };
    let min_filter = match sampler.and_then(|s| s.min_filter) {
        Some(Checked::Valid(
            MinFilter::Nearest | MinFilter::NearestMipmapNearest | MinFilter::NearestMipmapLinear,
        )) => Filter::Nearest,
        _ => Filter::Linear,
    };
    Texture {
        image,
        fallback,
        wrap_u: wrap(sampler.map(|s| s.wrap_s)),
        wrap_v: wrap(sampler.map(|s| s.wrap_t)),
        mag_filter,
        min_filter,
    }
}
