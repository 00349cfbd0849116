//! The values of a crate: that their counts fit the file, and that none leads back into itself.

use super::{Bytes, cut_off};

/// Dictionaries within dictionaries.
const MAX_DEPTH: usize = 32;
/// Values in all that are reached through others, as a multiple of the file's length.
const MAX_VISITS_PER_BYTE: usize = 4;

const ARRAY: u64 = 1 << 63;
const INLINED: u64 = 1 << 62;
const COMPRESSED: u64 = 1 << 61;
const PAYLOAD: u64 = (1 << 48) - 1;

/// # Errors
/// In words.
pub(super) fn check(bytes: &[u8], version: (u8, u8), reps: &[u64]) -> Result<(), String> {
    let n_visits = bytes.len().saturating_mul(MAX_VISITS_PER_BYTE).saturating_add(reps.len());
    let mut values = Values { bytes: Bytes(bytes), version, n_visits };
    reps.iter().try_for_each(|&rep| values.check(rep, 0))
}

struct Values<'a> {
    bytes: Bytes<'a>,
    version: (u8, u8),
    /// How many more may be looked at.
    n_visits: usize,
}

impl Values<'_> {
    fn check(&mut self, rep: u64, depth: usize) -> Result<(), String> {
        self.n_visits = self.n_visits.checked_sub(1).ok_or("its values lead into each other")?;
        if depth > MAX_DEPTH {
            return Err(format!("its values are nested more than {MAX_DEPTH} deep"));
        }
        let kind = (rep >> 48) & 0xff;
        let payload = rep & PAYLOAD;
        if rep & INLINED != 0 {
            return Ok(());
        }
        if rep & ARRAY != 0 && !matches!(kind, 10..=12 | 57) {
            return if payload == 0 { Ok(()) } else { self.check_array(rep, kind) };
        }
        let mut at = self.bytes.at(payload)?;
        match kind {
            10..=12 | 57 if rep & ARRAY == 0 => Ok(()),
            // Lists of indices.
            10..=12 | 40 | 41 | 50 | 57 => at.counted(4),
            48 => self.check_array(rep, kind),
            49 => at.counted(16),
            45 | 58 => at.counted(8),
            32..=34 | 54 => list_op(&mut at, |at| at.counted(4)),
            36 | 38 => list_op(&mut at, |at| at.counted(4)),
            37 | 39 => list_op(&mut at, |at| at.counted(8)),
            35 => list_op(&mut at, |at| {
                let count = at.u64()?;
                for _ in 0..count {
                    at.take(4 + 4 + 16)?;
                    self.check_dictionary(at, depth + 1)?;
                }
                Ok(())
            }),
            55 => {
                let has_offset = self.version >= (0, 8);
                list_op(&mut at, |at| at.counted(if has_offset { 24 } else { 8 }))
            }
            31 => self.check_dictionary(&mut at, depth + 1),
            46 => self.check_samples(payload, depth + 1),
            _ => Ok(()),
        }
    }

    /// Keys, each with the way to its value, which lies before what comes next.
    fn check_dictionary(&mut self, at: &mut Bytes<'_>, depth: usize) -> Result<(), String> {
        let count = at.u64()?;
        for _ in 0..count {
            at.take(4)?;
            let offset = self.bytes.0.len() - at.0.len();
            let target = jump(offset, at.u64()?)?;
            let mut value = self.bytes.at(target)?;
            let rep = value.u64()?;
            self.check(rep, depth)?;
            let end = target + 8;
            // The decoder goes on behind the value; going back would let it run in circles.
            if end <= offset as u64 {
                return Err("a dictionary of it leads back".into());
            }
            let rest = self.bytes.0.get(end as usize..).ok_or_else(cut_off)?;
            // What is read on is the whole file's, of which `at` was a part.
            *at = shorten(at, rest.len())?;
        }
        Ok(())
    }

    /// Times, then the values at them.
    fn check_samples(&mut self, payload: u64, depth: usize) -> Result<(), String> {
        let mut at = self.bytes.at(payload)?;
        let target = jump(payload as usize, at.u64()?)?;
        let mut times = self.bytes.at(target)?;
        let rep = times.u64()?;
        self.check(rep, depth)?;
        let offset = target + 8;
        let target = jump(offset as usize, self.bytes.at(offset)?.u64()?)?;
        let mut values = self.bytes.at(target)?;
        let count = values.u64()?;
        let reps = values.take(count.checked_mul(8).ok_or_else(cut_off)?)?;
        for rep in reps.0.as_chunks::<8>().0 {
            self.check(u64::from_le_bytes(*rep), depth)?;
        }
        Ok(())
    }

    fn check_array(&self, rep: u64, kind: u64) -> Result<(), String> {
        let mut at = self.bytes.at(rep & PAYLOAD)?;
        if self.version < (0, 5) {
            at.take(4)?;
        }
        let count = if self.version < (0, 7) { u64::from(at.u32()?) } else { at.u64()? };
        let (is_int, is_float) = (matches!(kind, 3..=6), matches!(kind, 7..=9 | 48 | 56));
        let first_packed = if is_int { (0, 5) } else { (0, 6) };
        let is_packed = rep & COMPRESSED != 0 && self.version >= first_packed && count >= 4;
        if is_packed && is_int {
            return at.packed_ints(count);
        }
        if is_packed && is_float {
            if at.u8()? == b't' {
                let n_values = u64::from(at.u32()?);
                at.take(n_values * width(kind))?;
            }
            return at.packed_ints(count);
        }
        at.take(count.checked_mul(width(kind)).ok_or_else(cut_off)?).map(drop)
    }
}

/// Offsets count from where they stand.
fn jump(from: usize, by: u64) -> Result<u64, String> {
    (from as u64).checked_add_signed(by as i64).ok_or_else(cut_off)
}

/// The part of `bytes` that is `n_left` from its end.
fn shorten<'a>(bytes: &Bytes<'a>, n_left: usize) -> Result<Bytes<'a>, String> {
    let skipped = bytes.0.len().checked_sub(n_left).ok_or_else(cut_off)?;
    bytes.at(skipped as u64)
}

fn list_op(
    at: &mut Bytes<'_>,
    mut list: impl FnMut(&mut Bytes<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let header = at.u8()?;
    // Explicit, added, deleted, ordered, prepended and appended items.
    (1..=6).filter(|bit| header & (1 << bit) != 0).try_for_each(|_| list(at))
}

/// Bytes of one element.
fn width(kind: u64) -> u64 {
    match kind {
        7 => 2,
        3 | 4 | 8 | 21 => 4,
        25 => 6,
        5 | 6 | 9 | 48 | 56 | 18 | 20 | 22 | 29 => 8,
        24 | 26 => 12,
        17 | 19 | 28 | 30 => 16,
        23 => 24,
        13 | 16 | 27 => 32,
        14 => 72,
        15 => 128,
        _ => 1,
    }
}
