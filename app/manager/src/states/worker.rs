//! What a Worker's coming, going and changing does.

use flamenco::wire::{JobStatus, StatusChangeRequest, TaskStatus, WorkerSignOn, WorkerStatus};
use rusqlite::params;

use super::Turn;
use crate::records::{TaskRow, WorkerRow};
use crate::sleep;

impl Turn<'_> {
    /// Gives the tasks a Worker was running back to the queue.
    pub(crate) fn requeue_tasks_of(&self, worker: &WorkerRow, reason: &str) -> rusqlite::Result<()> {
        for task in TaskRow::active_of(self.db, worker.id)? {
            let activity = format!("Task was requeued by Manager: {reason}");
            self.log(&task.job_uuid, &task.uuid, &activity);
            self.set_task_status(&task, queued_or_paused(&task), &activity)?;
        }
        Ok(())
    }

    /// A Worker is in `status` now. Leaving `awake` gives its task back; getting to what was asked
    /// for settles the request.
    pub(crate) fn worker_changed(&self, worker: &WorkerRow, status: WorkerStatus) -> rusqlite::Result<()> {
        WorkerRow::save_status(self.db, worker.id, status, self.now)?;
        // What another Worker failed once waits for this one, or no longer does.
        self.wake_workers();
        if worker.request.is_some_and(|it| it.status == status) {
            WorkerRow::save_request(self.db, worker.id, None)?;
        }
        if status == WorkerStatus::Awake {
            return Ok(());
        }
        self.requeue_tasks_of(worker, &format!("worker {} changed status to {status}", worker.name))
    }

    /// The Worker is there again. Returns what it shall be: what somebody asked for, else what its
    /// sleep schedule says.
    pub(crate) fn sign_on(
        &self,
        worker: &WorkerRow,
        wanted: &WorkerSignOn,
        address: &str,
    ) -> rusqlite::Result<WorkerStatus> {
        self.db
            .prepare_cached(
                "UPDATE workers SET name = ?, address = ?, software = ?, task_types = ?, can_restart = ?,
                 status = 'starting', is_timed_out = 0, updated = ? WHERE id = ?",
            )?
            .execute(params![
                wanted.name,
                address,
                wanted.software_version,
                type_list(&wanted.supported_task_types),
                wanted.can_restart.unwrap_or_default(),
                self.now,
                worker.id,
            ])?;
        self.wake_workers();
        match worker.request {
            Some(request) => Ok(request.status),
            None => sleep::status_now(self.db, worker.id),
        }
    }

    /// The Worker leaves. Whether it was awake or asleep is what it will be asked to be next time,
    /// unless something else was asked for.
    pub(crate) fn sign_off(&self, worker: &WorkerRow) -> rusqlite::Result<()> {
        let request = match worker.request.map(|it| it.status) {
            None | Some(WorkerStatus::Offline | WorkerStatus::Restart) => match worker.status {
                status @ (WorkerStatus::Awake | WorkerStatus::Asleep) => {
                    Some(StatusChangeRequest { status, is_lazy: false })
                }
                _ => None,
            },
            Some(_) => worker.request,
        };
        WorkerRow::save_status(self.db, worker.id, WorkerStatus::Offline, self.now)?;
        WorkerRow::save_request(self.db, worker.id, request)?;
        self.wake_workers();
        self.requeue_tasks_of(worker, &format!("worker {} signed off", worker.name))
    }

    /// Takes a Worker off the farm; its name stays in no list, its id stays in what it did.
    pub(crate) fn delete_worker(&self, worker: &WorkerRow) -> rusqlite::Result<()> {
        self.requeue_tasks_of(worker, &format!("worker {} was deleted", worker.name))?;
        self.db
            .prepare_cached("UPDATE workers SET deleted_at = ?, updated = ? WHERE id = ?")?
            .execute(params![self.now, self.now, worker.id])?;
        self.wake_workers();
        Ok(())
    }
}

/// A task that leaves its Worker while its job is pausing must not keep it from being paused.
pub(super) fn queued_or_paused(task: &TaskRow) -> TaskStatus {
    match task.job_status {
        JobStatus::PauseRequested | JobStatus::Paused => TaskStatus::Paused,
        _ => TaskStatus::Queued,
    }
}

/// Types of tasks as the database keeps them: trimmed, in lower case, as JSON.
pub(crate) fn type_list(types: &[String]) -> String {
    let types: Vec<String> = types.iter().map(|it| it.trim().to_lowercase()).collect();
    serde_json::json!(types).to_string()
}
