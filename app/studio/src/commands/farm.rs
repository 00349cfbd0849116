use farm::{FarmPlace, Form, NewSubmission};

use super::FarmCommand;
use crate::form;
use crate::model::{Model, Severity};
use crate::rooms::Rooms;
use crate::view::{Tab, View};

/// Everything between the window and a Manager.
pub(crate) fn run(command: FarmCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let farm = &mut rooms.farm;
    match command {
        FarmCommand::Connect => farm.connect(model),
        FarmCommand::UseManager(url) => {
            view.farm.manager_url.clone_from(&url);
            view.farm.selected_job = None;
            view.submit.form = None;
            farm.use_place(place_of(&url), model);
        }
        FarmCommand::ChooseJobType(name) => {
            if let Some(job_type) = model.farm.job_type(&name) {
                let mut form = Form::of(job_type);
                if let Some(before) = &view.submit.form {
                    form.fill(&before.settings());
                }
                view.submit.form = Some(form);
            }
        }
        FarmCommand::Submit => submit(false, model, view, rooms),
        FarmCommand::SubmitAll => submit(true, model, view, rooms),
        FarmCommand::Cancel(job) => farm.cancel_job(&job),
        FarmCommand::Requeue(job) => farm.requeue_job(&job),
        FarmCommand::SelectJob(job) => {
            view.farm.selected_job = job;
            view.farm.selected_task = None;
        }
        FarmCommand::SelectTask(task) => view.farm.selected_task = task,
        FarmCommand::OpenResults(job) => {
            let found = model.farm.results.iter().find(|r| r.job == job || r.submission == job);
            match found.map(|r| r.folder.clone()) {
                Some(folder) => super::file::reveal(&folder, model),
                None => model.notify(Severity::Info, "Its results have not come home yet"),
            }
        }
        FarmCommand::DiscardSubmission(submission) => farm.discard(&submission),
        FarmCommand::Refresh => farm.refresh(),
    }
}

/// Empty is this machine.
pub(crate) fn place_of(url: &str) -> FarmPlace {
    match url.trim() {
        "" => FarmPlace::Embedded,
        url if url.contains("://") => FarmPlace::Studio { url: url.into(), token: None },
        url => FarmPlace::Studio { url: format!("http://{url}"), token: None },
    }
}

/// Writes the form down in the outbox; from there it goes to the farm by itself, now or when the
/// window is opened again.
fn submit(all: bool, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    view.submit.all_models = all || view.submit.all_models;
    if let Some(problem) = form::problem(model, &view.submit) {
        model.notify(Severity::Error, problem);
        view.tab = Tab::Submit;
        view.right_open = true;
        return;
    }
    let Some(form) = &view.submit.form else { return };
    let documents = form::chosen_documents(model, &view.submit);
    let models = documents.iter().map(|d| d.path.clone()).collect();
    let name = match view.submit.name.trim() {
        "" => form::suggested_name(model, &view.submit),
        name => name.to_owned(),
    };
    let mut new = NewSubmission::new(name, form.job_type.clone(), models);
    new.settings = form.settings();
    new.priority = view.submit.priority;
    new.place = place_of(&view.farm.manager_url);
    let destination = view.submit.destination.trim();
    new.destination = (!destination.is_empty()).then(|| destination.into());
    rooms.farm.submit(new);
    view.submit.name.clear();
    view.tab = Tab::Farm;
    view.right_open = true;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_scheme_is_http() {
        assert_eq!(place_of("  "), FarmPlace::Embedded);
        let FarmPlace::Studio { url, .. } = place_of("farm.lan:8080") else { panic!("not a studio") };
        assert_eq!(url, "http://farm.lan:8080");
    }
}
