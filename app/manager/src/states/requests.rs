//! What a Worker asks and reports, answered from the farm's state alone; HTTP is elsewhere.

use flamenco::wire::{
    AssignedTask, MayKeepRunning, StatusChangeRequest, TaskStatus, TaskUpdate, WorkerStatus,
};
use rusqlite::params;

use super::Turn;
use crate::records::{JobRow, TaskRow, WorkerRow};

/// What a Worker gets that asks for a task.
pub(crate) enum Offer {
    /// Variables in its commands are not replaced yet.
    Task(Box<AssignedTask>),
    Nothing,
    ChangeState(WorkerStatus),
    NotAwake(WorkerStatus),
}

/// What became of a Worker's report about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Taken,
    NoSuchTask,
    /// The task is another's by now, or nobody's.
    NotTheirs,
    /// The task is still this Worker's, but was ended, queued or paused meanwhile.
    Over(TaskStatus),
}

impl Turn<'_> {
    pub(crate) fn offer(&self, worker: &WorkerRow) -> rusqlite::Result<Offer> {
        if let Some(request) = worker.request {
            return Ok(Offer::ChangeState(request.status));
        }
        if worker.is_timed_out {
            // Flamenco's Worker asks on for ever and never says that it is awake; told to, it does.
            let request = StatusChangeRequest { status: WorkerStatus::Awake, is_lazy: false };
            WorkerRow::save_request(self.db, worker.id, Some(request))?;
            return Ok(Offer::ChangeState(WorkerStatus::Awake));
        }
        if worker.status != WorkerStatus::Awake {
            return Ok(Offer::NotAwake(worker.status));
        }
        let Some(task) = self.next_task(worker)? else { return Ok(Offer::Nothing) };
        let job = JobRow::by_id(self.db, task.job_id)?;
        Ok(Offer::Task(Box::new(AssignedTask {
            commands: task.commands(),
            uuid: task.uuid,
            job: job.uuid,
            name: task.name,
            status: task.status,
            priority: task.priority,
            job_priority: job.priority,
            job_type: job.job_type,
            task_type: task.task_type,
            steps_completed: task.steps_completed,
            steps_total: task.steps_total,
        })))
    }

    pub(crate) fn hear(
        &self,
        worker: &WorkerRow,
        task_uuid: &str,
        update: &TaskUpdate,
    ) -> rusqlite::Result<Heard> {
        let Some(task) = TaskRow::by_uuid(self.db, task_uuid)? else { return Ok(Heard::NoSuchTask) };
        if task.worker_id != Some(worker.id) {
            return Ok(Heard::NotTheirs);
        }
        if let Some(log) = &update.log {
            self.log_raw(&task.job_uuid, &task.uuid, log);
        }
        // A report sent twice, because the first answer was lost, is no conflict.
        let is_repeated = update.task_status == Some(task.status);
        if task.status != TaskStatus::Active {
            return Ok(match update.task_status {
                Some(_) if !is_repeated => Heard::Over(task.status),
                _ => Heard::Taken,
            });
        }
        TaskRow::touch(self.db, task.id, self.now)?;
        if let Some(steps) = update.steps_completed {
            task.save_steps(self.db, steps)?;
        }
        let activity = update.activity.as_deref().unwrap_or(&task.activity);
        match update.task_status {
            Some(TaskStatus::Failed) => self.task_failed(&task, worker, activity)?,
            Some(status) if !is_repeated => self.set_task_status(&task, status, activity)?,
            _ => {
                self.db
                    .prepare_cached("UPDATE tasks SET activity = ?, updated = ? WHERE id = ?")?
                    .execute(params![activity, self.now, task.id])?;
            }
        }
        Ok(Heard::Taken)
    }

    pub(crate) fn may_keep_running(
        &self,
        worker: &WorkerRow,
        task_uuid: &str,
    ) -> rusqlite::Result<MayKeepRunning> {
        let stop = |reason: &str| MayKeepRunning { reason: reason.into(), ..MayKeepRunning::default() };
        if worker.request.is_some_and(|it| !it.is_lazy) {
            let asked = stop("worker status change requested");
            return Ok(MayKeepRunning { status_change_requested: true, ..asked });
        }
        let Some(task) = TaskRow::by_uuid(self.db, task_uuid)? else { return Ok(stop("Task not found")) };
        if task.worker_id != Some(worker.id) {
            return Ok(stop("task not assigned to this worker"));
        }
        if task.status != TaskStatus::Active {
            return Ok(stop(&format!("task is in non-runnable status {:?}", task.status.as_str())));
        }
        TaskRow::touch(self.db, task.id, self.now)?;
        Ok(MayKeepRunning { may_keep_running: true, ..MayKeepRunning::default() })
    }
}
