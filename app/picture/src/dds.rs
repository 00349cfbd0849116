//! DirectDraw Surface: blocks through `image_dds`, pixels described by bit masks through our own.

use image::RgbaImage;
use image_dds::dds_image_format;
use image_dds::ddsfile::{Dds, PixelFormatFlags};

use crate::options::Level;
use crate::pixels::Layout;
use crate::{DecodeOptions, PictureError, PictureInfo};

const NAME: &str = "DDS";
/// Signature and header, and the header that follows where the first names `DX10`.
const HEADER_LEN: usize = 4 + 124;
const HEADER10_LEN: usize = 20;
/// Where the pixel format's flags stand.
const PIXEL_FORMAT_WORD: usize = 20;

pub(crate) fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<RgbaImage, PictureError> {
    let Opened { dds, content, data } = open(bytes)?;
    let (width, height) = (dds.get_width(), dds.get_height().max(1));
    // A volume's slices lie between its levels.
    let n_levels = if dds.get_depth() > 1 { 1 } else { dds.get_num_mipmap_levels() };
    let level = options.level(width, height, n_levels);
    options.check(level.width, level.height, 4)?;
    let skipped: u64 =
        (0..level.number).map(|l| content.n_bytes((width >> l).max(1), (height >> l).max(1))).sum();
    let start = usize::try_from(skipped).unwrap_or(usize::MAX);
    let data = data.get(start..).ok_or_else(|| PictureError::cut_short(NAME))?;
    match content {
        Content::Layout(layout) => layout.decode(data, level.width, level.height, NAME, options.codes),
        Content::Masks(masks) => masks.decode(data, level),
    }
}

pub(crate) fn probe(bytes: &[u8]) -> Result<PictureInfo, PictureError> {
    let Opened { dds, content, .. } = open(bytes)?;
    let (n_channels, kind) = match content {
        Content::Layout(layout @ Layout::Blocks { format, .. }) => {
            (layout.n_channels(), format!("{format:?}"))
        }
        Content::Layout(layout) => (layout.n_channels(), "8 bits".into()),
        Content::Masks(masks) => {
            (masks.channels.iter().filter(|c| c.mask != 0).count() as u8, "uncompressed".into())
        }
    };
    let (width, height) = (dds.get_width(), dds.get_height().max(1));
    Ok(PictureInfo { width, height, n_channels, encoding: format!("{NAME}, {kind}") })
}

struct Opened<'a> {
    /// The header alone; its own copy of the data is empty.
    dds: Dds,
    content: Content,
    data: &'a [u8],
}

enum Content {
    Layout(Layout),
    Masks(Masks),
}

impl Content {
    fn n_bytes(&self, width: u32, height: u32) -> u64 {
        match self {
            Self::Layout(layout) => layout.n_bytes(width, height),
            Self::Masks(masks) => u64::from(width) * u64::from(height) * masks.n_bytes as u64,
        }
    }
}

fn open(bytes: &[u8]) -> Result<Opened<'_>, PictureError> {
    let header_len = match bytes.get(84..88) {
        Some(b"DX10") => HEADER_LEN + HEADER10_LEN,
        Some(_) => HEADER_LEN,
        None => return Err(PictureError::cut_short(NAME)),
    };
    let (header, data) = bytes.split_at_checked(header_len).ok_or_else(|| PictureError::cut_short(NAME))?;
    let dds = Dds::read(header).map_err(|error| PictureError::damaged(NAME, error))?;
    let content = if dds.header.spf.flags.contains(PixelFormatFlags::FOURCC) {
        let format = dds_image_format(&dds).map_err(|info| {
            let name = match (info.dxgi, info.fourcc) {
                (Some(dxgi), _) => format!("{dxgi:?}"),
                (None, Some(fourcc)) => String::from_utf8_lossy(&fourcc.0.to_le_bytes()).into_owned(),
                (None, None) => "unknown".into(),
            };
            PictureError::NotDecoded(format!("a DDS picture of type {name}"))
        })?;
        Content::Layout(Layout::Blocks { format, is_opaque: false })
    } else {
        Content::Masks(Masks::new(header)?)
    };
    Ok(Opened { dds, content, data })
}

/// Pixels of one to four bytes whose channels are named by bits.
struct Masks {
    n_bytes: usize,
    channels: [Channel; 4],
    is_grey: bool,
}

#[derive(Clone, Copy)]
struct Channel {
    mask: u32,
    shift: u32,
    largest: u32,
}

impl Masks {
    /// From the words of the header itself: what is read of them depends on the flags there.
    fn new(header: &[u8]) -> Result<Self, PictureError> {
        let unusual = || PictureError::NotDecoded("a DDS picture of an unusual type".into());
        let words: Vec<u32> =
            header.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect();
        let Some(&[flags, _, n_bits, r, g, b, a]) = words.get(PIXEL_FORMAT_WORD..PIXEL_FORMAT_WORD + 7)
        else {
            return Err(unusual());
        };
        let flags = PixelFormatFlags::from_bits_truncate(flags);
        let is_grey = flags.contains(PixelFormatFlags::LUMINANCE);
        let has_colors = is_grey || flags.contains(PixelFormatFlags::RGB);
        if !has_colors || !matches!(n_bits, 8 | 16 | 24 | 32) {
            return Err(unusual());
        }
        let a = if flags.contains(PixelFormatFlags::ALPHA_PIXELS) { a } else { 0 };
        let channels = [r, g, b, a].map(|mask| {
            let shift = mask.trailing_zeros().min(31);
            Channel { mask, shift, largest: mask >> shift }
        });
        Ok(Self { n_bytes: n_bits as usize / 8, channels, is_grey })
    }

    fn decode(&self, data: &[u8], level: Level) -> Result<RgbaImage, PictureError> {
        let n_pixels = level.width as usize * level.height as usize;
        let data = data.get(..n_pixels * self.n_bytes).ok_or_else(|| PictureError::cut_short(NAME))?;
        let mut pixels = Vec::with_capacity(n_pixels * 4);
        for stored in data.chunks_exact(self.n_bytes) {
            let bits = stored.iter().rev().fold(0, |bits, &byte| bits << 8 | u32::from(byte));
            let [r, g, b, a] = self.channels.map(|channel| channel.code(bits));
            let rgb = if self.is_grey { [r; 3] } else { [r, g, b] };
            pixels.extend(rgb.map(Option::unwrap_or_default));
            pixels.push(a.unwrap_or(255));
        }
        RgbaImage::from_raw(level.width, level.height, pixels).ok_or_else(|| PictureError::cut_short(NAME))
    }
}

impl Channel {
    fn code(self, bits: u32) -> Option<u8> {
        let value = u64::from((bits & self.mask) >> self.shift);
        let largest = u64::from(self.largest);
        (largest > 0).then(|| ((value * 255 + largest / 2) / largest) as u8)
    }
}
