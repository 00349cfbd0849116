//! Many models.
//!
//! [`batch`] draws them in this process. [`supervised`] has another process do that and watches it:
//! only a process can be made to give back what a hanging or greedy reader holds.

mod gate;
mod memory;
mod pipeline;
mod supervisor;
mod words;

use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;

use work::WorkCtx;

use self::pipeline::Pipeline;
use crate::{CaptureError, Drawer, ThumbnailOptions, ThumbnailReport};

pub use pipeline::Step;
pub use supervisor::{GivenUp, Limits, Outcome, supervised};
pub use words::serve;

/// Thumbnails of many models: pairs of a model and its folder; the same bytes as one by one. `step` is
/// told what each is about, on any thread; `done` is told on the calling thread as each ends, in
/// whatever order. A model that fails, or even panics, is a result; the others go on. After a cancel,
/// the models not yet begun are left out. A single one tells `ctx` how far it is.
pub fn batch(
    models: &[(PathBuf, PathBuf)],
    options: &ThumbnailOptions,
    drawer: &Drawer,
    ctx: &WorkCtx,
    step: impl Fn(usize, Step) + Sync,
    mut done: impl FnMut(usize, Result<ThumbnailReport, CaptureError>),
) {
    let quiet = WorkCtx::quiet();
    let is_single = models.len() == 1;
    let model_ctx = if is_single { ctx } else { &quiet };
    let unwritten = AtomicUsize::new(usize::MAX);
    let mut n_done = 0;
    Pipeline { models, options, drawer, ctx, model_ctx, unwritten }.run(step, |i, result| {
        done(i, result);
        n_done += 1;
        if !is_single {
            ctx.progress(n_done as f32 / models.len() as f32, "drawing");
        }
    });
}
