//! Who gets which task.

use flamenco::wire::{JobStatus, TaskStatus};
use rusqlite::{OptionalExtension, params};

use super::Turn;
use super::worker::queued_or_paused;
use crate::records::{TaskRow, WorkerRow};

/// What both searches ask of a task `t` of a job `j` for Worker `?1`, who runs the types in the JSON
/// list `?2`: it could run now, here.
const RUNNABLE: &str = "t.status IN ('queued', 'soft-failed')
  AND j.status IN ('active', 'queued') AND j.delete_requested_at IS NULL
  AND t.task_type IN (SELECT value FROM json_each(?2))
  AND NOT EXISTS (
    SELECT 1 FROM task_dependencies d JOIN tasks needed ON needed.id = d.dependency_id
    WHERE d.task_id = t.id AND needed.status <> 'completed')
  AND NOT EXISTS (
    SELECT 1 FROM job_blocks b
    WHERE b.job_id = j.id AND b.worker_id = ?1 AND b.task_type = t.task_type)
  AND (j.tag_id IS NULL OR EXISTS (
    SELECT 1 FROM worker_tag_membership m WHERE m.tag_id = j.tag_id AND m.worker_id = ?1))";

/// The id decides where priorities do not, so that the order can be told beforehand.
const ORDER: &str = "ORDER BY t.job_priority DESC, t.priority DESC, t.id";

impl Turn<'_> {
    /// The task for `worker`, made active and its own: the one it still runs, else the first that
    /// it may run, else one that it failed once and nobody else is awake to try.
    pub(crate) fn next_task(&self, worker: &WorkerRow) -> rusqlite::Result<Option<TaskRow>> {
        if let Some(task) = self.unfinished_task(worker)? {
            TaskRow::touch(self.db, task.id, self.now)?;
            return Ok(Some(task));
        }
        self.choice(worker)?.map(|id| self.assign(id, worker)).transpose()
    }

    /// What `worker` would be given if it had nothing and asked now.
    pub(super) fn choice(&self, worker: &WorkerRow) -> rusqlite::Result<Option<i64>> {
        match self.fresh_task(worker)? {
            Some(id) => Ok(Some(id)),
            None => self.second_try(worker),
        }
    }

    /// A Worker that asks runs nothing. What it left in a job that is pausing or over goes back:
    /// Flamenco leaves it active until it times out, and the job with it.
    fn unfinished_task(&self, worker: &WorkerRow) -> rusqlite::Result<Option<TaskRow>> {
        let mut mine = None;
        for task in TaskRow::active_of(self.db, worker.id)? {
            if matches!(task.job_status, JobStatus::Active | JobStatus::Queued) {
                mine = mine.or(Some(task));
            } else {
                let activity =
                    format!("Task was requeued by Manager: worker {} does not run it any more", worker.name);
                self.log(&task.job_uuid, &task.uuid, &activity);
                self.set_task_status(&task, queued_or_paused(&task), &activity)?;
            }
        }
        Ok(mine)
    }

    fn fresh_task(&self, worker: &WorkerRow) -> rusqlite::Result<Option<i64>> {
        self.db
            .prepare_cached(&format!(
                "SELECT t.id FROM tasks t CROSS JOIN jobs j ON j.id = t.job_id WHERE {RUNNABLE}
                 AND NOT EXISTS (SELECT 1 FROM task_failures f WHERE f.task_id = t.id AND f.worker_id = ?1)
                 {ORDER} LIMIT 1"
            ))?
            .query_row(params![worker.id, types_of(worker)], |row| row.get(0))
            .optional()
    }

    /// On a farm of one Worker nobody else can try what it failed.
    fn second_try(&self, worker: &WorkerRow) -> rusqlite::Result<Option<i64>> {
        let mut failed_once = self.db.prepare_cached(&format!(
            "SELECT t.id FROM task_failures f CROSS JOIN tasks t ON t.id = f.task_id
             CROSS JOIN jobs j ON j.id = t.job_id
             WHERE f.worker_id = ?1 AND f.n_times = 1 AND {RUNNABLE} {ORDER}"
        ))?;
        let ids: Vec<i64> = failed_once
            .query_map(params![worker.id, types_of(worker)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in ids {
            if !self.is_somebody_awake_for(&TaskRow::by_id(self.db, id)?, worker.id)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn assign(&self, task_id: i64, worker: &WorkerRow) -> rusqlite::Result<TaskRow> {
        self.db
            .prepare_cached("UPDATE tasks SET worker_id = ?, last_touched = ? WHERE id = ?")?
            .execute(params![worker.id, self.now, task_id])?;
        let task = TaskRow::by_id(self.db, task_id)?;
        let line = format!("Task assigned to worker {} ({})", worker.name, worker.uuid);
        self.log(&task.job_uuid, &task.uuid, &line);
        self.set_task_status(&task, TaskStatus::Active, &line)?;
        TaskRow::by_id(self.db, task_id)
    }
}

fn types_of(worker: &WorkerRow) -> String {
    serde_json::json!(worker.task_types).to_string()
}
