//! Many models on the way from files to pictures: while one is drawn, the next is read and the last
//! written. Few threads, because reading, drawing and encoding use all cores by themselves where that
//! is worth it; few models, because they are what takes memory.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use render::{Still, View};
use scene::Aabb;
use work::WorkCtx;

use super::gate::{Gate, Ticket};
use crate::objects::ObjectNames;
use crate::thumbnails::{Files, OnDevice, ReadModel};
use crate::{CaptureError, Drawer, ThumbnailOptions, ThumbnailReport, Tools};

/// Bytes of files whose models may be in memory together; one that is larger is there alone.
const READ_AHEAD_N_BYTES: u64 = 48 << 20;
/// Beyond this many, readers would wait for the one that draws.
const MAX_READERS: usize = 3;

/// What a model is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is read, or drawn and written.
    Works,
    /// It is read, and others are drawn.
    Waits,
}

pub(super) struct Pipeline<'a> {
    pub models: &'a [(PathBuf, PathBuf)],
    pub options: &'a ThumbnailOptions,
    pub drawer: &'a Drawer,
    /// Stops what is not begun.
    pub ctx: &'a WorkCtx,
    /// Of each model.
    pub model_ctx: &'a WorkCtx,
    /// A model whose files cannot be written; beyond all of them, none.
    pub unwritten: AtomicUsize,
}

/// A model that waits to be drawn.
struct Ready<'a> {
    i: usize,
    model: OnDevice,
    tools: Arc<Tools>,
    _ticket: Ticket<'a>,
}

/// What the calling thread is told.
enum Said {
    Begins { i: usize, bounds: Aabb, n_views: usize },
    View { view: View, still: Box<Still> },
    Ends { names: Option<ObjectNames>, warnings: Vec<String> },
    Failed { i: usize, error: CaptureError },
}

/// The set of files that is being written.
enum Set<'a> {
    None,
    Open(usize, Box<Files<'a>>),
    /// It could not be written, which was told; the rest of it is not wanted.
    Failed(usize),
}

impl<'a> Set<'a> {
    #[expect(clippy::type_complexity, reason = "the two things that follow of a piece of writing")]
    fn of(
        i: usize,
        files: Result<Box<Files<'a>>, CaptureError>,
    ) -> (Self, Option<(usize, Result<ThumbnailReport, CaptureError>)>) {
        match files {
            Ok(files) => (Self::Open(i, files), None),
            Err(error) => (Self::Failed(i), Some((i, Err(error)))),
        }
    }

    fn is_of(&self, model: usize) -> bool {
        matches!(self, Self::Open(i, _) | Self::Failed(i) if *i == model)
    }
}

impl Pipeline<'_> {
    /// `step` is told on any thread, `done` on the calling one.
    pub(super) fn run(
        &self,
        step: impl Fn(usize, Step) + Sync,
        done: impl FnMut(usize, Result<ThumbnailReport, CaptureError>),
    ) {
        let n_cores = std::thread::available_parallelism().map_or(2, usize::from);
        let n_readers = (n_cores / 2).clamp(1, MAX_READERS).min(self.models.len());
        let gate = Gate::new(READ_AHEAD_N_BYTES);
        let next = AtomicUsize::new(0);
        let (send_ready, ready) = sync_channel(0);
        let (say, said) = sync_channel(0);
        std::thread::scope(|scope| {
            for _ in 0..n_readers {
                let (send_ready, say) = (send_ready.clone(), say.clone());
                let (gate, next, step) = (&gate, &next, &step);
                scope.spawn(move || self.read_all(gate, next, step, &send_ready, &say));
            }
            drop(send_ready);
            let step = &step;
            scope.spawn(move || {
                // Takes as long as reading the first model; whoever needs it is told when it fails.
                let _ = self.drawer.tools();
                self.draw_all(&ready, step, &say);
            });
            // Whoever stops listening, be it by a panic, stops the others.
            self.write_all(said, done);
        });
    }

    fn read_all<'g>(
        &self,
        gate: &'g Gate,
        next: &AtomicUsize,
        step: &(impl Fn(usize, Step) + Sync),
        ready: &SyncSender<Ready<'g>>,
        say: &SyncSender<Said>,
    ) {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some((path, _)) = self.models.get(i) else { return };
            let ticket = gate.enter(std::fs::metadata(path).map_or(0, |file| file.len()));
            if self.ctx.is_cancelled() {
                return;
            }
            step(i, Step::Works);
            let sent = match self.guarded(i, || self.made_ready(i)) {
                Ok((model, tools)) => {
                    step(i, Step::Waits);
                    ready.send(Ready { i, model, tools, _ticket: ticket }).is_ok()
                }
                Err(error) => say.send(Said::Failed { i, error }).is_ok(),
            };
            if !sent {
                return;
            }
        }
    }

    /// Read and brought to the device, once more when that is lost meanwhile.
    fn made_ready(&self, i: usize) -> Result<(OnDevice, Arc<Tools>), CaptureError> {
        let path = &self.models[i].0;
        let render_error = |source| CaptureError::Render { source, model: path.clone() };
        let attempt = || -> Result<_, CaptureError> {
            let read = ReadModel::read(path, self.options, self.model_ctx)?;
            let tools = self.drawer.tools().map_err(render_error)?;
            let upload = || read.upload(path, self.options, &tools.gpu, &tools.renderer);
            let made = self.guarded(i, upload);
            Ok((made, tools))
        };
        match attempt()? {
            (Err(_), tools) if tools.gpu.is_lost() => {
                let (made, tools) = attempt()?;
                Ok((made?, tools))
            }
            (made, tools) => Ok((made?, tools)),
        }
    }

    fn draw_all(
        &self,
        ready: &Receiver<Ready<'_>>,
        step: &(impl Fn(usize, Step) + Sync),
        say: &SyncSender<Said>,
    ) {
        for Ready { i, model, tools, _ticket } in ready {
            step(i, Step::Works);
            let drawn = self.guarded(i, || self.draw(i, (model, tools), say));
            if let Err(error) = drawn
                && say.send(Said::Failed { i, error }).is_err()
            {
                return;
            }
        }
    }

    fn draw(
        &self,
        i: usize,
        (mut model, mut tools): (OnDevice, Arc<Tools>),
        say: &SyncSender<Said>,
    ) -> Result<(), CaptureError> {
        let path = &self.models[i].0;
        // Whoever would listen has told its reason.
        let tell = |said| say.send(said).map_err(|_| CaptureError::Cancelled(work::Cancelled));
        let views = model.views.clone();
        tell(Said::Begins { i, bounds: model.scene.bounds(), n_views: views.len() })?;
        for (n, view) in views.iter().enumerate() {
            self.model_ctx.check_cancelled()?;
            if self.unwritten.load(Ordering::Relaxed) == i {
                break;
            }
            self.model_ctx.progress(n as f32 / views.len() as f32, "drawing");
            let still = |model: &OnDevice, tools: &Tools| {
                self.guarded(i, || model.still(path, view, self.options, &tools.gpu, &tools.renderer))
            };
            let mut drawn = still(&model, &tools);
            if drawn.is_err() && tools.gpu.is_lost() {
                (model, tools) = self.made_ready(i)?;
                drawn = still(&model, &tools);
            }
            tell(Said::View { view: *view, still: Box::new(drawn?) })?;
        }
        let OnDevice { scene, names, warnings, .. } = model;
        drop(scene);
        tell(Said::Ends { names, warnings })
    }

    fn write_all(
        &self,
        said: Receiver<Said>,
        mut done: impl FnMut(usize, Result<ThumbnailReport, CaptureError>),
    ) {
        let mut set = Set::None;
        for said in said {
            let told = match said {
                Said::Failed { i, error } => {
                    let was_told = set.is_of(i) && matches!(set, Set::Failed(_));
                    set = if set.is_of(i) { Set::None } else { set };
                    (!was_told).then_some((i, Err(error)))
                }
                Said::Begins { i, bounds, n_views } => {
                    let (path, out_dir) = &self.models[i];
                    let files = self.guarded(i, || Files::new(path, out_dir, bounds, n_views, self.options));
                    let (now, told) = Set::of(i, files.map(Box::new));
                    set = now;
                    told
                }
                Said::View { view, still } => match set {
                    Set::Open(i, mut files) => {
                        let added = self.guarded(i, || files.add(&view, &still));
                        let (now, told) = Set::of(i, added.map(|()| files));
                        set = now;
                        told
                    }
                    other => {
                        set = other;
                        None
                    }
                },
                Said::Ends { names, warnings } => match std::mem::replace(&mut set, Set::None) {
                    Set::Open(i, files) => {
                        let files = self.guarded(i, || files.publish(names.as_ref()));
                        Some((i, files.map(|files| ThumbnailReport { files, warnings })))
                    }
                    _ => None,
                },
            };
            if let Set::Failed(i) = set {
                self.unwritten.store(i, Ordering::Relaxed);
            }
            if let Some((i, result)) = told {
                done(i, result);
            }
        }
    }

    /// A panic is an error of the model.
    fn guarded<T>(
        &self,
        i: usize,
        work: impl FnOnce() -> Result<T, CaptureError>,
    ) -> Result<T, CaptureError> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            Err(CaptureError::Panicked { message: last_words(&*panic), model: self.models[i].0.clone() })
        })
    }
}

fn last_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".into())
}
