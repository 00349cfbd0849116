use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::WorkCtx;

/// How many results may wait for an earlier one before nothing new is begun.
const MAX_AHEAD: usize = 32;

/// Does `work` for each number below `n`, on at most `n_at_a_time` threads of its own, and tells
/// `done` each result on the calling thread, in whatever order they end. One that panics is its
/// last words. After a cancel, those not yet begun are left out.
pub fn at_a_time<T: Send>(
    n: usize,
    n_at_a_time: usize,
    ctx: &WorkCtx,
    work: impl Fn(usize) -> T + Sync,
    mut done: impl FnMut(usize, Result<T, String>),
) {
    let next = AtomicUsize::new(0);
    let n_threads = n_at_a_time.clamp(1, n.max(1));
    let (send, results) = sync_channel(n_threads);
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            let (send, next, work) = (send.clone(), &next, &work);
            scope.spawn(move || {
                while !ctx.is_cancelled() {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= n {
                        return;
                    }
                    let result = catch_unwind(AssertUnwindSafe(|| work(i)));
                    if send.send((i, result.map_err(|panic| last_words(&*panic)))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        results.iter().for_each(|(i, result)| done(i, result));
    });
}

/// [`at_a_time`] with the results in the order of their numbers. Memory is that of a few results:
/// where one takes long, the others wait for it.
pub fn in_order<T: Send>(
    n: usize,
    n_at_a_time: usize,
    ctx: &WorkCtx,
    work: impl Fn(usize) -> T + Sync,
    mut done: impl FnMut(usize, Result<T, String>),
) {
    let (n_told, moved) = (Mutex::new(0), Condvar::new());
    let when_near = |i: usize| {
        let mut told = n_told.lock().unwrap_or_else(PoisonError::into_inner);
        // The lowest number that is not told never waits, so the others always get on.
        while i >= *told + MAX_AHEAD {
            told = moved.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
        drop(told);
        work(i)
    };
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    at_a_time(n, n_at_a_time, ctx, when_near, |i, result| {
        waiting.insert(i, result);
        while let Some(result) = waiting.remove(&next) {
            done(next, result);
            next += 1;
        }
        *n_told.lock().unwrap_or_else(PoisonError::into_inner) = next;
        moved.notify_all();
    });
}

fn last_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_a_panic_is_one_of_them() {
        let mut told = Vec::new();
        let square = |i: usize| {
            assert!(i != 3, "no square of {i}");
            // The first is the slowest, so that the others have to wait for it.
            (0..if i == 0 { 2_000_000_u64 } else { 1 }).fold(0, u64::wrapping_add);
            i * i
        };
        in_order(100, 3, &WorkCtx::quiet(), square, |i, result| told.push((i, result)));
        assert_eq!(told.len(), 100);
        assert!(told.iter().enumerate().all(|(n, (i, _))| n == *i));
        assert_eq!(told[3].1.as_ref().unwrap_err(), "no square of 3");
        assert_eq!(told[99].1, Ok(99 * 99));
    }

    #[test]
    fn a_cancel_leaves_out_what_is_not_begun() {
        let ctx = WorkCtx::quiet();
        let mut n_told = 0;
        in_order(1_000, 2, &ctx, |_| ctx.cancel(), |_, _| n_told += 1);
        assert!(n_told <= 2, "{n_told} were begun");
        at_a_time(0, 2, &WorkCtx::quiet(), |_| (), |_, _| panic!("there is nothing to tell"));
    }
}
