use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use rayon::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use scene::{Image, ImageData, Scene};
use work::WorkCtx;

use super::attachment::{ATTACHMENT_NUMBER, Attachment};
use super::chunk::{Codec, Entry, Tag};
use super::container::{ALIGNMENT, HEADER_BYTES, chunk_after, header};
use super::mesh;
use super::parts::{Hierarchy, Materials, Meta, animation_to_bytes, image_to_bytes, join};
use crate::file_bytes::{FileBytes, image_bytes};
use crate::gltf::WriteReport;
use crate::{Compression, WriteError, WriteWarning, unfinished};

/// A chunk on its way into the file.
pub(super) struct Stored {
    pub(super) tag: Tag,
    pub(super) codec: Codec,
    pub(super) number: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) n_raw: u64,
}

impl Stored {
    pub(super) fn attached(attachment: &Attachment) -> Self {
        plain(Tag(attachment.tag), ATTACHMENT_NUMBER, attachment.bytes.clone(), Codec::None)
    }
}

/// Writes a Kiln scene file with the pictures inside and `attachments` behind the scene. The file
/// appears under its name only when it is complete; a file that is there before is replaced.
///
/// # Errors
/// A scene that does not validate, a disk that refuses, a cancel.
pub fn write_kscene(
    scene: &Scene,
    path: &Path,
    compression: Compression,
    attachments: &[Attachment],
    ctx: &WorkCtx,
) -> Result<WriteReport, WriteError> {
    ctx.stage("writing");
    scene.validate()?;
    let mut warnings = Vec::new();
    let mut chunks = vec![
        packed(Tag::META, 0, join(&Meta::of(scene), &[]), compression),
        packed(Tag::NODE, 0, join(&Hierarchy::of(scene), &[]), compression),
        packed(Tag::MATERIALS, 0, join(&materials(scene), &[]), compression),
    ];
    for (number, animation) in (0..).zip(&scene.animations) {
        chunks.push(packed(Tag::ANIMATION, number, animation_to_bytes(animation), compression));
    }
    chunks.extend(attachments.iter().map(Stored::attached));
    for (number, image) in (0..).zip(&scene.images) {
        let (image, bytes) = match image_bytes(image) {
            Ok(bytes) => (image.clone(), bytes),
            Err(reason) => {
                let named = match &image.data {
                    ImageData::File(path) => path.display().to_string(),
                    ImageData::Missing(named) => named.clone(),
                    ImageData::Embedded(_) => image.name.clone(),
                };
                if !matches!(image.data, ImageData::Missing(_)) {
                    warnings.push(WriteWarning::PictureLeftOut { picture: named.clone(), reason });
                }
                let missing = Image { data: ImageData::Missing(named), ..image.clone() };
                (missing, FileBytes::Read(Vec::new()))
            }
        };
        // Pictures are compressed in their own way.
        chunks.push(plain(Tag::IMAGE, number, image_to_bytes(&image, &bytes), Codec::None));
    }
    ctx.check_cancelled()?;
    let (codec, is_encoded) = match compression {
        Compression::None => (Codec::None, false),
        Compression::Smaller | Compression::Smallest => (Codec::Meshopt, true),
    };
    let meshes = scene.meshes.par_iter().enumerate();
    chunks.par_extend(
        meshes.map(|(number, of)| plain(Tag::MESH, number as u32, mesh::to_bytes(of, is_encoded), codec)),
    );
    ctx.check_cancelled()?;
    let n_bytes = save(path, &chunks, ctx)?;
    Ok(WriteReport { n_bytes, beside: Vec::new(), warnings })
}

fn materials(scene: &Scene) -> Materials {
    Materials {
        materials: scene.materials.clone(),
        textures: scene.textures.clone(),
        variants: scene.variants.clone(),
    }
}

fn plain(tag: Tag, number: u32, bytes: Vec<u8>, codec: Codec) -> Stored {
    Stored { tag, codec, number, n_raw: bytes.len() as u64, bytes }
}

fn packed(tag: Tag, number: u32, bytes: Vec<u8>, compression: Compression) -> Stored {
    if compression == Compression::None {
        return plain(tag, number, bytes, Codec::None);
    }
    let smaller = compress_to_vec(&bytes[..], CompressionLevel::Fastest);
    if smaller.len() < bytes.len() {
        return Stored { tag, codec: Codec::Zstd, number, n_raw: bytes.len() as u64, bytes: smaller };
    }
    plain(tag, number, bytes, Codec::None)
}

pub(super) fn save(path: &Path, chunks: &[Stored], ctx: &WorkCtx) -> Result<u64, WriteError> {
    let table_end = HEADER_BYTES + chunks.len() * Entry::N_BYTES;
    let mut at = table_end.next_multiple_of(ALIGNMENT);
    let entries: Vec<(usize, Entry)> = chunks
        .iter()
        .map(|chunk| {
            let offset = chunk_after(at);
            let entry =
                Entry::new(chunk.tag, chunk.codec, chunk.number, offset as u64, &chunk.bytes, chunk.n_raw);
            let before = at;
            at = (offset + chunk.bytes.len()).next_multiple_of(ALIGNMENT);
            (before, entry)
        })
        .collect();
    let table: Vec<u8> = entries.iter().flat_map(|(_, entry)| entry.to_bytes()).collect();
    unfinished::save(path, ctx, |out| {
        out.write_all(&header(chunks.len() as u32, &table, at as u64))?;
        out.write_all(&table)?;
        for ((before, entry), chunk) in entries.iter().zip(chunks) {
            out.seek(SeekFrom::Start(*before as u64))?;
            out.write_all(&entry.to_bytes())?;
            out.seek(SeekFrom::Start(entry.offset))?;
            out.write_all(&chunk.bytes)?;
        }
        // The file ends aligned, so that its length says whether all is there.
        let end = entries.last().map_or(table_end as u64, |(_, entry)| entry.offset + entry.n_stored);
        out.write_all(&vec![0; at.saturating_sub(end as usize)])
    })
}
