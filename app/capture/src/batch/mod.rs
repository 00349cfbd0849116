//! Many models.
//!
//! [`batch`] draws them in this process. [`supervised`] has another process do that and watches it:
//! only a process can be made to give back what a hanging or greedy reader holds.

mod memory;
mod supervisor;
mod words;

use std::path::PathBuf;

use render::{Gpu, Renderer};
use work::WorkCtx;

use crate::{CaptureError, ThumbnailOptions, ThumbnailReport, thumbnails};

pub use supervisor::{GivenUp, Limits, Outcome, supervised};
pub use words::serve;

/// Most models in memory at a time. One is read or written while another is drawn; more would only
/// take memory, because reading, drawing and encoding each use all cores.
const MAX_AT_A_TIME: usize = 4;

/// Thumbnails of many models: pairs of a model and its folder. `begun` is told each model's position
/// on the thread that takes it up, `done` on the calling thread as it ends, in whatever order. A
/// model that fails, or even panics, is a result; the others go on. After a cancel, the models not
/// yet begun are left out.
pub fn batch(
    models: &[(PathBuf, PathBuf)],
    options: &ThumbnailOptions,
    (gpu, renderer): (&Gpu, &Renderer),
    ctx: &WorkCtx,
    begun: impl Fn(usize) + Sync,
    mut done: impl FnMut(usize, Result<ThumbnailReport, CaptureError>),
) {
    let n_cores = std::thread::available_parallelism().map_or(2, usize::from);
    let n_at_a_time = n_cores.clamp(2, MAX_AT_A_TIME);
    let draw = |i: usize| {
        begun(i);
        let (model, out_dir): &(PathBuf, PathBuf) = &models[i];
        thumbnails(model, out_dir, options, gpu, renderer, &WorkCtx::quiet())
    };
    let mut n_done = 0;
    work::at_a_time(models.len(), n_at_a_time, ctx, draw, |i, result| {
        let panicked = |message| Err(CaptureError::Panicked { message, model: models[i].0.clone() });
        done(i, result.unwrap_or_else(panicked));
        n_done += 1;
        ctx.progress(n_done as f32 / models.len() as f32, "drawing");
    });
}
