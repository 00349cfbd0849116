//! The words with which a model names its files: URIs, and paths of other machines.

use percent_encoding::percent_decode_str;

use crate::source::Needed;

/// What a URI leads to.
pub(crate) enum Reference<'a> {
    /// The media type as stated, and the decoded bytes; `None` when they do not decode.
    Data {
        mime_type: &'a str,
        bytes: Option<Vec<u8>>,
    },
    Needed(Needed),
}

impl<'a> Reference<'a> {
    /// A `data:` URI.
    pub(crate) fn data(uri: &'a str) -> Option<Self> {
        let (header, body) = uri.strip_prefix("data:")?.split_once(',').unwrap_or_default();
        let mime_type = header.split(';').next().unwrap_or_default();
        let bytes = if header.ends_with(";base64") {
            decode_base64(body)
        } else {
            Some(percent_decode_str(body).collect())
        };
        Some(Self::Data { mime_type, bytes })
    }
}

/// Exporters that do not encode at all write names with a lone % or #, so the plain words count too.
pub(crate) fn names_of_uri(uri: &str) -> Vec<String> {
    let decoded = percent_decode_str(uri).decode_utf8_lossy().into_owned();
    let plain = uri.to_owned();
    let as_path = decoded.strip_prefix("file://").map(str::to_owned);
    let mut names: Vec<_> = as_path.into_iter().chain([decoded, plain]).collect();
    names.dedup();
    names
}

/// Backslashes are separators nearly everywhere that such names come from.
pub(crate) fn names_of_path(named: &str) -> Vec<String> {
    let bare = named.trim().trim_matches('"');
    let mut names = vec![bare.replace('\\', "/"), bare.to_owned()];
    names.dedup();
    names
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
