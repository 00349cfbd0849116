//! What Workers do, well and badly.

use flamenco::wire::{TaskStatus, TaskUpdate, WorkerSignOn, WorkerStatus};

use super::world::World;
use crate::states::{Heard, Offer};

impl World {
    pub(super) fn ask(&mut self) {
        let Some(worker) = self.some_worker() else { return };
        // A process that crashed has forgotten its task.
        if self.running[worker].is_none() || self.random.percent(15) {
            self.running[worker] = None;
            self.ask_at(worker);
        }
    }

    pub(super) fn ask_at(&mut self, worker: usize) {
        if self.rules.workers[worker].is_deleted {
            return;
        }
        self.last = format!("worker {worker} asks");
        let offer = self.worker_turn(worker, |turn, row| turn.offer(row));
        let it = &mut self.rules.workers[worker];
        match (it.request, it.is_timed_out, it.status) {
            (Some((status, _)), ..) => assert!(matches!(offer, Offer::ChangeState(told) if told == status)),
            (None, true, _) => {
                it.request = Some((WorkerStatus::Awake, false));
                assert!(matches!(offer, Offer::ChangeState(WorkerStatus::Awake)));
            }
            (None, false, WorkerStatus::Awake) => {
                let expected = self.rules.next_task(worker);
                match (offer, expected) {
                    (Offer::Nothing, None) => {}
                    (Offer::Task(task), Some(at)) if task.uuid == self.rules.task(at).uuid => {
                        self.running[worker] = Some(self.rules.task(at).id);
                    }
                    (Offer::Task(task), at) => panic!("{self}: got {task:?} instead of {at:?}"),
                    (_, at) => panic!("{self}: got nothing instead of {at:?}"),
                }
            }
            (None, false, status) => assert!(matches!(offer, Offer::NotAwake(told) if told == status)),
        }
    }

    pub(super) fn report(&mut self) {
        use TaskStatus::{Active, Completed, Failed};
        let Some(worker) = self.some_worker() else { return };
        let Some(task) = self.running[worker] else { return };
        let status = self.random.of(&[Completed, Completed, Completed, Completed, Failed, Failed, Active]);
        self.report_at(worker, task, status);
    }

    pub(super) fn report_at(&mut self, worker: usize, task: i64, status: TaskStatus) {
        let is_end = status != TaskStatus::Active;
        if is_end {
            self.running[worker] = None;
        }
        if self.rules.workers[worker].is_deleted {
            return;
        }
        let Some(at) = self.rules.places().find(|at| self.rules.task(*at).id == task) else { return };
        self.last = format!("worker {worker} reports {status} of task {task}");
        let steps = self.random.below(4) as i64;
        let update =
            TaskUpdate { task_status: Some(status), steps_completed: Some(steps), ..TaskUpdate::default() };
        let uuid = self.rules.task(at).uuid.clone();
        let heard = self.worker_turn(worker, |turn, row| turn.hear(row, &uuid, &update));

        let id = self.rules.workers[worker].id;
        let now = self.rules.now;
        let task = &mut self.rules.jobs[at.0].tasks[at.1];
        if task.worker != Some(id) {
            return assert_eq!(heard, Heard::NotTheirs, "{self}");
        }
        if task.status != TaskStatus::Active {
            let expected = if task.status == status { Heard::Taken } else { Heard::Over(task.status) };
            return assert_eq!(heard, expected, "{self}");
        }
        assert_eq!(heard, Heard::Taken);
        task.touched = now;
        task.steps = steps.min(2);
        match status {
            TaskStatus::Failed => self.rules.task_failed(at, id),
            TaskStatus::Completed => {
                let n_before = self.n_ends.insert(task.id, 1);
                assert_eq!(n_before, None, "{self}: run to its end twice");
                self.rules.task_becomes(at, status);
            }
            _ => {}
        }
    }

    pub(super) fn may_i_run(&mut self) {
        let Some(worker) = self.some_worker() else { return };
        let Some(task) = self.running[worker] else { return };
        let at = self.rules.places().find(|at| self.rules.task(*at).id == task);
        let uuid = at.map_or_else(|| "gone".into(), |at| self.rules.task(at).uuid.clone());
        self.last = format!("worker {worker} may run {task}?");
        let answer = self.worker_turn(worker, |turn, row| turn.may_keep_running(row, &uuid));
        let it = &self.rules.workers[worker];
        let is_asked = it.request.is_some_and(|(_, is_lazy)| !is_lazy);
        let is_mine = at.is_some_and(|at| {
            let task = self.rules.task(at);
            task.worker == Some(it.id) && task.status == TaskStatus::Active
        });
        assert_eq!(answer.may_keep_running, !is_asked && is_mine, "{self}: {answer:?}");
        assert_eq!(answer.status_change_requested, is_asked);
        let now = self.rules.now;
        match at.filter(|_| answer.may_keep_running) {
            Some((job, task)) => self.rules.jobs[job].tasks[task].touched = now,
            // Some processes do not listen.
            None if self.random.percent(80) => self.running[worker] = None,
            None => {}
        }
    }

    pub(super) fn change_state(&mut self) {
        use WorkerStatus::{Asleep, Awake, Error, Testing};
        let Some(worker) = self.some_worker() else { return };
        let status = match self.rules.workers[worker].request {
            Some((status, _)) if self.random.percent(80) => status,
            _ => self.random.of(&[Awake, Awake, Awake, Awake, Asleep, Testing, Error]),
        };
        self.change_state_to(worker, status);
    }

    pub(super) fn change_state_to(&mut self, worker: usize, status: WorkerStatus) {
        self.last = format!("worker {worker} is {status}");
        self.worker_turn(worker, |turn, row| turn.worker_changed(row, status));
        let it = &mut self.rules.workers[worker];
        (it.status, it.is_timed_out) = (status, false);
        it.request = it.request.filter(|(wanted, _)| *wanted != status);
        let id = it.id;
        if status != WorkerStatus::Awake {
            self.rules.requeue_tasks_of(id);
        }
    }

    pub(super) fn sign_off(&mut self) {
        use WorkerStatus::{Asleep, Awake, Offline, Restart};
        let Some(worker) = self.some_worker() else { return };
        self.last = format!("worker {worker} signs off");
        self.worker_turn(worker, |turn, row| turn.sign_off(row));
        let it = &mut self.rules.workers[worker];
        if it.request.is_none_or(|(wanted, _)| matches!(wanted, Offline | Restart)) {
            it.request = matches!(it.status, Awake | Asleep).then_some((it.status, false));
        }
        (it.status, it.is_timed_out) = (Offline, false);
        let id = it.id;
        self.rules.requeue_tasks_of(id);
        if self.random.percent(70) {
            self.running[worker] = None;
        }
    }

    pub(super) fn sign_on(&mut self) {
        if let Some(worker) = self.some_worker() {
            self.sign_on_at(worker);
        }
    }

    pub(super) fn sign_on_at(&mut self, worker: usize) {
        self.last = format!("worker {worker} signs on");
        let it = &self.rules.workers[worker];
        let wanted = WorkerSignOn {
            name: it.uuid.clone(),
            supported_task_types: it.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ..WorkerSignOn::default()
        };
        let told = self.worker_turn(worker, |turn, row| turn.sign_on(row, &wanted, "here"));
        let it = &mut self.rules.workers[worker];
        assert_eq!(told, it.request.map_or(WorkerStatus::Awake, |(status, _)| status));
        (it.status, it.is_timed_out) = (WorkerStatus::Starting, false);
    }
}
