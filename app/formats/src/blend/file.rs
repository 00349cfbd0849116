//! The blocks of an unpacked `.blend` and how their old memory addresses lead to each other.

use std::collections::HashMap;

use super::dna::Dna;
use super::record::Record;
use super::{FORMAT_NAME, WorkCtx};
use crate::ReadFault;

pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    /// 279 for 2.79, 304 for 3.4.
    pub(super) version: u32,
    pub(super) is_big_endian: bool,
    pub(super) pointer_size: usize,
    pub(super) dna: Dna,
    blocks: Vec<Block>,
    /// Blocks that are data-blocks of their own (objects, meshes, …), by address.
    ids: HashMap<u64, usize>,
    /// Blocks of arrays and lists, by their data-block and their address: addresses of temporary
    /// memory come again from one data-block to the next.
    data: HashMap<(usize, u64), usize>,
}

struct Block {
    code: [u8; 4],
    struct_index: usize,
    address: u64,
    start: usize,
    end: usize,
    n_elements: usize,
    /// The data-block that it was written with.
    owner: usize,
}

/// How the beginning of the file says that the rest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    size: usize,
    pointer_size: usize,
    is_big_endian: bool,
    version: u32,
    /// Since 5.0: block headers with 64-bit lengths.
    has_large_blocks: bool,
}

impl Header {
    /// `BLENDER-v304`; since 5.0 `BLENDER17-01v0500` with the header's own size in it.
    fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"BLENDER")?;
        let endian = |letter: u8| match letter {
            b'v' => Some(false),
            b'V' => Some(true),
            _ => None,
        };
        let digits = |range| std::str::from_utf8(rest.get(range)?).ok()?.parse().ok();
        let pointer_size = match rest.first()? {
            b'_' => 4,
            b'-' => 8,
            _ => {
                let is_big_endian = endian(*rest.get(5)?)?;
                return Some(Self {
                    size: digits(0..2)? as usize,
                    pointer_size: 8,
                    is_big_endian,
                    version: digits(6..10)?,
                    has_large_blocks: true,
                });
            }
        };
        let is_big_endian = endian(*rest.get(1)?)?;
        Some(Self { size: 12, pointer_size, is_big_endian, version: digits(2..5)?, has_large_blocks: false })
    }

    /// Bytes of a block's header: code, length, address, struct, count.
    fn block_header_size(&self) -> usize {
        if self.has_large_blocks { 32 } else { 16 + self.pointer_size }
    }

    fn block(&self, at: usize, bytes: &[u8]) -> Option<Block> {
        let head = bytes.get(at..at.checked_add(self.block_header_size())?)?;
        let u32_at = |at: usize| number(head, at, 4, self.is_big_endian);
        let u64_at = |at: usize| number(head, at, 8, self.is_big_endian);
        let (struct_index, address, length, n_elements) = if self.has_large_blocks {
            (u32_at(4)?, u64_at(8)?, u64_at(16)?, u64_at(24)?)
        } else {
            let address = number(head, 8, self.pointer_size, self.is_big_endian)?;
            (u32_at(8 + self.pointer_size)?, address, u32_at(4)?, u32_at(12 + self.pointer_size)?)
        };
        let start = at + head.len();
        Some(Block {
            code: head.first_chunk().copied()?,
            struct_index: struct_index as usize,
            address,
            start,
            end: start.checked_add(usize::try_from(length).ok()?)?,
            n_elements: usize::try_from(n_elements).ok()?,
            owner: 0,
        })
    }
}

/// An unsigned number of 1, 2, 4 or 8 bytes.
pub(super) fn number(bytes: &[u8], at: usize, size: usize, is_big_endian: bool) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    let mut full = [0; 8];
    if is_big_endian {
        full.get_mut(8 - size..)?.copy_from_slice(bytes);
        Some(u64::from_be_bytes(full))
    } else {
        full.get_mut(..size)?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(full))
    }
}

impl<'a> File<'a> {
    /// # Errors
    /// No header, or no catalogue of structs: then nothing in the file has a meaning.
    pub(super) fn open(bytes: &'a [u8], ctx: &WorkCtx) -> Result<Self, ReadFault> {
        let damaged = |cause: &str| ReadFault::Damaged { format: FORMAT_NAME, cause: cause.into() };
        let header = Header::read(bytes).ok_or_else(|| damaged("its header is of no known kind"))?;
        let mut blocks: Vec<Block> = Vec::new();
        let mut at = header.size;
        let mut owner = 0;
        while let Some(mut block) = header.block(at, bytes) {
            if blocks.len().is_multiple_of(4096) {
                ctx.check_cancelled()?;
            }
            if block.code == *b"ENDB" || block.end > bytes.len() {
                break;
            }
            if block.code != *b"DATA" {
                owner = blocks.len();
            }
            block.owner = owner;
            at = block.end;
            blocks.push(block);
        }
        let dna = blocks.iter().rev().find(|block| block.code == *b"DNA1");
        let dna =
            dna.and_then(|b| Dna::read(&bytes[b.start..b.end], header.is_big_endian, header.pointer_size));
        let dna = dna.ok_or_else(|| damaged("its end is missing; save or copy it again"))?;
        let (mut ids, mut data) = (HashMap::new(), HashMap::new());
        for (index, block) in blocks.iter().enumerate() {
            if block.code == *b"DATA" {
                data.entry((block.owner, block.address)).or_insert(index);
            } else {
                ids.entry(block.address).or_insert(index);
            }
        }
        Ok(Self {
            bytes,
            version: header.version,
            is_big_endian: header.is_big_endian,
            pointer_size: header.pointer_size,
            dna,
            blocks,
            ids,
            data,
        })
    }

    /// "2.79", "3.4", "5.0".
    pub(super) fn version_text(&self) -> String {
        if self.version < 300 {
            format!("2.{:02}", self.version % 100)
        } else {
            format!("{}.{}", self.version / 100, self.version % 100)
        }
    }

    /// Every data-block of one code, such as `OB`, in file order.
    pub(super) fn all(&'a self, code: &'static [u8; 2]) -> impl Iterator<Item = Record<'a>> {
        let all = self.blocks.iter().enumerate();
        all.filter(move |(_, block)| block.code[..2] == *code && block.code[2..] == [0, 0])
            .filter_map(|(index, _)| self.record(index, None))
    }

    pub(super) fn first(&'a self, code: &[u8; 4]) -> Option<Record<'a>> {
        let index = self.blocks.iter().position(|block| block.code == *code)?;
        self.record(index, None)
    }

    /// The content of a block that is no struct.
    pub(super) fn raw(&self, code: &[u8; 4]) -> Option<&'a [u8]> {
        let block = self.blocks.iter().find(|block| block.code == *code)?;
        self.bytes.get(block.start..block.end)
    }

    /// What an address of the data-block `owner` leads to.
    pub(super) fn block_at(&self, owner: usize, address: u64) -> Option<usize> {
        if address == 0 {
            return None;
        }
        self.data.get(&(owner, address)).or_else(|| self.ids.get(&address)).copied()
    }

    pub(super) fn block_bytes(&self, block: usize) -> &'a [u8] {
        self.blocks.get(block).and_then(|b| self.bytes.get(b.start..b.end)).unwrap_or_default()
    }

    /// Whether a data-block is only named here and lies in a library.
    pub(super) fn is_linked(&self, block: usize) -> bool {
        self.blocks.get(block).is_some_and(|b| b.code[..2] == *b"ID")
    }

    /// The first struct of a block, which may be of a kind that only `expected` tells.
    pub(super) fn record(&'a self, block: usize, expected: Option<&str>) -> Option<Record<'a>> {
        self.records(block, expected).next()
    }

    /// All structs of a block.
    pub(super) fn records(
        &'a self,
        block: usize,
        expected: Option<&str>,
    ) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let found = self.blocks.get(block);
        // Blocks without a struct of their own carry the number 0.
        let stated = found.map(|b| b.struct_index).filter(|&index| index != 0 || expected.is_none());
        let index = stated.or_else(|| self.dna.find(expected?)).unwrap_or(usize::MAX);
        let size = self.dna.structs.get(index).map_or(0, |s| s.size);
        let (owner, n) = found.map_or((0, 0), |b| (b.owner, b.n_elements));
        let chunks = self.block_bytes(block).chunks_exact(size.max(1));
        let n = if size == 0 { 0 } else { n };
        chunks.take(n).map(move |bytes| Record { file: self, struct_index: index, bytes, block, owner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_ages() {
        let old = Header::read(b"BLENDER_V249").unwrap();
        assert_eq!((old.size, old.pointer_size, old.is_big_endian, old.version), (12, 4, true, 249));
        assert_eq!(old.block_header_size(), 20);
        let common = Header::read(b"BLENDER-v304REND").unwrap();
        assert_eq!((common.pointer_size, common.version, common.block_header_size()), (8, 304, 24));
        let new = Header::read(b"BLENDER17-01v0500REND").unwrap();
        assert_eq!((new.size, new.version, new.block_header_size()), (17, 500, 32));
        assert_eq!(Header::read(b"BLENDERfoo"), None);
    }
}
