//! What people do.

use std::collections::BTreeSet;

use flamenco::wire::{JobStatus, StatusChangeRequest, TaskStatus, WorkerStatus};

use super::rules::Worker;
use super::world::{KINDS, TAGS, World};
use crate::records::{JobRow, TaskRow};

impl World {
    pub(super) fn job_wanted(&mut self) {
        use JobStatus::*;
        let Some(job) = self.some_job() else { return };
        let usual = [CancelRequested, PauseRequested, Requeueing, Requeueing, Requeueing];
        let odd = [Active, Queued, Completed, Canceled, Paused, Failed, UnderConstruction];
        let is_odd = self.random.percent(20);
        let status = if is_odd { self.random.of(&odd) } else { self.random.of(&usual) };
        self.last = format!("job {} shall be {status}", self.rules.jobs[job].id);
        let row = JobRow::by_id(&self.bench.db, self.rules.jobs[job].id).unwrap();
        self.turn(|turn| turn.job_wanted(&row, status, "because"));
        let it = &mut self.rules.jobs[job];
        if status == Requeueing {
            it.tasks.iter_mut().for_each(|task| task.failures.clear());
            it.blocks.clear();
            it.is_forced = it.status == UnderConstruction || (it.is_forced && it.status == Requeueing);
        }
        it.is_forced |= is_odd;
        self.rules.job_becomes(job, status);
    }

    pub(super) fn task_wanted(&mut self) {
        use TaskStatus::*;
        let Some(job) = self.some_job() else { return };
        let at = (job, self.random.below(self.rules.jobs[job].tasks.len()));
        let status = self.random.of(&[Queued, Queued, Queued, Paused, Canceled, Failed, Completed, Active]);
        let id = self.rules.task(at).id;
        self.last = format!("task {id} shall be {status}");
        let row = TaskRow::by_id(&self.bench.db, id).unwrap();
        self.turn(|turn| turn.task_wanted(&row, status, "because"));
        let it = &mut self.rules.jobs[job];
        it.is_forced = true;
        if status == Queued {
            it.tasks[at.1].failures.clear();
        }
        self.rules.task_becomes(at, status);
    }

    pub(super) fn set_priority(&mut self) {
        let Some(job) = self.some_job() else { return };
        let priority = self.random.of(&[20, 50, 80]);
        self.last = format!("job {} has priority {priority}", self.rules.jobs[job].id);
        let row = JobRow::by_id(&self.bench.db, self.rules.jobs[job].id).unwrap();
        self.turn(|turn| turn.set_job_priority(&row, priority));
        self.rules.jobs[job].priority = priority;
    }

    pub(super) fn worker_wanted(&mut self) {
        use WorkerStatus::{Asleep, Awake, Offline};
        if let Some(worker) = self.some_worker() {
            let (status, is_lazy) =
                (self.random.of(&[Awake, Awake, Asleep, Offline]), self.random.percent(50));
            self.want_of(worker, status, is_lazy);
        }
    }

    pub(super) fn want_of(&mut self, worker: usize, status: WorkerStatus, is_lazy: bool) {
        self.last = format!("worker {worker} shall be {status}");
        let row = self.row(worker);
        self.turn(|turn| turn.worker_wanted(&row, StatusChangeRequest { status, is_lazy }));
        let it = &mut self.rules.workers[worker];
        it.request = (it.status != status).then_some((status, is_lazy));
    }

    pub(super) fn set_tags(&mut self) {
        let Some(worker) = self.some_worker() else { return };
        self.last = format!("worker {worker} has other tags");
        let tags: BTreeSet<i64> = TAGS.into_iter().filter(|_| self.random.percent(50)).collect();
        let it = &mut self.rules.workers[worker];
        self.bench.db.execute("DELETE FROM worker_tag_membership WHERE worker_id = ?", [it.id]).unwrap();
        for tag in &tags {
            let insert = "INSERT INTO worker_tag_membership (tag_id, worker_id) VALUES (?, ?)";
            self.bench.db.execute(insert, [*tag, it.id]).unwrap();
        }
        it.tags = tags;
    }

    pub(super) fn fire_or_hire(&mut self) {
        if self.random.percent(60) || self.rules.workers.iter().filter(|it| !it.is_deleted).count() < 2 {
            return self.hire();
        }
        let Some(worker) = self.some_worker() else { return };
        self.last = format!("worker {worker} is deleted");
        let row = self.row(worker);
        self.turn(|turn| turn.delete_worker(&row));
        let id = self.rules.workers[worker].id;
        self.rules.requeue_tasks_of(id);
        self.rules.workers[worker].is_deleted = true;
    }

    pub(super) fn hire(&mut self) {
        if self.rules.workers.len() >= 8 {
            return;
        }
        let kinds: Vec<&'static str> = KINDS.iter().copied().filter(|_| self.random.percent(80)).collect();
        let uuid = format!("worker {}", self.rules.workers.len());
        self.last = format!("{uuid} comes");
        let row = self.bench.worker(&uuid, &serde_json::json!(kinds).to_string());
        self.rules.workers.push(Worker {
            id: row.id,
            uuid,
            status: WorkerStatus::Awake,
            kinds,
            tags: BTreeSet::new(),
            request: None,
            is_timed_out: false,
            seen: self.bench.now.get(),
            is_deleted: false,
        });
        self.running.push(None);
    }

    pub(super) fn unblock(&mut self) {
        let Some(job) = self.some_job() else { return };
        self.last = "unblock".into();
        self.bench.db.execute("DELETE FROM job_blocks WHERE job_id = ?", [self.rules.jobs[job].id]).unwrap();
        self.rules.jobs[job].blocks.clear();
    }

    pub(super) fn delete_job(&mut self) {
        if self.random.percent(50) {
            return;
        }
        let Some(job) = self.some_job() else { return };
        let job = self.rules.jobs.remove(job);
        self.last = format!("job {} is deleted", job.id);
        self.bench.db.execute("DELETE FROM jobs WHERE id = ?", [job.id]).unwrap();
    }
}
