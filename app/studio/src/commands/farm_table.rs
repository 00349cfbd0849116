//! The lines of the table about the farm.

use egui::Key;

use super::table::{CTRL, CTRL_SHIFT, Entry, Menu, NONE};
use super::{Command, FarmCommand, JobStep};
use crate::form;
use crate::model::Model;
use crate::view::View;

fn can_submit(model: &Model, view: &View) -> bool {
    model.farm.can_submit() && form::problem(model, &view.submit).is_none()
}

fn step_applies(step: JobStep, model: &Model, view: &View) -> bool {
    super::farm::selected(model, view).is_some_and(|job| step.applies_to(job))
}

const fn farm(command: FarmCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Farm, Command::Farm(command), label, tooltip)
}

pub(super) static ENTRIES: &[Entry] = &[
    farm(FarmCommand::Submit, "Submit", "Send the model on stage with the settings of the form")
        .key(CTRL, Key::Enter)
        .when(can_submit),
    farm(FarmCommand::SubmitAll, "Submit all models", "Send every model of the list as one job")
        .key(CTRL_SHIFT, Key::Enter)
        .when(can_submit),
    farm(
        FarmCommand::Connect,
        "Start or find the farm",
        "Connect to the farm, and start this machine's if needed",
    )
    .group(),
    farm(FarmCommand::Refresh, "Refresh now", "Ask the Manager again at once").key(NONE, Key::F5),
    farm(
        FarmCommand::ToSelectedJob(JobStep::Pause),
        "Pause job",
        "Running tasks of the job that is looked at end, and no more are started",
    )
    .when(|model, view| step_applies(JobStep::Pause, model, view))
    .group(),
    farm(
        FarmCommand::ToSelectedJob(JobStep::Requeue),
        "Run job again",
        "Goes on with a paused job; runs again what failed or was cancelled, or all of a completed one",
    )
    .when(|model, view| step_applies(JobStep::Requeue, model, view)),
    farm(FarmCommand::ToSelectedJob(JobStep::Cancel), "Cancel job", "Stop the job that is looked at")
        .when(|model, view| step_applies(JobStep::Cancel, model, view)),
    farm(FarmCommand::ChooseResultsFolder, "Choose the results folder…", "Where jobs' results come home")
        .group(),
];
