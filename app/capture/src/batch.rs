use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use render::{Gpu, Renderer};
use work::WorkCtx;

use crate::{CaptureError, ThumbnailOptions, ThumbnailReport, thumbnails};

/// Most models in memory at a time. One is read or written while another is drawn; more would only
/// take memory, because reading, drawing and encoding each use all cores.
const MAX_AT_A_TIME: usize = 4;

/// Thumbnails of many models: pairs of a model and its folder. `done` is told, on the calling
/// thread, the position of each model as it ends, in whatever order. A model that fails, or even
/// panics, is a result; the others go on. After a cancel, the models not yet begun are left out.
pub fn batch(
    models: &[(PathBuf, PathBuf)],
    options: &ThumbnailOptions,
    gpu: &Gpu,
    renderer: &Renderer,
    ctx: &WorkCtx,
    mut done: impl FnMut(usize, Result<ThumbnailReport, CaptureError>),
) {
    let next = AtomicUsize::new(0);
    let n_cores = std::thread::available_parallelism().map_or(2, usize::from);
    let n_at_a_time = n_cores.clamp(2, MAX_AT_A_TIME).min(models.len());
    let (send, results) = sync_channel(n_at_a_time);
    std::thread::scope(|scope| {
        for _ in 0..n_at_a_time {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while !ctx.is_cancelled() {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some((model, out_dir)) = models.get(i) else {
                        return;
                    };
                    let quiet = WorkCtx::quiet();
                    let draw = || thumbnails(model, out_dir, options, gpu, renderer, &quiet);
                    let result = std::panic::catch_unwind(AssertUnwindSafe(draw)).unwrap_or_else(|panic| {
                        Err(CaptureError::Panicked { message: panic_text(&*panic), model: model.clone() })
                    });
                    if send.send((i, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        for (n_done, (i, result)) in results.iter().enumerate() {
            done(i, result);
            ctx.progress((n_done + 1) as f32 / models.len() as f32, "drawing");
        }
    });
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".into())
}
