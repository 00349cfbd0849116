//! What people ask for, beyond the bare change of a status.

use flamenco::wire::{JobStatus, StatusChangeRequest, TaskStatus};

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
}
