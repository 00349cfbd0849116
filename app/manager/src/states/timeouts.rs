//! Tasks nobody touches and Workers nobody hears of.

use flamenco::wire::{TaskStatus, WorkerStatus};
use rusqlite::{Connection, params};

use super::Turn;
use crate::clock::Moment;
use crate::records::{TaskRow, WorkerRow};

impl Turn<'_> {
    /// Fails tasks and puts Workers into error that were silent for too long. Workers first: their
    /// tasks are not to blame.
    pub(crate) fn check_timeouts(&self) -> rusqlite::Result<()> {
        for worker in WorkerRow::all(self.db)? {
            if self.is_silent(&worker) {
                self.time_out(&worker)?;
            }
        }
        for task in TaskRow::untouched_since(self.db, self.now.before(self.rules.task_timeout))? {
            // The failure of one may have ended the job, and with it the next.
            let task = TaskRow::by_id(self.db, task.id)?;
            if task.status != TaskStatus::Active {
                continue;
            }
            let n_secs = self.rules.task_timeout.as_secs();
            let reason =
                format!("Task timed out: worker {} did not touch it for {n_secs} s", task.worker.name);
            self.log(&task.job_uuid, &task.uuid, &reason);
            self.set_task_status(&task, TaskStatus::Failed, &reason)?;
        }
        self.give_up_on_tried_out()
    }

    fn is_silent(&self, worker: &WorkerRow) -> bool {
        let is_expected =
            !matches!(worker.status, WorkerStatus::Error | WorkerStatus::Offline | WorkerStatus::Registered);
        let deadline = self.now.before(self.rules.worker_timeout);
        is_expected && worker.last_seen.is_none_or(|seen| seen < deadline)
    }

    fn time_out(&self, worker: &WorkerRow) -> rusqlite::Result<()> {
        tracing::warn!("worker {} timed out", worker.name);
        WorkerRow::save_status(self.db, worker.id, WorkerStatus::Error, self.now)?;
        WorkerRow::save_request(self.db, worker.id, None)?;
        self.db.prepare_cached("UPDATE workers SET is_timed_out = 1 WHERE id = ?")?.execute([worker.id])?;
        self.wake_workers();
        self.requeue_tasks_of(worker, &format!("worker {} timed out", worker.name))
    }
}

/// The time a Manager was not running is nobody's silence.
pub(crate) fn heard_of_everybody(db: &Connection, now: Moment) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE workers SET last_seen = ?1 WHERE last_seen IS NOT NULL AND deleted_at IS NULL",
        params![now],
    )?;
    db.execute("UPDATE tasks SET last_touched = ?1 WHERE status = 'active'", params![now])?;
    Ok(())
}
