//! Pictures: packed into the file, or named by paths that begin with `//` for its folder.

use std::collections::HashMap;

use scene::{Image, ImageData, ImageId, Texture, TextureId, Wrap};

use super::record::Record;
use crate::ReadWarning;
use crate::source::Source;

pub(super) struct Images<'s> {
    source: &'s Source<'s>,
    pub(super) images: Vec<Image>,
    pub(super) textures: Vec<Texture>,
    pub(super) n_packed: usize,
    by_block: HashMap<usize, Option<ImageId>>,
    warnings: Vec<ReadWarning>,
}

/// `eImageSource`.
const FROM_FILE: i64 = 1;
const SEQUENCE: i64 = 2;
const TILED: i64 = 6;

impl<'s> Images<'s> {
    pub(super) fn new(source: &'s Source<'s>) -> Self {
        Self {
            source,
            images: Vec::new(),
            textures: Vec::new(),
            n_packed: 0,
            by_block: HashMap::new(),
            warnings: Vec::new(),
        }
    }

    /// `None` for pictures that Blender itself makes, such as a render's result.
    pub(super) fn image(&mut self, record: &Record<'_>) -> Option<ImageId> {
        if let Some(&known) = self.by_block.get(&record.block) {
            return known;
        }
        let image = self.read(record);
        let id = image.map(|image| {
            self.images.push(image);
            self.images.len() - 1
        });
        self.by_block.insert(record.block, id);
        id
    }

    pub(super) fn texture(&mut self, record: &Record<'_>) -> Option<TextureId> {
        let image = self.image(record)?;
        if let Some(known) = self.textures.iter().position(|texture| texture.image == image) {
            return Some(known);
        }
        self.textures.push(Texture {
            image,
            fallback: None,
            wrap_u: Wrap::Repeat,
            wrap_v: Wrap::Repeat,
            mag_filter: Default::default(),
            min_filter: Default::default(),
        });
        Some(self.textures.len() - 1)
    }

    pub(super) fn into_parts(self) -> (Vec<Image>, Vec<Texture>, Vec<ReadWarning>) {
        (self.images, self.textures, self.warnings)
    }

    fn read(&mut self, record: &Record<'_>) -> Option<Image> {
        // The path is called `name` in files of every age.
        let (stated, name) = (record.text("name"), record.name());
        if let Some(bytes) = packed(record) {
            self.n_packed += 1;
            let mime_type = picture::sniff(bytes).into();
            return Some(Image { name, mime_type, data: ImageData::Embedded(bytes.into()) });
        }
        if stated.is_empty() || !matches!(record.int("source"), Some(FROM_FILE | SEQUENCE | TILED)) {
            return None;
        }
        let named = relative(&stated).replace("<UDIM>", "1001");
        let image = self.source.picture(self.source.path, &named, &mut self.warnings);
        Some(Image { name, ..image })
    }
}

/// The bytes of the picture's file, kept in the `.blend`.
fn packed<'a>(record: &Record<'a>) -> Option<&'a [u8]> {
    let listed = record.list("packedfiles").next().and_then(|listed| listed.follow("packedfile"));
    let packed = record.follow("packedfile").or(listed)?;
    let bytes = packed.data("data")?;
    Some(bytes.get(..packed.count("size")).unwrap_or(bytes)).filter(|bytes| !bytes.is_empty())
}

/// `//textures\wood.png` lies in `textures` beside the file.
pub(super) fn relative(stated: &str) -> &str {
    stated.strip_prefix("//").unwrap_or(stated)
}
