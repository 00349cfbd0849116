//! How much a device draws in the time a frame has: guessed at first, then learned from the frames.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Gpu;

/// What a device is believed to draw in one frame.
pub(super) struct Pace {
    guess: Guess,
    /// How much more than guessed.
    moving: f64,
    resting: f64,
    in_flight: Option<Flight>,
    /// When something was submitted last, and how long before that the time before.
    last: Option<Instant>,
    interval: Duration,
}

struct Guess {
    moving_pixels: f64,
    moving_triangles: f64,
    step_samples: f64,
    step_triangles: f64,
}

/// Two slow cores under lavapipe.
const SOFTWARE: Guess = Guess {
    moving_pixels: 700_000.0,
    moving_triangles: 110_000.0,
    step_samples: 500_000.0,
    step_triangles: 120_000.0,
};
/// Any card of the last ten years.
const CARD: Guess =
    Guess { moving_pixels: 40e6, moving_triangles: 20e6, step_samples: 160e6, step_triangles: 20e6 };
/// Time of a moving frame that leaves room for the window around it at 20 frames a second.
const MOVING: Duration = Duration::from_millis(32);
/// Of a step on the way to a picture at rest: a window that waits for one still feels alive.
const STEP: Duration = Duration::from_millis(22);
const SLOWEST: f64 = 0.2;
const FASTEST: f64 = 30.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Moving,
    /// Draws as much as a step may.
    FullStep,
    /// Less; it says nothing about how much more could have been drawn.
    PartStep,
}

/// Work that was handed to the device.
struct Flight {
    kind: Kind,
    started: Instant,
    finished: Arc<Mutex<Option<Instant>>>,
}

impl Pace {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let guess = if gpu.is_software() { SOFTWARE } else { CARD };
        Self { guess, moving: 1.0, resting: 1.0, in_flight: None, last: None, interval: Duration::ZERO }
    }

    /// As if the device were much slower or faster than any.
    #[cfg(test)]
    pub(super) fn pretend(&mut self, is_slow: bool) {
        self.guess = if is_slow { SOFTWARE } else { CARD };
        self.resting = if is_slow { SLOWEST } else { FASTEST };
    }

    pub(super) fn moving_pixels(&self) -> f64 {
        self.guess.moving_pixels * self.moving
    }

    pub(super) fn moving_triangles(&self) -> usize {
        (self.guess.moving_triangles * self.moving) as usize
    }

    pub(super) fn step_samples(&self) -> f64 {
        self.guess.step_samples * self.resting
    }

    pub(super) fn step_triangles(&self) -> usize {
        (self.guess.step_triangles * self.resting) as usize
    }

    /// Right after the submission.
    pub(super) fn submitted(&mut self, gpu: &Gpu, kind: Kind, submission: wgpu::SubmissionIndex) {
        let started = Instant::now();
        self.interval = self.last.map_or(Duration::ZERO, |last| started - last);
        self.last = Some(started);
        let finished = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&finished);
        let device = gpu.device.clone();
        // Nobody else looks at the clock at the right moment.
        std::thread::spawn(move || {
            // A lost device finishes at once; whoever owns it is told by its callback.
            let _ = device.poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None });
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        });
        self.in_flight = Some(Flight { kind, started, finished });
    }

    /// Whether the device still works on what was submitted last. Learns from what is done.
    pub(super) fn is_busy(&mut self) -> bool {
        let Some(flight) = &self.in_flight else { return false };
        let finished = *flight.finished.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(finished) = finished else { return true };
        let (kind, took) = (flight.kind, finished.saturating_duration_since(flight.started));
        self.in_flight = None;
        self.learn(kind, took);
        false
    }

    /// Slowly: a frame that was slow by chance should not make the next ones small.
    fn learn(&mut self, kind: Kind, took: Duration) {
        let (rate, aim) = match kind {
            Kind::Moving => (&mut self.moving, MOVING),
            // A window that is slow anyway gains nothing from steps that are small beside its frames.
            Kind::FullStep | Kind::PartStep => (&mut self.resting, STEP.max(self.interval.mul_f64(0.4))),
        };
        let most = if kind == Kind::PartStep { 1.0 } else { 1.25 };
        let factor = (aim.as_secs_f64() / took.as_secs_f64().max(1e-4)).clamp(0.75, most);
        *rate = (*rate * factor).clamp(SLOWEST, FASTEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_frames_make_the_next_ones_smaller() {
        let mut pace = Pace {
            guess: SOFTWARE,
            moving: 1.0,
            resting: 1.0,
            in_flight: None,
            last: None,
            interval: Duration::ZERO,
        };
        let before = pace.step_triangles();
        pace.learn(Kind::PartStep, Duration::from_millis(5));
        assert_eq!(pace.step_triangles(), before, "a small step says nothing");
        (0..20).for_each(|_| pace.learn(Kind::FullStep, Duration::from_millis(100)));
        assert!(pace.step_triangles() < before / 3);
        (0..40).for_each(|_| pace.learn(Kind::FullStep, Duration::from_millis(5)));
        assert!(pace.step_triangles() > before);
        assert_eq!(pace.moving_triangles(), 110_000);
    }
}
