//! A task's log that may grow without end, on a disk that has one.
//!
//! Whoever follows a log asks for what comes after the bytes it has, so nothing that was there may
//! change: a log is only ever appended to. Once it is as long as the limit it stays so; what comes then
//! goes through two files beside it, of which the older one is given up for a new one, and is appended
//! when the task ends.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The files of one log.
pub(super) struct LongLog<'a> {
    path: &'a Path,
    /// Bytes; where the log is closed, and the most that is kept of what comes after.
    limit: u64,
}

impl<'a> LongLog<'a> {
    pub(super) fn new(path: &'a Path, limit: u64) -> Self {
        Self { path, limit }
    }

    /// Appends `text` to the log, or to its end once the log is closed.
    pub(super) fn append(&self, text: &str) -> io::Result<()> {
        let mut log = open(self.path)?;
        let size = log.metadata()?.len();
        if size >= self.limit {
            return self.append_to_end(text);
        }
        let room = usize::try_from(self.limit - size).unwrap_or(usize::MAX);
        if text.len() < room {
            return log.write_all(text.as_bytes());
        }
        let (head, rest) = text.split_at(end_of_line(text, room));
        let mark = format!(
            "{}[this log has grown to {} bytes; what comes now is kept in part, and follows when the task ends]\n",
            if head.ends_with('\n') { "" } else { "\n" },
            size + head.len() as u64,
        );
        log.write_all(head.as_bytes())?;
        log.write_all(mark.as_bytes())?;
        if rest.is_empty() { Ok(()) } else { self.append_to_end(rest) }
    }

    /// The task has ended: what was kept of the log's end comes back to it.
    pub(super) fn finish(&self) -> io::Result<()> {
        let is_closed = fs::metadata(self.path).is_ok_and(|it| it.len() >= self.limit);
        let (older, newer) = self.end_files();
        if !is_closed || !newer.exists() {
            return Ok(());
        }
        let mut log = open(self.path)?;
        for part in [&older, &newer] {
            match File::open(part) {
                Ok(mut kept) => drop(io::copy(&mut kept, &mut log)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        for part in [&older, &newer] {
            // Killed before this, it would come back a second time, which does no harm.
            let _ = fs::remove_file(part);
        }
        Ok(())
    }

    /// The file with the log's last lines.
    pub(super) fn latest(&self) -> PathBuf {
        let (_, newer) = self.end_files();
        if newer.exists() { newer } else { self.path.into() }
    }

    fn append_to_end(&self, text: &str) -> io::Result<()> {
        let (older, newer) = self.end_files();
        let size = fs::metadata(&newer).map_or(0, |it| it.len());
        if size > 0 && size + text.len() as u64 > self.limit / 2 {
            fs::rename(&newer, &older)?;
        }
        // One report alone may be longer than all that is kept.
        let most = usize::try_from(self.limit / 2).unwrap_or(usize::MAX);
        let skipped = end_of_line(text, text.len().saturating_sub(most));
        open(&newer)?.write_all(text.get(skipped..).unwrap_or_default().as_bytes())
    }

    /// The older one, and the one that is written to.
    fn end_files(&self) -> (PathBuf, PathBuf) {
        (self.path.with_extension("end-older.txt"), self.path.with_extension("end.txt"))
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// The end of the line that holds byte `at`, as an index; 0 for 0.
fn end_of_line(text: &str, at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let rest = text.as_bytes().get(at - 1..).unwrap_or_default();
    rest.iter().position(|it| *it == b'\n').map_or(text.len(), |end| at + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 1000;

    fn lines(from: usize, to: usize) -> String {
        (from..to).map(|i| format!("line {i:05}\n")).collect()
    }

    #[test]
    fn a_long_log_keeps_its_head_and_its_end_and_never_changes_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.txt");
        let log = LongLog::new(&path, LIMIT);
        let mut seen = String::new();
        for i in 0..5000 {
            log.append(&lines(i, i + 1)).unwrap();
            let now = fs::read_to_string(&path).unwrap();
            assert!(now.starts_with(&seen), "line {i} changed what was there");
            seen = now;
        }
        let (mark, head) = seen.lines().next_back().zip(seen.get(..1001)).unwrap();
        assert!(mark.starts_with("[this log has grown to 1001 bytes"), "{mark}");
        assert_eq!(head, lines(0, 91));
        let on_disk = || {
            fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().metadata().unwrap().len()).sum::<u64>()
        };
        assert!(on_disk() < 2 * LIMIT + 200, "{}", on_disk());
        assert!(fs::read_to_string(log.latest()).unwrap().ends_with("line 04999\n"));

        log.finish().unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        let end = whole.strip_prefix(&seen).unwrap();
        let n = end.lines().count();
        assert_eq!(end, lines(5000 - n, 5000));
        assert!((45..=91).contains(&n), "{n}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // The task runs again.
        log.append("again\n").unwrap();
        log.finish().unwrap();
        log.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{whole}again\n"));
    }

    #[test]
    fn reports_of_any_size_are_cut_at_lines() {
        for (first, second) in [(10, 100_000), (999, 1), (1000, 1), (1001, 12), (100_000, 100_000), (0, 0)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("task.txt");
            let log = LongLog::new(&path, LIMIT);
            for n in [first, second] {
                log.append(&lines(0, n / 11)).unwrap();
                log.append(&"ß".repeat(n % 11)).unwrap();
            }
            log.finish().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.len() < 3 * 1000 + 400, "{first} {second}: {}", text.len());
        }
        // No line ends at all: nothing is cut within a letter.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.txt");
        let log = LongLog::new(&path, 11);
        log.append(&"ß".repeat(400)).unwrap();
        log.append(&"ß".repeat(400)).unwrap();
        log.finish().unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("ßßß"));
    }
}
