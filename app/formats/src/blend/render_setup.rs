//! What a scene says about being rendered: frames, speed, format, camera.

use super::file::File;
use super::objects::current_scene;
use super::record::Record;
use super::unpack;
use crate::{ReadFault, RenderSetup};
use work::WorkCtx;

/// `R_IMF_FLAG_PREVIEW_JPG`.
const WRITES_JPEG_TOO: i64 = 1 << 1;
/// `R_IMF_JP2_CODEC_J2K`.
const JPEG2000_AS_J2K: i64 = 1;

/// Blender's number of a format, its word in Python, and how its files end.
const FORMATS: &[(i64, &str, &str)] = &[
    (0, "TARGA", ".tga"),
    (1, "IRIS", ".rgb"),
    (4, "JPEG", ".jpg"),
    (7, "IRIS", ".rgb"),
    (14, "TARGA_RAW", ".tga"),
    (15, "AVI_RAW", ".avi"),
    (16, "AVI_JPEG", ".avi"),
    (17, "PNG", ".png"),
    (20, "BMP", ".bmp"),
    (21, "HDR", ".hdr"),
    (22, "TIFF", ".tif"),
    (23, "OPEN_EXR", ".exr"),
    (24, "FFMPEG", ".mp4"),
    (26, "CINEON", ".cin"),
    (27, "DPX", ".dpx"),
    (28, "OPEN_EXR_MULTILAYER", ".exr"),
    (30, "JPEG2000", ".jp2"),
    (35, "WEBP", ".webp"),
];

pub(crate) fn read(bytes: &[u8], ctx: &WorkCtx) -> Result<RenderSetup, ReadFault> {
    let bytes = unpack::unpack(bytes)?;
    let file = File::open(&bytes, ctx)?;
    let damaged = |cause: &str| ReadFault::Damaged { format: super::FORMAT_NAME, cause: cause.into() };
    let scene = current_scene(&file).ok_or_else(|| damaged("it holds no scene"))?;
    let render = scene.inner("r").ok_or_else(|| damaged("its scene says nothing about rendering"))?;
    let int = |name: &str| render.int(name).and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
    let speed = f64::from(int("frs_sec")) / f64::from(render.float("frs_sec_base").unwrap_or(1.0));
    let percent = int("size").clamp(1, 100);
    let side = |name: &str| (i64::from(int(name)).max(0) * i64::from(percent) / 100) as u32;
    let (format, extension, has_jpeg_previews) = format_of(&render);
    Ok(RenderSetup {
        scene: scene.name(),
        scenes: file.all(b"SC").map(|scene| scene.name()).collect(),
        first_frame: int("sfra"),
        last_frame: int("efra"),
        fps: if speed.is_finite() && speed > 0.0 { speed } else { 24.0 },
        format,
        extension,
        has_jpeg_previews,
        size_px: [side("xsch"), side("ysch")],
        engine: render.text("engine"),
        output: render.text("pic"),
        has_camera: scene.address("camera") != 0,
        version: file.version_text(),
    })
}

fn format_of(render: &Record<'_>) -> (String, String, bool) {
    let settings = render.inner("im_format");
    // Before 2.60 the scene itself held it.
    let number = settings.and_then(|it| it.int("imtype")).or_else(|| render.int("imtype"));
    let found = FORMATS.iter().find(|(of, ..)| Some(*of) == number);
    let (_, word, mut extension) = found.copied().unwrap_or((17, "PNG", ".png"));
    let codec = settings.and_then(|it| it.int("jp2_codec"));
    if word == "JPEG2000" && codec == Some(JPEG2000_AS_J2K) {
        extension = ".j2c";
    }
    let flags = settings.and_then(|it| it.int("flag")).unwrap_or(0);
    (word.to_owned(), extension.to_owned(), flags & WRITES_JPEG_TOO != 0)
}
