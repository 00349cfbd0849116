use std::collections::HashMap;

use gltf::json::{Root, buffer};
use rayon::prelude::*;

use super::accessor::budget;
use super::container::damaged;
use super::meshopt::{self, Compressed, Decompressed};
use crate::dependency::DependencyKind;
use crate::file_bytes::FileBytes;
use crate::neighbors::Reference;
use crate::source::{Needed, Source};
use crate::{ReadFault, ReadWarning};

/// The bytes behind a document's buffer views.
pub(super) struct Buffers<'a> {
    buffers: Vec<BufferBytes<'a>>,
    /// By buffer view, with the cause where one does not decode.
    decompressed: HashMap<usize, Result<Decompressed, String>>,
}

enum BufferBytes<'a> {
    Chunk(&'a [u8]),
    Decoded(Vec<u8>),
    File(FileBytes),
    /// Stated without any bytes, as the fallback of a compressed buffer is.
    Absent,
}

impl<'a> Buffers<'a> {
    /// # Errors
    /// A buffer file that is not there or is a web address, base64 that does not decode.
    pub(super) fn open(source: &Source<'a>, root: &Root, bin: Option<&'a [u8]>) -> Result<Self, ReadFault> {
        let mut buffers = Vec::with_capacity(root.buffers.len());
        for (i, buffer) in root.buffers.iter().enumerate() {
            source.ctx.check_cancelled()?;
            let Some(uri) = &buffer.uri else {
                buffers.push(match bin.filter(|_| i == 0) {
                    Some(chunk) => BufferBytes::Chunk(chunk),
                    None => BufferBytes::Absent,
                });
                continue;
            };
            buffers.push(match source.find_uri(uri, DependencyKind::Buffer) {
                Reference::Data { bytes: Some(bytes), .. } => BufferBytes::Decoded(bytes),
                Reference::Data { bytes: None, .. } => {
                    return Err(damaged(format!(
                        "the base64 text of buffer {i} does not decode; export it again"
                    )));
                }
                Reference::Needed(Needed::Missing(_)) if is_fallback(buffer) => BufferBytes::Absent,
                Reference::Needed(needed) => BufferBytes::File(needed.open()?),
            });
        }
        let mut opened = Self { buffers, decompressed: HashMap::new() };
        opened.decompressed = opened.decompress(source, root)?;
        Ok(opened)
    }

    /// The compressed views, on all cores.
    fn decompress(
        &self,
        source: &Source<'_>,
        root: &Root,
    ) -> Result<HashMap<usize, Result<Decompressed, String>>, ReadFault> {
        let mut n_bytes_left = budget(self.n_bytes());
        let mut compressed = Vec::new();
        for (v, view) in root.buffer_views.iter().enumerate() {
            let Some(stated) = compression(view) else { continue };
            let sound = stated.and_then(|stated| {
                let n_bytes = stated.n_bytes()? as u64;
                n_bytes_left = n_bytes_left.checked_sub(n_bytes).ok_or("the file holds too little for it")?;
                Ok(stated)
            });
            compressed.push((v, sound));
        }
        let decode = |(v, stated): (usize, Result<Compressed, String>)| {
            source.ctx.check_cancelled()?;
            let bytes = stated.and_then(|stated| {
                let buffer = self.bytes(stated.buffer).unwrap_or_default();
                let rest = buffer.get(stated.byte_offset..);
                let bytes = rest.and_then(|rest| rest.get(..stated.byte_length));
                stated.decode(bytes.ok_or("it lies beyond its buffer")?)
            });
            Ok((v, bytes.map_err(|cause| format!("the compressed buffer view {v} cannot be read: {cause}"))))
        };
        compressed.into_par_iter().map(decode).collect()
    }

    /// Of all buffers together.
    pub(super) fn n_bytes(&self) -> u64 {
        (0..self.buffers.len()).map(|i| self.bytes(i).unwrap_or_default().len() as u64).sum()
    }

    /// The compressed views that do not decode and whose plain data is there.
    pub(super) fn repaired(&self, root: &Root) -> impl Iterator<Item = ReadWarning> {
        let mut failed: Vec<_> = self.decompressed.iter().filter(|(_, bytes)| bytes.is_err()).collect();
        failed.sort_unstable_by_key(|(view, _)| **view);
        failed.into_iter().filter_map(|(&view, bytes)| {
            let cause = bytes.as_ref().err()?;
            let has_plain = self.bytes(root.buffer_views.get(view)?.buffer.value()).is_some();
            let text = format!("{cause}; the plain data beside it was read instead");
            has_plain.then_some(ReadWarning::Repaired(text))
        })
    }

    /// The part of its buffer that a view covers. A view that reaches beyond its buffer ends with
    /// it: exporters forget the padding, and accessors are checked on their own.
    ///
    /// # Errors
    /// A view whose buffer does not exist or has no bytes, or that begins beyond it.
    pub(super) fn view<'b>(
        &'b self,
        root: &'b Root,
        view: usize,
    ) -> Result<(&'b [u8], &'b buffer::View), String> {
        let stated =
            root.buffer_views.get(view).ok_or_else(|| format!("buffer view {view} does not exist"))?;
        let decompressed = self.decompressed.get(&view);
        if let Some(Ok(decompressed)) = decompressed {
            return Ok((decompressed.bytes(), stated));
        }
        let buffer = stated.buffer.value();
        let bytes = self.bytes(buffer).ok_or_else(|| match decompressed {
            Some(Err(cause)) => cause.clone(),
            _ => format!("buffer {buffer} has no bytes"),
        })?;
        let start = usize::try_from(stated.byte_offset.unwrap_or_default().0).unwrap_or(usize::MAX);
        let length = usize::try_from(stated.byte_length.0).unwrap_or(usize::MAX);
        let rest = bytes.get(start..).ok_or_else(|| format!("buffer view {view} lies beyond its buffer"))?;
        Ok((rest.get(..length).unwrap_or(rest), stated))
    }

    fn bytes(&self, buffer: usize) -> Option<&[u8]> {
        match self.buffers.get(buffer)? {
            BufferBytes::Chunk(bytes) => Some(bytes),
            BufferBytes::Decoded(bytes) => Some(bytes),
            BufferBytes::File(bytes) => Some(bytes),
            BufferBytes::Absent => None,
        }
    }
}

/// Whether a buffer only stands in for readers that do not decompress.
fn is_fallback(buffer: &buffer::Buffer) -> bool {
    let others = buffer.extensions.as_ref().map(|e| &e.others);
    let stated = |name: &&str| others?.get(*name)?.get("fallback")?.as_bool();
    meshopt::EXTENSIONS.iter().any(|name| stated(name) == Some(true))
}

fn compression(view: &buffer::View) -> Option<Result<Compressed, String>> {
    let others = &view.extensions.as_ref()?.others;
    let stated = meshopt::EXTENSIONS.iter().find_map(|name| others.get(*name))?;
    Some(serde::Deserialize::deserialize(stated).map_err(|error| error.to_string()))
}
