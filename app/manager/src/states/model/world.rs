use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flamenco::wire::{JobStatus, TaskStatus, WorkerStatus};
use rusqlite::params;

use super::rules::{At, Job, Rules, Task};
use crate::records::{JobRow, WorkerRow};
use crate::states::bench::Bench;
use crate::states::{Turn, heard_of_everybody};

pub(super) const KINDS: &[&str] = &["misc", "blender", "ffmpeg"];
pub(super) const TAGS: [i64; 2] = [1, 2];

pub(super) struct World {
    pub bench: Bench,
    pub rules: Rules,
    pub random: Random,
    /// What each Worker's process believes to be running, by the Worker's place.
    pub running: Vec<Option<i64>>,
    /// Ends that the farm believed, by task; a task queued again begins anew.
    pub n_ends: BTreeMap<i64, usize>,
    seed: u64,
    /// What happened last, for whoever reads a failure.
    pub last: String,
}

/// Splitmix64 (Steele, Lea, Flood 2014): a seed tells the whole story.
pub(super) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(super) fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    pub(super) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut world = Self {
            bench: Bench::without_logs(),
            rules: Rules::default(),
            random: Random(seed),
            running: Vec::new(),
            n_ends: BTreeMap::new(),
            seed,
            last: "begin".into(),
        };
        for tag in TAGS {
            let insert = "INSERT INTO worker_tags (id, uuid, name) VALUES (?1, 'tag ' || ?1, 'tag ' || ?1)";
            world.bench.db.execute(insert, [tag]).unwrap();
        }
        for _ in 0..1 + world.random.below(4) {
            world.hire();
        }
        world
    }

    pub(super) fn step(&mut self) {
        match self.random.below(100) {
            0..=27 => self.ask(),
            28..=55 => self.report(),
            56..=62 => self.may_i_run(),
            63..=69 => self.change_state(),
            70..=71 => self.sign_off(),
            72..=75 => self.sign_on(),
            76..=80 => self.job_wanted(),
            81..=82 => self.task_wanted(),
            83 => self.set_priority(),
            84..=85 => self.worker_wanted(),
            86 => self.set_tags(),
            87 => self.fire_or_hire(),
            88 => self.unblock(),
            89..=91 => self.pass(30),
            92 => self.pass(700),
            93 => self.restart(),
            94 => self.delete_job(),
            _ => self.submit(),
        }
        self.check();
        if self.random.percent(4) {
            self.check_reasons();
        }
    }

    fn submit(&mut self) {
        if self.rules.jobs.len() >= 5 {
            return;
        }
        use JobStatus::{Active, Paused, Queued, UnderConstruction};
        let status = self.random.of(&[Queued, Queued, Queued, Queued, Active, Paused, UnderConstruction]);
        let id = self.bench.job("under-construction:");
        let n_tasks =
            if self.random.percent(20) { 11 + self.random.below(12) } else { 1 + self.random.below(5) };
        let kinds = 1 + self.random.below(KINDS.len());
        let priority = self.random.of(&[50, 50, 80]);
        let tag = if self.random.percent(10) { Some(self.random.of(&TAGS)) } else { None };
        let change = "UPDATE jobs SET priority = ?, tag_id = ? WHERE id = ?";
        self.bench.db.execute(change, params![priority, tag, id]).unwrap();
        let mut tasks: Vec<Task> = Vec::new();
        for place in 0..n_tasks {
            let kind = KINDS[self.random.below(kinds)];
            let priority = self.random.of(&[50, 50, 50, 70]);
            let task = self.bench.task(id, place as i64 + 1, "queued", kind, i64::from(priority));
            let mut needs = BTreeSet::new();
            if place > 0 && self.random.percent(30) {
                needs.insert(self.random.below(place));
                needs.insert(self.random.below(place));
            }
            for need in &needs {
                let insert = "INSERT INTO task_dependencies VALUES (?, ?)";
                self.bench.db.execute(insert, [task, tasks[*need].id]).unwrap();
            }
            tasks.push(Task {
                id: task,
                uuid: format!("task-{id}-{}", place + 1),
                status: TaskStatus::Queued,
                kind,
                priority,
                needs: needs.into_iter().collect(),
                worker: None,
                failures: BTreeMap::new(),
                steps: 1,
                touched: 0,
            });
        }
        JobRow::sum_steps(&self.bench.db, id).unwrap();
        let row = JobRow::by_id(&self.bench.db, id).unwrap();
        self.rules.jobs.push(Job {
            id,
            status: JobStatus::UnderConstruction,
            priority,
            tag,
            tasks,
            blocks: BTreeSet::new(),
            is_forced: status == UnderConstruction,
        });
        self.last = format!("submit {id} {status}");
        self.turn(|turn| turn.set_job_status(&row, status, "job was submitted"));
        self.rules.job_becomes(self.rules.jobs.len() - 1, status);
    }

    pub(super) fn pass(&mut self, most_seconds: usize) {
        let seconds = self.random.below(most_seconds + 1) as u64;
        self.last = format!("{seconds} s pass");
        self.bench.pass(Duration::from_secs(seconds));
        self.turn(|turn| turn.check_timeouts());
        self.rules.check_timeouts();
    }

    fn restart(&mut self) {
        self.last = "the Manager starts again".into();
        self.turn(|turn| {
            heard_of_everybody(turn.db, turn.now)?;
            turn.push_stuck_jobs()
        });
        self.rules.restart();
    }

    pub(super) fn some_worker(&mut self) -> Option<usize> {
        let worker = self.random.below(self.rules.workers.len());
        (!self.rules.workers[worker].is_deleted).then_some(worker)
    }

    pub(super) fn some_job(&mut self) -> Option<usize> {
        if self.rules.jobs.is_empty() { None } else { Some(self.random.below(self.rules.jobs.len())) }
    }

    pub(super) fn row(&self, worker: usize) -> WorkerRow {
        self.bench.again(&self.rules.workers[worker].uuid)
    }

    pub(super) fn turn<T>(&mut self, act: impl FnOnce(&Turn<'_>) -> rusqlite::Result<T>) -> T {
        let value = self.bench.turn(act);
        self.rules.now = self.bench.now.get();
        value
    }

    pub(super) fn worker_turn<T>(
        &mut self,
        worker: usize,
        act: impl FnOnce(&Turn<'_>, &WorkerRow) -> rusqlite::Result<T>,
    ) -> T {
        let row = self.row(worker);
        let value = self.turn(|turn| {
            WorkerRow::save_seen(turn.db, row.id, turn.now)?;
            act(turn, &row)
        });
        self.rules.workers[worker].seen = self.rules.now;
        value
    }

    /// What the Worker would get, if it may ask at all.
    pub(super) fn would_get(&self, worker: usize) -> Option<At> {
        let it = &self.rules.workers[worker];
        let may_ask =
            !it.is_deleted && it.status == WorkerStatus::Awake && it.request.is_none() && !it.is_timed_out;
        self.rules.choice(worker).filter(|_| may_ask)
    }
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "seed {}, after: {}", self.seed, self.last)
    }
}
