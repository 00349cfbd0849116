//! The protocol's tables and our counting of failures once more, in plain memory: written from the
//! tables, not from the code under test.

use std::collections::{BTreeMap, BTreeSet};

use flamenco::wire::JobStatus as J;
use flamenco::wire::TaskStatus as T;
use flamenco::wire::WorkerStatus as W;

pub(super) const SECOND: i64 = 1_000_000;
const TASK_TIMEOUT: i64 = 600 * SECOND;
const WORKER_TIMEOUT: i64 = 60 * SECOND;
const STEPS: i64 = 2;

#[derive(Clone, Debug)]
pub(super) struct Job {
    pub id: i64,
    pub status: J,
    pub priority: i32,
    pub tag: Option<i64>,
    pub tasks: Vec<Task>,
    pub blocks: BTreeSet<(i64, &'static str)>,
    /// Somebody set a status by hand that the tables let stand although the tasks say otherwise.
    pub is_forced: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub id: i64,
    pub uuid: String,
    pub status: T,
    pub kind: &'static str,
    pub priority: i32,
    /// Places in the job's list.
    pub needs: Vec<usize>,
    pub worker: Option<i64>,
    /// How often each Worker failed it.
    pub failures: BTreeMap<i64, u32>,
    pub steps: i64,
    pub touched: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub id: i64,
    pub uuid: String,
    pub status: W,
    pub kinds: Vec<&'static str>,
    pub tags: BTreeSet<i64>,
    /// What it shall become, and whether that can wait.
    pub request: Option<(W, bool)>,
    pub is_timed_out: bool,
    pub seen: i64,
    pub is_deleted: bool,
}

/// A task by the places of its job and of itself.
pub(super) type At = (usize, usize);

#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub jobs: Vec<Job>,
    pub workers: Vec<Worker>,
    pub now: i64,
}

impl Rules {
    pub(super) fn task(&self, (job, task): At) -> &Task {
        &self.jobs[job].tasks[task]
    }

    fn task_mut(&mut self, (job, task): At) -> &mut Task {
        &mut self.jobs[job].tasks[task]
    }

    pub(super) fn count(&self, job: usize, statuses: &[T]) -> usize {
        self.jobs[job].tasks.iter().filter(|it| statuses.contains(&it.status)).count()
    }

    fn is_all_completed(&self, job: usize) -> bool {
        self.jobs[job].tasks.iter().all(|it| it.status == T::Completed)
    }

    /// Table 3.2.
    pub(super) fn task_becomes(&mut self, at: At, status: T) {
        let now = self.now;
        let task = self.task_mut(at);
        task.status = status;
        match status {
            T::Queued => task.steps = 0,
            T::Completed => task.steps = STEPS,
            T::Active => task.touched = now,
            _ => {}
        }
        let job = at.0;
        let before = self.jobs[job].status;
        match status {
            T::Queued if before == J::Completed => self.job_becomes(job, J::Requeueing),
            T::Active | T::SoftFailed if !matches!(before, J::Active | J::CancelRequested) => {
                self.job_becomes(job, J::Active);
            }
            T::Queued | T::SoftFailed => self.give_up_if_stuck(job),
            T::Completed if self.is_all_completed(job) => self.job_becomes(job, J::Completed),
            T::Failed if 100 * self.count(job, &[T::Failed]) / self.jobs[job].tasks.len() >= 10 => {
                self.job_becomes(job, J::Failed);
            }
            T::Canceled if self.count(job, &[T::Active, T::Queued, T::SoftFailed]) == 0 => {
                self.job_becomes(job, J::Canceled);
            }
            T::Completed | T::Failed | T::Canceled | T::Paused => {
                let was_paused = self.pausing_rule(job);
                if !was_paused && before == J::Queued && matches!(status, T::Completed | T::Failed) {
                    self.job_becomes(job, J::Active);
                }
                if !was_paused && status != T::Paused {
                    self.give_up_if_stuck(job);
                }
            }
            _ => {}
        }
    }

    fn pausing_rule(&mut self, job: usize) -> bool {
        let is_quiet = self.jobs[job].status == J::PauseRequested && self.count(job, &[T::Active]) == 0;
        if is_quiet {
            self.job_becomes(job, J::Paused);
        }
        is_quiet
    }

    /// Table 3.3.
    pub(super) fn job_becomes(&mut self, job: usize, status: J) {
        if self.jobs[job].status != status {
            self.job_enters(job, status);
        }
    }

    fn job_enters(&mut self, job: usize, status: J) {
        let before = std::mem::replace(&mut self.jobs[job].status, status);
        match status {
            J::CancelRequested => {
                self.sweep(job, &[T::Active, T::Queued, T::SoftFailed], T::Canceled);
                self.job_becomes(job, J::Canceled);
            }
            J::Failed => self.sweep(job, &[T::Active, T::Queued, T::SoftFailed], T::Canceled),
            J::PauseRequested => {
                self.sweep(job, &[T::Queued, T::SoftFailed], T::Paused);
                self.pausing_rule(job);
            }
            J::Requeueing if before == J::UnderConstruction => {}
            J::Requeueing => {
                let stopped = &[T::Canceled, T::Failed, T::Paused, T::SoftFailed][..];
                self.sweep(job, if before == J::Completed { T::ALL } else { stopped }, T::Queued);
                self.job_becomes(job, J::Queued);
            }
            J::Queued | J::Active if self.is_all_completed(job) => self.job_becomes(job, J::Completed),
            J::Queued | J::Active => self.give_up_if_stuck(job),
            _ => {}
        }
    }

    fn sweep(&mut self, job: usize, from: &[T], to: T) {
        for task in self.jobs[job].tasks.iter_mut().filter(|it| from.contains(&it.status)) {
            task.status = to;
        }
        for task in self.jobs[job].tasks.iter_mut().filter(|it| to == T::Queued && it.status == T::Queued) {
            task.steps = 0;
        }
    }

    /// Ours: a job that nothing will ever run of has failed.
    fn give_up_if_stuck(&mut self, job: usize) {
        let is_open = matches!(self.jobs[job].status, J::Active | J::Queued);
        if is_open && self.count(job, &[T::Failed, T::Canceled]) > 0 && !self.can_go_on(job) {
            self.job_becomes(job, J::Failed);
        }
    }

    pub(super) fn can_go_on(&self, job: usize) -> bool {
        let tasks = &self.jobs[job].tasks;
        let may_end = |place: usize| -> bool {
            let (mut open, mut seen) = (vec![place], BTreeSet::new());
            while let Some(place) = open.pop() {
                if matches!(tasks[place].status, T::Failed | T::Canceled) {
                    return false;
                }
                if seen.insert(place) {
                    open.extend(&tasks[place].needs);
                }
            }
            true
        };
        tasks.iter().enumerate().any(|(place, task)| match task.status {
            T::Active | T::Paused => true,
            T::Queued | T::SoftFailed => may_end(place),
            _ => false,
        })
    }

    fn queued_or_paused(&self, job: usize) -> T {
        if matches!(self.jobs[job].status, J::PauseRequested | J::Paused) { T::Paused } else { T::Queued }
    }

    fn may_run_kind(&self, job: usize, kind: &'static str, worker: &Worker) -> bool {
        let job = &self.jobs[job];
        !worker.is_deleted
            && worker.kinds.contains(&kind)
            && job.tag.is_none_or(|tag| worker.tags.contains(&tag))
            && !job.blocks.contains(&(worker.id, kind))
    }

    /// Workers other than `but_not` in one of `statuses` who may run the task, and who have not
    /// failed it where that is asked.
    fn n_helpers(&self, at: At, but_not: i64, is_unfailed: bool, statuses: &[W]) -> usize {
        let task = self.task(at);
        let helps = |it: &&Worker| {
            it.id != but_not
                && statuses.contains(&it.status)
                && self.may_run_kind(at.0, task.kind, it)
                && !(is_unfailed && task.failures.contains_key(&it.id))
        };
        self.workers.iter().filter(helps).count()
    }

    /// Section 3.4 with exact counting.
    pub(super) fn task_failed(&mut self, at: At, worker: i64) {
        let job = at.0;
        let was_pausing = self.queued_or_paused(job) == T::Paused;
        *self.task_mut(at).failures.entry(worker).or_default() += 1;
        let n_workers = self.task(at).failures.len();
        let is_blocked = self.block(at, worker);
        let n_others = self.n_helpers(at, worker, true, PRESENT);
        let may_retry = n_others > 0 || !is_blocked && self.task(at).failures[&worker] < 2;
        let status = match n_workers >= 3 || !may_retry {
            true => T::Failed,
            false if was_pausing => T::Paused,
            false => T::SoftFailed,
        };
        self.task_becomes(at, status);
    }

    fn block(&mut self, at: At, worker: i64) -> bool {
        let (job, kind) = (at.0, self.task(at).kind);
        let failed = |it: &&Task| it.kind == kind && it.failures.contains_key(&worker);
        let n_failed = self.jobs[job].tasks.iter().filter(failed).count();
        if n_failed < 3 || self.n_helpers(at, worker, false, PRESENT) == 0 {
            return false;
        }
        self.jobs[job].blocks.insert((worker, kind));
        for place in 0..self.jobs[job].tasks.len() {
            let task = &self.jobs[job].tasks[place];
            let is_lost = place != at.1 && task.worker == Some(worker) && task.status == T::Failed;
            if is_lost && self.n_helpers((job, place), worker, true, PRESENT) > 0 {
                let status = self.queued_or_paused(job);
                self.task_becomes((job, place), status);
            }
        }
        true
    }

    /// Section 3.5; the task is the Worker's and active afterwards.
    pub(super) fn next_task(&mut self, worker: usize) -> Option<At> {
        let id = self.workers[worker].id;
        let mut mine = None;
        let own: Vec<(At, J)> = self
            .places()
            .filter(|at| self.task(*at).status == T::Active && self.task(*at).worker == Some(id))
            .map(|at| (at, self.jobs[at.0].status))
            .collect();
        for (at, job_status) in own {
            if matches!(job_status, J::Active | J::Queued) {
                mine = mine.or(Some(at));
            } else {
                let is_pausing = matches!(job_status, J::PauseRequested | J::Paused);
                self.task_becomes(at, if is_pausing { T::Paused } else { T::Queued });
            }
        }
        if let Some(at) = mine {
            let now = self.now;
            self.task_mut(at).touched = now;
            return Some(at);
        }
        let at = self.choice(worker)?;
        self.task_mut(at).worker = Some(id);
        self.task_becomes(at, T::Active);
        Some(at)
    }

    pub(super) fn choice(&self, worker: usize) -> Option<At> {
        let id = self.workers[worker].id;
        let first = |wanted: &dyn Fn(At) -> bool| {
            self.places().filter(|at| self.is_runnable(*at, &self.workers[worker]) && wanted(*at)).min_by_key(
                |at| {
                    let task = self.task(*at);
                    (-self.jobs[at.0].priority, -task.priority, task.id)
                },
            )
        };
        first(&|at| !self.task(at).failures.contains_key(&id)).or_else(|| {
            first(&|at| {
                self.task(at).failures.get(&id) == Some(&1)
                    && self.n_helpers(at, id, true, &[W::Starting, W::Awake]) == 0
            })
        })
    }

    fn is_runnable(&self, at: At, worker: &Worker) -> bool {
        let (job, task) = (&self.jobs[at.0], self.task(at));
        matches!(task.status, T::Queued | T::SoftFailed)
            && matches!(job.status, J::Active | J::Queued)
            && task.needs.iter().all(|it| job.tasks[*it].status == T::Completed)
            && self.may_run_kind(at.0, task.kind, worker)
    }

    /// Every task, in the order of their ids.
    pub(super) fn places(&self) -> impl Iterator<Item = At> + use<'_> {
        self.jobs.iter().enumerate().flat_map(|(job, it)| (0..it.tasks.len()).map(move |task| (job, task)))
    }

    pub(super) fn requeue_tasks_of(&mut self, worker: i64) {
        let own: Vec<(At, T)> = self
            .places()
            .filter(|at| self.task(*at).status == T::Active && self.task(*at).worker == Some(worker))
            .map(|at| (at, self.queued_or_paused(at.0)))
            .collect();
        for (at, status) in own {
            self.task_becomes(at, status);
        }
    }

    /// Section 3.8, and our end of what nobody may try any more.
    pub(super) fn check_timeouts(&mut self) {
        for place in 0..self.workers.len() {
            let worker = &mut self.workers[place];
            let is_expected = !matches!(worker.status, W::Error | W::Offline | W::Registered);
            if !worker.is_deleted && is_expected && worker.seen < self.now - WORKER_TIMEOUT {
                (worker.status, worker.is_timed_out, worker.request) = (W::Error, true, None);
                let id = worker.id;
                self.requeue_tasks_of(id);
            }
        }
        let limit = self.now - TASK_TIMEOUT;
        let is_late = |it: &Task| it.status == T::Active && it.touched < limit;
        let late: Vec<At> = self.places().filter(|at| is_late(self.task(*at))).collect();
        for at in late {
            if self.task(at).status == T::Active {
                self.task_becomes(at, T::Failed);
            }
        }
        let soft: Vec<At> = self.places().filter(|at| self.is_soft_and_open(*at)).collect();
        for at in soft {
            if self.task(at).status == T::SoftFailed && self.is_tried_out(at) {
                self.task_becomes(at, T::Failed);
            }
        }
    }

    fn is_soft_and_open(&self, at: At) -> bool {
        self.task(at).status == T::SoftFailed && matches!(self.jobs[at.0].status, J::Active | J::Queued)
    }

    fn is_tried_out(&self, at: At) -> bool {
        let task = self.task(at);
        let is_near = |it: &&Worker| PRESENT.contains(&it.status) || it.seen >= self.now - TASK_TIMEOUT;
        let may_try = self.workers.iter().filter(is_near).any(|it| {
            self.may_run_kind(at.0, task.kind, it) && task.failures.get(&it.id).is_none_or(|n| *n == 1)
        });
        let is_farm_there = self.workers.iter().any(|it| !it.is_deleted && PRESENT.contains(&it.status));
        !may_try && is_farm_there
    }

    /// A Manager that was killed starts again.
    pub(super) fn restart(&mut self) {
        for worker in self.workers.iter_mut().filter(|it| !it.is_deleted) {
            worker.seen = self.now;
        }
        for job in 0..self.jobs.len() {
            for task in self.jobs[job].tasks.iter_mut().filter(|it| it.status == T::Active) {
                task.touched = self.now;
            }
        }
        for job in 0..self.jobs.len() {
            let status = self.jobs[job].status;
            if matches!(status, J::CancelRequested | J::Requeueing | J::PauseRequested) {
                self.job_enters(job, status);
            }
        }
    }
}

const PRESENT: &[W] = &[W::Starting, W::Awake, W::Asleep, W::Testing];
