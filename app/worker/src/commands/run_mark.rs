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
                n_ended += end_marked(&variable);
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
    /// Ends whatever still carries the mark, then forgets it.
    pub(super) async fn clear(self) {
        let ended = tokio::task::spawn_blocking(move || {
            end_marked(&self.variable);
            std::fs::remove_file(&self.file)
        });
        if let Ok(Err(error)) = ended.await {
            tracing::warn!("a finished program could not be forgotten ({error})");
        }
    }
}

/// Between looking and killing a program may fork once more; whoever is left is seen in the next
/// round, and nobody forks for ever under a kill.
#[cfg(target_os = "linux")]
fn end_marked(variable: &str) -> usize {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    const ROUNDS: usize = 32;
    let mut ended = std::collections::BTreeSet::new();
    for _ in 0..ROUNDS {
        let found = marked_processes(variable);
        if found.is_empty() {
            break;
        }
        for pid in found {
            // It may have ended by itself meanwhile.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            ended.insert(pid);
        }
    }
    ended.len()
}

#[cfg(not(target_os = "linux"))]
fn end_marked(_variable: &str) -> usize {
    0
}

/// Processes of other users, and those that end while we look, cannot be read and are not ours.
#[cfg(target_os = "linux")]
fn marked_processes(variable: &str) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_marked = |pid: &i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|pair| pair.strip_prefix(variable.as_bytes()).is_some_and(|rest| rest.starts_with(b"=")))
    };
    pids.filter(is_marked).collect()
}
