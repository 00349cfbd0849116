use std::time::Duration;

use uuid::Uuid;

/// How often the Worker turns to its Manager.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The longest that one request for a task may wait for work; `None`: answered at once.
    pub long_poll: Option<Duration>,
    /// After "nothing for you".
    pub idle: Duration,
    pub after_task: Duration,
    /// While a task runs. Also how long a cancelled program may live on.
    pub heartbeat: Duration,
    pub asleep: Duration,
    /// Log lines wait at most this long for company.
    pub log_flush: Duration,
}

impl Pace {
    /// What every Flamenco Manager expects.
    pub(crate) const FLAMENCO: Self = Self {
        long_poll: None,
        idle: Duration::from_secs(20),
        after_task: Duration::from_secs(2),
        heartbeat: Duration::from_secs(10),
        asleep: Duration::from_secs(3),
        log_flush: Duration::from_secs(30),
    };

    /// Our own Manager runs on this machine, and a person watches it.
    pub(crate) const KILN: Self = Self {
        long_poll: Some(Duration::from_secs(25)),
        idle: Duration::from_millis(50),
        after_task: Duration::ZERO,
        heartbeat: Duration::from_secs(2),
        asleep: Duration::from_secs(1),
        log_flush: Duration::from_secs(1),
    };
}

/// Ten per cent more or less, so that the Workers of a farm do not come all at once.
pub(crate) fn jittered(period: Duration) -> Duration {
    let [random, ..] = *Uuid::new_v4().as_bytes();
    period.mul_f64(0.9 + 0.2 * f64::from(random) / 255.0)
}

/// Waits between tries while the Manager is away: short at first, as it may only be restarting.
pub(crate) struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(crate) fn new() -> Self {
        Self(Self::FIRST)
    }

    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(Self::LONGEST);
        jittered(wait)
    }

    /// No try has failed since the last success.
    pub(crate) fn is_fresh(&self) -> bool {
        self.0 == Self::FIRST
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_seconds() {
        let mut backoff = Backoff::new();
        let waits: Vec<u128> = (0..8).map(|_| backoff.next().as_millis()).collect();
        for (wait, expected) in waits.iter().zip([200, 400, 800, 1600, 3200, 5000, 5000, 5000]) {
            assert!((expected * 9 / 10..=expected * 11 / 10).contains(wait), "{wait} for {expected}");
        }
    }
}
