//! KTX 2.0 (Khronos KTX File Format 2.0): Basis Universal, blocks and plain pixels.

use std::borrow::Cow;
use std::io::Read;

use basisu::{DecodeFlags, SourceFormat, TargetFormat, Transcoder};
use image::RgbaImage;
use image_dds::ImageFormat;
use ktx2::{Format, Header, Reader, SupercompressionScheme};

use crate::options::Level;
use crate::pixels::Layout;
use crate::{DecodeOptions, PictureError, PictureInfo};

const NAME: &str = "KTX2";

pub(crate) fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<RgbaImage, PictureError> {
    let reader = open(bytes)?;
    let header = reader.header();
    let (width, height) = (header.pixel_width, header.pixel_height.max(1));
    let level = options.level(width, height, header.level_count);
    options.check(level.width, level.height, 4)?;
    match header.format.and_then(layout) {
        Some(layout) => plain(&reader, layout, level, options),
        None => basis(bytes, &header, level),
    }
}

pub(crate) fn probe(bytes: &[u8]) -> Result<PictureInfo, PictureError> {
    let header = open(bytes)?.header();
    let (width, height) = (header.pixel_width, header.pixel_height.max(1));
    let (n_channels, kind) = match header.format.and_then(layout) {
        Some(Layout::Blocks { format, is_opaque }) => {
            (Layout::Blocks { format, is_opaque }.n_channels(), format!("{format:?}"))
        }
        Some(layout) => (layout.n_channels(), "8 bits".into()),
        None => {
            let basis = Transcoder::new(bytes).map_err(|_| not_basis(&header))?;
            (if basis.has_alpha() { 4 } else { 3 }, format!("Basis {}", source_name(basis.source_format())))
        }
    };
    Ok(PictureInfo { width, height, n_channels, encoding: format!("{NAME}, {kind}") })
}

fn open(bytes: &[u8]) -> Result<Reader<&[u8]>, PictureError> {
    Reader::new(bytes).map_err(|error| PictureError::damaged(NAME, error))
}

/// Transcoding to RGBA is what a Basis picture is made for.
fn basis(bytes: &[u8], header: &Header, level: Level) -> Result<RgbaImage, PictureError> {
    let refused = |error| PictureError::damaged(NAME, format!("{error:?}"));
    let basis = Transcoder::new(bytes).map_err(|_| not_basis(header))?;
    if !basis.supports(TargetFormat::Rgba32) {
        let source = source_name(basis.source_format());
        return Err(PictureError::NotDecoded(format!("a KTX2 picture of type {source}")));
    }
    let pixels = basis.transcode(level.number, TargetFormat::Rgba32, DecodeFlags::NONE).map_err(refused)?;
    RgbaImage::from_raw(level.width, level.height, pixels).ok_or_else(|| PictureError::cut_short(NAME))
}

fn not_basis(header: &Header) -> PictureError {
    match header.format {
        Some(format) => PictureError::NotDecoded(format!("a KTX2 picture of type {format:?}")),
        None => PictureError::damaged(NAME, "its Basis data makes no sense"),
    }
}

fn source_name(source: SourceFormat) -> &'static str {
    match source {
        SourceFormat::Etc1s => "ETC1S",
        SourceFormat::UastcLdr => "UASTC",
        SourceFormat::AstcLdr(_) => "ASTC",
        SourceFormat::XuastcLdr(_) => "XUASTC",
        _ => "UASTC HDR",
    }
}

fn plain(
    reader: &Reader<&[u8]>,
    layout: Layout,
    level: Level,
    options: &DecodeOptions,
) -> Result<RgbaImage, PictureError> {
    let stored = reader.levels().nth(level.number as usize).ok_or_else(|| PictureError::cut_short(NAME))?;
    // Of an array, a cube or a volume the first image, which lies first.
    let n_bytes = layout.n_bytes(level.width, level.height);
    let data = match reader.header().supercompression_scheme {
        None => Cow::Borrowed(stored.data),
        Some(SupercompressionScheme::Zstandard) => {
            let decoder =
                ruzstd::decoding::StreamingDecoder::new_with_max_window_size(stored.data, options.max_bytes);
            inflate(decoder.map_err(|error| PictureError::damaged(NAME, error))?, n_bytes)?
        }
        Some(SupercompressionScheme::ZLIB) => inflate(flate2::read::ZlibDecoder::new(stored.data), n_bytes)?,
        Some(scheme) => {
            return Err(PictureError::NotDecoded(format!("a KTX2 picture packed with {scheme:?}")));
        }
    };
    let mut picture = layout.decode(&data, level.width, level.height, NAME, options.codes)?;
    for (key, value) in reader.key_value_data() {
        match (key, value) {
            ("KTXswizzle", [channels @ .., 0] | channels) if layout_is_swizzled(channels) => {
                swizzle(&mut picture, channels);
            }
            ("KTXorientation", [_, b'u', ..]) => image::imageops::flip_vertical_in_place(&mut picture),
            _ => {}
        }
    }
    Ok(picture)
}

fn inflate(packed: impl Read, n_bytes: u64) -> Result<Cow<'static, [u8]>, PictureError> {
    let mut data = Vec::new();
    packed.take(n_bytes).read_to_end(&mut data).map_err(|error| PictureError::damaged(NAME, error))?;
    Ok(Cow::Owned(data))
}

fn layout_is_swizzled(channels: &[u8]) -> bool {
    channels.len() == 4 && channels != b"rgba"
}

/// KTX 2.0 §5.8: what each channel shows, of `rgba01`.
fn swizzle(picture: &mut RgbaImage, channels: &[u8]) {
    for pixel in picture.pixels_mut() {
        let stored = pixel.0;
        for (value, channel) in pixel.0.iter_mut().zip(channels) {
            *value = match channel {
                b'r' => stored[0],
                b'g' => stored[1],
                b'b' => stored[2],
                b'a' => stored[3],
                b'0' => 0,
                _ => 255,
            };
        }
    }
}

fn layout(format: Format) -> Option<Layout> {
    use ImageFormat as F;
    let bytes = |n_channels, is_bgr| Some(Layout::Bytes { n_channels, is_bgr });
    let opaque = |format| Some(Layout::Blocks { format, is_opaque: true });
    let blocks = match format {
        Format::R8_UNORM | Format::R8_SRGB => return bytes(1, false),
        Format::R8G8_UNORM | Format::R8G8_SRGB => return bytes(2, false),
        Format::R8G8B8_UNORM | Format::R8G8B8_SRGB => return bytes(3, false),
        Format::B8G8R8_UNORM | Format::B8G8R8_SRGB => return bytes(3, true),
        Format::R8G8B8A8_UNORM | Format::R8G8B8A8_SRGB => return bytes(4, false),
        Format::B8G8R8A8_UNORM | Format::B8G8R8A8_SRGB => return bytes(4, true),
        Format::BC1_RGB_UNORM_BLOCK | Format::BC1_RGB_SRGB_BLOCK => return opaque(F::BC1RgbaUnorm),
        Format::R16_UNORM => F::R16Unorm,
        Format::R16G16_UNORM => F::Rg16Unorm,
        Format::R16G16B16A16_UNORM => F::Rgba16Unorm,
        Format::R16_SFLOAT => F::R16Float,
        Format::R16G16_SFLOAT => F::Rg16Float,
        Format::R16G16B16A16_SFLOAT => F::Rgba16Float,
        Format::R32_SFLOAT => F::R32Float,
        Format::R32G32_SFLOAT => F::Rg32Float,
        Format::R32G32B32_SFLOAT => F::Rgb32Float,
        Format::R32G32B32A32_SFLOAT => F::Rgba32Float,
        Format::BC1_RGBA_UNORM_BLOCK | Format::BC1_RGBA_SRGB_BLOCK => F::BC1RgbaUnorm,
        Format::BC2_UNORM_BLOCK | Format::BC2_SRGB_BLOCK => F::BC2RgbaUnorm,
        Format::BC3_UNORM_BLOCK | Format::BC3_SRGB_BLOCK => F::BC3RgbaUnorm,
        Format::BC4_UNORM_BLOCK => F::BC4RUnorm,
        Format::BC4_SNORM_BLOCK => F::BC4RSnorm,
        Format::BC5_UNORM_BLOCK => F::BC5RgUnorm,
        Format::BC5_SNORM_BLOCK => F::BC5RgSnorm,
        Format::BC6H_UFLOAT_BLOCK => F::BC6hRgbUfloat,
        Format::BC6H_SFLOAT_BLOCK => F::BC6hRgbSfloat,
        Format::BC7_UNORM_BLOCK | Format::BC7_SRGB_BLOCK => F::BC7RgbaUnorm,
        _ => return None,
    };
    Some(Layout::Blocks { format: blocks, is_opaque: false })
}
