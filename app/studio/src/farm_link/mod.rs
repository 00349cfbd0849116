//! The window's line to the farm: wishes go out, the newest snapshot comes into the model. Nothing
//! here waits.

mod rows;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use farm::wire::JobType;
use farm::{
    Answer, FarmError, FarmPlace, FarmSnapshot, Focus, Form, Home, Monitor, NewSubmission, Outbox,
    SubmissionId, SubmissionState,
};
use work::{Lane, Pool};

use crate::loading;
use crate::model::{FarmLink, Model, Request, Severity};
use crate::text;
use crate::view::{Tab, View};

/// Pictures of one job that get a preview, and the size of those.
const N_PREVIEWS: usize = 24;
const PREVIEW_PX: u32 = 320;
/// What a new user most likely wants.
const FIRST_JOB_TYPE: &str = "kiln-thumbnails";
/// While the form is open its job types are asked for anew this often, because a script put into the
/// farm's folder is offered at once.
const JOB_TYPES_PERIOD: Duration = Duration::from_secs(5);

/// After the outbox could not be opened.
const OPEN_AGAIN: Duration = Duration::from_secs(5);

type Wake = Arc<dyn Fn() + Send + Sync>;

pub(crate) struct FarmRoom {
    place: FarmPlace,
    wake: Wake,
    home: Option<Home>,
    /// The outbox is a database; it is opened off the UI thread.
    opening: Option<Receiver<Result<Outbox, FarmError>>>,
    outbox: Option<Outbox>,
    monitor: Option<Monitor>,
    shown: Option<Arc<FarmSnapshot>>,
    job_types: Option<Answer<Vec<JobType>>>,
    job_types_at: Option<Instant>,
    answers: Vec<Answer<()>>,
    states: HashMap<SubmissionId, SubmissionState>,
    written: Vec<Receiver<Result<(), FarmError>>>,
}

impl FarmRoom {
    /// Begins at once to send what still waits in the outbox and to bring home what is finished.
    /// Without a home (as in tests) there is no farm.
    pub(crate) fn new(home: Option<Home>, place: FarmPlace, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let wake: Wake = Arc::new(wake);
        let opening = home.clone().map(|home| off_thread(&wake, move || Outbox::open(&home)));
        Self {
            place,
            wake,
            home,
            opening,
            outbox: None,
            monitor: None,
            shown: None,
            job_types: None,
            job_types_at: None,
            answers: Vec::new(),
            states: HashMap::new(),
            written: Vec::new(),
        }
    }

    /// The outbox takes submissions, or never will.
    pub(crate) fn is_ready(&self) -> bool {
        self.opening.is_none()
    }

    /// Finds the farm, and starts this machine's own if need be.
    pub(crate) fn connect(&mut self, model: &mut Model) {
        if let Some(monitor) = &self.monitor {
            model.farm.link = FarmLink::Connecting;
            self.job_types = Some(monitor.job_types());
            monitor.refresh();
        }
    }

    pub(crate) fn use_place(&mut self, place: FarmPlace, model: &mut Model) {
        self.place = place;
        self.shown = None;
        self.job_types = None;
        model.farm.job_types.clear();
        model.farm.jobs.clear();
        model.farm.workers.clear();
        self.start_monitor();
        self.connect(model);
    }

    pub(crate) fn refresh(&self) {
        if let Some(monitor) = &self.monitor {
            monitor.refresh();
        }
    }

    /// Writes a submission down; from then on it goes by itself, whatever becomes of this window.
    pub(crate) fn submit(&mut self, new: NewSubmission) {
        self.with_outbox(move |outbox| outbox.submit(new).map(drop));
    }

    pub(crate) fn cancel_job(&mut self, job: &str) {
        self.answers.extend(self.monitor.as_ref().map(|m| m.cancel_job(job)));
    }

    pub(crate) fn requeue_job(&mut self, job: &str) {
        self.answers.extend(self.monitor.as_ref().map(|m| m.requeue_job(job)));
    }

    /// Cancels a submission that is under way, strikes off one that is over.
    pub(crate) fn discard(&mut self, submission: &str) {
        let id = SubmissionId::from_text(submission);
        self.with_outbox(move |outbox| {
            if outbox.get(&id)?.state.is_over() { outbox.forget(&id) } else { outbox.cancel(&id) }
        });
    }

    /// Takes what has come into the model, and tells the farm what is looked at.
    pub(crate) fn poll(&mut self, model: &mut Model, view: &mut View, pool: &Pool, is_visible: bool) {
        self.open(model);
        self.take_answers(model);
        if let Some(monitor) = &self.monitor {
            let focus = Focus {
                job: view.farm.selected_job.clone(),
                log_of: view.farm.selected_task.clone(),
                is_visible,
            };
            monitor.set_focus(focus);
            let snapshot = monitor.snapshot();
            if self.shown.as_ref().is_none_or(|shown| !Arc::ptr_eq(shown, &snapshot)) {
                let is_starting = self.job_types.is_some();
                rows::take_in(&snapshot, is_starting, &mut model.farm);
                self.tell_endings(&snapshot, model);
                self.shown = Some(snapshot);
            }
        }
        self.keep_job_types(model, view);
        fit_form(model, view);
        advance_previews(model, pool);
    }

    fn open(&mut self, model: &mut Model) {
        let Some(opening) = &self.opening else { return };
        match opening.try_recv() {
            Err(TryRecvError::Empty) => return,
            Ok(Ok(outbox)) => {
                let pumped = outbox.clone();
                work::runtime().spawn(async move {
                    pumped.keep_pumping(|error| tracing::error!("jobs are not sent: {error}")).await;
                });
                self.outbox = Some(outbox);
                self.start_monitor();
            }
            Ok(Err(error)) => {
                if !matches!(model.farm.link, FarmLink::Failed(_)) {
                    model.notify(Severity::Error, error.to_string());
                }
                model.farm.link = FarmLink::Failed(error.to_string());
                // A disk that was full may have been emptied.
                self.opening = self.home.clone().map(|home| {
                    off_thread(&self.wake, move || {
                        std::thread::park_timeout(OPEN_AGAIN);
                        Outbox::open(&home)
                    })
                });
                return;
            }
            Err(TryRecvError::Disconnected) => {}
        }
        self.opening = None;
    }

    fn start_monitor(&mut self) {
        let wake = Arc::clone(&self.wake);
        let start = |outbox: &Outbox| Monitor::start(outbox.clone(), self.place.clone(), move || wake());
        self.monitor = self.outbox.as_ref().map(start);
    }

    /// Says what has ended since the window was opened.
    fn tell_endings(&mut self, snapshot: &FarmSnapshot, model: &mut Model) {
        for sent in snapshot.submissions.iter() {
            let before = self.states.insert(sent.id.clone(), sent.state);
            if before.is_none_or(|before| before == sent.state) {
                continue;
            }
            match sent.state {
                SubmissionState::Done => {
                    let files = text::counted(sent.results.len(), "file", "files");
                    let news = format!("{} is done: {files}", sent.name);
                    model.add_notice(Severity::Good, news, sent.results_dir.clone());
                }
                SubmissionState::Failed => {
                    let why = sent.error.as_deref().unwrap_or("the farm gave no reason");
                    model.notify(Severity::Error, format!("{} failed: {why}", sent.name));
                }
                _ => {}
            }
        }
    }

    fn take_answers(&mut self, model: &mut Model) {
        if let Some(answer) = &mut self.job_types
            && let Some(result) = answer.poll()
        {
            self.job_types = None;
            match result {
                Ok(job_types) => model.farm.job_types = job_types,
                Err(error) => model.farm.link = FarmLink::Failed(error.to_string()),
            }
            // The snapshot that came meanwhile says how the farm stands.
            if !matches!(model.farm.link, FarmLink::Failed(_)) {
                self.shown = None;
            }
        }
        let mut troubles = Vec::new();
        self.answers.retain_mut(|answer| match answer.poll() {
            None => true,
            Some(result) => {
                troubles.extend(result.err());
                false
            }
        });
        let mut wrote = false;
        self.written.retain(|written| match written.try_recv() {
            Err(TryRecvError::Empty) => true,
            Ok(result) => {
                troubles.extend(result.err());
                wrote = true;
                false
            }
            Err(TryRecvError::Disconnected) => false,
        });
        if wrote {
            self.refresh();
        }
        for trouble in troubles {
            model.notify(Severity::Error, trouble.to_string());
        }
    }

    /// Asks for the job types as soon as a farm answers, and again while the form is looked at.
    fn keep_job_types(&mut self, model: &Model, view: &View) {
        if !model.farm.link.is_ready() || self.job_types.is_some() {
            return;
        }
        let is_form_open = view.right_open && view.tab == Tab::Submit;
        let is_old = self.job_types_at.is_none_or(|at| at.elapsed() > JOB_TYPES_PERIOD);
        if model.farm.job_types.is_empty() && self.job_types_at.is_none() || is_form_open && is_old {
            self.job_types_at = Some(Instant::now());
            self.job_types = self.monitor.as_ref().map(Monitor::job_types);
        }
    }

    fn with_outbox(&mut self, work: impl FnOnce(&Outbox) -> Result<(), FarmError> + Send + 'static) {
        let Some(outbox) = self.outbox.clone() else { return };
        let written = off_thread(&self.wake, move || work(&outbox));
        self.written.push(written);
    }
}

fn off_thread<T: Send + 'static>(wake: &Wake, work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (send, receive) = sync_channel(1);
    let wake = Arc::clone(wake);
    work::runtime().spawn_blocking(move || {
        // The window may be gone; then nobody misses the answer.
        let _ = send.send(work());
        wake();
    });
    receive
}

/// Gives the form a job type as soon as there is one, and follows the script when it changes.
fn fit_form(model: &Model, view: &mut View) {
    let submit = &mut view.submit;
    match &submit.form {
        Some(form) => {
            let Some(job_type) = model.farm.job_type(&form.job_type) else { return };
            if job_type.etag != form.etag {
                let mut anew = Form::of(job_type);
                anew.fill(&form.settings());
                submit.form = Some(anew);
            }
        }
        None => {
            let wanted = model.farm.job_type(&model.farm.preferred_job_type);
            let first =
                wanted.or_else(|| model.farm.job_type(FIRST_JOB_TYPE)).or(model.farm.job_types.first());
            submit.form = first.map(Form::of);
        }
    }
}

/// Decodes previews one after the other, off the UI thread.
fn advance_previews(model: &mut Model, pool: &Pool) {
    for results in &mut model.farm.results {
        let pictures = results.files.iter_mut().filter(|f| f.is_picture()).take(N_PREVIEWS);
        for file in pictures {
            file.preview.poll();
            if file.preview.is_idle() {
                let path = file.path.clone();
                let work =
                    pool.spawn(Lane::Bulk, "preview", move |_| loading::picture_of_file(&path, PREVIEW_PX));
                file.preview.start(work);
            }
            if matches!(file.preview, Request::Running { .. }) {
                return;
            }
        }
    }
}
