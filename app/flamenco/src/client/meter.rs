use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Counts bytes as they leave, and holds them back where there is a [`Limit`]. Clones count together.
#[derive(Clone, Default)]
pub struct Meter {
    n_sent: Arc<AtomicU64>,
    n_skipped: Arc<AtomicU64>,
    limit: Arc<Limit>,
}

/// How fast bytes may leave through all meters that share it. Without a limit at first.
pub struct Limit {
    /// 0: as fast as it goes.
    bytes_per_sec: AtomicU64,
    /// When what was let through so far has had its time.
    free_at: Mutex<Instant>,
}

/// So far ahead of its time a byte may leave: small files need not wait for each other.
const AHEAD: Duration = Duration::from_millis(100);

impl Default for Limit {
    fn default() -> Self {
        Self { bytes_per_sec: AtomicU64::new(0), free_at: Mutex::new(Instant::now()) }
    }
}

impl Limit {
    /// `None`: as fast as it goes. Holds from the next bytes on.
    pub fn set(&self, bytes_per_sec: Option<u64>) {
        self.bytes_per_sec.store(bytes_per_sec.map_or(0, |it| it.max(1)), Ordering::Relaxed);
    }

    /// When `n_bytes` that want to leave `now` may; what comes later waits for them.
    fn book(&self, n_bytes: usize, now: Instant) -> Option<Instant> {
        let rate = self.bytes_per_sec.load(Ordering::Relaxed);
        if rate == 0 {
            return None;
        }
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        *free_at = (*free_at).max(now) + Duration::from_secs_f64(n_bytes as f64 / rate as f64);
        free_at.checked_sub(AHEAD)
    }
}

impl Meter {
    pub fn new(limit: Arc<Limit>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Bytes that have left.
    pub fn n_sent(&self) -> u64 {
        self.n_sent.load(Ordering::Relaxed)
    }

    /// Bytes that have left or need not.
    pub fn n_done(&self) -> u64 {
        self.n_sent() + self.n_skipped.load(Ordering::Relaxed)
    }

    /// These need not leave: the Manager has them.
    pub fn skip(&self, n_bytes: u64) {
        self.n_skipped.fetch_add(n_bytes, Ordering::Relaxed);
    }

    /// Waits until `n_bytes` may leave, and counts them.
    pub async fn pass(&self, n_bytes: usize) {
        if let Some(then) = self.limit.book(n_bytes, Instant::now()) {
            tokio::time::sleep_until(then).await;
        }
        self.n_sent.fetch_add(n_bytes as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_over_all_that_share_it() {
        let limit = Limit::default();
        let now = Instant::now() + Duration::from_secs(10);
        assert_eq!(limit.book(1 << 30, now), None);
        limit.set(Some(1000));
        let waits: Vec<u128> =
            (0..4).map(|_| (limit.book(500, now).unwrap() + AHEAD - now).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 1500, 2000]);
        // Time in which nothing left is not made up for.
        let later = now + Duration::from_secs(60);
        assert_eq!((limit.book(100, later).unwrap() + AHEAD - later).as_millis(), 100);
        limit.set(None);
        assert_eq!(limit.book(1 << 30, later), None);
    }
}
