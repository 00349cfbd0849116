//! What is found out while the submit form is filled in: what the scene file says, whether the farm
//! would take the job, and which files would be sent.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farm::{Answer, Facts, FarmError, Form, Monitor, NewSubmission, Outbox, Rehearsal};
use formats::RenderSetup;
use work::{Lane, Pool, WorkHandle, WorkState};

use crate::form;
use crate::model::{Check, Model, Plan, Request, SceneFile};
use crate::view::View;

/// What a new user most likely wants.
const FIRST_JOB_TYPE: &str = "kiln-thumbnails";
/// Somebody who types is not asked about every letter.
const QUIET: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Preparing {
    scene: Option<WorkHandle<Option<RenderSetup>>>,
    scene_of: Option<(PathBuf, u32)>,
    files_of: u64,
    check: Option<Answer<()>>,
    check_of: u64,
    plan: Option<Answer<Option<Rehearsal>>>,
    plan_of: u64,
    changed_at: Option<Instant>,
    /// The job type to change to once the farm has told its types, and what to fill it with.
    pub(super) wish: Option<NewSubmission>,
}

impl Preparing {
    /// The answer is about another farm now.
    pub(super) fn forget_check(&mut self) {
        (self.check, self.check_of, self.changed_at) = (None, 0, None);
        (self.plan, self.plan_of) = (None, 0);
    }

    pub(super) fn advance(
        &mut self,
        model: &mut Model,
        view: &mut View,
        monitor: Option<&Monitor>,
        outbox: Option<&Outbox>,
        pool: &Pool,
    ) -> Option<Duration> {
        self.take_wish(model, view);
        fit_form(model, view);
        self.read_scene(model, view, pool);
        work_out(model, view);
        self.list_files(model, view, outbox, pool);
        self.ask(model, view, monitor)
    }

    /// A job that is to be sent again fills the form.
    fn take_wish(&mut self, model: &Model, view: &mut View) {
        let Some(wish) = self.wish.take() else { return };
        let Some(job_type) = model.farm.job_type(&wish.job_type) else {
            // Until the types are there; a farm that never had this one says so when it is sent.
            self.wish = model.farm.job_types.is_empty().then_some(wish);
            return;
        };
        let submit = &mut view.submit;
        let mut form = Form::of(job_type);
        form.fill(&wish.settings);
        submit.form = Some(form);
        submit.name = wish.name;
        submit.priority = wish.priority;
        submit.tag = wish.worker_tag;
        submit.is_paused = wish.is_paused;
        submit.all_models = false;
        if let Some(destination) = wish.destination {
            // Its own folder in the one that was chosen.
            let is_own =
                destination.file_name().is_some_and(|name| name == &*farm::folder_name(&submit.name));
            let chosen = destination.parent().filter(|_| is_own).unwrap_or(&destination);
            submit.destination = chosen.display().to_string();
        }
        let chosen = model.documents.iter().filter(|d| wish.models.contains(&d.path)).map(|d| d.id);
        let chosen: std::collections::HashSet<_> = chosen.collect();
        submit.chosen_models = (!chosen.is_empty()).then_some(chosen);
    }

    /// Of job types that ask what only the file can tell.
    fn read_scene(&mut self, model: &mut Model, view: &View, pool: &Pool) {
        if let Some(reading) = &self.scene {
            let Some((path, _)) = self.scene_of.clone() else { return };
            match reading.poll() {
                WorkState::Running(_) => return,
                WorkState::Done(Ok(setup)) => {
                    model.farm.preparation.scene = SceneFile::Read(path, setup.map(Arc::new));
                }
                WorkState::Done(Err(error)) => {
                    model.farm.preparation.scene = SceneFile::Failed(path, error.to_string());
                }
                WorkState::Taken => {}
            }
            self.scene = None;
        }
        let asks = view.submit.form.as_ref().is_some_and(|it| it.fields.iter().any(|f| f.formula.is_some()));
        let first =
            form::chosen_documents(model, &view.submit).first().map(|d| (d.path.clone(), d.n_reloads));
        let wanted = first.filter(|_| asks);
        if wanted == self.scene_of {
            return;
        }
        self.scene_of.clone_from(&wanted);
        match wanted {
            None => model.farm.preparation.scene = SceneFile::None,
            Some((path, _)) => {
                model.farm.preparation.scene = SceneFile::Reading(path.clone());
                self.scene = Some(pool.spawn(Lane::Interactive, "render settings", move |ctx| {
                    formats::render_setup(&path, ctx)
                }));
            }
        }
    }

    fn list_files(&mut self, model: &mut Model, view: &View, outbox: Option<&Outbox>, pool: &Pool) {
        let files = &mut model.farm.preparation.files;
        files.poll();
        if !view.submit.shows_files {
            (*files, self.files_of) = (Request::Idle, 0);
            return;
        }
        let models = form::chosen_documents(model, &view.submit);
        let wanted: Vec<_> =
            models.iter().map(|d| (d.path.clone(), d.n_reloads, d.choices.relinks.len())).collect();
        let stamp = hash(&wanted);
        let Some(outbox) = outbox.filter(|_| stamp != self.files_of) else { return };
        self.files_of = stamp;
        let (outbox, paths) = (outbox.clone(), wanted.into_iter().map(|(path, ..)| path).collect::<Vec<_>>());
        let work = pool.spawn(Lane::Bulk, "files to send", move |ctx| {
            Ok::<Arc<[_]>, work::Cancelled>(outbox.files_to_send(&paths, &[], ctx).into())
        });
        model.farm.preparation.files.start(work);
    }

    /// Asks the farm whether it would take the form, once nothing has changed for a moment. Answers
    /// when to come again.
    fn ask(&mut self, model: &mut Model, view: &View, monitor: Option<&Monitor>) -> Option<Duration> {
        if let Some(result) = self.check.as_mut().and_then(Answer::poll) {
            self.check = None;
            model.farm.preparation.check = match result {
                Ok(()) => Check::Fine,
                Err(FarmError::Invalid(why)) => Check::Refused(why),
                Err(_) => Check::Unasked,
            };
        }
        let can_ask = model.farm.link.is_ready() && view.is_submitting();
        let new =
            form::submission(model, view).filter(|_| can_ask && form::problem(model, &view.submit).is_none());
        let Some((new, monitor)) = new.zip(monitor) else {
            self.forget_check();
            let preparation = &mut model.farm.preparation;
            (preparation.check, preparation.plan) = (Check::Unasked, Plan::Unasked);
            return None;
        };
        let stamp = hash(&(
            &new.name,
            &new.job_type,
            serde_json::Value::Object(new.settings.clone()).to_string(),
            &new.models,
            form_etag(view),
        ));
        if stamp != self.check_of {
            (self.check_of, self.changed_at, self.check) = (stamp, Some(Instant::now()), None);
            model.farm.preparation.check = Check::Asking;
        }
        if self.changed_at.is_none() {
            self.ask_plan(model, view, monitor, new, stamp);
            return None;
        }
        let left = QUIET.saturating_sub(self.changed_at?.elapsed());
        if left.is_zero() {
            self.changed_at = None;
            self.check = Some(monitor.check(new));
            return None;
        }
        Some(left)
    }
}

impl Preparing {
    /// What a form that the farm would take comes to, for whoever looks at it.
    fn ask_plan(
        &mut self,
        model: &mut Model,
        view: &View,
        monitor: &Monitor,
        new: NewSubmission,
        stamp: u64,
    ) {
        let plan = &mut model.farm.preparation.plan;
        if !view.submit.shows_plan || model.farm.preparation.check != Check::Fine {
            (self.plan, self.plan_of) = (None, 0);
            *plan = Plan::Unasked;
            return;
        }
        if stamp != self.plan_of {
            (self.plan_of, self.plan) = (stamp, Some(monitor.rehearse(new)));
            *plan = Plan::Asking;
        }
        let Some(result) = self.plan.as_mut().and_then(Answer::poll) else { return };
        self.plan = None;
        *plan = match result {
            Ok(Some(rehearsal)) => Plan::Told(Arc::new(rehearsal)),
            Ok(None) => Plan::Untold,
            Err(error) => Plan::Failed(error.to_string()),
        };
    }
}

fn form_etag(view: &View) -> Option<&str> {
    view.submit.form.as_ref().map(|form| form.etag.as_str())
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    // Nought stands for nothing.
    hasher.finish().max(1)
}

/// Gives the form a job type as soon as there is one, and follows the script when it changes.
fn fit_form(model: &Model, view: &mut View) {
    let submit = &mut view.submit;
    match &submit.form {
        Some(form) => {
            let Some(job_type) = model.farm.job_type(&form.job_type) else { return };
            if job_type.etag != form.etag {
                let mut anew = Form::of(job_type);
                anew.take_over(form);
                submit.script_changes = anew.differences(form);
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

/// Fills in what follows the scene file, the job's name and the farm.
fn work_out(model: &mut Model, view: &mut View) {
    // Until the file is read nothing is asked for that it may tell.
    if matches!(model.farm.preparation.scene, SceneFile::Reading(_)) {
        return;
    }
    if model.farm.preparation.storage.is_empty() {
        model.farm.preparation.storage = Facts::storage_of_farm();
    }
    let facts = form::facts(model, &view.submit);
    if let Some(form) = &mut view.submit.form {
        form.work_out(&facts);
    }
}
