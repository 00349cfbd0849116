//! A job's status, and what its change does to the tasks (Flamenco's job state machine).

use flamenco::wire::{JobStatus, TaskStatus};
use rusqlite::params;

use super::Turn;
use crate::records::JobRow;

/// Tasks that somebody runs or may still run.
const ALIVE: &[TaskStatus] = &[TaskStatus::Active, TaskStatus::Queued, TaskStatus::SoftFailed];
const WAITING: &[TaskStatus] = &[TaskStatus::Queued, TaskStatus::SoftFailed];
const STOPPED: &[TaskStatus] =
    &[TaskStatus::Canceled, TaskStatus::Failed, TaskStatus::Paused, TaskStatus::SoftFailed];

impl Turn<'_> {
    /// Moves a job to `status`, its tasks along, and follows the chain (a job asked to cancel is
    /// canceled at once). The same status again changes nothing.
    pub(crate) fn set_job_status(
        &self,
        job: &JobRow,
        status: JobStatus,
        reason: &str,
    ) -> rusqlite::Result<()> {
        if job.status == status {
            return Ok(());
        }
        self.enter_job_status(job, status, reason)
    }

    pub(crate) fn set_job_priority(&self, job: &JobRow, priority: i32) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("UPDATE jobs SET priority = ?, updated = ? WHERE id = ?")?
            .execute(params![priority, self.now, job.id])?;
        self.db
            .prepare_cached("UPDATE tasks SET job_priority = ? WHERE job_id = ?")?
            .execute(params![priority, job.id])?;
        Ok(())
    }

    /// Jobs that a killed Manager left between two statuses go on from there.
    pub(crate) fn push_stuck_jobs(&self) -> rusqlite::Result<()> {
        let between = [JobStatus::CancelRequested, JobStatus::Requeueing, JobStatus::PauseRequested];
        for job in JobRow::in_status(self.db, &between)? {
            self.enter_job_status(&job, job.status, "the Manager was started again")?;
        }
        Ok(())
    }

    fn enter_job_status(&self, job: &JobRow, status: JobStatus, reason: &str) -> rusqlite::Result<()> {
        let activity = format!("Changed to status {:?}: {reason}", status.as_str());
        JobRow::save_status(self.db, job.id, status, &activity, self.now)?;
        self.wake_workers();
        match self.tasks_follow_job(job, status, reason)? {
            Some((next, reason)) => self.set_job_status(&JobRow::by_id(self.db, job.id)?, next, &reason),
            None => Ok(()),
        }
    }

    /// Changes the tasks; returns where the job goes from here, if it does not stay.
    fn tasks_follow_job(
        &self,
        job: &JobRow,
        status: JobStatus,
        reason: &str,
    ) -> rusqlite::Result<Option<(JobStatus, String)>> {
        let activity = format!("The job changed to status {:?}: {reason}", status.as_str());
        let change = |from: &[TaskStatus], to| self.set_many(job.id, from, to, &activity);
        Ok(match status {
            JobStatus::CancelRequested => {
                change(ALIVE, TaskStatus::Canceled)?;
                Some((JobStatus::Canceled, "all tasks were canceled".into()))
            }
            JobStatus::Failed => {
                change(ALIVE, TaskStatus::Canceled)?;
                None
            }
            JobStatus::PauseRequested => {
                change(WAITING, TaskStatus::Paused)?;
                let is_quiet = self.count_tasks(job.id, &[TaskStatus::Active])? == 0;
                is_quiet.then_some((JobStatus::Paused, "no task was active".into()))
            }
            JobStatus::Requeueing if job.status == JobStatus::UnderConstruction => None,
            JobStatus::Requeueing => {
                let from = if job.status == JobStatus::Completed { TaskStatus::ALL } else { STOPPED };
                change(from, TaskStatus::Queued)?;
                Some((JobStatus::Queued, "all tasks were queued again".into()))
            }
            // Flamenco leaves a job active for ever that somebody made so when there was nothing to do.
            JobStatus::Queued | JobStatus::Active if self.all_tasks_completed(job.id)? => {
                Some((JobStatus::Completed, "all tasks were completed already".into()))
            }
            JobStatus::Queued | JobStatus::Active => {
                self.reason_to_give_up(job.id)?.map(|reason| (JobStatus::Failed, reason))
            }
            _ => None,
        })
    }

    /// Mass changes write no line into the tasks' logs; the activity says why.
    fn set_many(
        &self,
        job_id: i64,
        from: &[TaskStatus],
        to: TaskStatus,
        activity: &str,
    ) -> rusqlite::Result<()> {
        let mut update = self.db.prepare_cached(
            "UPDATE tasks SET status = ?, activity = ?, updated = ? WHERE job_id = ? AND status = ?",
        )?;
        for status in from.iter().filter(|it| **it != to) {
            update.execute(params![to.as_str(), activity, self.now, job_id, status.as_str()])?;
        }
        if to == TaskStatus::Queued {
            self.db
                .prepare_cached(
                    "UPDATE tasks SET steps_completed = 0 WHERE job_id = ? AND status = 'queued'",
                )?
                .execute([job_id])?;
            JobRow::sum_steps(self.db, job_id)?;
        }
        Ok(())
    }
}
