use std::path::{Path, PathBuf};

use farm::wire::TaskStatus;
use farm::{FieldValue, Form, NewSubmission, ResultsPlace, StorageMap};

use super::FarmCommand;
use crate::form;
use crate::model::{FarmLink, JobRow, Model, Severity};
use crate::rooms::Rooms;
use crate::text;
use crate::view::{Tab, View};

/// Everything between the window and a Manager.
pub(crate) fn run(command: FarmCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let farm = &mut rooms.farm;
    match command {
        FarmCommand::Connect => farm.connect(model),
        FarmCommand::UseManager(url) => use_farm(url, model, view, rooms),
        FarmCommand::AddFarm(entry) => {
            let url = entry.url.trim().to_owned();
            view.farm.new_farm = None;
            if url.is_empty() {
                return;
            }
            view.farm.farms.retain(|farm| farm.url != url);
            view.farm.farms.push(crate::settings::FarmEntry { url: url.clone(), ..entry });
            use_farm(url, model, view, rooms);
        }
        FarmCommand::RemoveFarm(url) => {
            view.farm.farms.retain(|farm| farm.url != url);
            if view.farm.manager_url == url {
                use_farm(String::new(), model, view, rooms);
            } else {
                farm.follow_list(view);
            }
        }
        FarmCommand::Refresh => farm.refresh(),
        FarmCommand::FindManagers => {
            view.farm.new_farm.get_or_insert_default();
            (view.tab, view.right_open) = (Tab::Farm, true);
            farm.find_managers(model);
        }
        FarmCommand::OpenResults(job) => {
            let found = model.farm.results.iter().find(|r| r.job == job || r.submission == job);
            match found.map(|r| r.folder.clone()) {
                Some(folder) => super::file::reveal(&folder, model),
                None => model.notify(Severity::Info, "Its results have not come home yet"),
            }
        }
        command => fill_in_or_steer(command, model, view, rooms),
    }
}

fn fill_in_or_steer(command: FarmCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let farm = &mut rooms.farm;
    match command {
        FarmCommand::ChooseJobType(name) => choose_job_type(&name, model, view),
        FarmCommand::Submit => submit(false, model, view, rooms),
        FarmCommand::SubmitAll => submit(true, model, view, rooms),
        FarmCommand::SendAgain(job) => farm.send_again(&job),
        FarmCommand::UsePreset(name) => use_preset(&name, model, view, rooms),
        FarmCommand::KeepPreset(name) => {
            view.submit.preset_name = None;
            if let Some(preset) = form::preset(&view.submit) {
                view.submit.preset.clone_from(&name);
                farm.set_preset(name, Some(preset));
            }
        }
        FarmCommand::ForgetPreset(name) => {
            view.submit.preset.clear();
            farm.set_preset(name, None);
        }
        FarmCommand::ChooseResultsFolder => {
            let begin = Some(Path::new(view.submit.destination.trim())).filter(|it| it.is_dir());
            rooms.dialogs.job_results(begin.or(model.last_folder.as_deref()));
        }
        FarmCommand::UseResultsFolder(folder) => view.submit.destination = folder.display().to_string(),
        FarmCommand::ChooseField(key, is_folder) => {
            rooms.dialogs.job_setting(model.last_folder.as_deref(), key, is_folder);
        }
        FarmCommand::SetField(key, path) => set_field(&key, &path, view),
        command => order(command, model, view, rooms),
    }
}

/// What waits to be sent.
fn order(command: FarmCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let farm = &mut rooms.farm;
    match command {
        FarmCommand::DiscardSubmission(submission) => farm.discard(&submission),
        FarmCommand::RetrySubmission(submission) => farm.retry(&submission),
        FarmCommand::HoldSubmission(submission, is_held) => farm.hold(&submission, is_held),
        FarmCommand::HoldAll(is_held) => farm.hold_all(is_held),
        FarmCommand::ToggleHoldAll => farm.hold_all(!model.farm.outbox.holds_all),
        FarmCommand::LimitUploads(bytes_per_sec) => farm.limit_uploads(bytes_per_sec),
        FarmCommand::ToggleUploadLimit => {
            view.farm.shows_limit = !view.farm.shows_limit;
            (view.tab, view.right_open) = (Tab::Farm, true);
        }
        FarmCommand::SendBefore(submission, next) => farm.send_before(&submission, next.as_deref()),
        command => steer(command, model, view, rooms),
    }
}

/// Jobs, tasks and Workers.
fn steer(command: FarmCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let farm = &mut rooms.farm;
    match command {
        FarmCommand::Cancel(job) => farm.cancel_job(&job),
        FarmCommand::Pause(job) => farm.pause_job(&job),
        FarmCommand::Requeue(job) => farm.requeue_job(&job),
        FarmCommand::Delete(job) => {
            view.farm.deletes = None;
            if view.farm.selected_job.as_ref() == Some(&job) {
                view.farm.selected_job = None;
            }
            farm.delete_jobs(vec![job]);
        }
        FarmCommand::DeleteOldJobs(days) => {
            view.farm.deletes_after = None;
            let old = model.farm.jobs_older_than(days).map(|job| job.id.clone()).collect();
            farm.delete_jobs(old);
        }
        FarmCommand::MakeFramesAgain(job, frames) => farm.make_frames_again(&job, frames),
        FarmCommand::SetPriority(job, priority) => farm.set_priority(&job, priority),
        FarmCommand::SetTag(job, tag) => farm.set_tag(&job, tag),
        FarmCommand::RequeueTasks => farm.set_tasks(chosen_tasks(view), TaskStatus::Queued),
        FarmCommand::CancelTasks => farm.set_tasks(chosen_tasks(view), TaskStatus::Canceled),
        FarmCommand::Unblock(job, entries) => farm.unblock(&job, entries),
        FarmCommand::SelectJob(job) => {
            view.farm.selected_job = job;
            view.farm.selected_task = None;
            view.farm.marked_tasks.clear();
            view.farm.deletes = None;
            (view.farm.frame, view.farm.plays_since) = (None, None);
        }
        FarmCommand::SelectTask(task) => view.farm.selected_task = task,
        FarmCommand::ToSelectedJob(step) => {
            if let Some(job) = selected(model, view).filter(|job| step.applies_to(job)) {
                steer(step.command(job.id.clone()), model, view, rooms);
            }
        }
        command => administer(command, model, view, rooms),
    }
}

/// Workers, and where the storage is.
fn administer(command: FarmCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let farm = &mut rooms.farm;
    let tags_of = |id: &str| {
        let row = model.farm.workers.iter().find(|row| row.id == id);
        row.map(|row| row.tags.clone()).unwrap_or_default()
    };
    match command {
        FarmCommand::SetWorker { worker, status, is_lazy } => farm.set_worker(&worker, status, is_lazy),
        FarmCommand::ToggleWorkerTag(worker, tag) => {
            let mut tags = tags_of(&worker);
            match tags.iter().position(|it| *it == tag) {
                Some(at) => drop(tags.remove(at)),
                None => tags.push(tag),
            }
            farm.set_worker_tags(&worker, tags);
        }
        FarmCommand::CreateTag(worker, name) => {
            view.farm.new_tag.clear();
            let tags = tags_of(&worker);
            farm.create_tag(&worker, name, tags);
        }
        FarmCommand::SetSchedule(worker, schedule) => {
            view.farm.schedule = None;
            farm.set_schedule(&worker, schedule);
        }
        FarmCommand::ForgetWorker(worker) => {
            view.farm.opened_worker = None;
            farm.forget_worker(&worker);
        }
        FarmCommand::LookIntoWorker(worker) => {
            view.farm.opened_worker = worker;
            view.farm.schedule = None;
            view.farm.new_tag.clear();
        }
        FarmCommand::ChooseStorage(field, is_folder) => {
            rooms.dialogs.storage(model.last_folder.as_deref(), field, is_folder);
        }
        FarmCommand::SetStorage(field, path) => {
            if let Some(text) = view.farm.storage.texts.get_mut(field) {
                *text = path.display().to_string();
            }
        }
        FarmCommand::ReachStorage => reach_storage(model, view, rooms),
        FarmCommand::ForgetStorage(there) => farm.forget_storage(there),
        _ => {}
    }
}

/// As the form says, which is held against what is there before it is kept.
fn reach_storage(model: &Model, view: &mut View, rooms: &mut Rooms) {
    let form = &mut view.farm.storage;
    let Some(kind) = farm::STORAGE_KINDS.get(form.kind) else { return };
    let suggested = match &model.farm.results_place {
        ResultsPlace::Unreached { folder } => folder.as_str(),
        _ => "",
    };
    let there = form.there.as_deref().unwrap_or(suggested).trim().to_owned();
    match kind.place(&form.texts) {
        Ok(here) => {
            form.problem = None;
            let manager = match &model.farm.link {
                FarmLink::Ready { url, .. } => url.clone(),
                _ => view.farm.manager_url.clone(),
            };
            form.is_asking = rooms.farm.reach_storage(StorageMap { manager, there, here });
        }
        Err(error) => form.problem = Some(text::sentence(&error.to_string())),
    }
}

/// Those that are marked, else the one that is looked into.
fn chosen_tasks(view: &View) -> Vec<String> {
    let mut marked: Vec<String> = view.farm.marked_tasks.iter().cloned().collect();
    marked.sort();
    if marked.is_empty() { view.farm.selected_task.iter().cloned().collect() } else { marked }
}

/// The job that is looked at.
pub(crate) fn selected<'a>(model: &'a Model, view: &View) -> Option<&'a JobRow> {
    model.farm.job(view.farm.selected_job.as_ref()?)
}

fn use_farm(url: String, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    if view.farm.manager_url != url {
        view.farm.manager_url = url;
        view.farm.selected_job = None;
        view.farm.selected_task = None;
        view.farm.marked_tasks.clear();
        (view.farm.opened_worker, view.farm.schedule) = (None, None);
        view.farm.deletes_after = None;
        view.farm.storage = crate::view::StorageForm::default();
        if let Some(form) = view.submit.form.take() {
            model.farm.preferred_job_type = form.job_type;
        }
        view.submit.tag = None;
    }
    rooms.farm.change_farm(model, view);
}

fn choose_job_type(name: &str, model: &Model, view: &mut View) {
    let Some(job_type) = model.farm.job_type(name) else { return };
    let mut form = Form::of(job_type);
    if let Some(before) = &view.submit.form {
        form.take_over(before);
    }
    view.submit.form = Some(form);
    view.submit.preset.clear();
    view.submit.script_changes.clear();
}

fn use_preset(name: &str, model: &Model, view: &mut View, rooms: &mut Rooms) {
    let Some(preset) = model.farm.presets.get(name) else { return };
    let chosen = form::chosen_documents(model, &view.submit);
    let models: Vec<PathBuf> = chosen.iter().map(|d| d.path.clone()).collect();
    rooms.farm.fill_form(NewSubmission {
        settings: preset.settings.clone(),
        priority: preset.priority,
        worker_tag: preset.worker_tag.clone(),
        is_paused: preset.is_paused,
        ..NewSubmission::new(view.submit.name.clone(), &preset.job_type, models)
    });
    if let Some(folder) = &preset.destination {
        view.submit.destination = folder.display().to_string();
    }
    name.clone_into(&mut view.submit.preset);
}

fn set_field(key: &str, path: &Path, view: &mut View) {
    let field = view.submit.form.as_mut().and_then(|form| form.field_mut(key));
    if let Some(field) = field {
        field.value = FieldValue::Text(path.display().to_string());
        field.follows = false;
    }
}

/// Writes the form down in the outbox; from there it goes to the farm by itself, now or when the
/// window is opened again.
fn submit(all: bool, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    view.submit.all_models = all || view.submit.all_models;
    if let Some(problem) = form::obstacle(model, &view.submit) {
        model.notify(Severity::Error, problem);
        view.tab = Tab::Submit;
        view.right_open = true;
        return;
    }
    let Some(new) = form::submission(model, view) else { return };
    rooms.farm.submit(new);
    // The next job's frames go elsewhere.
    model.farm.preparation.storage.clear();
    view.submit.name.clear();
    view.submit.script_changes.clear();
    view.tab = Tab::Farm;
    view.right_open = true;
}
