use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use work::WorkCtx;

use super::memory;
use super::words::{Order, Word};
use crate::{CaptureError, ThumbnailReport, output};

/// How often the clock and the memory are looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// How long a process may take to end what it has started, before it is ended itself.
const GRACE: Duration = Duration::from_secs(1);

/// What one model may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub time: Duration,
    /// Of the whole process that draws; it needs some 150 MB of its own. `None`: not watched.
    pub memory_n_bytes: Option<u64>,
}

impl Default for Limits {
    /// Five minutes, and half of the machine's memory where that can be told.
    fn default() -> Self {
        Self { time: Duration::from_secs(300), memory_n_bytes: memory::half_of_the_machine() }
    }
}

/// Why the process that drew a model was ended, or ended itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GivenUp {
    #[error("gave up after {} s; allow more with --time-limit", .0.as_secs_f32())]
    TimeLimit(Duration),
    #[error("gave up at {} MB of memory; allow more with --memory-limit", .0 / 1_000_000)]
    MemoryLimit(u64),
    #[error("the reader or the graphics driver crashed ({0}). Please report this, with the model if you can")]
    Crashed(String),
    #[error("{0}")]
    Failed(String),
}

/// What became of one model.
pub type Outcome = Result<ThumbnailReport, GivenUp>;

/// [`super::batch`] in a process of its own, which `child` starts and in which [`super::serve`] is
/// called with its standard input and output. A model that takes too long or too much, or crashes
/// the process, is given up; the others that were under way begin again in a new process.
///
/// # Errors
/// When no process can be started, and a cancel.
pub fn supervised(
    models: &[(PathBuf, PathBuf)],
    child: impl Fn() -> Command,
    limits: Limits,
    ctx: &WorkCtx,
    mut done: impl FnMut(usize, Outcome),
) -> Result<(), CaptureError> {
    let mut waiting: VecDeque<usize> = (0..models.len()).collect();
    // Of these one spoiled a process, and nobody knows which: each gets a process to itself.
    let mut suspects: VecDeque<usize> = VecDeque::new();
    let mut n_done = 0;
    let mut tell = |i: usize, outcome: Outcome| {
        n_done += 1;
        done(i, outcome);
        ctx.progress(n_done as f32 / models.len() as f32, "drawing");
    };
    loop {
        let share: Vec<usize> = match suspects.pop_front() {
            Some(suspect) => vec![suspect],
            None => waiting.drain(..).collect(),
        };
        if share.is_empty() {
            return Ok(());
        }
        let watch = Watch::start(models, &share, child(), limits)?;
        let process = watch.running.child.id();
        let Some(Spoiled { reason, begun, untouched }) = watch.listen(&share, ctx, &mut tell)? else {
            continue;
        };
        if untouched.len() == share.len() {
            return Err(CaptureError::NoDrawer { reason });
        }
        // It has ended by now, without a chance to tidy up.
        begun.iter().for_each(|(i, _)| output::sweep(&models[*i].1, process));
        for i in untouched.into_iter().rev() {
            waiting.push_front(i);
        }
        if let GivenUp::TimeLimit(limit) = reason {
            // The clock runs for each alone, so it is known whose time was up.
            for (i, age) in begun {
                if age >= limit { tell(i, Err(reason.clone())) } else { waiting.push_front(i) }
            }
        } else if let [(only, _)] = begun.as_slice() {
            tell(*only, Err(reason));
        } else {
            suspects.extend(begun.iter().map(|(i, _)| *i));
        }
    }
}

/// What a process left behind that did not end well.
struct Spoiled {
    reason: GivenUp,
    /// Under way, and for how long.
    begun: Vec<(usize, Duration)>,
    untouched: Vec<usize>,
}

/// A process that draws.
struct Watch {
    running: Running,
    limits: Limits,
}

impl Watch {
    fn start(
        models: &[(PathBuf, PathBuf)],
        share: &[usize],
        mut command: Command,
        limits: Limits,
    ) -> Result<Self, CaptureError> {
        let program = PathBuf::from(command.get_program());
        let cannot = |source| CaptureError::Start { source, program: program.clone() };
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(cannot)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (mut orders, out) = pipes.ok_or_else(|| cannot(std::io::ErrorKind::BrokenPipe.into()))?;
        let given = share.iter().try_for_each(|&i| give(&mut orders, &models[i]));
        // A process that is gone already tells so by its silence.
        let _ = given.and_then(|()| orders.write_all(b"\n")).and_then(|()| orders.flush());
        let (send, words) = sync_channel(256);
        let listen = move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            for word in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
                if send.send(word).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("drawer-words".into()).spawn(listen).map_err(cannot)?;
        Ok(Self { running: Running { child, lifeline: Some(orders), words }, limits })
    }

    /// `None` when every model of the share was told.
    fn listen(
        mut self,
        share: &[usize],
        ctx: &WorkCtx,
        tell: &mut impl FnMut(usize, Outcome),
    ) -> Result<Option<Spoiled>, CaptureError> {
        // Since when each is worked on; `None` while it waits for others.
        let mut begun: BTreeMap<usize, Option<Instant>> = BTreeMap::new();
        let mut is_untouched = vec![true; share.len()];
        let mut n_left = share.len();
        let reason = loop {
            ctx.check_cancelled()?;
            let told = |begun: &mut BTreeMap<usize, Option<Instant>>, i: usize| {
                begun.remove(&i);
                share.get(i).copied()
            };
            match self.running.words.recv_timeout(LOOK_INTERVAL) {
                Ok(Word::Begun { i }) => {
                    begun.insert(i, Some(Instant::now()));
                    if let Some(untouched) = is_untouched.get_mut(i) {
                        *untouched = false;
                    }
                    continue;
                }
                Ok(Word::Waits { i }) => {
                    begun.insert(i, None);
                    continue;
                }
                Ok(Word::Done { i, files, warnings }) => {
                    if let Some(model) = told(&mut begun, i) {
                        n_left -= 1;
                        let files = files.into_iter().map(PathBuf::from).collect();
                        tell(model, Ok(ThumbnailReport { files, warnings }));
                    }
                }
                Ok(Word::Failed { i, reason }) => {
                    if let Some(model) = told(&mut begun, i) {
                        n_left -= 1;
                        tell(model, Err(GivenUp::Failed(reason)));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if n_left == 0 => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => break GivenUp::Crashed(self.running.last_words()),
            }
            if n_left == 0 {
                return Ok(None);
            }
            if begun.values().any(|since| age(since) >= self.limits.time) {
                break GivenUp::TimeLimit(self.limits.time);
            }
            if let Some(n_bytes) = self.excess() {
                break GivenUp::MemoryLimit(n_bytes);
            }
        };
        let begun = begun.iter().filter_map(|(i, since)| Some((*share.get(*i)?, age(since)))).collect();
        let untouched = share.iter().zip(is_untouched).filter_map(|(i, is)| is.then_some(*i)).collect();
        Ok(Some(Spoiled { reason, begun, untouched }))
    }

    /// What the process holds when that is too much.
    fn excess(&self) -> Option<u64> {
        let limit = self.limits.memory_n_bytes?;
        memory::held_by(self.running.child.id()).filter(|held| *held > limit)
    }
}

fn age(since: &Option<Instant>) -> Duration {
    since.map_or(Duration::ZERO, |since| since.elapsed())
}

fn give(orders: &mut ChildStdin, (model, out_dir): &(PathBuf, PathBuf)) -> std::io::Result<()> {
    let order = Order { model: model.into(), out_dir: out_dir.into() };
    serde_json::to_writer(&mut *orders, &order)?;
    orders.write_all(b"\n")
}

/// Ends when dropped.
struct Running {
    child: Child,
    /// The process ends itself, and what it has started, when this closes, whatever becomes of us.
    lifeline: Option<ChildStdin>,
    words: Receiver<Word>,
}

impl Running {
    /// How it ended.
    fn last_words(&mut self) -> String {
        self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let closed = Instant::now();
        // It falls silent as it ends.
        while let Some(left) = GRACE.checked_sub(closed.elapsed())
            && self.words.recv_timeout(left).is_ok()
        {}
        // It is gone already when all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
