use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use flamenco::wire::{Job, JobStatus};
use tokio::time::Instant;

/// How quickly jobs have come on lately, and what that means for the rest.
#[derive(Default)]
pub(super) struct Speeds {
    by_job: HashMap<String, VecDeque<(Instant, i64)>>,
}

/// The last steps tell more than the first: light scenes come before heavy ones, Workers come and go.
const N_SEEN: usize = 24;
const MIN_STEPS: i64 = 2;

impl Speeds {
    pub(super) fn learn(&mut self, jobs: &[Job], now: Instant) {
        let runs = |job: &&Job| job.status == JobStatus::Active;
        self.by_job.retain(|id, _| jobs.iter().filter(runs).any(|job| job.id == *id));
        for job in jobs.iter().filter(runs) {
            let seen = self.by_job.entry(job.id.clone()).or_default();
            match seen.back() {
                // Requeued: what was learnt is void.
                Some((_, steps)) if *steps > job.steps_completed => seen.clear(),
                Some((_, steps)) if *steps == job.steps_completed => continue,
                _ => {}
            }
            seen.push_back((now, job.steps_completed));
            if seen.len() > N_SEEN {
                seen.pop_front();
            }
        }
    }

    /// `None` before a few steps were seen.
    pub(super) fn left(&self, job: &Job) -> Option<Duration> {
        let seen = self.by_job.get(&job.id)?;
        let ((from, first), (to, last)) = (seen.front()?, seen.back()?);
        let n_steps = last - first;
        let n_left = job.steps_total - job.steps_completed;
        if n_steps < MIN_STEPS || n_left <= 0 {
            return None;
        }
        let secs = to.duration_since(*from).as_secs_f64() / n_steps as f64 * n_left as f64;
        Duration::try_from_secs_f64(secs).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_was_seen() {
        let job = |steps_completed| Job {
            id: "j".into(),
            status: JobStatus::Active,
            steps_completed,
            steps_total: 10,
            ..Job::default()
        };
        let mut speeds = Speeds::default();
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        speeds.learn(&[job(0)], at(0));
        speeds.learn(&[job(1)], at(4));
        assert_eq!(speeds.left(&job(1)), None, "one step may be any");
        speeds.learn(&[job(1)], at(5));
        speeds.learn(&[job(2)], at(8));
        assert_eq!(speeds.left(&job(2)), Some(Duration::from_secs(32)));
        speeds.learn(&[job(1)], at(9));
        assert_eq!(speeds.left(&job(1)), None, "it was requeued");
    }
}
