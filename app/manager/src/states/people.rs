//! What people ask for, beyond the bare change of a status.

use flamenco::wire::{JobStatus, StatusChangeRequest, TaskStatus};
use rusqlite::params;

use super::Turn;
use crate::records::{JobRow, TaskRow, WorkerRow};

impl Turn<'_> {
    pub(crate) fn job_wanted(&self, job: &JobRow, status: JobStatus, reason: &str) -> rusqlite::Result<()> {
        if status == JobStatus::Requeueing {
            // Somebody looked at what failed and wants it tried again, by everybody.
            self.db
                .prepare_cached(
                    "DELETE FROM task_failures WHERE task_id IN (SELECT id FROM tasks WHERE job_id = ?)",
                )?
                .execute([job.id])?;
            self.db.prepare_cached("DELETE FROM job_blocks WHERE job_id = ?")?.execute([job.id])?;
        }
        self.set_job_status(job, status, reason)
    }

    pub(crate) fn task_wanted(
        &self,
        task: &TaskRow,
        status: TaskStatus,
        reason: &str,
    ) -> rusqlite::Result<()> {
        if status == TaskStatus::Queued {
            self.db.prepare_cached("DELETE FROM task_failures WHERE task_id = ?")?.execute([task.id])?;
        }
        self.set_task_status(task, status, reason)
    }

    /// To ask a Worker for what it is already takes a waiting request back.
    pub(crate) fn worker_wanted(
        &self,
        worker: &WorkerRow,
        wanted: StatusChangeRequest,
    ) -> rusqlite::Result<()> {
        let request = (wanted.status != worker.status).then_some(wanted);
        WorkerRow::save_request(self.db, worker.id, request)?;
        self.wake_workers();
        Ok(())
    }

    /// Queues these tasks and no others. A job that was over takes up work again; Flamenco would queue
    /// all tasks of a completed one.
    pub(crate) fn queue_again(&self, job: &JobRow, task_ids: &[i64]) -> rusqlite::Result<()> {
        let activity = "Task is to be made again";
        for id in task_ids {
            let task = TaskRow::by_id(self.db, *id)?;
            self.db.prepare_cached("DELETE FROM task_failures WHERE task_id = ?")?.execute([id])?;
            self.db
                .prepare_cached(
                    "UPDATE tasks SET status = 'queued', activity = ?, updated = ?, steps_completed = 0 WHERE id = ?",
                )?
                .execute(params![activity, self.now, id])?;
            self.log(&task.job_uuid, &task.uuid, activity);
        }
        JobRow::sum_steps(self.db, job.id)?;
        self.wake_workers();
        match job.status {
            JobStatus::Active | JobStatus::Queued => Ok(()),
            _ => self.set_job_status(job, JobStatus::Queued, "parts of it are to be made again"),
        }
    }
}
