//! The database against the rules, and the rules against what a farm owes its people.

use flamenco::wire::{JobStatus, TaskStatus, WorkerStatus};

use super::world::World;
use crate::records::{JobRow, TaskRow};

impl World {
    /// Everybody wakes up and works without a fault: what is left of open jobs must say why.
    pub(super) fn drain(&mut self) {
        for worker in 0..self.rules.workers.len() {
            if !self.rules.workers[worker].is_deleted {
                self.running[worker] = None;
                self.sign_on_at(worker);
                self.change_state_to(worker, WorkerStatus::Awake);
                // A request that still waits is taken back.
                self.want_of(worker, WorkerStatus::Awake, false);
                self.check();
            }
        }
        let n_most = 50 * self.rules.places().count() + 50;
        let mut is_moving = true;
        for _ in 0..n_most {
            if !is_moving {
                break;
            }
            is_moving = false;
            for worker in 0..self.rules.workers.len() {
                self.ask_at(worker);
                if let Some(task) = self.running[worker] {
                    is_moving = true;
                    self.report_at(worker, task, TaskStatus::Completed);
                }
                self.check();
            }
            if !is_moving {
                self.pass(0);
                is_moving = (0..self.rules.workers.len()).any(|it| self.would_get(it).is_some());
            }
        }
        assert!(!is_moving, "{self}: the farm never comes to rest");
        for job in 0..self.rules.jobs.len() {
            self.check_rest(job);
        }
    }

    pub(super) fn check_rest(&mut self, job: usize) {
        let row = JobRow::by_id(&self.bench.db, self.rules.jobs[job].id).unwrap();
        let is_new = row.status == JobStatus::UnderConstruction;
        assert!(is_new || !row.activity.is_empty(), "{self}: no word about {}", row.status);
        let is_open = matches!(row.status, JobStatus::Active | JobStatus::Queued);
        assert!(
            !matches!(row.status, JobStatus::CancelRequested)
                && (row.status != JobStatus::Requeueing || self.rules.jobs[job].is_forced),
            "{self}: left between two statuses: {row:?}"
        );
        if !is_open {
            return;
        }
        assert!(self.rules.can_go_on(job), "{self}: nothing of {row:?} can ever run");
        let waiting = [TaskStatus::Queued, TaskStatus::SoftFailed];
        for task in TaskRow::of_job(&self.bench.db, &row.uuid).unwrap() {
            let why = self.bench.turn(|turn| turn.why_not(&task));
            assert!(!why.summary.is_empty());
            if waiting.contains(&task.status) {
                let silent = why.workers.iter().find(|it| it.may_run || it.reason.is_empty());
                assert_eq!(silent, None, "{self}: {row:?} {task:?}");
            }
        }
    }

    pub(super) fn check_jobs(&self) {
        let db = &self.bench.db;
        let mut query = db
            .prepare_cached("SELECT id, status, priority, steps_completed, activity FROM jobs ORDER BY id")
            .unwrap();
        let mut rows = query.query([]).unwrap();
        for (place, job) in self.rules.jobs.iter().enumerate() {
            let row = rows.next().unwrap().unwrap();
            let found = (row.get(0).unwrap(), row.get_ref(1).unwrap().as_str().unwrap(), row.get(2).unwrap());
            assert_eq!(found, (job.id, job.status.as_str(), job.priority), "{self}: {job:?}");
            let steps: i64 = job.tasks.iter().map(|it| it.steps).sum();
            assert_eq!(row.get::<_, i64>(3).unwrap(), steps, "{self}: steps of {job:?}");
            assert_ne!(job.status, JobStatus::CancelRequested, "{self}");
            let is_done = job.tasks.iter().all(|it| it.status == TaskStatus::Completed);
            let is_open = matches!(job.status, JobStatus::Active | JobStatus::Queued);
            assert!(
                job.status != JobStatus::Completed || is_done || job.is_forced,
                "{self}: lost in {job:?}"
            );
            assert!(!is_open || !is_done, "{self}: nobody noticed the end of {job:?}");
            assert!(!is_open || self.rules.can_go_on(place), "{self}: stuck {job:?}");
            assert!(
                job.status != JobStatus::Failed || !row.get_ref(4).unwrap().as_str().unwrap().is_empty(),
                "{self}: failed without a word"
            );
        }
        assert!(rows.next().unwrap().is_none());
    }

    pub(super) fn check_tasks(&mut self) {
        let db = &self.bench.db;
        let mut query = db
            .prepare_cached("SELECT id, status, worker_id, steps_completed FROM tasks ORDER BY id")
            .unwrap();
        let mut rows = query.query([]).unwrap();
        for task in self.rules.jobs.iter().flat_map(|job| &job.tasks) {
            let row = rows.next().unwrap().unwrap_or_else(|| panic!("{self}: lost {task:?}"));
            let status = row.get_ref(1).unwrap().as_str().unwrap();
            let found = (row.get(0).unwrap(), status, row.get(2).unwrap(), row.get(3).unwrap());
            assert_eq!(found, (task.id, task.status.as_str(), task.worker, task.steps), "{self}: {task:?}");
            if task.status != TaskStatus::Completed {
                self.n_ends.remove(&task.id);
            }
        }
        assert!(rows.next().unwrap().is_none());
    }

    pub(super) fn check_workers(&self) {
        let db = &self.bench.db;
        let sql = "SELECT status, status_requested, is_timed_out,
               (SELECT COUNT(*) FROM task_failures f WHERE f.worker_id = workers.id),
               (SELECT COUNT(*) FROM job_blocks b WHERE b.worker_id = workers.id)
             FROM workers ORDER BY id";
        let mut query = db.prepare_cached(sql).unwrap();
        let mut rows = query.query([]).unwrap();
        for worker in &self.rules.workers {
            let row = rows.next().unwrap().unwrap();
            let status = row.get_ref(0).unwrap().as_str().unwrap();
            let asked = row.get_ref(1).unwrap().as_str_or_null().unwrap();
            let request = worker.request.map(|(status, _)| status.as_str());
            let found = (status, asked, row.get(2).unwrap());
            assert_eq!(found, (worker.status.as_str(), request, worker.is_timed_out), "{self}: {worker:?}");
            let tasks = self.rules.jobs.iter().flat_map(|job| &job.tasks);
            let n_failures = tasks.filter(|it| it.failures.contains_key(&worker.id)).count();
            let blocks = self.rules.jobs.iter().flat_map(|job| &job.blocks);
            let n_blocks = blocks.filter(|(id, _)| *id == worker.id).count();
            let counts = (row.get::<_, i64>(3).unwrap(), row.get::<_, i64>(4).unwrap());
            assert_eq!(
                counts,
                (n_failures as i64, n_blocks as i64),
                "{self}: failures and blocks of {worker:?}"
            );
        }
    }

    /// What is said about a task must be what will happen to it.
    pub(super) fn check_reasons(&mut self) {
        let worker = self.random.below(self.rules.workers.len());
        let id = self.rules.workers[worker].id;
        let busy: Vec<JobStatus> = self
            .rules
            .places()
            .filter(|at| self.rules.task(*at).status == TaskStatus::Active)
            .filter(|at| self.rules.task(*at).worker == Some(id))
            .map(|at| self.rules.jobs[at.0].status)
            .collect();
        let is_busy = busy.iter().any(|it| matches!(it, JobStatus::Active | JobStatus::Queued));
        if self.rules.workers[worker].is_deleted || (!busy.is_empty() && !is_busy) {
            return;
        }
        let expected = self.would_get(worker).filter(|_| !is_busy);
        // A look at each Worker for each task asks the database a thousand questions: a few will do.
        let n_tasks = self.rules.places().count().max(1);
        let first = self.random.below(n_tasks);
        let sample = self.rules.places().skip(first).take(4).chain(expected);
        for at in sample {
            let row = TaskRow::by_id(&self.bench.db, self.rules.task(at).id).unwrap();
            let why = self.bench.turn(|turn| turn.why_not(&row));
            let uuid = &self.rules.workers[worker].uuid;
            let told = why.workers.iter().find(|it| it.worker_id == *uuid).unwrap();
            assert_eq!(told.may_run, expected == Some(at), "{self}: {told:?} of {:?}", self.rules.task(at));
            assert!(!told.reason.is_empty() && !why.summary.is_empty());
        }
    }

    pub(super) fn check(&mut self) {
        self.check_jobs();
        self.check_tasks();
        self.check_workers();
    }
}
