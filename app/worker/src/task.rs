use flamenco::WorkerClient;
use flamenco::wire::AssignedTask;
use tokio::sync::mpsc;

use crate::WorkerError;
use crate::commands::{self, CommandContext, CommandError, Event, PATIENCE, Params, RunMarks};
use crate::pace::Pace;
use crate::previews::Previews;
use crate::report::Report;
use crate::scratch::ScratchFolders;
use crate::stop::{Stop, stop_pair};
use crate::upstream::Upstream;

/// What running a task needs beside the task.
pub(crate) struct Bench<'a> {
    pub client: &'a WorkerClient,
    pub upstream: &'a Upstream,
    pub previews: &'a Previews,
    pub marks: &'a RunMarks,
    pub scratch: &'a ScratchFolders,
    pub pace: Pace,
    pub shutdown: &'a Stop,
}

enum Interruption {
    /// The Manager has given the task to another, cancelled or deleted it.
    NotOurs,
    Shutdown,
}

/// Events that wait to be reported; commands are held up beyond that.
const EVENTS_WAITING: usize = 256;

impl Bench<'_> {
    /// Runs the task's commands until they are done, one fails, or the Manager or our own end comes
    /// in between. In the last case all programs have ended on return, and nothing is reported.
    pub(crate) async fn run(&self, task: &AssignedTask) -> Result<(), WorkerError> {
        tracing::info!("task {} begins: {}", task.uuid, task.name);
        self.upstream.begin_task();
        let mut report = Report::new(task, self.upstream, self.previews, self.pace);
        report.started().await?;

        let (send, events) = mpsc::channel(EVENTS_WAITING);
        let (stop, stopped) = stop_pair();
        let scratch = self.scratch.begin().map_err(|source| WorkerError::Scratch { source })?;
        let cx = CommandContext {
            events: send,
            stop: stopped,
            marks: self.marks.clone(),
            scratch: scratch.path().into(),
            patience: PATIENCE,
        };
        let (interruption, (result, listened)) = {
            let work = async { tokio::join!(run_commands(task, cx), report.listen(events)) };
            tokio::pin!(work);
            tokio::select! {
                done = &mut work => (None, done),
                why = self.interruption(task) => {
                    stop.stop();
                    (Some(why), work.await)
                }
            }
        };
        scratch.remove().await;
        listened?;
        match (interruption, result) {
            (Some(Interruption::NotOurs), _) => {
                tracing::info!("task {} is dropped: it is no longer ours", task.uuid);
                Ok(())
            }
            // The task is requeued when the Worker signs off; its log so far may explain why.
            (Some(Interruption::Shutdown), _) => report.flush_log().await,
            (None, Ok(())) => report.completed().await,
            (None, Err(error)) => {
                tracing::warn!("task {} failed: {error}", task.uuid);
                report.failed(&error.to_string()).await
            }
        }
    }

    async fn interruption(&self, task: &AssignedTask) -> Interruption {
        tokio::select! {
            () = self.forbidden(task) => Interruption::NotOurs,
            () = self.upstream.lost(&task.uuid) => Interruption::NotOurs,
            () = self.shutdown.wait() => Interruption::Shutdown,
        }
    }

    /// Asks until the answer is no. A Manager that does not answer has not said no.
    async fn forbidden(&self, task: &AssignedTask) {
        loop {
            tokio::time::sleep(self.pace.heartbeat).await;
            match self.client.may_keep_running(&task.uuid).await {
                Ok(answer) if !answer.may_keep_running => {
                    tracing::info!("task {} may not go on: {}", task.uuid, answer.reason);
                    return;
                }
                Ok(_) => {}
                Err(error) => tracing::debug!("no heartbeat for task {}: {error}", task.uuid),
            }
        }
    }
}

/// One after another; the first failure ends the task.
async fn run_commands(task: &AssignedTask, cx: CommandContext) -> Result<(), CommandError> {
    let mut steps = 0;
    for command in &task.commands {
        if cx.stop.is_stopped() {
            return Err(CommandError::Stopped);
        }
        commands::run(&command.name, &Params::new(command.parameters.clone()), &cx).await?;
        steps += command.total_step_count.max(1);
        cx.tell(Event::Reached(steps)).await;
    }
    Ok(())
}
