//! Why a task is not running: one sentence about the task, and one about each Worker.
//!
//! Asks the scheduler's questions one by one, where the scheduler asks them all at once; the model
//! test holds the two against each other.

use flamenco::kiln::{WhyNot, WorkerWhyNot};
use flamenco::wire::{JobStatus, TaskStatus, WorkerStatus};
use rusqlite::{OptionalExtension, params};

use super::Turn;
use crate::records::{JobRow, TaskRow, WorkerRow};

/// Names of tasks to wait for that one sentence holds.
const NAMES: i64 = 3;

impl Turn<'_> {
    pub(crate) fn why_not(&self, task: &TaskRow) -> rusqlite::Result<WhyNot> {
        let job = JobRow::by_id(self.db, task.job_id)?;
        let of_task = match self.of_task(task)? {
            Some(reason) => Some(reason),
            None => of_job(&job),
        };
        let of_task = match of_task {
            Some(reason) => Some(reason),
            None => self.of_dependencies(task)?,
        };
        let mut workers = Vec::new();
        for worker in WorkerRow::all(self.db)? {
            let reason = match &of_task {
                Some(reason) => Some(reason.clone()),
                None => self.of_worker(task, &job, &worker)?,
            };
            workers.push(WorkerWhyNot {
                worker_id: worker.uuid,
                worker_name: worker.name,
                may_run: reason.is_none(),
                reason: reason.unwrap_or_else(|| "gets this task when it asks next".into()),
            });
        }
        let n_willing = workers.iter().filter(|it| it.may_run).count();
        let summary = match (of_task, workers.len(), n_willing) {
            (Some(reason), ..) => reason,
            (None, 0, _) => "no Worker has ever signed on to this farm".into(),
            (None, 1, 0) => "the only Worker cannot take this task now".into(),
            (None, 1, _) => "the only Worker takes this task next".into(),
            (None, n, 0) => format!("none of {n} Workers can take this task now"),
            (None, n, 1) => format!("one of {n} Workers takes this task next"),
            (None, n, willing) => format!("one of {willing} Workers takes this task next, of {n}"),
        };
        Ok(WhyNot { task_id: task.uuid.clone(), summary, workers })
    }

    fn of_task(&self, task: &TaskRow) -> rusqlite::Result<Option<String>> {
        let said = |text: &str| match task.activity.trim() {
            "" => text.to_owned(),
            activity => format!("{text}: {activity}"),
        };
        Ok(match task.status {
            TaskStatus::Queued | TaskStatus::SoftFailed => None,
            TaskStatus::Active if task.worker.name.is_empty() => Some(said("it counts as running")),
            TaskStatus::Active => Some(format!("it is running on {}", task.worker.name)),
            TaskStatus::Completed => Some("it is completed".into()),
            TaskStatus::Failed => Some(said("it has failed")),
            TaskStatus::Paused => Some(said("it is paused")),
            TaskStatus::Canceled => Some(said("it is canceled")),
            TaskStatus::Unknown => Some("its status is none this program knows".into()),
        })
    }

    fn of_dependencies(&self, task: &TaskRow) -> rusqlite::Result<Option<String>> {
        let needed = "FROM task_dependencies d JOIN tasks needed ON needed.id = d.dependency_id
             WHERE d.task_id = ?1 AND needed.status <> 'completed'";
        let n_open: i64 = self
            .db
            .prepare_cached(&format!("SELECT COUNT(*) {needed}"))?
            .query_row([task.id], |row| row.get(0))?;
        if n_open == 0 {
            return Ok(None);
        }
        let sql = format!("SELECT needed.name, needed.status {needed} ORDER BY needed.id LIMIT ?2");
        let names: Vec<String> = self
            .db
            .prepare_cached(&sql)?
            .query_map(params![task.id, NAMES], |row| {
                Ok(format!("{} ({})", row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?
            .collect::<Result<_, _>>()?;
        let more = if n_open > NAMES { format!(" and {} more", n_open - NAMES) } else { String::new() };
        Ok(Some(format!("it waits for {}{more}", names.join(", "))))
    }

    /// `None`: this Worker gets the task when it asks next.
    fn of_worker(
        &self,
        task: &TaskRow,
        job: &JobRow,
        worker: &WorkerRow,
    ) -> rusqlite::Result<Option<String>> {
        if !worker.task_types.contains(&task.task_type) {
            return Ok(Some(format!(
                "runs tasks of type {}, and this one is of type {}",
                worker.task_types.join(", "),
                task.task_type
            )));
        }
        if let Some(tag) = self.missing_tag(job, worker)? {
            return Ok(Some(format!("lacks the tag {tag:?} that the job asks for")));
        }
        if self.is_blocked(task, worker)? {
            return Ok(Some(format!(
                "is blocked from tasks of type {} in this job, because it failed too many",
                task.task_type
            )));
        }
        if let Some(reason) = self.of_failures(task, worker)? {
            return Ok(Some(reason));
        }
        if let Some(reason) = of_status(worker) {
            return Ok(Some(reason));
        }
        if let Some(own) = self.runs_already(task, worker)? {
            return Ok(Some(format!("is busy with {own}")));
        }
        let before = self.comes_before(task, worker)?;
        Ok(before.map(|first| format!("takes {first} first, by priority and age")))
    }

    fn missing_tag(&self, job: &JobRow, worker: &WorkerRow) -> rusqlite::Result<Option<String>> {
        self.db
            .prepare_cached(
                "SELECT t.name FROM jobs j JOIN worker_tags t ON t.id = j.tag_id
                 WHERE j.id = ?1 AND NOT EXISTS (
                   SELECT 1 FROM worker_tag_membership m WHERE m.tag_id = j.tag_id AND m.worker_id = ?2)",
            )?
            .query_row([job.id, worker.id], |row| row.get(0))
            .optional()
    }

    fn is_blocked(&self, task: &TaskRow, worker: &WorkerRow) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM job_blocks WHERE job_id = ? AND worker_id = ? AND task_type = ?)",
            )?
            .query_row(params![task.job_id, worker.id, task.task_type], |row| row.get(0))
    }

    fn of_failures(&self, task: &TaskRow, worker: &WorkerRow) -> rusqlite::Result<Option<String>> {
        let n_times: Option<i64> = self
            .db
            .prepare_cached("SELECT n_times FROM task_failures WHERE task_id = ? AND worker_id = ?")?
            .query_row([task.id, worker.id], |row| row.get(0))
            .optional()?;
        Ok(match n_times {
            None => None,
            Some(1) if !self.is_somebody_awake_for(task, worker.id)? => None,
            Some(1) => Some("failed it before, and somebody else is there to try".into()),
            Some(n) => Some(format!("failed it {n} times")),
        })
    }

    fn runs_already(&self, task: &TaskRow, worker: &WorkerRow) -> rusqlite::Result<Option<String>> {
        let own = TaskRow::active_of(self.db, worker.id)?
            .into_iter()
            .find(|it| it.id != task.id && matches!(it.job_status, JobStatus::Active | JobStatus::Queued));
        own.map(|own| self.with_job(&own)).transpose()
    }

    /// What this Worker would take rather.
    fn comes_before(&self, task: &TaskRow, worker: &WorkerRow) -> rusqlite::Result<Option<String>> {
        match self.choice(worker)? {
            Some(first) if first != task.id => self.with_job(&TaskRow::by_id(self.db, first)?).map(Some),
            _ => Ok(None),
        }
    }

    fn with_job(&self, task: &TaskRow) -> rusqlite::Result<String> {
        Ok(format!("{} of {}", task.name, JobRow::by_id(self.db, task.job_id)?.name))
    }
}

fn of_job(job: &JobRow) -> Option<String> {
    if job.delete_requested_at.is_some() {
        return Some("its job is being deleted".into());
    }
    match job.status {
        JobStatus::Active | JobStatus::Queued => None,
        status => Some(format!("its job is {status}: {}", job.activity)),
    }
}

fn of_status(worker: &WorkerRow) -> Option<String> {
    let seen = || {
        worker.last_seen.map_or_else(|| "never heard of".into(), |it| format!("last heard of {}", it.wire()))
    };
    if let Some(request) = worker.request.filter(|it| it.status != WorkerStatus::Awake) {
        return Some(format!("was asked to change to {} first", request.status));
    }
    match worker.status {
        WorkerStatus::Awake if worker.request.is_none() => None,
        WorkerStatus::Awake => Some("was asked to say first that it is awake".into()),
        WorkerStatus::Registered => Some("has registered but never signed on".into()),
        WorkerStatus::Error if worker.is_timed_out => Some(format!("does not answer, {}", seen())),
        WorkerStatus::Starting => Some("has signed on and is not awake yet".into()),
        status => Some(format!("is {status}, {}", seen())),
    }
}
