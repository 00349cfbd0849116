use std::borrow::Cow;

use crate::format::utf16;

/// The document as UTF-8. A byte order mark decides; without one the XML declaration may name a
/// single-byte Western encoding. Bytes that make no sense become replacement characters, as they
/// mostly sit in names.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes).into(),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes).into(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        _ if declares_latin(bytes) => bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn declares_latin(bytes: &[u8]) -> bool {
    let line = bytes.get(..128).unwrap_or(bytes).to_ascii_lowercase();
    let declaration = line.split(|&c| c == b'>').next().unwrap_or_default();
    [&b"iso-8859-1"[..], b"windows-1252", b"latin"]
        .iter()
        .any(|name| memchr::memmem::find(declaration, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "<?xml version=\"1.0\"?><a b=\"ü😀\"/>";
        let bytes = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
            mark.iter().copied().chain(text.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
        };
        assert_eq!(decode(text.as_bytes()), text);
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes()), text);
        assert_eq!(decode(&bytes(&[0xFF, 0xFE], u16::to_le_bytes)), text);
        assert_eq!(decode(&bytes(&[0xFE, 0xFF], u16::to_be_bytes)), text);
        assert_eq!(decode(&bytes(&[], u16::to_le_bytes)), text);
        assert_eq!(decode(b"<?xml encoding='ISO-8859-1'?>\xFC"), "<?xml encoding='ISO-8859-1'?>ü");
    }

    #[test]
    fn an_odd_byte_and_a_lone_surrogate_do_no_harm() {
        assert_eq!(decode(&[0xFF, 0xFE, b'a', 0, 0x00, 0xD8, 7]), "a\u{fffd}");
    }
}
