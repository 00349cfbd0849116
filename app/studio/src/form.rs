//! What the submit form sends along with its settings: which models, under which name.

use crate::model::{Document, Model};
use crate::view::SubmitView;

/// The models that would be sent; none if the job type takes none. Those known to be unreadable stay
/// behind.
pub(crate) fn chosen_documents<'a>(model: &'a Model, view: &SubmitView) -> Vec<&'a Document> {
    if view.form.as_ref().is_some_and(|form| !form.takes_models()) {
        return Vec::new();
    }
    if view.all_models {
        return model.documents.iter().filter(|d| d.failure().is_none()).collect();
    }
    model.current().into_iter().filter(|d| d.failure().is_none()).collect()
}

pub(crate) fn suggested_name(model: &Model, view: &SubmitView) -> String {
    let what = view.form.as_ref().map_or("Job", |form| form.label.as_str());
    match chosen_documents(model, view).as_slice() {
        [] => what.to_owned(),
        [one] => format!("{} – {what}", one.path.file_stem().unwrap_or_default().to_string_lossy()),
        many => format!("{} models – {what}", many.len()),
    }
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
    if form.takes_models() && chosen_documents(model, view).is_empty() {
        return Some(
            if model.documents.is_empty() { "Open a model first" } else { "This model cannot be read" }
                .into(),
        );
    }
    form.problems().into_iter().next().map(|problem| problem.message)
}
