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

/// The beginning as text, for formats that start with a declaration; UTF-16 too where a byte order
/// mark says so, and without the mark.
pub(crate) fn head(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let start = bytes.get(..1024).unwrap_or(bytes);
    let units = |unit: fn([u8; 2]) -> u16| {
        let pairs = start.get(2..).unwrap_or_default().as_chunks::<2>().0;
        String::from_utf16_lossy(&pairs.iter().map(|&pair| unit(pair)).collect::<Vec<_>>()).into()
    };
    match start {
        [0xFF, 0xFE, ..] => units(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => units(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, text @ ..] => String::from_utf8_lossy(text),
        _ => String::from_utf8_lossy(start),
    }
}
