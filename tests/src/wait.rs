use std::time::{Duration, Instant};

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(20);

/// Steps until `condition` holds.
///
/// # Panics
/// With `what` when it does not within `deadline_secs`.
pub fn until(what: &str, deadline_secs: u64, mut condition: impl FnMut() -> bool) {
    until_some(what, deadline_secs, || condition().then_some(()));
}

/// Steps until `condition` gives something, and returns it.
///
/// # Panics
/// With `what` when it does not within `deadline_secs`.
pub fn until_some<T>(what: &str, deadline_secs: u64, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed().as_secs() < deadline_secs, "after {deadline_secs} s still not: {what}");
        std::thread::park_timeout(STEP);
    }
}
