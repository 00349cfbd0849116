//! The header: which elements follow, row by row, and what each row holds.

use super::damaged;
use crate::ReadFault;

pub(super) struct Header {
    pub(super) encoding: Encoding,
    pub(super) elements: Vec<Element>,
    /// Pictures that `TextureFile` comments name.
    pub(super) textures: Vec<String>,
    pub(super) program: String,
    /// Where the rows begin.
    pub(super) n_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Little,
    Big,
}

#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) n_rows: usize,
    pub(super) properties: Vec<Property>,
}

#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Scalar),
    List { count: Scalar, item: Scalar },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Scalar {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "char" | "int8" => Self::I8,
            "uchar" | "uint8" => Self::U8,
            "short" | "int16" => Self::I16,
            "ushort" | "uint16" => Self::U16,
            "int" | "int32" => Self::I32,
            "uint" | "uint32" => Self::U32,
            "float" | "float32" => Self::F32,
            "double" | "float64" => Self::F64,
            _ => return None,
        })
    }

    pub(super) fn n_bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// What stands for 1 in a colour of this type; floats are fractions already.
    pub(super) fn full(self) -> f32 {
        match self {
            Self::I8 => 127.0,
            Self::U8 => 255.0,
            Self::I16 => 32_767.0,
            Self::U16 => 65_535.0,
            // Codes of 0..255 in a wide type; nobody writes 2^32 shades.
            Self::I32 | Self::U32 => 255.0,
            Self::F32 | Self::F64 => 1.0,
        }
    }
}

impl Element {
    pub(super) fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.properties.iter().position(|p| p.name == *name))
    }

    /// The bytes of every row, where no list makes them differ.
    pub(super) fn stride(&self) -> Option<usize> {
        let n_bytes = |p: &Property| match p.kind {
            Kind::Scalar(scalar) => Some(scalar.n_bytes()),
            Kind::List { .. } => None,
        };
        self.properties.iter().map(n_bytes).sum()
    }

    /// No row is shorter than this.
    fn least_n_bytes(&self, encoding: Encoding) -> usize {
        let n_bytes = |p: &Property| match (encoding, p.kind) {
            // A digit and what parts it from the next.
            (Encoding::Text, _) => 2,
            (_, Kind::Scalar(scalar) | Kind::List { count: scalar, .. }) => scalar.n_bytes(),
        };
        self.properties.iter().map(n_bytes).sum()
    }
}

impl Header {
    /// # Errors
    /// A header that breaks off or says what no PLY says, and counts that the file has no room for.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ReadFault> {
        let mut encoding = None;
        let mut header = Self {
            encoding: Encoding::Text,
            elements: Vec::new(),
            textures: Vec::new(),
            program: String::new(),
            n_bytes: 0,
        };
        loop {
            let line = header.next_line(bytes)?;
            let (keyword, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
            match keyword {
                "end_header" => break,
                "format" => encoding = Some(encoding_named(rest)?),
                "comment" | "obj_info" => header.comment(rest.trim()),
                "element" => header.elements.push(element(rest)?),
                "property" => {
                    let property = property(rest)?;
                    let Some(element) = header.elements.last_mut() else {
                        return Err(damaged("its header has a property before the first element"));
                    };
                    element.properties.push(property);
                }
                _ => {}
            }
        }
        header.encoding =
            encoding.ok_or_else(|| damaged("its header does not say whether it is text or binary"))?;
        header.check_counts(bytes.len() - header.n_bytes)?;
        Ok(header)
    }

    fn next_line(&mut self, bytes: &[u8]) -> Result<String, ReadFault> {
        let rest = bytes.get(self.n_bytes..).unwrap_or_default();
        let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
            return Err(damaged("its header breaks off; copy or export it again"));
        };
        // CR LF ends one line, a lone CR (old Macs) too. Behind a CR LF header, binary rows begin
        // after the LF.
        let n_end = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        self.n_bytes += end + n_end;
        Ok(String::from_utf8_lossy(&rest[..end]).trim().to_owned())
    }

    fn comment(&mut self, text: &str) {
        let (keyword, rest) = text.split_once([' ', '\t', ':']).unwrap_or((text, ""));
        if keyword.eq_ignore_ascii_case("TextureFile") && !rest.trim().is_empty() {
            self.textures.push(rest.trim().to_owned());
        }
        let is_program = ["Created by ", "Created with ", "Generated by "].iter().find_map(|words| {
            text.get(..words.len()).filter(|head| head.eq_ignore_ascii_case(words))?;
            text.get(words.len()..)
        });
        let vcglib = text.strip_suffix(" generated");
        if let Some(program) = is_program.or(vcglib) {
            self.program = program.split(" - ").next().unwrap_or(program).trim().to_owned();
        }
    }

    fn check_counts(&self, n_bytes: usize) -> Result<(), ReadFault> {
        // The last number of a text needs nothing behind it.
        let mut left = n_bytes + 1;
        for element in &self.elements {
            let least = element.least_n_bytes(self.encoding);
            let needed = element.n_rows.checked_mul(least);
            let Some(after) = needed.and_then(|needed| left.checked_sub(needed)) else {
                let (name, n) = (&element.name, element.n_rows);
                let room = left / least.max(1);
                return Err(damaged(format!(
                    "its header promises {n} rows of \"{name}\", there is room for {room}; copy or export it again"
                )));
            };
            left = after;
        }
        Ok(())
    }
}

fn encoding_named(rest: &str) -> Result<Encoding, ReadFault> {
    match rest.split_whitespace().next() {
        Some("ascii") => Ok(Encoding::Text),
        Some("binary_little_endian") => Ok(Encoding::Little),
        Some("binary_big_endian") => Ok(Encoding::Big),
        _ => Err(damaged(format!("\"{rest}\" is no encoding of a PLY"))),
    }
}

fn element(rest: &str) -> Result<Element, ReadFault> {
    let mut words = rest.split_whitespace();
    match (words.next(), words.next().map(str::parse)) {
        (Some(name), Some(Ok(n_rows))) => {
            Ok(Element { name: name.to_owned(), n_rows, properties: Vec::new() })
        }
        _ => Err(damaged(format!("\"element {rest}\" in its header names no count"))),
    }
}

fn property(rest: &str) -> Result<Property, ReadFault> {
    let words: Vec<_> = rest.split_whitespace().collect();
    let parsed = match words[..] {
        ["list", count, item, name] => (|| {
            let kind = Kind::List { count: Scalar::named(count)?, item: Scalar::named(item)? };
            Some((kind, name))
        })(),
        [scalar, name] => Scalar::named(scalar).map(|scalar| (Kind::Scalar(scalar), name)),
        _ => None,
    };
    let (kind, name) =
        parsed.ok_or_else(|| damaged(format!("\"property {rest}\" in its header is of no known type")))?;
    Ok(Property { name: name.to_owned(), kind })
}
