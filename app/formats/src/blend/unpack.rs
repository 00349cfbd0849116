//! Takes the compression off a `.blend`: gzip up to Blender 2.9, zstd in many frames since 3.0.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use work::guarded;

use super::FORMAT_NAME;
use crate::ReadFault;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Scenes of real productions shrink to a tenth; what grows a thousandfold is a trap.
const MAX_GROWTH: u64 = 200;
const MIN_LIMIT_N_BYTES: u64 = 256 * 1024 * 1024;

/// Whether this is a `.blend`, packed or not, told from its first bytes.
pub(crate) fn is_blend(bytes: &[u8]) -> bool {
    let starts = |reader: &mut dyn Read| {
        let mut first = [0; 7];
        reader.read_exact(&mut first).is_ok() && first == *b"BLENDER"
    };
    if bytes.starts_with(GZIP) {
        return starts(&mut MultiGzDecoder::new(bytes));
    }
    if bytes.starts_with(ZSTD) {
        let found = guarded(|| StreamingDecoder::new(bytes).is_ok_and(|mut frame| starts(&mut frame)));
        return found.unwrap_or(false);
    }
    bytes.starts_with(b"BLENDER")
}

/// The file as Blender laid it out in memory.
///
/// # Errors
/// A stream that breaks off at its very beginning, and one that unpacks to more than its size
/// explains. One that breaks off later gives what is there.
pub(super) fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ReadFault> {
    let limit = (bytes.len() as u64).saturating_mul(MAX_GROWTH).max(MIN_LIMIT_N_BYTES);
    let mut unpacked = Vec::new();
    let result = if bytes.starts_with(GZIP) {
        read_to_limit(&mut MultiGzDecoder::new(bytes), &mut unpacked, limit)
    } else if bytes.starts_with(ZSTD) {
        guarded(|| frames(bytes, &mut unpacked, limit)).unwrap_or_else(Err)
    } else {
        return Ok(bytes.into());
    };
    match result {
        Err(cause) if unpacked.len() < 32 => Err(damaged(cause)),
        _ if unpacked.len() as u64 > limit => Err(damaged("it unpacks to far more than its size".into())),
        _ => Ok(unpacked.into()),
    }
}

fn damaged(cause: String) -> ReadFault {
    ReadFault::Damaged { format: FORMAT_NAME, cause }
}

fn read_to_limit(reader: &mut dyn Read, into: &mut Vec<u8>, limit: u64) -> Result<(), String> {
    let left = limit.saturating_sub(into.len() as u64).saturating_add(1);
    reader.take(left).read_to_end(into).map(drop).map_err(|error| error.to_string())
}

/// Blender writes one frame a megabyte and a table of them at the end, in a frame to be skipped
/// (Zstandard seekable format 0.1.0).
fn frames(bytes: &[u8], into: &mut Vec<u8>, limit: u64) -> Result<(), String> {
    let mut rest = bytes;
    while !rest.is_empty() && into.len() as u64 <= limit {
        match StreamingDecoder::new(&mut rest) {
            Ok(mut frame) => read_to_limit(&mut frame, into, limit)?,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => rest = rest.get(length as usize..).unwrap_or_default(),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn every_packing_gives_the_same_bytes() {
        let plain: Vec<u8> = b"BLENDER-v300".iter().copied().chain((0..200_000).map(|i| i as u8)).collect();
        let (first, second) = plain.split_at(70_000);
        let table = [0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9];
        let framed = [zstd(first), zstd(second), table.to_vec()].concat();
        for packed in [plain.clone(), gzipped(&plain), framed] {
            assert!(is_blend(&packed));
            assert_eq!(unpack(&packed).unwrap(), plain);
        }
    }

    #[test]
    fn a_bomb_is_refused_and_a_torn_end_is_not() {
        let bomb = gzipped(&vec![0; 300 * 1024 * 1024]);
        assert!(unpack(&bomb).is_err());
        let whole = gzipped(&(0..100_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
        assert!(unpack(&whole[..whole.len() / 2]).unwrap().len() > 1000);
        assert!(unpack(&[0x1f, 0x8b, 8]).is_err());
        assert!(!is_blend(&[0x28, 0xb5, 0x2f, 0xfd, 1]));
    }
}
