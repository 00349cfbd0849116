use std::path::Path;

/// The media type of a picture by its first bytes; empty when unknown.
pub fn sniff(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [0xAB, b'K', b'T', b'X', b' ', b'2', b'0', ..] => "image/ktx2",
        [0xAB, b'K', b'T', b'X', b' ', b'1', b'1', ..] => "image/ktx",
        [b'D', b'D', b'S', b' ', ..] => "image/vnd-ms.dds",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'B', b'M', ..] => "image/bmp",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "image/tiff",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => "image/avif",
        [b'8', b'B', b'P', b'S', ..] => "image/vnd.adobe.photoshop",
        [0x76, 0x2F, 0x31, 0x01, ..] => "image/x-exr",
        [b'#', b'?', b'R', b'A', ..] => "image/vnd.radiance",
        _ => "",
    }
}

/// The media type of a picture by its file name; empty when unknown.
pub fn type_of(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" | "jpe" | "jfif" => "image/jpeg",
        "webp" => "image/webp",
        "ktx2" => "image/ktx2",
        "ktx" => "image/ktx",
        "dds" => "image/vnd-ms.dds",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "tga" => "image/x-tga",
        "avif" => "image/avif",
        "psd" => "image/vnd.adobe.photoshop",
        "exr" => "image/x-exr",
        "hdr" => "image/vnd.radiance",
        _ => "",
    }
}

/// What to call an encoding that no part of the house decodes; `None` for all others.
pub fn unshown_encoding(mime_type: &str) -> Option<&'static str> {
    match mime_type {
        "image/ktx" => Some("a KTX 1 picture"),
        "image/avif" => Some("an AVIF picture"),
        _ => None,
    }
}
