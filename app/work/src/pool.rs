use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::Builder;

use crate::{Progress, WorkCtx};

/// Which queue a piece of work waits in, so that a batch never holds up what a person looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Loads, thumbnails, reports of what is on screen.
    Interactive,
    /// Batches, conversions, whatever may take minutes.
    Bulk,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    #[error("cancelled")]
    Cancelled,
    /// With the cause chain in words.
    #[error("{0}")]
    Failed(String),
    #[error("{name} stopped unexpectedly: {message}. Please report this.")]
    Panicked { name: String, message: String },
}

type Task = Box<dyn FnOnce() + Send>;

/// Two threads that take work in order, one a lane; the work itself may use rayon.
pub struct Pool {
    interactive: SyncSender<Task>,
    bulk: SyncSender<Task>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

/// Where one piece of work stands, for drawing.
pub enum WorkState<T> {
    Running(Progress),
    Done(Result<T, WorkError>),
    /// Its result was taken before.
    Taken,
}

/// The asker's end of one piece of work. Dropping it cancels the work.
pub struct WorkHandle<T> {
    ctx: WorkCtx,
    result: Receiver<Result<T, WorkError>>,
}

/// Beyond this many waiting pieces the asker waits too; no window queues that many.
const QUEUE_LENGTH: usize = 4096;

impl Pool {
    /// `wake` is called whenever a handle has something new: the window repaints, the command
    /// does nothing.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { interactive: lane("work-interactive"), bulk: lane("work-bulk"), wake: Arc::new(wake) }
    }

    /// Runs `work` on its lane. An error is told with its causes; a panic becomes
    /// [`WorkError::Panicked`] and the pool lives on.
    pub fn spawn<T, E>(
        &self,
        lane: Lane,
        name: &str,
        work: impl FnOnce(&WorkCtx) -> Result<T, E> + Send + 'static,
    ) -> WorkHandle<T>
    where
        T: Send + 'static,
        E: std::error::Error,
    {
        let wake = Arc::clone(&self.wake);
        let ctx = WorkCtx::new(move |_| wake());
        let (send, result) = sync_channel(1);
        let task = {
            let (ctx, name, wake) = (ctx.clone(), name.to_owned(), Arc::clone(&self.wake));
            Box::new(move || {
                if ctx.is_cancelled() {
                    return;
                }
                let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| work(&ctx)));
                // The asker may be gone; then nobody misses the result.
                let _ = send.send(match outcome {
                    Ok(Ok(value)) => Ok(value),
                    Ok(Err(_)) if ctx.is_cancelled() => Err(WorkError::Cancelled),
                    Ok(Err(error)) => Err(WorkError::Failed(describe(&error))),
                    Err(panic) => Err(WorkError::Panicked { name, message: panic_text(&*panic) }),
                });
                wake();
            })
        };
        let queue = match lane {
            Lane::Interactive => &self.interactive,
            Lane::Bulk => &self.bulk,
        };
        // A lane ends only with its pool, so the send cannot fail while `self` lives.
        let _ = queue.send(task);
        WorkHandle { ctx, result }
    }
}

impl<T> WorkHandle<T> {
    /// Never waits. The result is handed out once.
    pub fn poll(&self) -> WorkState<T> {
        match self.result.try_recv() {
            Ok(result) => WorkState::Done(result),
            Err(TryRecvError::Empty) => WorkState::Running(self.ctx.current()),
            Err(TryRecvError::Disconnected) if self.ctx.is_cancelled() => {
                WorkState::Done(Err(WorkError::Cancelled))
            }
            Err(TryRecvError::Disconnected) => WorkState::Taken,
        }
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// What the work came to, if not to a value.
    pub fn wait(self) -> Result<T, WorkError> {
        self.result.recv().unwrap_or(Err(WorkError::Cancelled))
    }

    pub fn progress(&self) -> Progress {
        self.ctx.current()
    }

    pub fn cancel(&self) {
        self.ctx.cancel();
    }
}

impl<T> Drop for WorkHandle<T> {
    fn drop(&mut self) {
        self.ctx.cancel();
    }
}

fn lane(name: &str) -> SyncSender<Task> {
    let (send, tasks) = sync_channel::<Task>(QUEUE_LENGTH);
    let run = move || {
        while let Ok(task) = tasks.recv() {
            task();
        }
    };
    if let Err(error) = Builder::new().name(name.into()).spawn(run) {
        panic!("the system refuses to start a thread: {error}");
    }
    send
}

/// An error with its causes on one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cancelled;

    #[test]
    fn a_panic_is_a_result_and_the_lane_goes_on() {
        let pool = Pool::new(|| {});
        let bad =
            pool.spawn(Lane::Interactive, "count", |_| -> Result<(), Cancelled> { panic!("odd input") });
        let good = pool.spawn(Lane::Interactive, "count", |_| Ok::<_, Cancelled>(7));
        assert_eq!(
            bad.wait(),
            Err(WorkError::Panicked { name: "count".into(), message: "odd input".into() })
        );
        assert_eq!(good.wait(), Ok(7));
    }

    #[test]
    fn cancel_reaches_work_that_runs() {
        let pool = Pool::new(|| {});
        let (started, has_started) = sync_channel(1);
        let handle = pool.spawn(Lane::Bulk, "endless", move |ctx| -> Result<(), Cancelled> {
            let _ = started.send(());
            loop {
                ctx.check_cancelled()?;
                std::thread::yield_now();
            }
        });
        has_started.recv().unwrap();
        handle.cancel();
        assert_eq!(handle.wait(), Err(WorkError::Cancelled));
    }

    #[test]
    fn a_dropped_handle_cancels_what_still_waits() {
        let pool = Pool::new(|| {});
        let (release, hold) = sync_channel::<()>(1);
        let first = pool.spawn(Lane::Bulk, "first", move |_| hold.recv().map_err(|_| Cancelled));
        let (ran, did_run) = sync_channel::<()>(1);
        drop(pool.spawn(Lane::Bulk, "second", move |_| ran.send(()).map_err(|_| Cancelled)));
        release.send(()).unwrap();
        first.wait().unwrap();
        pool.spawn(Lane::Bulk, "third", |_| Ok::<_, Cancelled>(())).wait().unwrap();
        assert!(did_run.recv().is_err(), "the dropped work ran");
    }
}
