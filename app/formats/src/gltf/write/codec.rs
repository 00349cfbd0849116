//! meshoptimizer's codecs (EXT_meshopt_compression, KHR_meshopt_compression), used so that every
//! number comes back with the bits it had.

use crate::Compression;
use crate::precision::{Exponential, octahedral_codes};

/// Which of the two extensions.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Version {
    /// Known to readers since 2020; version 0 of the attribute codec.
    Ext,
    /// Its successor; version 1 of the attribute codec.
    Khr,
}

impl Version {
    pub(super) fn of(compression: Compression) -> Option<Self> {
        match compression {
            Compression::None => None,
            Compression::Smaller => Some(Self::Ext),
            Compression::Smallest => Some(Self::Khr),
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Ext => "EXT_meshopt_compression",
            Self::Khr => "KHR_meshopt_compression",
        }
    }

    /// Rows of 4, 8, 12, 16 or 64 bytes.
    fn encode<const N: usize>(self, rows: &[[u8; N]]) -> Option<Vec<u8>> {
        const LEVEL: i32 = 2;
        // In lists this short the older version may be the smaller one; the newer extension takes both.
        const SHORT: usize = 4096;
        let versions: &[i32] = match self {
            Self::Ext => &[0],
            Self::Khr if rows.len() < SHORT => &[0, 1],
            Self::Khr => &[1],
        };
        let rows = Some(rows).filter(|rows| !rows.is_empty())?;
        let encode = |&version| meshopt::encode_vertex_buffer_level(rows, LEVEL, Some(version)).ok();
        versions.iter().filter_map(encode).min_by_key(Vec::len)
    }

    fn encode_rows(self, stride: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        match stride {
            4 => self.encode::<4>(bytes.as_chunks().0),
            8 => self.encode::<8>(bytes.as_chunks().0),
            12 => self.encode::<12>(bytes.as_chunks().0),
            16 => self.encode::<16>(bytes.as_chunks().0),
            64 => self.encode::<64>(bytes.as_chunks().0),
            _ => None,
        }
    }
}

/// What stands in a buffer view instead of its bytes.
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// The extension's words.
    pub(super) mode: &'static str,
    pub(super) filter: Option<&'static str>,
    /// Of the decoded elements, in bytes.
    pub(super) stride: usize,
    pub(super) count: usize,
}

impl Encoded {
    /// Rows of whatever kind, `stride` bytes each.
    pub(super) fn rows(bytes: &[u8], stride: usize, version: Version) -> Option<Self> {
        let encoded = version.encode_rows(stride, bytes)?;
        Some(Self { bytes: encoded, mode: "ATTRIBUTES", filter: None, stride, count: bytes.len() / stride })
    }

    /// Where all numbers lie on one grid that is a power of two wide, as those numbers, which are small.
    pub(super) fn floats<const N: usize>(values: &[[f32; N]], version: Version) -> Option<Self> {
        let stride = size_of::<[f32; N]>();
        let flat = values.as_flattened();
        let bytes =
            |words: &mut dyn Iterator<Item = u32>| -> Vec<u8> { words.flat_map(u32::to_le_bytes).collect() };
        let Some(grid) = Exponential::of(flat) else {
            return Self::rows(&bytes(&mut flat.iter().map(|v| v.to_bits())), stride, version);
        };
        let words = bytes(&mut flat.iter().map(|&v| grid.word(v)));
        Some(Self { filter: Some("EXPONENTIAL"), ..Self::rows(&words, stride, version)? })
    }

    /// Unit vectors in bytes, where that is exactly what they are; the fourth number is 1, -1 or 0.
    pub(super) fn unit_vectors(vectors: &[[f32; 4]], version: Version) -> Option<Self> {
        let codes = octahedral_codes(vectors)?;
        let bytes: Vec<u8> = codes.as_flattened().iter().map(|&v| v as u8).collect();
        Some(Self { filter: Some("OCTAHEDRAL"), ..Self::rows(&bytes, 4, version)? })
    }

    /// May begin a triangle at another of its corners.
    pub(super) fn triangles(indices: &[u32], stride: usize) -> Option<Self> {
        let n_vertices = indices.iter().max()?;
        let bytes = meshopt::encode_index_buffer(indices, *n_vertices as usize + 1).ok()?;
        Some(Self { bytes, mode: "TRIANGLES", filter: None, stride, count: indices.len() })
    }

    pub(super) fn indices(indices: &[u32], stride: usize) -> Option<Self> {
        let n_vertices = indices.iter().max()?;
        let bytes = meshopt::encode_index_sequence(indices, *n_vertices as usize + 1).ok()?;
        Some(Self { bytes, mode: "INDICES", filter: None, stride, count: indices.len() })
    }
}
