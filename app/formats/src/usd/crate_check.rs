//! What is looked at in a crate before the decoder may trust its counts and offsets.
//!
//! The decoder of the `openusd` crate takes memory for whatever count it reads, follows the tree
//! of paths wherever its jumps lead, and recurses through dictionaries; a lie in any of them ends
//! the process. The layout is that of OpenUSD's `crateFile.h`, versions 0.4 to 0.13.

mod packed_ints;
mod values;

use super::path_check::{is_prim_name, is_property_name};
use packed_ints::{decode_ints, unpack};

/// Names of prims and their properties in all, seen from the root. Real scenes stay below ten
/// times their file.
const MAX_TEXT_RATIO: u64 = 256;
const MIN_TEXT_LIMIT: u64 = 64 << 20;
/// Levels of the namespace. Deep production scenes stay below 60.
const MAX_DEPTH: usize = 400;

/// # Errors
/// In words.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let Some(version) = bytes.get(8..11) else { return Err(cut_off()) };
    let version = (version[0], version[1]);
    if version < (0, 4) {
        return Err("it was written by a USD older than 2017; save it anew".into());
    }
    let toc = Bytes(bytes).at(Bytes(bytes).at(16)?.u64()?)?;
    let n_sections = toc.clone().u64()?;
    if n_sections >= 64 {
        return Err(format!("it lists {n_sections} sections"));
    }
    let mut sections = toc.skip(8)?;
    let mut tokens = Vec::new();
    let mut reps = Vec::new();
    for _ in 0..n_sections {
        let entry = sections.take(32)?;
        let name: Vec<u8> = entry.0[..16].iter().copied().take_while(|&byte| byte != 0).collect();
        let (start, size) = (entry.clone().skip(16)?.u64()?, entry.clone().skip(24)?.u64()?);
        let mut section = Bytes(bytes).at(start)?.take(size)?;
        match name.as_slice() {
            b"TOKENS" => tokens = read_tokens(&mut section)?,
            b"STRINGS" => section.counted(4)?,
            b"FIELDS" => reps = field_values(&mut section)?,
            b"FIELDSETS" => {
                let count = section.u64()?;
                section.packed_ints(count)?;
            }
            b"PATHS" => check_paths(&mut section, &tokens, bytes.len() as u64)?,
            b"SPECS" => {
                let count = section.u64()?;
                for _ in 0..3 {
                    section.packed_ints(count)?;
                }
            }
            _ => {}
        }
    }
    values::check(bytes, version, &reps)
}

fn cut_off() -> String {
    "it ends before its content does; copy or export it again".into()
}

/// What the tree of paths needs to know of a token.
#[derive(Clone, Copy)]
struct Token {
    n_bytes: u32,
    names_prim: bool,
    names_property: bool,
}

fn read_tokens(section: &mut Bytes<'_>) -> Result<Vec<Token>, String> {
    let _count = section.u64()?;
    let n_unpacked = section.u64()?;
    let n_packed = section.u64()?;
    let packed = section.take(n_packed)?;
    let text = unpack(packed.0, n_unpacked)?;
    let token = |text: &[u8]| Token {
        n_bytes: text.len() as u32,
        names_prim: is_prim_name(text),
        names_property: is_property_name(text),
    };
    Ok(text.split(|&byte| byte == 0).map(token).collect())
}

fn field_values(section: &mut Bytes<'_>) -> Result<Vec<u64>, String> {
    let count = section.u64()?;
    section.packed_ints(count)?;
    let n_packed = section.u64()?;
    let n_unpacked = count.checked_mul(8).ok_or_else(cut_off)?;
    let reps = unpack(section.take(n_packed)?.0, n_unpacked)?;
    Ok(reps.as_chunks::<8>().0.iter().map(|rep| u64::from_le_bytes(*rep)).collect())
}

/// The paths have to form a tree, each in it once, no deeper and longer than real ones.
fn check_paths(section: &mut Bytes<'_>, tokens: &[Token], n_bytes: u64) -> Result<(), String> {
    let n_paths = section.u64()?;
    let count = section.u64()?;
    let mut list = || -> Result<Vec<i32>, String> {
        let n_packed = section.u64()?;
        decode_ints(section.take(n_packed)?.0, count)
    };
    let (places, names, jumps) = (list()?, list()?, list()?);
    if n_paths > count.saturating_mul(4).saturating_add(64) {
        return Err(format!("it lists {n_paths} paths and holds {count}"));
    }
    let broken = || "its tree of paths is broken".to_owned();
    if places.iter().any(|&place| u64::from(place as u32) >= n_paths) {
        return Err(broken());
    }
    let mut was_seen = vec![false; jumps.len()];
    let mut n_text = 0_u64;
    let mut pending = if jumps.is_empty() { Vec::new() } else { vec![(0_usize, 0_u64, 0_usize)] };
    while let Some((mut at, mut above, mut depth)) = pending.pop() {
        loop {
            let (Some(&jump), Some(seen)) = (jumps.get(at), was_seen.get_mut(at)) else {
                return Err(broken());
            };
            if std::mem::replace(seen, true) {
                return Err(broken());
            }
            // The names of properties are counted from the other side.
            let name = names.get(at).copied().unwrap_or(0);
            let token = tokens.get(name.unsigned_abs() as usize);
            let is_root = above == 0 && depth == 0;
            if !is_root && token.is_some_and(|t| !(if name < 0 { t.names_property } else { t.names_prim })) {
                return Err("a name in its tree of paths is none".into());
            }
            let length = above + 1 + u64::from(token.map_or(0, |token| token.n_bytes));
            n_text += length;
            if depth > MAX_DEPTH || n_text > MIN_TEXT_LIMIT.max(MAX_TEXT_RATIO * n_bytes) {
                return Err(format!("its prims are nested {depth} deep, {n_text} letters of names in all"));
            }
            let (has_child, has_sibling) = (jump > 0 || jump == -1, jump >= 0);
            if has_child && has_sibling {
                pending.push((at + jump as usize, above, depth));
            }
            if has_child {
                (above, depth) = (length, depth + 1);
            } else if !has_sibling {
                break;
            }
            at += 1;
        }
    }
    Ok(())
}

/// What is left to read; every step is checked.
#[derive(Clone)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn at(&self, offset: u64) -> Result<Self, String> {
        let offset = usize::try_from(offset).map_err(|_| cut_off())?;
        self.0.get(offset..).map(Self).ok_or_else(cut_off)
    }

    fn skip(&self, n: u64) -> Result<Self, String> {
        self.at(n)
    }

    fn take(&mut self, n: u64) -> Result<Self, String> {
        let n = usize::try_from(n).map_err(|_| cut_off())?;
        let (taken, rest) = self.0.split_at_checked(n).ok_or_else(cut_off)?;
        self.0 = rest;
        Ok(Self(taken))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or_else(cut_off)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_le_bytes)
    }

    /// A count, and so many elements of `width` bytes.
    fn counted(&mut self, width: u64) -> Result<(), String> {
        let count = self.u64()?;
        self.take(count.checked_mul(width).ok_or_else(cut_off)?).map(drop)
    }

    /// Packed integers, `count` of them, without unpacking them.
    fn packed_ints(&mut self, count: u64) -> Result<(), String> {
        let n_packed = self.u64()?;
        self.take(n_packed)?;
        packed_ints::check_count(count, n_packed)
    }
}
