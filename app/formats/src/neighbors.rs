//! Finding the files that a model names: buffers, textures, material libraries.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// What a URI or a path in a model file leads to.
pub(crate) enum Reference<'a> {
    /// The media type as stated, and the decoded bytes; `None` when they do not decode.
    Data { mime_type: &'a str, bytes: Option<Vec<u8>> },
    /// An address on the web, which is never followed.
    Web,
    /// Beside the model; the first place to look where no place has it.
    File { path: PathBuf, exists: bool },
}

/// Resolves what a glTF names (glTF 2.0 §2.8).
pub(crate) fn resolve_uri<'a>(model: &Path, uri: &'a str) -> Reference<'a> {
    if let Some(data) = uri.strip_prefix("data:") {
        let (header, body) = data.split_once(',').unwrap_or((data, ""));
        let mime_type = header.split(';').next().unwrap_or_default();
        let bytes = if header.ends_with(";base64") {
            decode_base64(body)
        } else {
            Some(percent_decode_str(body).collect())
        };
        return Reference::Data { mime_type, bytes };
    }
    if uri.starts_with("http://") || uri.starts_with("https://") {
        return Reference::Web;
    }
    let decoded = percent_decode_str(uri).decode_utf8_lossy();
    // Exporters that do not encode at all write names with a lone % or #.
    find(model, &[decoded, Cow::Borrowed(uri)])
}

/// Resolves what an OBJ or MTL names: plain paths, often with a foreign machine's folders.
pub(crate) fn resolve_path(model: &Path, named: &str) -> Reference<'static> {
    if named.starts_with("http://") || named.starts_with("https://") {
        return Reference::Web;
    }
    let bare = named.trim_matches('"');
    let slashed = bare.replace('\\', "/");
    find(model, &[Cow::Owned(slashed), Cow::Borrowed(bare)])
}

/// Looks where the name says, then for the bare file name beside the model (the artist's machine
/// had other folders), in both cases without regard to letter case if need be.
fn find(model: &Path, names: &[Cow<'_, str>]) -> Reference<'static> {
    let folder = model.parent().unwrap_or(Path::new(""));
    let stated: Vec<_> = names.iter().map(|name| folder.join(Path::new(name.as_ref()))).collect();
    let bare = names.iter().filter_map(|name| name.rsplit(['/', '\\']).next());
    let beside: Vec<_> = bare.filter(|n| !n.is_empty()).map(|n| folder.join(n)).collect();
    for candidate in stated.iter().chain(&beside) {
        if candidate.is_file() {
            return Reference::File { path: candidate.clone(), exists: true };
        }
    }
    for candidate in stated.iter().chain(&beside) {
        if let Some(path) = in_other_case(candidate) {
            return Reference::File { path, exists: true };
        }
    }
    let first = stated.into_iter().chain(beside).next().unwrap_or_else(|| folder.to_owned());
    Reference::File { path: first, exists: false }
}

/// Windows and macOS find `Wood.PNG` under the name `wood.png`; so do we.
fn in_other_case(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_str()?.to_lowercase();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = folder.read_dir().ok()?.flatten();
    let mut names = entries.filter(|e| e.file_name().to_str().is_some_and(|n| n.to_lowercase() == wanted));
    names.next().map(|e| e.path()).filter(|p| p.is_file())
}

fn decode_base64(body: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::alphabet::{STANDARD, URL_SAFE};
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let plain = body.trim();
    let decode = |text: &str| {
        let decoded = GeneralPurpose::new(&STANDARD, config).decode(text);
        decoded.or_else(|_| GeneralPurpose::new(&URL_SAFE, config).decode(text)).ok()
    };
    // Only texts that fail at first pay for a copy without their line breaks and %-codes.
    decode(plain).or_else(|| {
        let text = percent_decode_str(plain).decode_utf8_lossy();
        decode(&text.split_ascii_whitespace().collect::<String>())
    })
}

/// The media type of a picture by its first bytes; empty when unknown.
pub(crate) fn sniff_picture(bytes: &[u8]) -> &'static str {
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
pub(crate) fn picture_type_of(path: &Path) -> &'static str {
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

/// What to call an encoding that no part of the house decodes; `None` for the usual ones.
pub(crate) fn unshown_encoding(mime_type: &str) -> Option<&'static str> {
    match mime_type {
        "image/ktx2" | "image/ktx" => Some("a KTX2 (Basis Universal) picture"),
        "image/vnd-ms.dds" => Some("a DDS picture"),
        "image/avif" => Some("an AVIF picture"),
        "image/vnd.adobe.photoshop" => Some("a Photoshop document"),
        _ => None,
    }
}
