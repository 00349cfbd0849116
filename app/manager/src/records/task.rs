use flamenco::wire::{Command, JobStatus, Task, TaskStatus, TaskSummary, TaskWorker};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::json;
use crate::clock::Moment;

#[derive(Clone, Debug)]
pub(crate) struct TaskRow {
    pub id: i64,
    pub uuid: String,
    pub job_id: i64,
    pub job_uuid: String,
    pub job_status: JobStatus,
    pub index_in_job: i64,
    pub name: String,
    pub task_type: String,
    pub priority: i32,
    pub status: TaskStatus,
    pub activity: String,
    /// As they are kept; most who look at a task do not look at them.
    commands: String,
    /// Who has it, or had it last.
    pub worker_id: Option<i64>,
    pub worker: TaskWorker,
    pub steps_completed: i64,
    pub steps_total: i64,
    pub last_touched: Option<Moment>,
    pub created: Moment,
    pub updated: Moment,
}

/// A deleted Worker shows its id alone.
const SELECT: &str =
    "SELECT t.id, t.uuid, t.job_id, j.uuid, j.status, t.index_in_job, t.name, t.task_type, t.priority,
       t.status, t.activity, t.commands, t.worker_id, COALESCE(w.uuid, ''),
       IIF(w.deleted_at IS NULL, COALESCE(w.name, ''), ''),
       IIF(w.deleted_at IS NULL, COALESCE(w.address, ''), ''),
       t.steps_completed, t.steps_total, t.last_touched, t.created, t.updated
     FROM tasks t JOIN jobs j ON j.id = t.job_id LEFT JOIN workers w ON w.id = t.worker_id";

impl TaskRow {
    pub(crate) fn by_uuid(db: &Connection, uuid: &str) -> rusqlite::Result<Option<Self>> {
        db.prepare_cached(&format!("{SELECT} WHERE t.uuid = ?"))?.query_row([uuid], Self::read).optional()
    }

    pub(crate) fn by_id(db: &Connection, id: i64) -> rusqlite::Result<Self> {
        db.prepare_cached(&format!("{SELECT} WHERE t.id = ?"))?.query_row([id], Self::read)
    }

    pub(crate) fn of_job(db: &Connection, job_uuid: &str) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("{SELECT} WHERE j.uuid = ? ORDER BY t.index_in_job");
        db.prepare_cached(&sql)?.query_map([job_uuid], Self::read)?.collect()
    }

    /// Tasks that a Worker is running, in whichever job.
    pub(crate) fn active_of(db: &Connection, worker_id: i64) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("{SELECT} WHERE t.worker_id = ? AND t.status = 'active' ORDER BY t.id");
        db.prepare_cached(&sql)?.query_map([worker_id], Self::read)?.collect()
    }

    /// Active tasks that nobody touched since `moment`.
    pub(crate) fn untouched_since(db: &Connection, moment: Moment) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("{SELECT} WHERE t.status = 'active' AND t.last_touched < ? ORDER BY t.id");
        db.prepare_cached(&sql)?.query_map([moment], Self::read)?.collect()
    }

    /// What the Worker runs now, else what it ran last.
    pub(crate) fn latest_of(db: &Connection, worker_id: i64) -> rusqlite::Result<Option<Self>> {
        let sql = format!(
            "{SELECT} WHERE t.worker_id = ? ORDER BY t.status = 'active' DESC, t.last_touched DESC LIMIT 1"
        );
        db.prepare_cached(&sql)?.query_row([worker_id], Self::read).optional()
    }

    /// Workers that failed the task, and how often in all.
    pub(crate) fn failed_by(db: &Connection, id: i64) -> rusqlite::Result<Vec<TaskWorker>> {
        db.prepare_cached(
            "SELECT w.uuid, IIF(w.deleted_at IS NULL, w.name, ''), IIF(w.deleted_at IS NULL, w.address, '')
             FROM task_failures f JOIN workers w ON w.id = f.worker_id WHERE f.task_id = ? ORDER BY w.id",
        )?
        .query_map([id], |row| Ok(TaskWorker { id: row.get(0)?, name: row.get(1)?, address: row.get(2)? }))?
        .collect()
    }

    pub(crate) fn touch(db: &Connection, id: i64, now: Moment) -> rusqlite::Result<()> {
        db.prepare_cached("UPDATE tasks SET last_touched = ? WHERE id = ?")?.execute(params![now, id])?;
        Ok(())
    }

    /// Sets the task's counter and moves the job's by the same amount.
    pub(crate) fn save_steps(&self, db: &Connection, steps: i64) -> rusqlite::Result<()> {
        let steps = steps.clamp(0, self.steps_total);
        let before: i64 = db
            .prepare_cached("SELECT steps_completed FROM tasks WHERE id = ?")?
            .query_row([self.id], |row| row.get(0))?;
        if steps == before {
            return Ok(());
        }
        db.prepare_cached("UPDATE tasks SET steps_completed = ? WHERE id = ?")?
            .execute(params![steps, self.id])?;
        db.prepare_cached("UPDATE jobs SET steps_completed = steps_completed + ? WHERE id = ?")?
            .execute(params![steps - before, self.job_id])?;
        Ok(())
    }

    pub(crate) fn commands(&self) -> Vec<Command> {
        json(&self.commands)
    }

    pub(crate) fn summary(self) -> TaskSummary {
        TaskSummary {
            id: self.uuid,
            name: self.name,
            status: self.status,
            index_in_job: self.index_in_job,
            priority: self.priority,
            task_type: self.task_type,
            updated: self.updated.wire(),
            worker: Some(self.worker),
            steps_completed: self.steps_completed,
            steps_total: self.steps_total,
        }
    }

    pub(crate) fn wire(self, failed_by: Vec<TaskWorker>) -> Task {
        Task {
            commands: self.commands(),
            id: self.uuid,
            created: self.created.wire(),
            updated: self.updated.wire(),
            job_id: self.job_uuid,
            index_in_job: self.index_in_job,
            name: self.name,
            status: self.status,
            priority: self.priority,
            task_type: self.task_type,
            activity: self.activity,
            steps_completed: self.steps_completed,
            steps_total: self.steps_total,
            worker: Some(self.worker),
            last_touched: self.last_touched.map(Moment::wire),
            failed_by_workers: (!failed_by.is_empty()).then_some(failed_by),
        }
    }

    /// By place: a Worker waits while columns' names are compared, a hundred for each row.
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            uuid: row.get(1)?,
            job_id: row.get(2)?,
            job_uuid: row.get(3)?,
            job_status: JobStatus::from_word(row.get_ref(4)?.as_str()?),
            index_in_job: row.get(5)?,
            name: row.get(6)?,
            task_type: row.get(7)?,
            priority: row.get(8)?,
            status: TaskStatus::from_word(row.get_ref(9)?.as_str()?),
            activity: row.get(10)?,
            commands: row.get(11)?,
            worker_id: row.get(12)?,
            worker: TaskWorker { id: row.get(13)?, name: row.get(14)?, address: row.get(15)? },
            steps_completed: row.get(16)?,
            steps_total: row.get(17)?,
            last_touched: row.get(18)?,
            created: row.get(19)?,
            updated: row.get(20)?,
        })
    }
}
