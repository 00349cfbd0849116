use std::collections::HashMap;

use scene::{Image, ImageData, ImageId, Texture, TextureId};

use super::document::Document;
use crate::ReadWarning;
use crate::source::{Needed, Parsed};

/// Pictures by ufbx's file number, textures by what they are.
#[derive(Default)]
pub(super) struct Pictures {
    pub(super) images: Vec<Image>,
    pub(super) textures: Vec<Texture>,
    by_file: HashMap<u32, ImageId>,
}

impl Pictures {
    pub(super) fn texture_id(&mut self, texture: Texture) -> TextureId {
        self.textures.iter().position(|made| *made == texture).unwrap_or_else(|| {
            self.textures.push(texture);
            self.textures.len() - 1
        })
    }
}

impl Document<'_> {
    pub(super) fn image(&mut self, file: &ufbx::Texture, parsed: &mut Parsed) -> ImageId {
        let number = file.file_index;
        if let Some(&id) = self.pictures.by_file.get(&number).filter(|_| file.has_file) {
            return id;
        }
        let image =
            if file.content.is_empty() { self.picture_beside(file, parsed) } else { embedded(file, parsed) };
        self.pictures.images.push(image);
        let id = self.pictures.images.len() - 1;
        if file.has_file {
            self.pictures.by_file.insert(number, id);
        }
        id
    }

    /// Relative name first, then the path of the machine that saved it, then the folder into which
    /// other programs unpack embedded pictures.
    fn picture_beside(&self, file: &ufbx::Texture, parsed: &mut Parsed) -> Image {
        let mut names: Vec<String> = [&file.relative_filename, &file.absolute_filename, &file.filename]
            .into_iter()
            .filter(|name| !name.is_empty())
            .map(|name| name.to_string())
            .collect();
        if let Some(bare) = names.first().and_then(|name| name.rsplit(['/', '\\']).next()) {
            names.push(format!("{}.fbm/{bare}", self.source.stem()));
        }
        let is_there = |name: &&String| !matches!(self.source.peek(name), Needed::Missing(_));
        match names.iter().find(is_there).or(names.first()) {
            Some(named) => self.source.picture(self.source.path, named, &mut parsed.warnings),
            None => {
                let named = format!("texture {}", file.element.name);
                let path = self.source.path.to_owned();
                parsed.warnings.push(ReadWarning::MissingPicture { named: named.clone(), path });
                Image {
                    name: file.element.name.to_string(),
                    mime_type: String::new(),
                    data: ImageData::Missing(named),
                }
            }
        }
    }
}

fn embedded(file: &ufbx::Texture, parsed: &mut Parsed) -> Image {
    let bytes: &[u8] = &file.content;
    let mime_type = picture::sniff(bytes);
    let named = [&file.relative_filename, &file.absolute_filename, &file.element.name];
    let named = named.into_iter().find(|name| !name.is_empty()).map_or("", |name| name);
    let bare = named.rsplit(['/', '\\']).next().unwrap_or(named);
    if let Some(encoding) = picture::unshown_encoding(mime_type) {
        parsed.warnings.push(ReadWarning::UnknownPicture { named: bare.to_owned(), encoding });
    }
    let stem = bare.rsplit_once('.').map_or(bare, |(stem, _)| stem);
    Image { name: stem.to_owned(), mime_type: mime_type.into(), data: ImageData::Embedded(bytes.into()) }
}
