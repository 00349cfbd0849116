use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

/// Remembers, in the Worker's home, which programs run, so that what a killed Worker left behind
/// is found and ended at its next start.
///
/// Each program carries a variable of its own in its environment, which its children inherit. On
/// Linux that finds even those that moved to another process group; on Windows the job object ends
/// everything with the Worker. On other systems leftovers of a killed Worker are not found.
#[derive(Clone, Debug)]
pub(crate) struct RunMarks {
    folder: Arc<PathBuf>,
}

/// The mark of one running program. Dropped without [`RunMark::clear`], it stays for the next start.
pub(super) struct RunMark {
    pub variable: String,
    file: PathBuf,
}

const VARIABLE_PREFIX: &str = "KILN_WORKER_RUN_";

impl RunMarks {
    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Ends every program that a former run of this Worker left behind, and returns their number.
    pub(crate) fn end_leftovers(&self) -> io::Result<usize> {
        let mut n_ended = 0;
        for entry in std::fs::read_dir(&*self.folder)? {
            let entry = entry?;
            let Some(variable) = entry.file_name().to_str().map(str::to_owned) else { continue };
            // Only our own marks: whatever else lies here is neither trusted nor removed.
            if variable.strip_prefix(VARIABLE_PREFIX).is_some_and(|id| Uuid::try_parse(id).is_ok()) {
                n_ended += end_marked(&variable, None);
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(n_ended)
    }

    pub(super) fn begin(&self) -> io::Result<RunMark> {
        let variable = format!("{VARIABLE_PREFIX}{}", Uuid::new_v4().simple());
        let file = self.folder.join(&variable);
        std::fs::write(&file, [])?;
        Ok(RunMark { variable, file })
    }
}

impl RunMark {
    /// Ends whatever still carries the mark and waits until it has ended, and `group` with it;
    /// then forgets the mark. `group` is a process group that has been killed already.
    pub(super) async fn clear(self, group: Option<u32>) {
        let ended = tokio::task::spawn_blocking(move || {
            end_marked(&self.variable, group.and_then(|id| i32::try_from(id).ok()));
            std::fs::remove_file(&self.file)
        });
        if let Ok(Err(error)) = ended.await {
            tracing::warn!("a finished program could not be forgotten ({error})");
        }
    }
}

/// Kills every process that carries the mark and waits until they and `group` are gone. Returns
/// how many were killed.
///
/// A killed process lives on for a moment, and one that has just begun to run another program shows
/// no environment for a moment; so one empty look proves nothing, and what was killed is watched to
/// its end.
#[cfg(target_os = "linux")]
fn end_marked(variable: &str, group: Option<i32>) -> usize {
    use std::time::{Duration, Instant};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    /// Nobody outlives SIGKILL that long unless the kernel itself holds it, as a hung network drive does.
    const PATIENCE: Duration = Duration::from_secs(5);
    const PAUSE: Duration = Duration::from_millis(2);
    const EMPTY_LOOKS: u32 = 3;

    let began = Instant::now();
    let mut killed = std::collections::BTreeSet::new();
    let mut n_empty = 0;
    while n_empty < EMPTY_LOOKS && began.elapsed() < PATIENCE {
        let mut is_empty = true;
        for process in processes().filter(Process::is_running) {
            if process.carries(variable) {
                // It may have ended by itself meanwhile.
                let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
                killed.insert(process.pid);
                is_empty = false;
            } else if Some(process.group) == group || killed.contains(&process.pid) {
                is_empty = false;
            }
        }
        n_empty = if is_empty { n_empty + 1 } else { 0 };
        #[allow(
            clippy::disallowed_methods,
            reason = "nobody wakes whoever waits for processes that are not its children"
        )]
        std::thread::sleep(PAUSE);
    }
    killed.len()
}

#[cfg(not(target_os = "linux"))]
fn end_marked(_variable: &str, _group: Option<i32>) -> usize {
    0
}

/// A line of `/proc/PID/stat`, proc(5).
/// Processor time that a group of processes has used, in the system's ticks; `None` where that is
/// not told.
#[cfg(target_os = "linux")]
pub(super) fn processor_ticks(group: u32) -> Option<u64> {
    let group = i32::try_from(group).ok()?;
    Some(processes().filter(|it| it.group == group).map(|it| it.ticks).sum())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn processor_ticks(_group: u32) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
struct Process {
    pid: i32,
    state: char,
    group: i32,
    /// Processor time used, its own and the system's for it.
    ticks: u64,
}

#[cfg(target_os = "linux")]
fn processes() -> impl Iterator<Item = Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?))
}

#[cfg(target_os = "linux")]
impl Process {
    /// `None` for one that has ended while we look.
    fn read(pid: i32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The program's name stands in parentheses and may hold some itself.
        let mut fields = stat.rsplit(')').next()?.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let group = fields.nth(1)?.parse().ok()?;
        let own: u64 = fields.nth(8)?.parse().ok()?;
        let systems: u64 = fields.next()?.parse().ok()?;
        Some(Self { pid, state, group, ticks: own + systems })
    }

    /// A zombie has ended and only waits for its parent to hear of it.
    fn is_running(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    /// Processes of other users cannot be read and are not ours.
    fn carries(&self, variable: &str) -> bool {
        let environment = std::fs::read(format!("/proc/{}/environ", self.pid)).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|pair| pair.strip_prefix(variable.as_bytes()).is_some_and(|rest| rest.starts_with(b"=")))
    }
}
