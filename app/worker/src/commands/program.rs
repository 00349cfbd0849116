use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::lines::forward_lines;
use super::run_mark::{RunMark, processor_ticks};
use super::{CommandContext, CommandError, Event};

/// A program and its arguments, run directly: no shell reads them.
#[derive(Debug)]
pub(super) struct Program {
    pub exe: String,
    pub args: Vec<String>,
}

/// A program that has ended may leave children holding its output; they get this long to finish.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Where programs look for a place for what they need for a while: POSIX's way, and Windows'.
const TEMPORARY: [&str; 3] = ["TMPDIR", "TMP", "TEMP"];
/// Lines that wait to be reported; a program that prints faster is held up.
const LINES_WAITING: usize = 256;

impl Program {
    /// Runs to the end, or until the context says stop. Either way the whole tree has ended on
    /// return, grandchildren included. stdout and stderr come as one stream, in the order written;
    /// what `meaning` finds in a line is told right after it.
    pub(super) async fn run(
        self,
        cx: &CommandContext,
        meaning: impl Fn(&str) -> Option<Event>,
    ) -> Result<(), CommandError> {
        cx.log("going to run:").await;
        cx.log(format!("    {}", self.command_line())).await;

        let mark = cx.marks.begin()?;
        let (mut child, lines) = match self.spawn(&mark, &cx.scratch) {
            Ok(spawned) => spawned,
            Err(error) => {
                mark.clear(None).await;
                return Err(self.explain(error));
            }
        };
        let mut output = Output { lines, prefix: format!("pid={} > ", child.id().unwrap_or_default()) };
        let watchdog = Watchdog::new(cx.patience, child.id());
        let ended = output.relay_until_exit(&mut *child, cx, &meaning, watchdog).await;
        if matches!(ended, Ok(Ended::Exited(_))) {
            output.relay_last_words(cx, &meaning).await;
        }
        end_tree(child, mark).await;
        output.relay_last_words(cx, &meaning).await;
        match ended? {
            Ended::Exited(status) => verdict(status),
            Ended::Stopped => Err(CommandError::Stopped),
            Ended::Hung => Err(CommandError::Hung { patience: cx.patience }),
        }
    }

    fn spawn(
        &self,
        mark: &RunMark,
        scratch: &Path,
    ) -> io::Result<(Box<dyn ChildWrapper>, mpsc::Receiver<String>)> {
        let (reader, writer) = io::pipe()?;
        let mut command = CommandWrap::with_new(&self.exe, |command| {
            command.args(&self.args).env(&mark.variable, "1").stdin(Stdio::null());
            for name in TEMPORARY {
                command.env(name, scratch);
            }
        });
        command.command_mut().stderr(writer.try_clone()?).stdout(writer);
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let child = command.spawn()?;
        // `command` still holds our copies of the pipe's write end; with them open the output would
        // never end.
        drop(command);

        let (send, lines) = mpsc::channel(LINES_WAITING);
        // Not on the runtime: a stray process may hold the pipe for as long as it likes, and the
        // runtime would wait for it at its own end.
        std::thread::Builder::new()
            .name("worker-output".into())
            .spawn(move || forward_lines(reader, &send))?;
        Ok((child, lines))
    }

    fn command_line(&self) -> String {
        let words = std::iter::once(&self.exe).chain(&self.args).map(String::as_str);
        shlex::try_join(words).unwrap_or_else(|_| format!("{self:?}"))
    }

    fn explain(self, error: io::Error) -> CommandError {
        match error.kind() {
            io::ErrorKind::NotFound => CommandError::NoProgram { exe: self.exe },
            _ => CommandError::Start { exe: self.exe, source: error },
        }
    }
}

/// How the wait for a program ended.
enum Ended {
    Exited(ExitStatus),
    /// The context said stop.
    Stopped,
    Hung,
}

/// Notices a program that neither prints nor uses a processor, nor do its children.
struct Watchdog {
    patience: Duration,
    group: Option<u32>,
    /// Processor time at the last look, in ticks.
    ticks: Option<u64>,
    quiet_since: Instant,
}

impl Watchdog {
    fn new(patience: Duration, group: Option<u32>) -> Self {
        Self { patience, group, ticks: None, quiet_since: Instant::now() }
    }

    fn heard(&mut self) {
        self.quiet_since = Instant::now();
    }

    /// Ends when it is time to look again.
    async fn look_due(&self) {
        tokio::time::sleep(self.patience / 8).await;
    }

    /// Where processor time cannot be told, no program ever hangs.
    fn is_hanging(&mut self) -> bool {
        let ticks = self.group.and_then(processor_ticks);
        if ticks != self.ticks {
            self.ticks = ticks;
            self.heard();
        }
        ticks.is_some() && self.quiet_since.elapsed() >= self.patience
    }
}

struct Output {
    lines: mpsc::Receiver<String>,
    prefix: String,
}

impl Output {
    async fn relay_until_exit(
        &mut self,
        child: &mut dyn ChildWrapper,
        cx: &CommandContext,
        meaning: &impl Fn(&str) -> Option<Event>,
        mut watchdog: Watchdog,
    ) -> io::Result<Ended> {
        let mut is_open = true;
        loop {
            tokio::select! {
                () = cx.stop.wait() => return Ok(Ended::Stopped),
                status = child.wait() => return status.map(Ended::Exited),
                () = watchdog.look_due() => if watchdog.is_hanging() {
                    return Ok(Ended::Hung);
                },
                line = self.lines.recv(), if is_open => match line {
                    Some(line) => {
                        watchdog.heard();
                        self.relay(line, cx, meaning).await;
                    }
                    None => is_open = false,
                },
            }
        }
    }

    async fn relay_last_words(&mut self, cx: &CommandContext, meaning: &impl Fn(&str) -> Option<Event>) {
        let until_end = async {
            while let Some(line) = self.lines.recv().await {
                self.relay(line, cx, meaning).await;
            }
        };
        tokio::select! {
            _ = timeout(LAST_WORDS, until_end) => {}
            () = cx.stop.wait() => {}
        }
    }

    async fn relay(&self, line: String, cx: &CommandContext, meaning: &impl Fn(&str) -> Option<Event>) {
        let event = meaning(&line);
        cx.log(format!("{}{line}", self.prefix)).await;
        if let Some(event) = event {
            cx.tell(event).await;
        }
    }
}

/// First the group, or on Windows the job, at one blow; then whoever left it.
async fn end_tree(mut child: Box<dyn ChildWrapper>, mark: RunMark) {
    // The group bears the number of its leader, which is the child.
    let group = child.id();
    // An error says that nobody is left in the group.
    let _ = child.start_kill();
    if let Err(error) = child.wait().await {
        tracing::warn!("the end of a program could not be seen ({error})");
    }
    mark.clear(group).await;
}

fn verdict(status: ExitStatus) -> Result<(), CommandError> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(CommandError::Exit(code)),
        None => Err(CommandError::Signal { signal: signal_of(status) }),
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> i32 {
    std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or_default()
}

#[cfg(not(unix))]
fn signal_of(_status: ExitStatus) -> i32 {
    0
}
