use std::time::Duration;

use tokio::time::Instant;

/// When one kind of question is asked next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    at: Instant,
}

impl Due {
    pub(crate) fn now() -> Self {
        Self { at: Instant::now() }
    }

    pub(crate) fn is_due(self) -> bool {
        Instant::now() >= self.at
    }

    pub(crate) fn at(self) -> Instant {
        self.at
    }

    /// After `period`, or later where asking takes long: at most a fiftieth of the time is spent on
    /// it, because a large farm's list of jobs is megabytes.
    pub(crate) fn after(cost: Duration, period: Duration) -> Self {
        Self { at: Instant::now() + period.max((cost * 50).min(Duration::from_secs(300))) }
    }
}

/// How often things are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Periods {
    pub(crate) jobs: Duration,
    pub(crate) tasks: Duration,
    pub(crate) workers: Duration,
    pub(crate) log: Duration,
}

impl Periods {
    /// A studio's Manager has other guests.
    pub(crate) const STUDIO: Self = Self::of_secs(5, 3, 10, 2);
    /// Our own, on this machine, for us alone.
    pub(crate) const EMBEDDED: Self = Self::of_secs(1, 1, 2, 1);
    /// Nobody looks.
    pub(crate) const HIDDEN: Self = Self::of_secs(30, 30, 60, 30);

    const fn of_secs(jobs: u64, tasks: u64, workers: u64, log: u64) -> Self {
        Self {
            jobs: Duration::from_secs(jobs),
            tasks: Duration::from_secs(tasks),
            workers: Duration::from_secs(workers),
            log: Duration::from_secs(log),
        }
    }
}
