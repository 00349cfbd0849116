use std::io::Read;

use tokio::sync::mpsc;

/// Longer lines are split here, at a character.
pub(super) const LINE_LIMIT_BYTES: usize = 40 * 1024;

/// Cuts a program's output into lines as it comes. A carriage return ends a line too: progress
/// displays redraw theirs with it.
#[derive(Default)]
pub(super) struct LineSplitter {
    pending: Vec<u8>,
    after_return: bool,
}

impl LineSplitter {
    /// Hands each complete line in `bytes` to `emit`, bytes that are not UTF-8 replaced.
    pub(super) fn push(&mut self, bytes: &[u8], mut emit: impl FnMut(String)) {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let is_second_half = piece == b"\n" && std::mem::take(&mut self.after_return);
            if is_second_half && self.pending.is_empty() {
                continue;
            }
            self.after_return = piece.ends_with(b"\r");
            let is_whole = self.after_return || piece.ends_with(b"\n");
            self.pending.extend_from_slice(if is_whole { &piece[..piece.len() - 1] } else { piece });
            while self.pending.len() > LINE_LIMIT_BYTES {
                let rest = self.pending.split_off(split_point(&self.pending));
                emit(into_text(std::mem::replace(&mut self.pending, rest)));
            }
            if is_whole {
                emit(into_text(std::mem::take(&mut self.pending)));
            }
        }
    }

    /// The last line, if the output did not end with a line end.
    pub(super) fn finish(self) -> Option<String> {
        (!self.pending.is_empty()).then(|| into_text(self.pending))
    }
}

/// Reads until the pipe closes or nobody listens any more. Blocks; runs on a thread of its own.
pub(super) fn forward_lines(mut pipe: impl Read, lines: &mpsc::Sender<String>) {
    let mut splitter = LineSplitter::default();
    let mut buffer = [0; 16 * 1024];
    let mut has_listener = true;
    while has_listener {
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(n_bytes) => {
                splitter.push(&buffer[..n_bytes], |line| has_listener &= lines.blocking_send(line).is_ok());
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    if let Some(line) = splitter.finish() {
        let _ = lines.blocking_send(line);
    }
}

/// The last start of a character at or before the limit; the limit itself if that is no text.
fn split_point(bytes: &[u8]) -> usize {
    let is_start = |at: &usize| bytes[*at] & 0b1100_0000 != 0b1000_0000;
    (LINE_LIMIT_BYTES - 3..=LINE_LIMIT_BYTES).rev().find(is_start).unwrap_or(LINE_LIMIT_BYTES)
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let (mut splitter, mut lines) = (LineSplitter::default(), Vec::new());
        for chunk in chunks {
            splitter.push(chunk, |line| lines.push(line));
        }
        lines.extend(splitter.finish());
        lines
    }

    #[test]
    fn lines_end_at_each_kind_of_line_end() {
        assert_eq!(split(&[b"one\ntwo\r\nthree\rfour"]), ["one", "two", "three", "four"]);
        assert_eq!(split(&[b"a\r", b"\nb", b"c\n", b"\n", b"d"]), ["a", "bc", "", "d"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(split(&[b"caf\xe9 \xff\n"]), ["caf\u{fffd} \u{fffd}"]);
    }

    #[test]
    fn a_long_line_is_split_at_a_character() {
        let text = "a".to_owned() + &"é".repeat(LINE_LIMIT_BYTES);
        let lines = split(&[text.as_bytes()]);
        assert_eq!(lines.concat(), text);
        assert_eq!(lines[0].len(), LINE_LIMIT_BYTES - 1);
        assert!(lines.iter().all(|line| line.len() <= LINE_LIMIT_BYTES));
    }

    #[test]
    fn a_long_line_of_no_text_is_split_all_the_same() {
        let lines = split(&[&vec![0x80; 3 * LINE_LIMIT_BYTES]]);
        assert_eq!(lines.iter().map(|line| line.chars().count()).sum::<usize>(), 3 * LINE_LIMIT_BYTES);
    }
}
