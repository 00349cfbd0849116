//! What the submit form sends along with its settings: which models, under which name.

use std::path::Path;

use farm::{Facts, JobPreset, NewSubmission};

use crate::model::{Check, Document, FarmLink, Model};
use crate::view::{SubmitView, View};

/// The models that would be sent; none if the job type takes none. Those known to be unreadable stay
/// behind.
pub(crate) fn chosen_documents<'a>(model: &'a Model, view: &SubmitView) -> Vec<&'a Document> {
    if view.form.as_ref().is_some_and(|form| !form.takes_models()) {
        return Vec::new();
    }
    let readable = |d: &&Document| d.failure().is_none();
    if view.all_models {
        return model.documents.iter().filter(readable).collect();
    }
    if let Some(chosen) = &view.chosen_models {
        return model.documents.iter().filter(|d| chosen.contains(&d.id)).filter(readable).collect();
    }
    model.current().into_iter().filter(readable).collect()
}

pub(crate) fn suggested_name(model: &Model, view: &SubmitView) -> String {
    let what = view.form.as_ref().map_or("Job", |form| form.label.as_str());
    match chosen_documents(model, view).as_slice() {
        [] => what.to_owned(),
        [one] => format!("{} – {what}", one.path.file_stem().unwrap_or_default().to_string_lossy()),
        many => format!("{} models – {what}", many.len()),
    }
}

pub(crate) fn name(model: &Model, view: &SubmitView) -> String {
    match view.name.trim() {
        "" => suggested_name(model, view),
        name => name.to_owned(),
    }
}

/// What settings that follow something are worked out from.
pub(crate) fn facts(model: &Model, view: &SubmitView) -> Facts {
    let keeps_results = matches!(model.farm.link, FarmLink::Ready { hands_out: true, .. });
    Facts {
        job_name: name(model, view),
        model: chosen_documents(model, view).first().map(|d| d.path.clone()),
        setup: model.farm.preparation.scene.setup().cloned(),
        farm_storage: keeps_results.then(|| model.farm.preparation.storage.clone()),
    }
}

/// The form as it would be sent; `None` without one.
pub(crate) fn submission(model: &Model, view: &View) -> Option<NewSubmission> {
    let submit = &view.submit;
    let form = submit.form.as_ref()?;
    let models = chosen_documents(model, submit).iter().map(|d| d.path.clone()).collect();
    let mut new = NewSubmission::new(name(model, submit), form.job_type.clone(), models);
    new.settings = form.settings();
    new.priority = submit.priority;
    new.worker_tag.clone_from(&submit.tag);
    new.is_paused = submit.is_paused;
    new.place = view.farm.place();
    new.destination = destination(&submit.destination, &new.name);
    Some(new)
}

/// A folder of the job's own in the folder that somebody chose.
fn destination(chosen: &str, name: &str) -> Option<std::path::PathBuf> {
    let chosen = chosen.trim();
    (!chosen.is_empty()).then(|| Path::new(chosen).join(farm::folder_name(name)))
}

pub(crate) fn preset(view: &SubmitView) -> Option<JobPreset> {
    let form = view.form.as_ref()?;
    let destination = view.destination.trim();
    Some(JobPreset {
        job_type: form.job_type.clone(),
        settings: form.chosen(),
        priority: view.priority,
        worker_tag: view.tag.clone(),
        is_paused: view.is_paused,
        destination: (!destination.is_empty()).then(|| destination.into()),
    })
}

/// Files that the chosen models lack, in the models' own words.
pub(crate) fn missing(model: &Model, view: &SubmitView) -> Vec<String> {
    let mut all: Vec<String> = chosen_documents(model, view).iter().flat_map(|d| d.missing()).collect();
    all.sort();
    all.dedup();
    all
}

/// What keeps the form from being sent, in words.
pub(crate) fn problem(model: &Model, view: &SubmitView) -> Option<String> {
    let Some(form) = &view.form else { return Some("Choose a job type".into()) };
    let chosen = chosen_documents(model, view);
    if form.takes_models() && chosen.is_empty() {
        return Some(
            if model.documents.is_empty() { "Open a model first" } else { "This model cannot be read" }
                .into(),
        );
    }
    let is_scene = |d: &&Document| d.path.extension().is_some_and(|it| it.eq_ignore_ascii_case("blend"));
    if form.takes_one_scene() && (chosen.len() != 1 || !chosen.iter().all(is_scene)) {
        return Some("This job type renders one .blend file".into());
    }
    form.problems().into_iter().next().map(|problem| problem.message)
}

/// As [`problem`], and what the farm said when it was asked.
pub(crate) fn obstacle(model: &Model, view: &SubmitView) -> Option<String> {
    problem(model, view).or_else(|| match &model.farm.preparation.check {
        Check::Refused(why) => Some(crate::text::sentence(why)),
        _ => None,
    })
}
