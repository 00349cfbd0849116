use super::file::{File, number};

/// One struct of the file, its fields by name. What a file's Blender does not know yet, or no
/// longer, is simply not there.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) struct_index: usize,
    pub(super) bytes: &'a [u8],
    /// The block it lies in: equal for equal data-blocks.
    pub(super) block: usize,
    pub(super) owner: usize,
}

/// A list longer than this is a circle.
const MAX_LIST_LENGTH: usize = 1_000_000;

impl<'a> Record<'a> {
    pub(super) fn struct_name(&self) -> &'a str {
        self.file.dna.structs.get(self.struct_index).map_or("", |s| s.name.as_str())
    }

    fn field(&self, name: &str) -> Option<(&'a super::dna::Field, &'a [u8])> {
        let field = self.file.dna.structs.get(self.struct_index)?.field(name)?;
        Some((field, self.bytes.get(field.offset..field.offset.checked_add(field.size)?)?))
    }

    /// A char, short or int, or the first of several.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        let (field, bytes) = self.field(name)?;
        let read = |size| number(bytes, 0, size, self.file.is_big_endian);
        Some(match field.type_name.as_str() {
            "char" | "int8_t" => i64::from(read(1)? as i8),
            "uchar" | "uint8_t" => read(1)? as i64,
            "short" | "int16_t" => i64::from(read(2)? as i16),
            "ushort" | "uint16_t" => read(2)? as i64,
            "int" | "int32_t" => i64::from(read(4)? as i32),
            "uint" | "uint32_t" => read(4)? as i64,
            "int64_t" | "uint64_t" => read(8)? as i64,
            _ => return None,
        })
    }

    /// A count; negative ones are none.
    pub(super) fn count(&self, name: &str) -> usize {
        self.int(name).and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
    }

    pub(super) fn float(&self, name: &str) -> Option<f32> {
        Some(self.floats::<1>(name)?[0])
    }

    pub(super) fn floats<const N: usize>(&self, name: &str) -> Option<[f32; N]> {
        let (field, bytes) = self.field(name)?;
        if field.type_name != "float" {
            return None;
        }
        let mut values = [0.0; N];
        for (i, value) in values.iter_mut().enumerate() {
            *value = f32::from_bits(number(bytes, 4 * i, 4, self.file.is_big_endian)? as u32);
        }
        Some(values)
    }

    /// Text up to its closing zero.
    pub(super) fn text(&self, name: &str) -> String {
        let bytes = self.field(name).map_or(&[][..], |(_, bytes)| bytes);
        let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    }

    /// The name of a data-block, without the two letters of its kind.
    pub(super) fn name(&self) -> String {
        self.inner("id").map_or_else(String::new, |id| id.text("name").chars().skip(2).collect())
    }

    /// A struct within this one.
    pub(super) fn inner(&self, name: &str) -> Option<Record<'a>> {
        let (field, bytes) = self.field(name)?;
        let struct_index = self.file.dna.find(&field.type_name).filter(|_| !field.is_pointer)?;
        Some(Record { struct_index, bytes, ..*self })
    }

    pub(super) fn address(&self, name: &str) -> u64 {
        let bytes = self.field(name).filter(|(field, _)| field.is_pointer).map(|(_, bytes)| bytes);
        let (size, is_big) = (self.file.pointer_size, self.file.is_big_endian);
        bytes.and_then(|bytes| number(bytes, 0, size, is_big)).unwrap_or(0)
    }

    /// The struct that a pointer leads to.
    pub(super) fn follow(&self, name: &str) -> Option<Record<'a>> {
        let (field, _) = self.field(name)?;
        let block = self.file.block_at(self.owner, self.address(name))?;
        self.file.record(block, Some(&field.type_name))
    }

    /// The struct that a `void *` leads to, where the block does not say which.
    pub(super) fn follow_as(&self, name: &str, expected: &str) -> Option<Record<'a>> {
        self.file.record(self.file.block_at(self.owner, self.address(name))?, Some(expected))
    }

    /// Whether a pointer leads into a library.
    pub(super) fn is_linked(&self, name: &str) -> bool {
        self.file.block_at(self.owner, self.address(name)).is_some_and(|block| self.file.is_linked(block))
    }

    /// The content of the block that a pointer leads to.
    pub(super) fn data(&self, name: &str) -> Option<&'a [u8]> {
        Some(self.file.block_bytes(self.file.block_at(self.owner, self.address(name))?))
    }

    /// The structs of the array that a pointer leads to.
    pub(super) fn array(&self, name: &str) -> Vec<Record<'a>> {
        let Some((field, _)) = self.field(name) else { return Vec::new() };
        let block = self.file.block_at(self.owner, self.address(name));
        block.map(|block| self.file.records(block, Some(&field.type_name)).collect()).unwrap_or_default()
    }

    /// The data-blocks that a pointer to pointers leads to (`Material **mat`).
    pub(super) fn pointers(&self, name: &str) -> Vec<Option<Record<'a>>> {
        let bytes = self.data(name).unwrap_or_default();
        let (size, is_big) = (self.file.pointer_size, self.file.is_big_endian);
        let addresses = bytes.chunks_exact(size).map(|bytes| number(bytes, 0, size, is_big).unwrap_or(0));
        addresses.map(|at| self.file.record(self.file.block_at(self.owner, at)?, None)).collect()
    }

    /// Several pointers within the struct (`MTex *mtex[18]`).
    pub(super) fn pointers_within(&self, name: &str) -> Vec<Record<'a>> {
        let Some((field, bytes)) = self.field(name) else { return Vec::new() };
        let (size, is_big) = (self.file.pointer_size, self.file.is_big_endian);
        let addresses = bytes.chunks_exact(size).map(|bytes| number(bytes, 0, size, is_big).unwrap_or(0));
        let blocks = addresses.filter_map(|at| self.file.block_at(self.owner, at));
        blocks.filter_map(|block| self.file.record(block, Some(&field.type_name))).collect()
    }

    /// The members of a `ListBase`, from first to last.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let first = self.inner(name).and_then(|list| {
            let block = self.file.block_at(self.owner, list.address("first"))?;
            self.file.record(block, None)
        });
        std::iter::successors(first, |item| item.next()).take(MAX_LIST_LENGTH)
    }

    fn next(&self) -> Option<Record<'a>> {
        // Modifiers and the like begin with the struct that holds the links.
        let first_field = || {
            let first = self.file.dna.structs.get(self.struct_index)?.first_field()?;
            self.inner(first)
        };
        let links = if self.field("next").is_some() { *self } else { first_field()? };
        let block = self.file.block_at(self.owner, links.address("next"))?;
        self.file.record(block, None)
    }
}
