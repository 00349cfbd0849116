//! Every pair of the farm for real: ours and Flamenco's, each with the other.
//!
//! The programs are the caller's: `KILN_FLAMENCO_MANAGER`, `KILN_FLAMENCO_WORKER`, and for the add-on's
//! calls `KILN_FLAMENCO_ADDON`, the folder that holds its package `flamenco`. Without them these tests
//! say that they were skipped. `cargo xtask interop` names them and gathers the outcomes.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside of test functions")]

mod addon;
mod client;
mod job_types;
mod judge;
mod our_worker;
mod pace;
mod their_worker;

use std::time::Duration;

use tokio::time::{interval, timeout};

/// Flamenco's Worker asks for a task every 20 s, and waits 60 s after anything odd.
const DEADLINE: Duration = Duration::from_secs(150);

/// One line of the matrix.
fn outcome(pair: &str, step: &str, outcome: impl std::fmt::Display) {
    println!("INTEROP | {pair} | {step} | {outcome} |");
}

async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let mut ticks = interval(Duration::from_millis(100));
    let reached = async {
        loop {
            ticks.tick().await;
            if is_true().await {
                return;
            }
        }
    };
    timeout(DEADLINE, reached).await.unwrap_or_else(|_| panic!("never: {what}"));
}
