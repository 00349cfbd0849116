//! The lines of the table about the farm.

use egui::{Key, Modifiers};

use super::entry::{Entry, Menu};
use super::table::{CTRL, CTRL_SHIFT, NONE};
use super::{Command, FarmCommand, JobStep, PageCommand, job_page};
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

const fn page(command: PageCommand, label: &'static str, tooltip: &'static str) -> Entry {
    let entry = Entry::new(Menu::Farm, Command::Page(command), label, tooltip);
    entry.on_job_page().when(|_, view| job_page::is_open(view)).unlisted()
}

const fn task(command: FarmCommand, label: &'static str, tooltip: &'static str) -> Entry {
    farm(command, label, tooltip).on_job_page().when(has_task).unlisted()
}

fn has_frames(model: &Model, view: &View) -> bool {
    super::farm::selected(model, view).is_some_and(|job| job_page::n_frames(model, job) > 0)
}

fn has_frame(model: &Model, view: &View) -> bool {
    let job = super::farm::selected(model, view);
    job.is_some_and(|job| job_page::chosen_frame(model, view, job).is_some())
}

fn has_task(_: &Model, view: &View) -> bool {
    let farm = &view.farm;
    job_page::is_open(view) && (farm.selected_task.is_some() || !farm.marked_tasks.is_empty())
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
    farm(FarmCommand::FindManagers, "Find Managers…", "Ask the network for Flamenco Managers"),
    farm(FarmCommand::Refresh, "Refresh now", "Ask the Manager again at once").key(NONE, Key::F5),
    farm(
        FarmCommand::ToSelectedJob(JobStep::Pause),
        "Pause job",
        "Running tasks of the job that is looked at end, and no more are started",
    )
    .key(NONE, Key::P)
    .on_job_page()
    .when(|model, view| step_applies(JobStep::Pause, model, view))
    .group(),
    farm(
        FarmCommand::ToSelectedJob(JobStep::Requeue),
        "Run job again",
        "Goes on with a paused job; runs again what failed or was cancelled, or all of a completed one",
    )
    .key(NONE, Key::R)
    .on_job_page()
    .when(|model, view| step_applies(JobStep::Requeue, model, view)),
    farm(FarmCommand::ToSelectedJob(JobStep::Cancel), "Cancel job", "Stop the job that is looked at")
        .key(Modifiers::SHIFT, Key::C)
        .on_job_page()
        .when(|model, view| step_applies(JobStep::Cancel, model, view)),
    page(PageCommand::AskToDelete, "Delete job…", "Takes the job that is looked at off the farm")
        .key(NONE, Key::Delete)
        .when(|model, view| super::farm::selected(model, view).is_some_and(|it| it.status.can_delete())),
    page(PageCommand::PlayFrames, "Play the frames", "The frames that are home, one after the other")
        .key(NONE, Key::Space)
        .when(has_frames)
        .group(),
    page(PageCommand::StepFrames(-1), "Frame before", "Of the frames that are home")
        .key(NONE, Key::ArrowLeft)
        .when(has_frames),
    page(PageCommand::StepFrames(1), "Frame after", "Of the frames that are home")
        .key(NONE, Key::ArrowRight)
        .when(has_frames),
    page(PageCommand::LastRendered, "Last rendered picture", "Instead of a frame that is home")
        .key(NONE, Key::L)
        .when(|_, view| view.farm.frame.is_some()),
    page(PageCommand::MakeFrameAgain, "Make this frame again", "The old one is moved aside")
        .key(Modifiers::SHIFT, Key::R)
        .when(has_frame),
    page(PageCommand::NextTask, "Next task", "Looks into the next task of the job")
        .key(NONE, Key::ArrowDown)
        .group(),
    page(PageCommand::PreviousTask, "Task before", "Looks into the task before").key(NONE, Key::ArrowUp),
    page(PageCommand::MarkTask, "Mark task", "Marks the task that is looked into, to steer several at once")
        .key(NONE, Key::X)
        .when(has_task),
    task(FarmCommand::RequeueTasks, "Run these tasks again", "Those that are marked, or the open one")
        .key(Modifiers::SHIFT, Key::T),
    task(FarmCommand::CancelTasks, "Cancel these tasks", "Those that are marked, or the open one")
        .key(Modifiers::SHIFT, Key::X),
    page(PageCommand::NextJob, "Next job", "The job below in the list").key(NONE, Key::PageDown),
    page(PageCommand::PreviousJob, "Job before", "The job above in the list").key(NONE, Key::PageUp),
    farm(FarmCommand::ToggleHoldAll, "Hold or go on sending", "Nothing is sent until you go on").group(),
    farm(FarmCommand::ToggleUploadLimit, "Limit the speed of uploads…", "All uploads together"),
    farm(FarmCommand::ChooseResultsFolder, "Choose the results folder…", "Where jobs' results come home")
        .group(),
];
