//! The window's line to the farms: wishes go out, the newest snapshot comes into the model. Nothing
//! here waits.

mod lines;
mod pictures;
mod prepare;
mod rows;
mod search;
mod speed;
mod steer;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use farm::wire::JobType;
use farm::{
    Answer, FarmError, FarmSnapshot, Focus, Home, JobPreset, Monitor, NewSubmission, Outbox, PresetStore,
    SubmissionId, SubmissionState,
};
use work::Pool;

use crate::model::{FarmLink, Model, Severity};
use crate::text;
use crate::view::{Tab, View};
use lines::Lines;
use prepare::Preparing;
use search::Searching;
use speed::UploadSpeeds;

/// While the form is open its job types are asked for anew this often, because a script put into the
/// farm's folder is offered at once.
const JOB_TYPES_PERIOD: Duration = Duration::from_secs(5);

/// After the outbox could not be opened.
const OPEN_AGAIN: Duration = Duration::from_secs(5);

type Wake = Arc<dyn Fn() + Send + Sync>;
type Presets = BTreeMap<String, JobPreset>;

pub(crate) struct FarmRoom {
    wake: Wake,
    home: Option<Home>,
    /// The outbox is a database; it is opened off the UI thread.
    opening: Option<Receiver<Result<Outbox, FarmError>>>,
    outbox: Option<Outbox>,
    presets: Option<PresetStore>,
    presets_read: Vec<Receiver<Result<Presets, FarmError>>>,
    lines: Lines,
    job_types: Option<Answer<Vec<JobType>>>,
    job_types_at: Option<Instant>,
    answers: Vec<Answer<()>>,
    reached: Option<Answer<usize>>,
    searching: Option<Searching>,
    states: HashMap<SubmissionId, SubmissionState>,
    written: Vec<Receiver<Result<(), FarmError>>>,
    again: Option<Receiver<Result<NewSubmission, FarmError>>>,
    preparing: Preparing,
    speeds: UploadSpeeds,
}

impl FarmRoom {
    /// Begins at once to send what still waits in the outbox and to bring home what is finished.
    /// Without a home (as in tests) there is no farm.
    pub(crate) fn new(home: Option<Home>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let wake: Wake = Arc::new(wake);
        let presets = home.as_ref().map(PresetStore::of);
        let reading = presets.clone().map(|store| off_thread(&wake, move || store.load()));
        let opening = home.clone().map(|home| off_thread(&wake, move || Outbox::open(&home)));
        Self {
            wake,
            home,
            opening,
            outbox: None,
            presets,
            presets_read: reading.into_iter().collect(),
            lines: Lines::default(),
            job_types: None,
            job_types_at: None,
            answers: Vec::new(),
            reached: None,
            searching: None,
            states: HashMap::new(),
            written: Vec::new(),
            again: None,
            preparing: Preparing::default(),
            speeds: UploadSpeeds::default(),
        }
    }

    /// The outbox takes submissions, or never will.
    pub(crate) fn is_ready(&self) -> bool {
        self.opening.is_none()
    }

    /// Finds the farm, and starts this machine's own if need be.
    pub(crate) fn connect(&mut self, model: &mut Model) {
        if let Some(monitor) = self.lines.monitor() {
            model.farm.link = FarmLink::Connecting;
            self.job_types = Some(monitor.job_types());
            monitor.refresh();
        }
    }

    /// The farm that `view` has chosen by now.
    pub(crate) fn change_farm(&mut self, model: &mut Model, view: &View) {
        self.job_types = None;
        self.job_types_at = None;
        self.preparing.forget_check();
        let farm = &mut model.farm;
        farm.job_types.clear();
        farm.jobs.clear();
        farm.workers.clear();
        farm.tasks.clear();
        (farm.task, farm.log, farm.worker) = (None, None, None);
        if let Some(outbox) = &self.outbox {
            self.lines.follow(&view.farm, outbox, &self.wake);
            self.lines.forget_shown();
            self.connect(model);
        }
    }

    /// A farm was added to the list, or taken from it.
    pub(crate) fn follow_list(&mut self, view: &View) {
        if let Some(outbox) = &self.outbox {
            self.lines.follow(&view.farm, outbox, &self.wake);
        }
    }

    pub(crate) fn refresh(&self) {
        if let Some(monitor) = self.lines.monitor() {
            monitor.refresh();
        }
    }

    /// Writes a submission down; from then on it goes by itself, whatever becomes of this window.
    pub(crate) fn submit(&mut self, new: NewSubmission) {
        self.with_outbox(move |outbox| outbox.submit(new).map(drop));
    }

    /// Fills the form with what a job was made of; of other people's jobs the settings alone are known.
    pub(crate) fn send_again(&mut self, job: &str) {
        let jobs = self.lines.snapshot().map(|it| Arc::clone(&it.jobs)).unwrap_or_default();
        let known = jobs.iter().find(|it| it.job.id == job).map(|it| &it.job);
        let theirs = known.map(|job| NewSubmission {
            settings: job.settings.clone(),
            priority: job.priority,
            worker_tag: job.worker_tag.clone(),
            ..NewSubmission::new(&job.name, &job.job_type, Vec::new())
        });
        let (Some(outbox), job) = (self.outbox.clone(), job.to_owned()) else { return };
        self.again = Some(off_thread(&self.wake, move || {
            let unknown = || FarmError::UnknownSubmission(job.clone());
            let id = SubmissionId::from_text(&job);
            match outbox.of_job(&job)?.or_else(|| outbox.get(&id).is_ok().then_some(id)) {
                Some(submission) => outbox.again(&submission),
                None => theirs.ok_or_else(unknown),
            }
        }));
    }

    /// Fills the form anew, now or once the farm has told its job types.
    pub(crate) fn fill_form(&mut self, new: NewSubmission) {
        self.preparing.wish = Some(new);
    }

    /// Keeps a preset, or forgets it.
    pub(crate) fn set_preset(&mut self, name: String, preset: Option<JobPreset>) {
        let Some(store) = self.presets.clone() else { return };
        let written = off_thread(&self.wake, move || store.set(&name, preset));
        self.presets_read.push(written);
    }

    /// Takes what has come into the model, and tells the farm what is looked at. Answers when to come
    /// again, if nothing else happens, and models that are to be opened.
    pub(crate) fn poll(
        &mut self,
        model: &mut Model,
        view: &mut View,
        pool: &Pool,
        is_visible: bool,
    ) -> (Option<Duration>, Vec<PathBuf>) {
        self.open(model, view);
        self.take_answers(model);
        self.take_reached(model, view);
        if self.searching.as_ref().is_some_and(|it| !it.advance(&mut model.farm.search)) {
            self.searching = None;
        }
        let focus = Focus {
            job: view.farm.selected_job.clone(),
            log_of: view.farm.selected_task.clone(),
            worker: view.farm.opened_worker.clone(),
            is_visible,
        };
        self.lines.look(&focus);
        if let Some(snapshot) = self.lines.news(&view.farm.farms, model) {
            let is_starting = self.job_types.is_some();
            rows::take_in(&snapshot, is_starting, &mut model.farm);
            self.speeds.learn(&snapshot.submissions, &mut model.farm.submissions, Instant::now());
            self.tell_endings(&snapshot, model);
        }
        self.keep_job_types(model, view);
        let opens = self.take_again(model, view);
        let (monitor, outbox) = (self.lines.monitor(), self.outbox.as_ref());
        let wait = self.preparing.advance(model, view, monitor, outbox, pool);
        pictures::advance_previews(model, view.farm.selected_job.as_deref(), pool);
        let snapshot = self.lines.snapshot().map(|it| &**it);
        pictures::take_last_rendered(snapshot, &mut model.farm.last_rendered, pool);
        (wait, opens)
    }

    fn open(&mut self, model: &mut Model, view: &View) {
        let Some(opening) = &self.opening else { return };
        match opening.try_recv() {
            Err(TryRecvError::Empty) => return,
            Ok(Ok(outbox)) => {
                let pumped = outbox.clone();
                work::runtime().spawn(async move {
                    pumped.keep_pumping(|error| tracing::error!("jobs are not sent: {error}")).await;
                });
                self.lines.follow(&view.farm, &outbox, &self.wake);
                self.outbox = Some(outbox);
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

    /// A job that is to be sent again: its models are opened, and the form is filled.
    fn take_again(&mut self, model: &mut Model, view: &mut View) -> Vec<PathBuf> {
        let Some(again) = &self.again else { return Vec::new() };
        match again.try_recv() {
            Err(TryRecvError::Empty) => return Vec::new(),
            Ok(Ok(new)) => {
                let paths: Vec<PathBuf> = new.models.iter().filter(|path| path.exists()).cloned().collect();
                if paths.len() < new.models.len() {
                    model.notify(Severity::Error, "Some of its models are no longer where they were");
                }
                (view.tab, view.right_open) = (Tab::Submit, true);
                view.farm.selected_job = None;
                self.again = None;
                self.preparing.wish = Some(new);
                return paths;
            }
            Ok(Err(error)) => model.notify(Severity::Error, error.to_string()),
            Err(TryRecvError::Disconnected) => {}
        }
        self.again = None;
        Vec::new()
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
                self.lines.forget_shown();
            }
        }
        let mut troubles = Vec::new();
        self.presets_read.retain(|read| match read.try_recv() {
            Err(TryRecvError::Empty) => true,
            Ok(Ok(presets)) => {
                model.farm.presets = presets;
                false
            }
            Ok(Err(error)) => {
                troubles.push(error);
                false
            }
            Err(TryRecvError::Disconnected) => false,
        });
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
        let is_form_open = view.is_submitting();
        let is_old = self.job_types_at.is_none_or(|at| at.elapsed() > JOB_TYPES_PERIOD);
        if model.farm.job_types.is_empty() && self.job_types_at.is_none() || is_form_open && is_old {
            self.job_types_at = Some(Instant::now());
            self.job_types = self.lines.monitor().map(Monitor::job_types);
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
