//! A Worker failed a task: try elsewhere, block the Worker, or give up.
//!
//! Flamenco counts a Worker's failures one too high and takes deleted Workers, and those that cannot
//! run the task at all, for helpers; on a farm of one or two Workers every failed task then ends its
//! job. Here counts are exact, only Workers that are there and able count, a task nobody else can
//! try is tried once more by the same Worker, and a failed task ends its job by the ten-percent
//! rule alone. For the same reason the last able Worker is never blocked.

use flamenco::wire::TaskStatus;
use rusqlite::params;

use super::Turn;
use super::worker::queued_or_paused;
use crate::records::{TaskRow, WorkerRow};

/// Workers `w` but `?2` who may run tasks of type `?3` of job `?1`, whatever they do at the moment.
macro_rules! able_again {
    () => {
        "FROM workers w JOIN jobs j ON j.id = ?1
         WHERE w.id <> ?2 AND w.deleted_at IS NULL
         AND EXISTS (SELECT 1 FROM json_each(w.task_types) able WHERE able.value = ?3)
         AND (j.tag_id IS NULL OR EXISTS (
           SELECT 1 FROM worker_tag_membership m WHERE m.tag_id = j.tag_id AND m.worker_id = w.id))
         AND NOT EXISTS (
           SELECT 1 FROM job_blocks b WHERE b.job_id = ?1 AND b.worker_id = w.id AND b.task_type = ?3)"
    };
}
const ABLE_AGAIN: &str = able_again!();

/// Those of them who have not failed task `?4`.
const ABLE: &str = concat!(
    able_again!(),
    " AND NOT EXISTS (SELECT 1 FROM task_failures f WHERE f.task_id = ?4 AND f.worker_id = w.id)"
);

/// Statuses of Workers that are there, if perhaps not at work.
const PRESENT: &str = "('starting', 'awake', 'asleep', 'testing')";

impl Turn<'_> {
    pub(crate) fn task_failed(
        &self,
        task: &TaskRow,
        worker: &WorkerRow,
        activity: &str,
    ) -> rusqlite::Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO task_failures (task_id, worker_id) VALUES (?, ?)
                 ON CONFLICT DO UPDATE SET n_times = n_times + 1",
            )?
            .execute([task.id, worker.id])?;
        let n_workers = self.n_workers_that_failed(task.id)?;
        let is_blocked = self.block_if_unlucky(task, worker)?;

        let others = self.others_for(task, worker.id)?;
        let may_retry = others > 0 || (!is_blocked && self.n_times_failed(task.id, worker.id)? < 2);
        let limit = i64::from(self.rules.softfail_limit);
        if n_workers >= limit || !may_retry {
            let line = format!("Task failed by {n_workers} worker(s), Manager will mark it as hard failure");
            self.log(&task.job_uuid, &task.uuid, &line);
            return self.set_task_status(task, TaskStatus::Failed, activity);
        }
        let line = if others > 0 {
            format!(
                "Task failed by {n_workers} worker(s), Manager will mark it as soft failure. {} more failure(s) before hard failure.",
                limit - n_workers
            )
        } else {
            "Task failed and no other worker is there to try; the same worker may try it once more.".into()
        };
        self.log(&task.job_uuid, &task.uuid, &line);
        // A soft failure would wake the job up again while somebody wants it paused.
        let status = match queued_or_paused(task) {
            TaskStatus::Queued => TaskStatus::SoftFailed,
            paused => paused,
        };
        self.set_task_status(task, status, activity)
    }

    /// Blocks the Worker from the task's type in this job when it failed too many of them, as long
    /// as somebody else is left, who then also gets what it failed for good.
    fn block_if_unlucky(&self, task: &TaskRow, worker: &WorkerRow) -> rusqlite::Result<bool> {
        let n_failed: i64 = self
            .db
            .prepare_cached(
                "SELECT COUNT(*) FROM task_failures f JOIN tasks t ON t.id = f.task_id
                 WHERE t.job_id = ? AND t.task_type = ? AND f.worker_id = ?",
            )?
            .query_row(params![task.job_id, task.task_type, worker.id], |row| row.get(0))?;
        if n_failed < i64::from(self.rules.blocklist_threshold)
            || self.able_workers(task, worker.id, None)? == 0
        {
            return Ok(false);
        }
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO job_blocks (job_id, worker_id, task_type) VALUES (?, ?, ?)",
            )?
            .execute(params![task.job_id, worker.id, task.task_type])?;
        let line = format!(
            "Worker {} ({}) failed {n_failed} tasks of type {} and is blocked from them in this job",
            worker.name, worker.uuid, task.task_type
        );
        self.log(&task.job_uuid, &task.uuid, &line);
        self.requeue_failed_by(task, worker)?;
        Ok(true)
    }

    /// Tasks that failed for good in the hands of a Worker now blocked get another chance, where
    /// there is somebody who has not failed them yet.
    fn requeue_failed_by(&self, cause: &TaskRow, worker: &WorkerRow) -> rusqlite::Result<()> {
        let ids: Vec<i64> = self
            .db
            .prepare_cached(
                "SELECT id FROM tasks WHERE job_id = ? AND worker_id = ? AND status = 'failed' AND id <> ?",
            )?
            .query_map([cause.job_id, worker.id, cause.id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in ids {
            let task = TaskRow::by_id(self.db, id)?;
            if self.others_for(&task, worker.id)? > 0 {
                let reason =
                    format!("worker {} was blocked from tasks of type {}", worker.name, cause.task_type);
                let activity = format!("Task was requeued by Manager: {reason}");
                self.log(&task.job_uuid, &task.uuid, &activity);
                self.set_task_status(&task, queued_or_paused(&task), &activity)?;
            }
        }
        Ok(())
    }

    /// How many Workers, `but_not` aside, are there, able, not blocked, and have not failed `task`.
    pub(super) fn others_for(&self, task: &TaskRow, but_not: i64) -> rusqlite::Result<i64> {
        self.able_workers(task, but_not, Some(task.id))
    }

    /// Whether one of those would take it now, or in a moment; who sleeps may sleep for days.
    pub(super) fn is_somebody_awake_for(&self, task: &TaskRow, but_not: i64) -> rusqlite::Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 {ABLE} AND w.status IN ('starting', 'awake'))");
        self.db
            .prepare_cached(&sql)?
            .query_row(params![task.job_id, but_not, task.task_type, task.id], |row| row.get(0))
    }

    fn able_workers(&self, task: &TaskRow, but_not: i64, unfailed: Option<i64>) -> rusqlite::Result<i64> {
        let sql = format!("SELECT COUNT(*) {ABLE} AND w.status IN {PRESENT}");
        self.db
            .prepare_cached(&sql)?
            .query_row(params![task.job_id, but_not, task.task_type, unfailed], |row| row.get(0))
    }

    /// Fails tasks that every Worker has tried who may: the others that could have are gone since.
    /// Who was heard of a short while ago may be only starting again, and a farm without anybody is
    /// waited for.
    pub(super) fn give_up_on_tried_out(&self) -> rusqlite::Result<()> {
        let tasks: Vec<i64> = self
            .db
            .prepare_cached(
                "SELECT t.id FROM tasks t JOIN jobs j ON j.id = t.job_id
                 WHERE t.status = 'soft-failed' AND j.status IN ('active', 'queued') ORDER BY t.id",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in tasks {
            let task = TaskRow::by_id(self.db, id)?;
            if task.status == TaskStatus::SoftFailed && self.is_tried_out(&task)? {
                let reason = "Task failed, and no worker is left that may try it again";
                self.log(&task.job_uuid, &task.uuid, reason);
                self.set_task_status(&task, TaskStatus::Failed, reason)?;
            }
        }
        Ok(())
    }

    fn is_tried_out(&self, task: &TaskRow) -> rusqlite::Result<bool> {
        const NOBODY: i64 = -1;
        let heard_since = self.now.before(self.rules.task_timeout);
        let may_try = format!(
            "SELECT EXISTS (SELECT 1 {ABLE} AND (w.status IN {PRESENT} OR w.last_seen >= ?5))
             OR EXISTS (SELECT 1 FROM task_failures f WHERE f.task_id = ?4 AND f.n_times = 1
               AND EXISTS (SELECT 1 {ABLE_AGAIN} AND w.id = f.worker_id
                           AND (w.status IN {PRESENT} OR w.last_seen >= ?5)))"
        );
        let may_try: bool = self
            .db
            .prepare_cached(&may_try)?
            .query_row(params![task.job_id, NOBODY, task.task_type, task.id, heard_since], |row| {
                row.get(0)
            })?;
        let is_farm_there =
            format!("SELECT EXISTS (SELECT 1 FROM workers WHERE deleted_at IS NULL AND status IN {PRESENT})");
        Ok(!may_try && self.db.prepare_cached(&is_farm_there)?.query_row([], |row| row.get(0))?)
    }

    fn n_workers_that_failed(&self, task_id: i64) -> rusqlite::Result<i64> {
        self.db
            .prepare_cached("SELECT COUNT(*) FROM task_failures WHERE task_id = ?")?
            .query_row([task_id], |row| row.get(0))
    }

    fn n_times_failed(&self, task_id: i64, worker_id: i64) -> rusqlite::Result<i64> {
        self.db
            .prepare_cached("SELECT n_times FROM task_failures WHERE task_id = ? AND worker_id = ?")?
            .query_row([task_id, worker_id], |row| row.get(0))
    }
}
