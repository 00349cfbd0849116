//! LZ4 blocks, and the integers in them (OpenUSD's `fastCompression.cpp`, `integerCoding.cpp`).

use super::cut_off;

/// LZ4 cannot pack tighter, and an integer takes at least two bits before that.
const MAX_LZ4_RATIO: u64 = 255;
const MAX_INTS_PER_BYTE: u64 = 4 * MAX_LZ4_RATIO;

pub(super) fn check_count(count: u64, n_packed: u64) -> Result<(), String> {
    if count > n_packed.saturating_mul(MAX_INTS_PER_BYTE) {
        return Err(format!("it claims {count} numbers in {n_packed} bytes"));
    }
    Ok(())
}

/// What a block of one chunk holds, `n_unpacked` bytes at most.
pub(super) fn unpack(packed: &[u8], n_unpacked: u64) -> Result<Vec<u8>, String> {
    if n_unpacked > (packed.len() as u64).saturating_mul(MAX_LZ4_RATIO) {
        return Err(format!("it claims {n_unpacked} bytes in {}", packed.len()));
    }
    let broken = || "a packed part of it is broken".to_owned();
    let (&n_chunks, mut rest) = packed.split_first().ok_or_else(cut_off)?;
    if n_chunks != 0 {
        return Err("a part of it is larger than two gigabytes".into());
    }
    let n_unpacked = n_unpacked as usize;
    let mut out: Vec<u8> = Vec::with_capacity(n_unpacked);
    let length = |rest: &mut &[u8], nibble: u8| -> Option<usize> {
        let mut length = usize::from(nibble);
        if nibble == 15 {
            loop {
                let (&byte, after) = rest.split_first()?;
                *rest = after;
                length += usize::from(byte);
                if byte != 255 {
                    break;
                }
            }
        }
        Some(length)
    };
    while let Some((&token, after)) = rest.split_first() {
        rest = after;
        let n_literals = length(&mut rest, token >> 4).ok_or_else(broken)?;
        let (literals, after) = rest.split_at_checked(n_literals).ok_or_else(broken)?;
        out.extend_from_slice(literals);
        rest = after;
        if rest.is_empty() {
            break;
        }
        let (offset, after) = rest.split_first_chunk::<2>().ok_or_else(broken)?;
        let offset = usize::from(u16::from_le_bytes(*offset));
        rest = after;
        let n_match = 4 + length(&mut rest, token & 15).ok_or_else(broken)?;
        if offset == 0 || offset > out.len() || out.len() + n_match > n_unpacked {
            return Err(broken());
        }
        let from = out.len() - offset;
        if offset >= n_match {
            out.extend_from_within(from..from + n_match);
        } else {
            for i in from..from + n_match {
                out.push(out[i]);
            }
        }
    }
    if out.len() > n_unpacked { Err(broken()) } else { Ok(out) }
}

/// `count` 32-bit integers: the commonest difference, two bits of code for each, the others.
pub(super) fn decode_ints(packed: &[u8], count: u64) -> Result<Vec<i32>, String> {
    if count == 0 {
        return Ok(Vec::new());
    }
    check_count(count, packed.len() as u64)?;
    let n_codes = count.div_ceil(4);
    let unpacked = unpack(packed, (4 + n_codes + 4 * count).min(packed.len() as u64 * MAX_LZ4_RATIO))?;
    let (common, rest) = unpacked.split_first_chunk::<4>().ok_or_else(cut_off)?;
    let common = i32::from_le_bytes(*common);
    let (codes, mut rest) = rest.split_at_checked(n_codes as usize).ok_or_else(cut_off)?;
    let mut ints = Vec::with_capacity(count as usize);
    let mut last = 0_i32;
    for i in 0..count as usize {
        let width = match (codes[i / 4] >> (2 * (i % 4))) & 3 {
            0 => 0,
            1 => 1,
            2 => 2,
            _ => 4,
        };
        let (bytes, after) = rest.split_at_checked(width).ok_or_else(cut_off)?;
        rest = after;
        last = last.wrapping_add(match *bytes {
            [a] => i32::from(a as i8),
            [a, b] => i32::from(i16::from_le_bytes([a, b])),
            [a, b, c, d] => i32::from_le_bytes([a, b, c, d]),
            _ => common,
        });
        ints.push(last);
    }
    Ok(ints)
}
