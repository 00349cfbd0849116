use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk of its own, mounted over a folder, that a test can fill. Needs root.
pub(super) struct SmallDisk {
    folder: PathBuf,
}

/// The inputs in the store, laid out for two tries of handing them over, and the results.
const N_BYTES: u64 = 128 << 20;
/// Left when full: not even a database page's worth of progress.
const LEFT_BYTES: u64 = 16 << 10;

impl SmallDisk {
    /// `None` where this user may not mount.
    pub(super) fn over(folder: &Path) -> Option<Self> {
        let size = format!("size={N_BYTES}");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
        mount.is_ok_and(|it| it.status.success()).then(|| Self { folder: folder.into() })
    }

    pub(super) fn fill(&self) {
        let filler = std::fs::File::create(self.filler()).unwrap();
        let free = self.free();
        // Blocks, not a hole: a tmpfs counts what was written.
        let chunk = vec![0_u8; 1 << 20];
        let mut left = free.saturating_sub(LEFT_BYTES);
        while left > 0 {
            let n = left.min(chunk.len() as u64) as usize;
            if std::io::Write::write_all(&mut &filler, &chunk[..n]).is_err() {
                break;
            }
            left -= n as u64;
        }
    }

    pub(super) fn empty(&self) {
        // Not there unless it was filled.
        let _ = std::fs::remove_file(self.filler());
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    fn free(&self) -> u64 {
        let df = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.folder).output().unwrap();
        let text = String::from_utf8_lossy(&df.stdout).into_owned();
        text.lines().nth(1).and_then(|line| line.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a program that is just ending may still have a file open here.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}
