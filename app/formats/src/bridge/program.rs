//! Runs Blender over one scene: nothing to type, an end in time, and its last words when it fails.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use work::WorkCtx;

use super::find::is_python;
use crate::ReadFault;

/// Why Blender gave no scene.
#[derive(Debug, thiserror::Error)]
pub enum BlenderFault {
    #[error("it does not start ({0})")]
    Start(std::io::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("it took longer than {} minutes", .0.as_secs() / 60)]
    TimeOut(Duration),
    /// With what it said last.
    #[error("{0}")]
    Failed(String),
    #[error("its answer makes no sense ({0})")]
    Answer(String),
}

/// Scenes of productions take minutes to open and to work out.
const TIME_LIMIT: Duration = Duration::from_secs(20 * 60);
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
const N_LAST_LINES: usize = 12;
const MAX_LINE_N_BYTES: u64 = 16 * 1024;

const STAGE: &str = "KILN-STAGE ";
const OWN_WORDS: &str = "KILN-ERROR ";

/// Runs `script` over `scene`, to make `out`.
///
/// # Errors
/// When it does not start, fails, makes no file or takes too long, and a cancel. Whatever it started
/// has ended by then.
pub(super) fn run(
    program: &Path,
    script: &Path,
    scene: &Path,
    out: &Path,
    ctx: &WorkCtx,
) -> Result<(), ReadFault> {
    let mut command = Command::new(program);
    if is_python(program) {
        command.arg(script);
    } else {
        command.args(["--background", "--factory-startup", "--disable-autoexec"]);
        command.args(["-noaudio", "--python-exit-code", "3", "--python"]).arg(script).arg("--");
    }
    command.arg(scene).arg(out);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    ctx.stage("starting Blender");
    let mut child = Running::new(command.spawn().map_err(BlenderFault::Start)?);
    let (send, lines) = sync_channel(256);
    for pipe in [
        child.0.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        child.0.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
    ]
    .into_iter()
    .flatten()
    {
        let send = send.clone();
        std::thread::Builder::new().name("blender-words".into()).spawn(move || pass_on(pipe, &send))?;
    }
    drop(send);
    let words = listen(&lines, ctx)?;
    let status = child.0.wait()?;
    if status.success() && out.is_file() {
        return Ok(());
    }
    Err(BlenderFault::Failed(words.explain(&status.to_string())).into())
}

/// Ends with all that it started when dropped.
struct Running(Child);

/// Process ids of all that run.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Ends every Blender that this process has started, with all that those started: for a process that
/// is about to end without unwinding.
pub fn end_blenders() {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|&id| end_group(id));
}

impl Running {
    fn new(child: Child) -> Self {
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(child.id());
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.0.id();
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            end_group(id);
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|running| *running != id);
    }
}

#[cfg(unix)]
fn end_group(id: u32) {
    if let Ok(id) = i32::try_from(id) {
        // The group is gone already when Blender was quicker.
        let group = nix::unistd::Pid::from_raw(id);
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn end_group(_: u32) {}

fn pass_on(pipe: Box<dyn Read + Send>, send: &SyncSender<String>) {
    let mut reader = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        // A line without end is told in pieces.
        match reader.by_ref().take(MAX_LINE_N_BYTES).read_until(b'\n', &mut line) {
            Ok(n) if n > 0 => {
                if send.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                    return;
                }
            }
            _ => return,
        }
    }
}

#[derive(Default)]
struct Words {
    last: VecDeque<String>,
    own: Option<String>,
}

/// Until Blender falls silent for good.
fn listen(lines: &Receiver<String>, ctx: &WorkCtx) -> Result<Words, ReadFault> {
    let started = Instant::now();
    let mut words = Words::default();
    loop {
        ctx.check_cancelled()?;
        if started.elapsed() > TIME_LIMIT {
            return Err(BlenderFault::TimeOut(TIME_LIMIT).into());
        }
        match lines.recv_timeout(LOOK_INTERVAL) {
            Ok(line) => words.hear(line, ctx),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(words),
        }
    }
}

impl Words {
    fn hear(&mut self, line: String, ctx: &WorkCtx) {
        if let Some(stage) = line.strip_prefix(STAGE) {
            ctx.stage(&format!("Blender: {stage}"));
        } else if let Some(own) = line.strip_prefix(OWN_WORDS) {
            self.own = Some(own.to_owned());
        } else if !line.trim().is_empty() {
            self.last.push_back(line);
            if self.last.len() > N_LAST_LINES {
                self.last.pop_front();
            }
        }
    }

    fn explain(self, status: &str) -> String {
        if let Some(own) = self.own {
            return own;
        }
        let said = |part: &str| self.last.iter().any(|line| line.contains(part));
        if said("No module named 'numpy'") {
            return "its Python lacks numpy; on Debian and Ubuntu: apt install python3-numpy".into();
        }
        if said("No module named 'bpy'") {
            return "that Python has no module bpy; name Blender itself instead".into();
        }
        let is_error = |line: &&String| line.contains("Error") || line.contains("error");
        let telling = self.last.iter().rev().find(is_error).or(self.last.back());
        telling.map_or_else(|| status.to_owned(), |line| format!("{status}: {}", line.trim()))
    }
}
