use std::cell::Cell;
use std::time::Duration;

use flamenco::wire::TaskStatus;
use rusqlite::{Connection, params};

use super::*;
use crate::database::STATEMENTS;
use crate::job_files::JobFiles;
use crate::records::{JobRow, TaskRow, WorkerRow};

/// A farm without network: a database in memory and a clock moved by hand.
pub(super) struct Bench {
    pub db: Connection,
    pub files: Option<JobFiles>,
    pub rules: Timings,
    pub now: Cell<i64>,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        let db = Connection::open_in_memory().unwrap();
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        db.execute_batch(include_str!("../schema.sql")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = Some(JobFiles::new(folder.path().into(), u64::MAX));
        Self { db, files, rules: Timings::default(), now: Cell::new(1_000_000_000), _folder: folder }
    }

    /// Logs have tests of their own; a hundred thousand steps need none.
    pub(super) fn without_logs() -> Self {
        Self { files: None, ..Self::new() }
    }

    pub(super) fn turn<T>(&self, act: impl FnOnce(&Turn<'_>) -> rusqlite::Result<T>) -> T {
        self.now.set(self.now.get() + 1);
        let now = Moment(self.now.get());
        let (lines, is_news) = (RefCell::default(), Cell::new(false));
        let turn = Turn { db: &self.db, now, rules: &self.rules, lines, is_news };
        let value = act(&turn).unwrap();
        if let Some(files) = &self.files {
            turn.lines.into_inner().write(files);
        }
        value
    }

    pub(super) fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time.as_micros() as i64);
    }

    /// A job written like `active: queued active`. Tasks are of type misc and have two steps.
    pub(super) fn job(&self, text: &str) -> i64 {
        let (status, tasks) = text.split_once(':').unwrap();
        self.db
            .execute(
                "INSERT INTO jobs (uuid, name, job_type, priority, status, settings, metadata, created, updated)
                 VALUES (?, 'job', 'try', 50, ?, '{}', '{}', 0, 0)",
                params![uuid::Uuid::new_v4().to_string(), status],
            )
            .unwrap();
        let job = self.db.last_insert_rowid();
        for (index, status) in tasks.split_whitespace().enumerate() {
            assert_ne!(TaskStatus::from_word(status), TaskStatus::Unknown);
            self.task(job, index as i64 + 1, status, "misc", 50);
        }
        JobRow::sum_steps(&self.db, job).unwrap();
        job
    }

    pub(super) fn task(&self, job: i64, index: i64, status: &str, task_type: &str, priority: i64) -> i64 {
        let steps = if status == "completed" { 2 } else { 1 };
        self.db
            .execute(
                "INSERT INTO tasks (uuid, job_id, index_in_job, name, task_type, priority, job_priority, status, commands,
                   steps_completed, steps_total, created, updated)
                 VALUES (?1, ?2, ?3, 'task', ?4, ?5, (SELECT priority FROM jobs WHERE id = ?2), ?6, '[]', ?7, 2, 0, 0)",
                params![format!("task-{job}-{index}"), job, index, task_type, priority, status, steps],
            )
            .unwrap();
        self.db.last_insert_rowid()
    }

    /// The job as [`Bench::job`] takes it.
    pub(super) fn text(&self, job: i64) -> String {
        let row = JobRow::by_id(&self.db, job).unwrap();
        let tasks = TaskRow::of_job(&self.db, &row.uuid).unwrap();
        let tasks: Vec<String> = tasks.iter().map(|it| it.status.to_string()).collect();
        format!("{}: {}", row.status, tasks.join(" "))
    }

    pub(super) fn tasks(&self, job: i64) -> Vec<TaskRow> {
        TaskRow::of_job(&self.db, &JobRow::by_id(&self.db, job).unwrap().uuid).unwrap()
    }

    pub(super) fn worker(&self, name: &str, types: &str) -> WorkerRow {
        self.db
            .execute(
                "INSERT INTO workers (uuid, secret_hash, name, address, platform, status, last_seen, task_types,
                   created, updated) VALUES (?1, x'', ?1, '', 'linux', 'awake', ?2, ?3, 0, 0)",
                params![name, self.now.get(), types],
            )
            .unwrap();
        self.again(name)
    }

    pub(super) fn again(&self, name: &str) -> WorkerRow {
        WorkerRow::by_uuid(&self.db, name).unwrap().unwrap()
    }

    pub(super) fn set_worker(&self, name: &str, change: &str) {
        assert_eq!(
            self.db.execute(&format!("UPDATE workers SET {change} WHERE uuid = ?"), [name]).unwrap(),
            1
        );
    }

    /// The index of the task that the Worker gets.
    pub(super) fn take(&self, worker: &WorkerRow) -> Option<i64> {
        self.turn(|turn| turn.next_task(worker)).map(|it| it.index_in_job)
    }

    /// The Worker takes a task and fails it; the task's index and its status afterwards.
    pub(super) fn take_and_fail(&self, worker: &WorkerRow) -> Option<(i64, TaskStatus)> {
        let task = self.turn(|turn| turn.next_task(worker))?;
        self.turn(|turn| turn.task_failed(&task, worker, "Failed: it broke"));
        Some((task.index_in_job, TaskRow::by_id(&self.db, task.id).unwrap().status))
    }

    pub(super) fn take_and_complete(&self, worker: &WorkerRow) -> Option<i64> {
        let task = self.turn(|turn| turn.next_task(worker))?;
        self.turn(|turn| turn.set_task_status(&task, TaskStatus::Completed, "Completed"));
        Some(task.index_in_job)
    }
}

pub(super) const MISC: &str = r#"["misc"]"#;
