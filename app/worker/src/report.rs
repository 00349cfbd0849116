use flamenco::wire::{AssignedTask, TaskStatus, TaskUpdate};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::WorkerError;
use crate::commands::Event;
use crate::pace::Pace;
use crate::previews::Previews;
use crate::upstream::Upstream;

/// Turns what a task's commands tell into updates for the Manager.
pub(crate) struct Report<'a> {
    task: &'a AssignedTask,
    upstream: &'a Upstream,
    previews: &'a Previews,
    pace: Pace,
    log: String,
    /// When the lines that wait must go.
    flush_at: Instant,
    n_log_bytes: usize,
    steps_completed: i64,
    /// Progress within a step is told no more often than the heart beats.
    progress_at: Instant,
    warnings: Vec<String>,
}

/// Lines are sent together up to this size.
const LOG_CHUNK_BYTES: usize = 10_240;
/// No task has more to say than this; a program gone wild would fill the disks of the farm.
const LOG_LIMIT_BYTES: usize = 256 * 1024 * 1024;

/// More warnings say nothing more.
const MOST_WARNINGS: usize = 20;

impl<'a> Report<'a> {
    pub(crate) fn new(
        task: &'a AssignedTask,
        upstream: &'a Upstream,
        previews: &'a Previews,
        pace: Pace,
    ) -> Self {
        Self {
            task,
            upstream,
            previews,
            pace,
            log: String::new(),
            flush_at: Instant::now(),
            n_log_bytes: 0,
            steps_completed: 0,
            progress_at: Instant::now(),
            warnings: Vec::new(),
        }
    }

    pub(crate) async fn started(&self) -> Result<(), WorkerError> {
        self.push(status_update(TaskStatus::Active, "Started".into())).await
    }

    /// Returns when the commands have no more to tell.
    pub(crate) async fn listen(&mut self, mut events: mpsc::Receiver<Event>) -> Result<(), WorkerError> {
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Log(line)) => self.add_line(&line).await?,
                    Some(Event::Step) => self.reached(self.steps_completed + 1).await?,
                    Some(Event::Reached(steps)) => self.reached(steps).await?,
                    Some(Event::Progress(text)) => self.progress(text).await?,
                    Some(Event::Warning(text)) => self.warn(text).await?,
                    Some(Event::Saved(path)) => self.previews.offer(&self.task.uuid, path),
                    None => return Ok(()),
                },
                () = tokio::time::sleep_until(self.flush_at), if !self.log.is_empty() => {
                    self.flush_log().await?;
                }
            }
        }
    }

    pub(crate) async fn completed(&mut self) -> Result<(), WorkerError> {
        self.flush_log().await?;
        let activity = match self.warnings.as_slice() {
            [] => "Completed".into(),
            [only] => format!("Completed, with a warning: {only}"),
            [first, ..] => format!("Completed, with {} warnings: {first}", self.warnings.len()),
        };
        self.push(status_update(TaskStatus::Completed, activity)).await
    }

    async fn progress(&mut self, text: String) -> Result<(), WorkerError> {
        let now = Instant::now();
        if now < self.progress_at {
            return Ok(());
        }
        self.progress_at = now + self.pace.heartbeat;
        self.push(TaskUpdate { activity: Some(text), ..TaskUpdate::default() }).await
    }

    /// Each is told once; the same file is missed in every frame.
    async fn warn(&mut self, text: String) -> Result<(), WorkerError> {
        if self.warnings.len() >= MOST_WARNINGS || self.warnings.contains(&text) {
            return Ok(());
        }
        self.add_line(&format!("Warning: {text}")).await?;
        let activity = Some(format!("Warning: {text}"));
        self.warnings.push(text);
        self.push(TaskUpdate { activity, ..TaskUpdate::default() }).await
    }

    pub(crate) async fn failed(&mut self, reason: &str) -> Result<(), WorkerError> {
        let activity = format!("Failed: {reason}");
        self.add_line(&activity).await?;
        self.flush_log().await?;
        self.push(status_update(TaskStatus::Failed, activity)).await
    }

    pub(crate) async fn flush_log(&mut self) -> Result<(), WorkerError> {
        if self.log.is_empty() {
            return Ok(());
        }
        let log = Some(std::mem::take(&mut self.log));
        self.push(TaskUpdate { log, ..TaskUpdate::default() }).await
    }

    async fn add_line(&mut self, line: &str) -> Result<(), WorkerError> {
        let was_within_limit = self.n_log_bytes <= LOG_LIMIT_BYTES;
        self.n_log_bytes = self.n_log_bytes.saturating_add(line.len() + 1);
        if self.n_log_bytes > LOG_LIMIT_BYTES {
            if was_within_limit {
                self.log.push_str("The log is longer than 256 MiB; the rest is left out.\n");
            }
            return Ok(());
        }
        if self.log.is_empty() {
            self.flush_at = Instant::now() + self.pace.log_flush;
        }
        self.log.push_str(line);
        self.log.push('\n');
        if self.log.len() > LOG_CHUNK_BYTES { self.flush_log().await } else { Ok(()) }
    }

    /// The log goes first: it is what led to the step.
    async fn reached(&mut self, steps: i64) -> Result<(), WorkerError> {
        let steps = steps.min(self.task.steps_total.max(1));
        if steps <= self.steps_completed {
            return Ok(());
        }
        self.steps_completed = steps;
        self.flush_log().await?;
        let activity = Some("Progress".into());
        self.push(TaskUpdate { activity, steps_completed: Some(steps), ..TaskUpdate::default() }).await
    }

    async fn push(&self, update: TaskUpdate) -> Result<(), WorkerError> {
        self.upstream.push(&self.task.uuid, update).await
    }
}

fn status_update(status: TaskStatus, activity: String) -> TaskUpdate {
    TaskUpdate { task_status: Some(status), activity: Some(activity), ..TaskUpdate::default() }
}
