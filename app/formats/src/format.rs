use std::borrow::Cow;

use crate::ReadFault;
use crate::source::{Parsed, Source};

/// One file format: what it is called, how it is told apart, and who reads it.
pub struct Format {
    pub name: &'static str,
    /// Lower case, without dot; the first is the usual one.
    pub extensions: &'static [&'static str],
    /// `None`: known by name only.
    pub(crate) read: Option<ReadFn>,
    /// Whether a file's first bytes (and its length) can only be this format.
    pub(crate) sniff: fn(&[u8]) -> bool,
    /// For a format without reader: what to do instead.
    pub(crate) hint: &'static str,
}

impl Format {
    pub fn is_readable(&self) -> bool {
        self.read.is_some()
    }
}

type ReadFn = fn(&Source<'_>) -> Result<Parsed, ReadFault>;

/// The beginning as text, for formats that start with a declaration.
pub(crate) fn head(bytes: &[u8]) -> Cow<'_, str> {
    match unicode(bytes.get(..1024).unwrap_or(bytes)) {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
    }
}

/// Text whose byte order mark says UTF-16 as UTF-8; any other text as it is, without the mark.
pub(crate) fn unicode(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xFF, 0xFE, text @ ..] => Cow::Owned(utf16(text, u16::from_le_bytes).into_bytes()),
        [0xFE, 0xFF, text @ ..] => Cow::Owned(utf16(text, u16::from_be_bytes).into_bytes()),
        [0xEF, 0xBB, 0xBF, text @ ..] => Cow::Borrowed(text),
        _ => Cow::Borrowed(bytes),
    }
}

pub(crate) fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
