//! The farms, what is on its way to them, jobs and Workers: the list at the side. A job that is chosen
//! fills the middle of the window ([`super::job_page`]).

mod farms;
mod jobs;
mod outbox;
mod worker;
mod workers;

use egui::Ui;

use super::scrolled;
use crate::commands::Commands;
use crate::model::Model;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

pub(super) use jobs::look_of_job;

pub(super) fn farm_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    scrolled(ui, "farm", |ui| {
        farms::farms_ui(ui, model, view, commands);
        outbox::outbox_ui(ui, model, view, commands);
        ui.add_space(theme::SECTION_GAP - 6.0);
        jobs::jobs_ui(ui, model, view, commands);
        if !model.farm.workers.is_empty() {
            ui.add_space(theme::SECTION_GAP - 6.0);
            widgets::section_title(ui, "Workers");
            for worker in &model.farm.workers {
                workers::worker_ui(ui, worker, model, view, commands);
            }
        }
    });
}
