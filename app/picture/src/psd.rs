//! The merged picture of a Photoshop document (Adobe Photoshop File Formats Specification): what
//! "Maximize Compatibility" stores after the layers.

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

use crate::{DecodeOptions, PictureError, PictureInfo};

const NAME: &str = "Photoshop";

struct Header {
    /// PSB: lengths of layers take eight bytes, those of rows four.
    is_large: bool,
    n_channels: usize,
    width: u32,
    height: u32,
    n_bits: u16,
    mode: u16,
}

pub(crate) fn probe(bytes: &[u8]) -> Result<PictureInfo, PictureError> {
    let header = header(&mut Bytes(bytes)).ok_or_else(|| PictureError::cut_short(NAME))?;
    let n_channels = header.n_channels.min(255) as u8;
    let encoding = format!("{NAME}, {} bits", header.n_bits);
    Ok(PictureInfo { width: header.width, height: header.height, n_channels, encoding })
}

pub(crate) fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<DynamicImage, PictureError> {
    let cut_short = || PictureError::cut_short(NAME);
    let mut bytes = Bytes(bytes);
    let header = header(&mut bytes).ok_or_else(cut_short)?;
    options.check(header.width, header.height, 4)?;
    let n_colors = match (header.mode, header.n_bits) {
        (1, 8 | 16) => 1,
        (3, 8 | 16) => 3,
        (mode, n_bits) => {
            let mode = ["bitmap", "grey", "indexed", "RGB", "CMYK"].get(mode as usize).unwrap_or(&"special");
            return Err(PictureError::NotDecoded(format!("a Photoshop document in {mode}, {n_bits} bits")));
        }
    };
    let has_alpha = skip_to_picture(&mut bytes, header.is_large).ok_or_else(cut_short)?;
    let n_wanted = if has_alpha && n_colors == 3 && header.n_channels > 3 { 4 } else { n_colors };
    if header.n_channels < n_wanted {
        return Err(cut_short());
    }
    let planes = planes(&mut bytes, &header, n_wanted).ok_or_else(cut_short)?;
    let pixels: Vec<u8> = match planes.as_slice() {
        [r, g, b, a] => {
            r.iter().zip(g).zip(b.iter().zip(a)).flat_map(|((r, g), (b, a))| [*r, *g, *b, *a]).collect()
        }
        [r, g, b] => r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [*r, *g, *b]).collect(),
        _ => planes.into_iter().next().unwrap_or_default(),
    };
    let (width, height) = (header.width, header.height);
    let picture = match n_wanted {
        4 => RgbaImage::from_raw(width, height, pixels).map(DynamicImage::from),
        3 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
        _ => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
    };
    picture.ok_or_else(cut_short)
}

fn header(bytes: &mut Bytes<'_>) -> Option<Header> {
    bytes.take(4)?;
    let version = bytes.u16()?;
    bytes.take(6)?;
    let (n_channels, height, width) = (bytes.u16()?, bytes.u32()?, bytes.u32()?);
    let (n_bits, mode) = (bytes.u16()?, bytes.u16()?);
    Some(Header { is_large: version == 2, n_channels: n_channels.into(), width, height, n_bits, mode })
}

/// Past palette, resources and layers. Says whether the picture's first extra channel is its alpha:
/// then the count of layers is stored negative.
fn skip_to_picture(bytes: &mut Bytes<'_>, is_large: bool) -> Option<bool> {
    for _ in 0..2 {
        let len = bytes.u32()? as usize;
        bytes.take(len)?;
    }
    let len = bytes.length(is_large)?;
    let mut layers = Bytes(bytes.take(len)?);
    let n_layers = layers.length(is_large).and_then(|_| layers.u16());
    Some(n_layers.is_some_and(|n| (n as i16) < 0))
}

/// One byte a pixel for each of the first `n_wanted` channels.
fn planes(bytes: &mut Bytes<'_>, header: &Header, n_wanted: usize) -> Option<Vec<Vec<u8>>> {
    let is_packed = match bytes.u16()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let step = usize::from(header.n_bits / 8);
    let row_len = header.width as usize * step;
    let n_rows = header.height as usize;
    let mut lengths = Bytes(if is_packed {
        bytes.take((n_rows * header.n_channels).checked_mul(if header.is_large { 4 } else { 2 })?)?
    } else {
        &[]
    });
    let mut row = Vec::with_capacity(if is_packed { row_len } else { 0 });
    let mut plane = || {
        let mut plane = Vec::new();
        for _ in 0..n_rows {
            if is_packed {
                let len = if header.is_large { lengths.u32()? as usize } else { lengths.u16()?.into() };
                unpack(bytes.take(len)?, row_len, &mut row);
                // Of 16 bits the upper eight.
                plane.extend(row.iter().step_by(step));
            } else {
                plane.extend(bytes.take(row_len)?.iter().step_by(step));
            }
        }
        Some(plane)
    };
    (0..n_wanted).map(|_| plane()).collect()
}

/// PackBits; a row that ends early is filled with black.
fn unpack(mut packed: &[u8], row_len: usize, row: &mut Vec<u8>) {
    row.clear();
    while let [count, rest @ ..] = packed {
        match (*count, rest) {
            (0..=127, _) => {
                let (literal, after) = rest.split_at(rest.len().min(usize::from(*count) + 1));
                row.extend_from_slice(literal);
                packed = after;
            }
            (129.., [value, after @ ..]) => {
                row.resize(row.len() + 257 - usize::from(*count), *value);
                packed = after;
            }
            _ => packed = rest,
        }
        if row.len() >= row_len {
            break;
        }
    }
    row.resize(row_len, 0);
}

/// What is left of the file; numbers are big-endian.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn length(&mut self, is_large: bool) -> Option<usize> {
        let upper = if is_large { u64::from(self.u32()?) } else { 0 };
        usize::try_from(upper << 32 | u64::from(self.u32()?)).ok()
    }
}
