//! The newest picture of a job, in three sizes.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use flamenco::wire::LastRendered;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::blocking;
use crate::farm::Farm;
use crate::job_files::JobFiles;

/// Largest first, as the protocol lists them.
const SIZES: [(&str, u32, u32); 3] = [
    ("last-rendered.jpg", 1920, 1080),
    ("last-rendered-small.jpg", 600, 338),
    ("last-rendered-tiny.jpg", 200, 112),
];
const JPEG_QUALITY: u8 = 85;

/// A 25 MiB file may claim to be any size.
const MAX_SIDE_PX: u32 = 16_384;
const MAX_DECODED_BYTES: u64 = 1 << 30;

#[derive(Debug, thiserror::Error)]
enum PreviewError {
    #[error("the preview cannot be read: {0}")]
    Image(#[from] image::ImageError),
    #[error("the preview cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

/// `None` for what is not taken.
pub(crate) fn format_of(content_type: &str) -> Option<ImageFormat> {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/png" => Some(ImageFormat::Png),
        _ => None,
    }
}

/// Where the job's previews are served; `None` while there are none.
pub(crate) fn info(files: &JobFiles, job_uuid: &str) -> Option<LastRendered> {
    let folder = files.job_folder(job_uuid);
    SIZES.iter().all(|(name, ..)| folder.join(name).is_file()).then(|| LastRendered {
        base: format!("/job-files/{}", JobFiles::job_path(job_uuid)),
        suffixes: SIZES.map(|(name, ..)| name.to_owned()).into(),
    })
}

/// The job that a picture came from last.
pub(crate) fn latest_job(db: &Connection) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT j.uuid FROM last_rendered l JOIN jobs j ON j.id = l.job_id", [], |row| row.get(0))
        .optional()
}

/// Makes `bytes` the job's newest picture. A bad picture is logged: its sender is long gone on.
pub(crate) async fn update(farm: &Arc<Farm>, job_uuid: String, bytes: Bytes, format: ImageFormat) {
    let folder = farm.files.job_folder(&job_uuid);
    let scaled = blocking(move || scale(&bytes, format, &folder)).await;
    if let Err(error) = scaled {
        tracing::warn!("job {job_uuid}: {error}");
        return;
    }
    let noted = farm.turn(move |turn| {
        turn.db.execute(
            "INSERT OR REPLACE INTO last_rendered (only_row, job_id) SELECT 0, id FROM jobs WHERE uuid = ?",
            params![job_uuid],
        )?;
        Ok(())
    });
    if let Err(refusal) = noted.await {
        tracing::warn!("the latest preview is not noted: {}", refusal.message);
    }
}

fn scale(bytes: &[u8], format: ImageFormat, folder: &Path) -> Result<(), PreviewError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let mut picture = DynamicImage::ImageRgb8(reader.decode()?.to_rgb8());
    std::fs::create_dir_all(folder)?;
    for (name, width, height) in SIZES {
        if picture.width() > width || picture.height() > height {
            picture = picture.resize(width, height, FilterType::CatmullRom);
        }
        let mut jpeg = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY))?;
        let temporary = folder.join(format!(".{name}.tmp"));
        std::fs::write(&temporary, jpeg)?;
        std::fs::rename(temporary, folder.join(name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_sizes_that_fit_and_keep_their_shape() {
        let folder = tempfile::tempdir().unwrap();
        let mut png = Vec::new();
        DynamicImage::new_rgba8(3000, 1000).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        scale(&png, ImageFormat::Png, folder.path()).unwrap();
        for (name, size) in [
            ("last-rendered.jpg", (1920, 640)),
            ("last-rendered-small.jpg", (600, 200)),
            ("last-rendered-tiny.jpg", (200, 67)),
        ] {
            assert_eq!(image::image_dimensions(folder.path().join(name)).unwrap(), size, "{name}");
        }
        assert!(scale(&png[..100], ImageFormat::Png, folder.path()).is_err());
        assert!(scale(b"", ImageFormat::Jpeg, folder.path()).is_err());
    }
}
