//! "Structure DNA": the layouts of Blender's structs, which every `.blend` brings along itself.

use std::collections::HashMap;

/// All structs of one file.
pub(super) struct Dna {
    pub(super) structs: Vec<Struct>,
    by_name: HashMap<String, usize>,
}

pub(super) struct Struct {
    pub(super) name: String,
    /// Bytes of one.
    pub(super) size: usize,
    fields: Vec<Field>,
}

pub(super) struct Field {
    name: String,
    /// "float", "Object": without its stars.
    pub(super) type_name: String,
    pub(super) offset: usize,
    /// Bytes of all its elements.
    pub(super) size: usize,
    pub(super) is_pointer: bool,
}

impl Struct {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(super) fn first_field(&self) -> Option<&str> {
        self.fields.first().map(|field| field.name.as_str())
    }
}

impl Dna {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Reads the block `DNA1`: lists of names, types, sizes and structs, each behind its four letters.
    pub(super) fn read(bytes: &[u8], is_big_endian: bool, pointer_size: usize) -> Option<Self> {
        let mut cursor = Cursor { bytes, at: 0, is_big_endian };
        cursor.expect(b"SDNA")?;
        cursor.expect(b"NAME")?;
        let names = cursor.texts()?;
        cursor.expect(b"TYPE")?;
        let types = cursor.texts()?;
        cursor.expect(b"TLEN")?;
        let sizes: Vec<usize> = types.iter().map(|_| cursor.u16().map(usize::from)).collect::<Option<_>>()?;
        cursor.expect(b"STRC")?;
        let n_structs = cursor.u32()? as usize;
        let mut dna = Self { structs: Vec::new(), by_name: HashMap::new() };
        for index in 0..n_structs {
            let type_index = usize::from(cursor.u16()?);
            let n_fields = cursor.u16()?;
            let mut fields = Vec::new();
            let mut offset = 0;
            for _ in 0..n_fields {
                let (of_type, name) = (usize::from(cursor.u16()?), usize::from(cursor.u16()?));
                let declared = Declared::parse(names.get(name)?);
                let element = if declared.is_pointer { pointer_size } else { *sizes.get(of_type)? };
                let size = element.checked_mul(declared.n_elements)?;
                fields.push(Field {
                    name: declared.name.to_owned(),
                    type_name: (*types.get(of_type)?).to_owned(),
                    offset,
                    size,
                    is_pointer: declared.is_pointer,
                });
                offset = offset.checked_add(size)?;
            }
            let name = (*types.get(type_index)?).to_owned();
            dna.by_name.insert(name.clone(), index);
            dna.structs.push(Struct { name, size: *sizes.get(type_index)?, fields });
        }
        Some(dna)
    }
}

/// A field's name as C has it: `*next`, `co[3]`, `(*draw)()`, `mat[4][4]`.
struct Declared<'a> {
    name: &'a str,
    n_elements: usize,
    is_pointer: bool,
}

impl<'a> Declared<'a> {
    fn parse(text: &'a str) -> Self {
        let is_pointer = text.starts_with('*') || text.starts_with("(*");
        let bare = text.trim_start_matches(['(', '*']);
        let end = bare.find(['[', ')', '(']).unwrap_or(bare.len());
        let (name, dimensions) = bare.split_at(end);
        let sizes = dimensions.split('[').filter_map(|part| part.split_once(']')?.0.parse::<usize>().ok());
        let n_elements = sizes.fold(1, usize::saturating_mul);
        Self { name, n_elements, is_pointer }
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    is_big_endian: bool,
}

impl<'a> Cursor<'a> {
    /// Lists begin at multiples of four.
    fn expect(&mut self, tag: &[u8; 4]) -> Option<()> {
        self.at = self.at.next_multiple_of(4);
        (self.take(4)? == tag).then_some(())
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(n)?)?;
        self.at += n;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// A count and as many texts, each closed by a zero.
    fn texts(&mut self) -> Option<Vec<&'a str>> {
        let n = self.u32()? as usize;
        let mut texts = Vec::new();
        for _ in 0..n {
            let rest = self.bytes.get(self.at..)?;
            let length = memchr::memchr(0, rest)?;
            texts.push(std::str::from_utf8(&rest[..length]).ok()?);
            self.at += length + 1;
        }
        Some(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_of_c() {
        let parse = |text: &str| {
            let declared = Declared::parse(text);
            (declared.name.to_owned(), declared.n_elements, declared.is_pointer)
        };
        assert_eq!(parse("co[3]"), ("co".into(), 3, false));
        assert_eq!(parse("*mtex[18]"), ("mtex".into(), 18, true));
        assert_eq!(parse("(*stats_draw)()"), ("stats_draw".into(), 1, true));
        assert_eq!(parse("**mat"), ("mat".into(), 1, true));
        assert_eq!(parse("obmat[4][4]"), ("obmat".into(), 16, false));
    }
}
