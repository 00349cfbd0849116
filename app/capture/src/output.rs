//! Whole files only: written beside their name, then renamed.

use std::io::Write;
use std::path::{Path, PathBuf};

use image::{DynamicImage, EncodableLayout, GrayImage, RgbImage, RgbaImage};

use crate::CaptureError;

/// A picture ready to be encoded.
pub(crate) enum Picture {
    Gray(GrayImage),
    Rgb(RgbImage),
}

impl Picture {
    /// Drops an alpha channel that is opaque all over.
    pub(crate) fn opaque(picture: RgbaImage) -> Self {
        Self::Rgb(DynamicImage::ImageRgba8(picture).into_rgb8())
    }
}

/// PNG bytes. Studio pictures are smooth: the fast compressor with adaptive filters comes within a
/// few percent of the best one.
pub(crate) fn png(picture: &Picture) -> Result<Vec<u8>, std::io::Error> {
    let (color, [width, height], pixels) = match picture {
        Picture::Gray(p) => (png::ColorType::Grayscale, [p.width(), p.height()], p.as_bytes()),
        Picture::Rgb(p) => (png::ColorType::Rgb, [p.width(), p.height()], p.as_bytes()),
    };
    let mut bytes = Vec::with_capacity(pixels.len() / 4);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}

/// Writes `name` in `folder` so that a reader sees all of it or nothing. Returns the path.
///
/// # Errors
/// [`CaptureError::Write`] with the path.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, CaptureError> {
    let path = folder.join(name);
    let partial = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written = write_new(&partial, bytes).and_then(|()| std::fs::rename(&partial, &path));
    written.map_err(|source| {
        // Nothing of a failed write is worth keeping, and its own failure says nothing new.
        let _ = std::fs::remove_file(&partial);
        CaptureError::Write { source, path: path.clone() }
    })?;
    Ok(path)
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::File::create(path)?.write_all(bytes)
}
