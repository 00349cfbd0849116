use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The caller asked the work to stop; nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// How far a piece of work has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// 0 to 1; `None` while the end cannot be told.
    pub fraction: Option<f32>,
    /// What is being done now, for people: "reading", "drawing".
    pub stage: String,
}

/// Handed to every long function: where it reports to, and where it learns that it should stop.
/// Clones share both.
#[derive(Clone)]
pub struct WorkCtx {
    shared: Arc<Shared>,
}

struct Shared {
    cancelled: AtomicBool,
    progress: Mutex<Progress>,
    last_wake: Mutex<Option<Instant>>,
    wake: Box<dyn Fn(&Progress) + Send + Sync>,
}

/// Ten reports a second are enough for any eye.
const WAKE_INTERVAL: Duration = Duration::from_millis(100);

impl WorkCtx {
    /// Calls `wake` with each report worth showing, at most ten times a second.
    pub fn new(wake: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::new(Shared {
                cancelled: AtomicBool::new(false),
                progress: Mutex::default(),
                last_wake: Mutex::new(None),
                wake: Box::new(wake),
            }),
        }
    }

    /// Reports to nobody; can still be cancelled.
    pub fn quiet() -> Self {
        Self::new(|_| {})
    }

    pub fn progress(&self, fraction: f32, stage: &str) {
        self.report(Progress { fraction: Some(fraction.clamp(0.0, 1.0)), stage: stage.into() });
    }

    /// A stage whose end cannot be told.
    pub fn stage(&self, stage: &str) {
        self.report(Progress { fraction: None, stage: stage.into() });
    }

    pub fn current(&self) -> Progress {
        lock(&self.shared.progress).clone()
    }

    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// For every outer loop: `ctx.check_cancelled()?`.
    ///
    /// # Errors
    /// Once [`WorkCtx::cancel`] was called on any clone.
    pub fn check_cancelled(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    fn report(&self, progress: Progress) {
        let is_new_stage = {
            let mut current = lock(&self.shared.progress);
            let changed = current.stage != progress.stage;
            current.clone_from(&progress);
            changed
        };
        let mut last = lock(&self.shared.last_wake);
        if is_new_stage || last.is_none_or(|at| at.elapsed() >= WAKE_INTERVAL) {
            *last = Some(Instant::now());
            drop(last);
            (self.shared.wake)(&progress);
        }
    }
}

/// A panic while holding one of our plain-data locks leaves the data usable.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
