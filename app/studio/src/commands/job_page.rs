use flamenco::wire::TaskStatus;

use super::{FarmCommand, PageCommand};
use crate::model::{JobRow, Model};
use crate::rooms::Rooms;
use crate::view::{Tab, View};

/// A job of the farm fills the middle of the window.
pub(crate) fn is_open(view: &View) -> bool {
    view.right_open && view.tab == Tab::Farm && view.farm.selected_job.is_some()
}

pub(crate) fn run(
    command: PageCommand,
    model: &mut Model,
    view: &mut View,
    rooms: &mut Rooms,
    now_secs: f64,
) {
    let Some(job) = super::farm::selected(model, view).cloned() else { return };
    let n_frames = n_frames(model, &job);
    match command {
        PageCommand::PlayFrames => {
            let plays = view.farm.plays_since.is_some();
            view.farm.plays_since = (!plays && n_frames > 0).then_some(now_secs);
            view.farm.frame = view.farm.frame.or((n_frames > 0).then_some(0));
        }
        PageCommand::StepFrames(step) => {
            let last = n_frames.saturating_sub(1);
            // Whoever looks at the last rendered picture steps back from the newest frame.
            let at = view.farm.frame.unwrap_or(n_frames).min(n_frames);
            let to = i64::try_from(at).unwrap_or(0).saturating_add(step);
            view.farm.frame = (n_frames > 0).then(|| usize::try_from(to).unwrap_or(0).min(last));
            view.farm.plays_since = None;
        }
        PageCommand::LastRendered => (view.farm.frame, view.farm.plays_since) = (None, None),
        PageCommand::MakeFrameAgain => {
            if let Some(number) = chosen_frame(model, view, &job) {
                rooms.farm.make_frames_again(&job.id, number.to_string());
            }
        }
        PageCommand::NextTask => step_task(model, view, 1),
        PageCommand::PreviousTask => step_task(model, view, -1),
        PageCommand::MarkTask => {
            if let Some(task) = view.farm.selected_task.clone()
                && !view.farm.marked_tasks.remove(&task)
            {
                view.farm.marked_tasks.insert(task);
            }
        }
        PageCommand::NextJob => step_job(model, view, rooms, &job, 1),
        PageCommand::PreviousJob => step_job(model, view, rooms, &job, -1),
        PageCommand::AskToDelete => view.farm.deletes = job.status.can_delete().then_some(job.id),
        PageCommand::Close => {
            // What is open on the page is closed before it.
            if view.farm.deletes.take().is_none() && view.farm.selected_task.take().is_none() {
                super::farm::run(FarmCommand::SelectJob(None), model, view, rooms);
            }
        }
    }
}

pub(super) fn n_frames(model: &Model, job: &JobRow) -> usize {
    model.farm.results_of(job).map_or(0, |results| results.frames().count())
}

/// The number of the frame that is shown, on a farm that could make it again.
pub(super) fn chosen_frame(model: &Model, view: &View, job: &JobRow) -> Option<u32> {
    let hands_out = matches!(model.farm.link, crate::model::FarmLink::Ready { hands_out: true, .. });
    let at = view.farm.frame.filter(|_| hands_out && job.is_over())?;
    model.farm.results_of(job)?.frames().nth(at)?.frame_number()
}

fn step_task(model: &Model, view: &mut View, step: isize) {
    let tasks = &model.farm.tasks;
    let chosen = view.farm.selected_task.as_ref();
    let at = chosen.and_then(|id| tasks.iter().position(|task| task.id == *id));
    // The first key opens what deserves a look.
    let is_bad = |status| matches!(status, TaskStatus::Failed | TaskStatus::SoftFailed);
    let first = tasks.iter().position(|task| is_bad(task.status)).unwrap_or(0);
    let to = at.map_or(Some(first), |at| at.checked_add_signed(step));
    if let Some(task) = to.and_then(|to| tasks.get(to)) {
        view.farm.selected_task = Some(task.id.clone());
        view.farm.scrolls_to_task = true;
    }
}

fn step_job(model: &mut Model, view: &mut View, rooms: &mut Rooms, job: &JobRow, step: isize) {
    let at = model.farm.jobs.iter().position(|it| it.id == job.id);
    let to = at.and_then(|at| model.farm.jobs.get(at.checked_add_signed(step)?));
    if let Some(id) = to.map(|job| job.id.clone()) {
        super::farm::run(FarmCommand::SelectJob(Some(id)), model, view, rooms);
    }
}
