use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb32FImage, RgbaImage};
use work::guarded;

use crate::{DecodeOptions, PictureError, dds, ktx, pixels, psd, raster, sniff};

/// The picture as 8-bit RGBA with straight alpha, rows from the top. `mime_type`, the stated one,
/// counts where the first bytes tell nothing (Targa); it may be empty.
///
/// Grey becomes R = G = B; two channels are a normal's X and Y, whose Z is added; wider
/// numbers are rounded.
///
/// # Errors
/// An encoding that is unknown or not decoded, a size beyond `options` (told from the header,
/// before pixels are allocated), damaged data.
pub fn decode(bytes: &[u8], mime_type: &str, options: &DecodeOptions) -> Result<RgbaImage, PictureError> {
    decode_as_stored(bytes, mime_type, options).map(|picture| pixels::to_rgba8(picture, options.codes))
}

/// The picture as linear light, where 1 is white; alpha is left out. Encodings of whole numbers are
/// taken as sRGB; floating-point light comes as it is stored, which may be negative, infinite or no
/// number.
///
/// # Errors
/// As [`decode`].
pub fn decode_light(
    bytes: &[u8],
    mime_type: &str,
    options: &DecodeOptions,
) -> Result<Rgb32FImage, PictureError> {
    // Three floats a pixel, whatever the file holds.
    let options = DecodeOptions { max_bytes: options.max_bytes / 3, ..*options };
    match decode_as_stored(bytes, mime_type, &options)? {
        DynamicImage::ImageRgb32F(light) => Ok(light),
        light @ DynamicImage::ImageRgba32F(_) => Ok(light.into_rgb32f()),
        codes => {
            let mut light = codes.into_rgb32f();
            for code in light.iter_mut() {
                let c = *code;
                *code = if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
            }
            Ok(light)
        }
    }
}

/// The same picture as PNG bytes, for formats that take nothing else. Grey, missing alpha and 16
/// bits are kept.
///
/// # Errors
/// As [`decode`].
pub fn to_png(bytes: &[u8], mime_type: &str, options: &DecodeOptions) -> Result<Vec<u8>, PictureError> {
    let picture = match decode_as_stored(bytes, mime_type, options)? {
        picture @ (DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)) => {
            pixels::to_rgba8(picture, options.codes).into()
        }
        picture => picture,
    };
    let picture = match picture {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|p| p.0[3] == 255) => {
            DynamicImage::ImageRgba8(rgba).into_rgb8().into()
        }
        picture => picture,
    };
    let mut png = Vec::new();
    let written = picture.write_to(&mut Cursor::new(&mut png), ImageFormat::Png);
    written.map_err(|error| PictureError::damaged("PNG", error))?;
    Ok(png)
}

fn decode_as_stored(
    bytes: &[u8],
    mime_type: &str,
    options: &DecodeOptions,
) -> Result<DynamicImage, PictureError> {
    let encoding = Encoding::of(bytes, mime_type)?;
    let decode = || match encoding {
        Encoding::Raster(format) => raster::decode(bytes, format, options),
        Encoding::Ktx2 => ktx::decode(bytes, options).map(Into::into),
        Encoding::Dds => dds::decode(bytes, options).map(Into::into),
        Encoding::Psd => psd::decode(bytes, options),
    };
    // A fuzzer has to see the panics that nobody else may.
    if cfg!(fuzzing) {
        return decode();
    }
    guarded(decode).map_err(|cause| PictureError::damaged(encoding.name(), cause))?
}

/// Who decodes a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// The crate `image`.
    Raster(ImageFormat),
    Ktx2,
    Dds,
    Psd,
}

impl Encoding {
    pub(crate) fn of(bytes: &[u8], mime_type: &str) -> Result<Self, PictureError> {
        let sniffed = sniff(bytes);
        let mime_type = if sniffed.is_empty() { mime_type } else { sniffed };
        Ok(match mime_type {
            "image/png" => Self::Raster(ImageFormat::Png),
            "image/jpeg" | "image/jpg" => Self::Raster(ImageFormat::Jpeg),
            "image/webp" => Self::Raster(ImageFormat::WebP),
            "image/bmp" => Self::Raster(ImageFormat::Bmp),
            "image/gif" => Self::Raster(ImageFormat::Gif),
            "image/tiff" => Self::Raster(ImageFormat::Tiff),
            "image/x-tga" | "image/x-targa" | "image/tga" => Self::Raster(ImageFormat::Tga),
            "image/vnd.radiance" => Self::Raster(ImageFormat::Hdr),
            "image/x-exr" => Self::Raster(ImageFormat::OpenExr),
            "image/ktx2" => Self::Ktx2,
            "image/vnd-ms.dds" => Self::Dds,
            "image/vnd.adobe.photoshop" => Self::Psd,
            "image/ktx" | "image/avif" => {
                let name = crate::unshown_encoding(mime_type).unwrap_or_default();
                return Err(PictureError::NotDecoded(name.into()));
            }
            _ => return Err(PictureError::UnknownEncoding),
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raster(format) => raster::name(format),
            Self::Ktx2 => "KTX2",
            Self::Dds => "DDS",
            Self::Psd => "Photoshop",
        }
    }
}
