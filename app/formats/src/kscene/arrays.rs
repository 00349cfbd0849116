use bytemuck::Pod;
use serde::{Deserialize, Serialize};

use super::container::ALIGNMENT;

/// One array of a chunk.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Span {
    /// From the end of the chunk's head, in bytes.
    at: u64,
    /// Elements.
    n: u64,
    /// Bytes of an array that meshoptimizer's vertex or index codec encoded; absent: little-endian
    /// elements as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoded: Option<u64>,
}

/// The arrays of a chunk as it is written.
pub(super) struct Arena {
    pub(super) bytes: Vec<u8>,
    is_encoded: bool,
}

impl Arena {
    pub(super) fn new(is_encoded: bool) -> Self {
        Self { bytes: Vec::new(), is_encoded }
    }

    /// For elements that are rows of floats or small numbers, 4 to 64 bytes long by fours.
    pub(super) fn add<T: Pod>(&mut self, values: &[T]) -> Span {
        let encoded = self.is_encoded && !values.is_empty() && size_of::<T>().is_multiple_of(4);
        let encoded = encoded.then(|| meshopt::encode_vertex_buffer(values).ok()).flatten();
        self.push(values, encoded)
    }

    /// For numbers of vertices or faces, in their order.
    pub(super) fn add_indices(&mut self, indices: &[u32]) -> Span {
        // The codec keeps differences in 31 bits.
        let n_values = indices.iter().max().map_or(0, |&max| max as usize + 1);
        let encoded = self.is_encoded && !indices.is_empty() && n_values < 1 << 28;
        let encoded = encoded.then(|| meshopt::encode_index_sequence(indices, n_values).ok()).flatten();
        self.push(indices, encoded)
    }

    fn push<T: Pod>(&mut self, values: &[T], encoded: Option<Vec<u8>>) -> Span {
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        let at = self.bytes.len() as u64;
        let plain: &[u8] = bytemuck::cast_slice(values);
        let encoded = encoded.filter(|encoded| encoded.len() < plain.len());
        self.bytes.extend_from_slice(encoded.as_deref().unwrap_or(plain));
        Span { at, n: values.len() as u64, encoded: encoded.map(|encoded| encoded.len() as u64) }
    }
}

/// The arrays of a chunk as it is read. `None` from its functions: the head contradicts the bytes.
#[derive(Clone, Copy)]
pub(super) struct Arrays<'a>(pub(super) &'a [u8]);

impl Arrays<'_> {
    pub(super) fn get<T: Pod + Default>(&self, span: Span) -> Option<Vec<T>> {
        match span.encoded {
            None => self.plain(span),
            Some(n_bytes) => {
                let (n, encoded) = self.encoded(span, n_bytes, size_of::<T>())?;
                meshopt::decode_vertex_buffer(encoded, n).ok()
            }
        }
    }

    pub(super) fn indices(&self, span: Span) -> Option<Vec<u32>> {
        match span.encoded {
            None => self.plain(span),
            Some(n_bytes) => {
                let (n, encoded) = self.encoded(span, n_bytes, size_of::<u32>())?;
                meshopt::decode_index_sequence(encoded, n).ok()
            }
        }
    }

    fn plain<T: Pod>(&self, span: Span) -> Option<Vec<T>> {
        let n_bytes = usize::try_from(span.n).ok()?.checked_mul(size_of::<T>())?;
        let start = usize::try_from(span.at).ok()?;
        let bytes = self.0.get(start..start.checked_add(n_bytes)?)?;
        Some(bytemuck::pod_collect_to_vec(bytes))
    }

    fn encoded(&self, span: Span, n_bytes: u64, n_bytes_each: usize) -> Option<(usize, &[u8])> {
        let start = usize::try_from(span.at).ok()?;
        let encoded = self.0.get(start..start.checked_add(usize::try_from(n_bytes).ok()?)?)?;
        let n = usize::try_from(span.n).ok()?;
        // The codec's blocks take at least one byte for each byte plane of 256 elements.
        let is_plausible = n / 256 <= encoded.len() && n_bytes_each.is_multiple_of(4);
        is_plausible.then_some((n, encoded))
    }
}
