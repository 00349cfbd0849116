//! Frame ranges as job types write them: `1..10,20-25,40`.

use std::collections::BTreeSet;

/// A range of more frames is a slip of the hand; nobody renders eleven hours at 24 fps in one job.
const MAX_FRAMES: usize = 1_000_000;

/// Why a text is no frame range, or cannot be cut.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("empty frame range")]
    Empty,
    #[error("bad frame range {0:?}: write it like 1-10,20,30-35")]
    Malformed(String),
    #[error("the frame range holds more than {MAX_FRAMES} frames: {0:?}")]
    TooMany(String),
    #[error("the chunk size must be 1 or more, not {0}")]
    ChunkSize(i64),
}

/// The distinct frames of `range`, ascending.
///
/// # Errors
/// When it is none, or beyond all reason.
pub fn parse(range: &str) -> Result<Vec<u32>, FrameError> {
    if range.trim().is_empty() {
        return Err(FrameError::Empty);
    }
    let mut frames = BTreeSet::new();
    for part in range.split(',') {
        let (first, last) = parse_part(part).ok_or_else(|| FrameError::Malformed(range.into()))?;
        if frames.len() + (last - first) as usize >= MAX_FRAMES {
            return Err(FrameError::TooMany(range.into()));
        }
        frames.extend(first..=last);
    }
    Ok(frames.into_iter().collect())
}

/// `range` cut into pieces of `size` frames, each written with `-` for runs of three or more.
///
/// # Errors
/// As [`parse`], and for a size below 1.
pub fn chunks(range: &str, size: i64) -> Result<Vec<String>, FrameError> {
    let n_frames = usize::try_from(size).ok().filter(|n| *n > 0).ok_or(FrameError::ChunkSize(size))?;
    Ok(parse(range)?.chunks(n_frames).map(write).collect())
}

fn parse_part(part: &str) -> Option<(u32, u32)> {
    let number = |text: &str| {
        let text = text.trim();
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten()
    };
    match part.split_once("..").or_else(|| part.split_once('-')) {
        None => number(part).map(|frame| (frame, frame)),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some((first, last))
        }
    }
}

/// Distinct ascending frames as a range.
pub fn write(frames: &[u32]) -> String {
    let runs = frames.chunk_by(|a, b| a + 1 == *b);
    let words = runs.map(|run| match run {
        [only] => only.to_string(),
        [first, second] => format!("{first},{second}"),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    words.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_written_as_flamenco_writes_them() {
        for (range, size, expect) in [
            ("1..10,20..25,40", 4, vec!["1-4", "5-8", "9,10,20,21", "22-25", "40"]),
            ("1-3", 1, vec!["1", "2", "3"]),
            ("3,1,2,2", 10, vec!["1-3"]),
            (" 1 - 4 , 8", 3, vec!["1-3", "4,8"]),
            ("7", 100, vec!["7"]),
        ] {
            assert_eq!(chunks(range, size).unwrap(), expect, "{range:?} in {size}");
        }
    }

    #[test]
    fn bad_ranges_are_refused() {
        for range in ["", "  ", " 1 10", "-5", "1--5", "5-1", "a", "1,,2", "1-", "99999999999", "+1"] {
            assert!(chunks(range, 1).is_err(), "{range:?}");
        }
        assert_eq!(chunks("1-10", 0), Err(FrameError::ChunkSize(0)));
        assert_eq!(parse("0-4000000000"), Err(FrameError::TooMany("0-4000000000".into())));
    }
}
