//! EXT_meshopt_compression and KHR_meshopt_compression: one compressed buffer view after another.

use meshopt::ffi;
use serde::Deserialize;

/// Both names of the extension, the newer one first.
pub(super) const EXTENSIONS: [&str; 2] = ["KHR_meshopt_compression", "EXT_meshopt_compression"];

/// What the extension of a buffer view states.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compressed {
    pub(super) buffer: usize,
    #[serde(default)]
    pub(super) byte_offset: usize,
    pub(super) byte_length: usize,
    byte_stride: usize,
    count: usize,
    mode: Mode,
    #[serde(default)]
    filter: Filter,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum Mode {
    Attributes,
    Triangles,
    Indices,
}

/// What turns the decoded integers into values.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Filter {
    #[default]
    None,
    Octahedral,
    Quaternion,
    Exponential,
    Color,
}

/// Decoded bytes, aligned for every component type.
pub(super) struct Decompressed {
    words: Vec<u64>,
    n_bytes: usize,
}

/// A block of 256 vertices spends at least one byte on four of their bytes.
const MAX_ATTRIBUTE_GROWTH: usize = 1024;

impl Compressed {
    /// Bytes of the decoded view.
    ///
    /// # Errors
    /// A stride or count that the mode does not allow, or that the compressed bytes cannot hold.
    pub(super) fn n_bytes(&self) -> Result<usize, String> {
        let fits_mode = match self.mode {
            Mode::Attributes => self.byte_stride.is_multiple_of(4) && (4..=256).contains(&self.byte_stride),
            Mode::Triangles => self.count.is_multiple_of(3) && matches!(self.byte_stride, 2 | 4),
            Mode::Indices => matches!(self.byte_stride, 2 | 4),
        };
        let fits_filter = match self.filter {
            Filter::None => true,
            Filter::Octahedral | Filter::Color => matches!(self.byte_stride, 4 | 8),
            Filter::Quaternion => self.byte_stride == 8,
            Filter::Exponential => self.byte_stride.is_multiple_of(4),
        };
        let is_filtered = !matches!(self.filter, Filter::None);
        if !fits_mode || !fits_filter || is_filtered && self.mode != Mode::Attributes {
            return Err("its stride does not fit its kind".into());
        }
        let n_bytes = self.count.checked_mul(self.byte_stride).filter(|n| isize::try_from(*n).is_ok());
        let n_bytes = n_bytes.ok_or("it states more data than there can be")?;
        let is_plausible = match self.mode {
            Mode::Attributes => n_bytes / MAX_ATTRIBUTE_GROWTH <= self.byte_length,
            // A byte a triangle at least, or a byte an index.
            Mode::Triangles => self.count / 3 <= self.byte_length,
            Mode::Indices => self.count <= self.byte_length,
        };
        if is_plausible { Ok(n_bytes) } else { Err("it states more data than its bytes can hold".into()) }
    }

    /// # Errors
    /// As [`Compressed::n_bytes`], and bytes that do not decode.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<Decompressed, String> {
        let n_bytes = self.n_bytes()?;
        let mut words = vec![0u64; n_bytes.div_ceil(8)];
        if self.count > 0 && !self.decode_into(bytes, &mut words) {
            return Err("its bytes do not decode".into());
        }
        Ok(Decompressed { words, n_bytes })
    }

    /// Expects `words` to hold `count` elements of `byte_stride` bytes, checked by `n_bytes`.
    #[expect(unsafe_code, reason = "the safe functions of meshopt know strides at compile time only")]
    fn decode_into(&self, bytes: &[u8], words: &mut [u64]) -> bool {
        let target = words.as_mut_ptr().cast();
        let (count, stride) = (self.count, self.byte_stride);
        // SAFETY: `target` is writable for count × stride bytes and aligned to 8; the decoders stay
        // within `bytes` whatever they hold, and `n_bytes` allowed only strides they take.
        let code = unsafe {
            match self.mode {
                Mode::Attributes => {
                    ffi::meshopt_decodeVertexBuffer(target, count, stride, bytes.as_ptr(), bytes.len())
                }
                Mode::Triangles => {
                    ffi::meshopt_decodeIndexBuffer(target, count, stride, bytes.as_ptr(), bytes.len())
                }
                Mode::Indices => {
                    ffi::meshopt_decodeIndexSequence(target, count, stride, bytes.as_ptr(), bytes.len())
                }
            }
        };
        if code != 0 {
            return false;
        }
        // SAFETY: as above; each filter works in place on the strides that `n_bytes` allows it.
        unsafe {
            match self.filter {
                Filter::None => {}
                Filter::Octahedral => ffi::meshopt_decodeFilterOct(target, count, stride),
                Filter::Quaternion => ffi::meshopt_decodeFilterQuat(target, count, stride),
                Filter::Exponential => ffi::meshopt_decodeFilterExp(target, count, stride),
                Filter::Color => ffi::meshopt_decodeFilterColor(target, count, stride),
            }
        }
        true
    }
}

impl Decompressed {
    #[expect(unsafe_code, reason = "bytes are what accessors read, words are what filters need")]
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the words are initialised, hold at least `n_bytes` bytes, and bytes need no alignment.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast(), self.n_bytes) }
    }
}
