//! A task's status, and what its change does to the job (Flamenco's task state machine).

use flamenco::wire::{JobStatus, TaskStatus};
use rusqlite::params;

use super::Turn;
use crate::records::{JobRow, TaskRow};

/// A job with so large a part of its tasks failed has failed.
const FAILED_JOB_PERCENT: i64 = 10;

impl Turn<'_> {
    /// Moves a task to `status` and its job along. `activity` says why, for people.
    pub(crate) fn set_task_status(
        &self,
        task: &TaskRow,
        status: TaskStatus,
        activity: &str,
    ) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("UPDATE tasks SET status = ?, activity = ?, updated = ? WHERE id = ?")?
            .execute(params![status.as_str(), activity, self.now, task.id])?;
        if status == TaskStatus::Active {
            // Also one set by hand has somebody who must show up.
            TaskRow::touch(self.db, task.id, self.now)?;
        }
        if task.status != status {
            self.wake_workers();
            let line = format!("task {} changed status {} -> {status}", task.uuid, task.status);
            self.log(&task.job_uuid, &task.uuid, &line);
            if task.status == TaskStatus::Active {
                self.lines.borrow_mut().end(&task.job_uuid, &task.uuid);
            }
        }
        match status {
            TaskStatus::Queued => task.save_steps(self.db, 0)?,
            TaskStatus::Completed => task.save_steps(self.db, task.steps_total)?,
            _ => {}
        }
        let job = JobRow::by_id(self.db, task.job_id)?;
        self.job_follows_task(&job, status)
    }

    fn job_follows_task(&self, job: &JobRow, status: TaskStatus) -> rusqlite::Result<()> {
        match status {
            TaskStatus::Queued if job.status == JobStatus::Completed => {
                self.set_job_status(job, JobStatus::Requeueing, "a task was queued again")
            }
            TaskStatus::Active | TaskStatus::SoftFailed => match job.status {
                JobStatus::Active | JobStatus::CancelRequested => self.fail_when_stuck(job.id),
                _ => self.set_job_status(job, JobStatus::Active, &format!("a task became {status}")),
            },
            TaskStatus::Completed => self.job_follows_completion(job),
            TaskStatus::Failed => self.job_follows_failure(job),
            TaskStatus::Canceled => {
                let statuses = [TaskStatus::Active, TaskStatus::Queued, TaskStatus::SoftFailed];
                if self.count_tasks(job.id, &statuses)? == 0 {
                    self.set_job_status(job, JobStatus::Canceled, "the last task was canceled")
                } else {
                    self.pause_when_quiet(job)?;
                    self.fail_when_stuck(job.id)
                }
            }
            TaskStatus::Paused => self.pause_when_quiet(job).map(drop),
            // What it waits for may have failed meanwhile.
            TaskStatus::Queued => self.fail_when_stuck(job.id),
            TaskStatus::Unknown => Ok(()),
        }
    }

    fn job_follows_completion(&self, job: &JobRow) -> rusqlite::Result<()> {
        if self.all_tasks_completed(job.id)? {
            return self.set_job_status(job, JobStatus::Completed, "all tasks completed");
        }
        if self.pause_when_quiet(job)? {
            return Ok(());
        }
        if job.status == JobStatus::Queued {
            self.set_job_status(job, JobStatus::Active, "a task completed")?;
        }
        self.fail_when_stuck(job.id)
    }

    fn job_follows_failure(&self, job: &JobRow) -> rusqlite::Result<()> {
        let n_tasks = self.count_tasks(job.id, TaskStatus::ALL)?;
        let n_failed = self.count_tasks(job.id, &[TaskStatus::Failed])?;
        if 100 * n_failed / n_tasks.max(1) >= FAILED_JOB_PERCENT {
            let reason = format!("too many tasks failed ({n_failed} of {n_tasks})");
            return self.set_job_status(job, JobStatus::Failed, &reason);
        }
        if self.pause_when_quiet(job)? {
            return Ok(());
        }
        if job.status == JobStatus::Queued {
            self.set_job_status(job, JobStatus::Active, "a task failed")?;
        }
        self.fail_when_stuck(job.id)
    }

    /// The pausing rule: a job asked to pause is paused once no task runs. True when it became so.
    fn pause_when_quiet(&self, job: &JobRow) -> rusqlite::Result<bool> {
        let is_quiet =
            job.status == JobStatus::PauseRequested && self.count_tasks(job.id, &[TaskStatus::Active])? == 0;
        if is_quiet {
            self.set_job_status(job, JobStatus::Paused, "no more active tasks")?;
        }
        Ok(is_quiet)
    }

    /// Flamenco leaves a job active for ever once all that is left of it waits for a failed task,
    /// or nothing is left while a few tasks failed. People wait for that job; it has failed.
    fn fail_when_stuck(&self, job_id: i64) -> rusqlite::Result<()> {
        let job = JobRow::by_id(self.db, job_id)?;
        if !matches!(job.status, JobStatus::Active | JobStatus::Queued) {
            return Ok(());
        }
        match self.reason_to_give_up(job.id)? {
            Some(reason) => self.set_job_status(&job, JobStatus::Failed, &reason),
            None => Ok(()),
        }
    }

    /// Why nothing will ever run of a job that Workers may take tasks of; `None` while something may.
    pub(super) fn reason_to_give_up(&self, job_id: i64) -> rusqlite::Result<Option<String>> {
        let n_failed = self.count_tasks(job_id, &[TaskStatus::Failed, TaskStatus::Canceled])?;
        if n_failed == 0 || self.can_go_on(job_id)? {
            return Ok(None);
        }
        let n_blocked = self.count_tasks(job_id, &[TaskStatus::Queued, TaskStatus::SoftFailed])?;
        let n_tasks = self.count_tasks(job_id, TaskStatus::ALL)?;
        Ok(Some(match n_blocked {
            0 => format!("{n_failed} of {n_tasks} tasks failed, the others are completed"),
            _ => format!(
                "no task is left that can run: {n_failed} of {n_tasks} failed, and {n_blocked} wait for them"
            ),
        }))
    }

    /// Whether some task runs, is paused by hand, or waits for nothing that has failed.
    fn can_go_on(&self, job_id: i64) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached(
                "WITH RECURSIVE dead (id) AS (
                   SELECT id FROM tasks WHERE job_id = ?1 AND status IN ('failed', 'canceled')
                   UNION
                   SELECT d.task_id FROM task_dependencies d JOIN dead ON d.dependency_id = dead.id
                 )
                 SELECT EXISTS (
                   SELECT 1 FROM tasks WHERE job_id = ?1
                   AND (status IN ('active', 'paused')
                        OR status IN ('queued', 'soft-failed') AND id NOT IN (SELECT id FROM dead))
                 )",
            )?
            .query_row([job_id], |row| row.get(0))
    }

    pub(super) fn count_tasks(&self, job_id: i64, statuses: &[TaskStatus]) -> rusqlite::Result<i64> {
        let mut count =
            self.db.prepare_cached("SELECT COUNT(*) FROM tasks WHERE job_id = ? AND status = ?")?;
        let mut n_tasks = 0;
        for status in statuses {
            n_tasks += count.query_row(params![job_id, status.as_str()], |row| row.get::<_, i64>(0))?;
        }
        Ok(n_tasks)
    }

    pub(super) fn all_tasks_completed(&self, job_id: i64) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached(
                // Two looks into the index; `<>` would walk over all that is completed.
                "SELECT NOT EXISTS (SELECT 1 FROM tasks WHERE job_id = ?1 AND status < 'completed')
                 AND NOT EXISTS (SELECT 1 FROM tasks WHERE job_id = ?1 AND status > 'completed')",
            )?
            .query_row([job_id], |row| row.get(0))
    }
}
