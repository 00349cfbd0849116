//! What each frame cost this thread, for the promise that none costs more than 16 ms.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

const SLOW_FRAME_MS: f64 = 16.0;

/// Measures from the start of one frame to the start of the next: everything the UI thread did in
/// between, the toolkit's painting included. Where the system counts a thread's processor time that
/// is taken, so that waiting for the screen does not count; elsewhere the clock on the wall.
pub struct FrameLog {
    out: Option<BufWriter<File>>,
    started: Instant,
    last: Option<f64>,
    n_frames: u64,
    /// Since it was last asked for.
    slowest_ms: f64,
}

impl FrameLog {
    /// # Errors
    /// When `path` cannot be written.
    pub fn new(path: Option<&Path>) -> std::io::Result<Self> {
        let mut out = path.map(File::create).transpose()?.map(BufWriter::new);
        if let Some(out) = &mut out {
            writeln!(out, "frame,at_secs,cpu_ms,label")?;
        }
        Ok(Self { out, started: Instant::now(), last: None, n_frames: 0, slowest_ms: 0.0 })
    }

    /// At the very start of a frame; `label` says what is going on, for the log.
    pub fn begin(&mut self, label: &str) {
        let now = cpu_ms().unwrap_or_else(|| self.started.elapsed().as_secs_f64() * 1000.0);
        if let Some(last) = self.last {
            let cost = now - last;
            self.slowest_ms = self.slowest_ms.max(cost);
            if cost > SLOW_FRAME_MS && self.n_frames > 1 {
                tracing::debug!("frame {} took {cost:.1} ms of processor time ({label})", self.n_frames);
            }
            if let Some(out) = &mut self.out {
                let at = self.started.elapsed().as_secs_f64();
                // A full disk must not stop the window; the log is then shorter.
                let _ = writeln!(out, "{},{at:.3},{cost:.2},{label}", self.n_frames);
                let _ = out.flush();
            }
        }
        self.last = Some(now);
        self.n_frames += 1;
    }
}

/// Processor time of this thread so far.
#[cfg(target_os = "linux")]
fn cpu_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e6)
}

#[cfg(not(target_os = "linux"))]
fn cpu_ms() -> Option<f64> {
    None
}
