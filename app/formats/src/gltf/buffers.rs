use gltf::json::{Root, buffer};

use super::container::damaged;
use crate::ReadFault;
use crate::dependency::DependencyKind;
use crate::file_bytes::FileBytes;
use crate::neighbors::Reference;
use crate::source::Source;

/// The bytes behind a document's buffer views.
pub(super) struct Buffers<'a> {
    buffers: Vec<BufferBytes<'a>>,
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
                Reference::Needed(needed) => BufferBytes::File(needed.open()?),
            });
        }
        Ok(Self { buffers })
    }

    /// Of all buffers together.
    pub(super) fn n_bytes(&self) -> u64 {
        (0..self.buffers.len()).map(|i| self.bytes(i).unwrap_or_default().len() as u64).sum()
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
        let buffer = stated.buffer.value();
        let bytes = self.bytes(buffer).ok_or_else(|| format!("buffer {buffer} has no bytes"))?;
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
