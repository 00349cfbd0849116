//! What the crate `image` decodes.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::{DecodeOptions, PictureError, PictureInfo};

pub(crate) fn decode(
    bytes: &[u8],
    format: ImageFormat,
    options: &DecodeOptions,
) -> Result<DynamicImage, PictureError> {
    let decoder = open(bytes, format, options)?;
    let (width, height) = decoder.dimensions();
    options.check(width, height, u64::from(decoder.color_type().bytes_per_pixel()))?;
    DynamicImage::from_decoder(decoder).map_err(|error| refused(format, error))
}

pub(crate) fn probe(bytes: &[u8], format: ImageFormat) -> Result<PictureInfo, PictureError> {
    let decoder = open(bytes, format, &DecodeOptions::default())?;
    let (width, height) = decoder.dimensions();
    let n_channels = decoder.color_type().channel_count();
    let n_bits = u32::from(decoder.color_type().bytes_per_pixel()) * 8 / u32::from(n_channels.max(1));
    let encoding = if n_bits == 8 { name(format).into() } else { format!("{}, {n_bits} bits", name(format)) };
    Ok(PictureInfo { width, height, n_channels, encoding })
}

fn open<'a>(
    bytes: &'a [u8],
    format: ImageFormat,
    options: &DecodeOptions,
) -> Result<impl ImageDecoder + 'a, PictureError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(options.max_side_px);
    limits.max_image_height = Some(options.max_side_px);
    limits.max_alloc = Some(options.max_bytes);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    reader.into_decoder().map_err(|error| refused(format, error))
}

fn refused(format: ImageFormat, error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(kind) => {
            PictureError::NotDecoded(format!("a special {} picture ({kind})", name(format)))
        }
        ImageError::Limits(_) => PictureError::damaged(name(format), "its size is beyond the limits"),
        error => PictureError::damaged(name(format), error),
    }
}

pub(crate) fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Tga => "TGA",
        ImageFormat::Hdr => "Radiance HDR",
        ImageFormat::OpenExr => "OpenEXR",
        _ => "picture",
    }
}
