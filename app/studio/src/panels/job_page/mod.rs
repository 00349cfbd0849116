//! One job in the middle of the window: how it goes, its tasks and their logs, pictures as they come.

mod blocked;
mod head;
mod log;
mod pictures;
mod storage;
mod task;
mod tasks;

use egui::{CentralPanel, Frame, Margin, Panel, Ui, vec2};

use crate::commands::Commands;
use crate::icons::Icon;
use crate::model::Model;
use crate::pictures::Pictures;
use crate::theme;
use crate::view::View;
use crate::widgets;

/// Below this width tasks stand under the pictures.
const TWO_COLUMNS: f32 = 720.0;

pub(super) fn job_page_ui(
    ui: &mut Ui,
    model: &Model,
    view: &mut View,
    commands: &mut Commands,
    pictures: &mut Pictures,
) {
    let Some(job) = view.farm.selected_job.as_ref().and_then(|id| model.farm.job(id)) else {
        widgets::empty_state(ui, Icon::Farm, "The job is gone", "It was deleted from the farm");
        return;
    };
    Panel::top("job head")
        .frame(theme::panel_frame(Margin::symmetric(16, 12)))
        .resizable(false)
        .show(ui, |ui| head::head_ui(ui, job, model, &mut view.farm, commands));
    let body = Frame::new().inner_margin(Margin::symmetric(16, 12));
    CentralPanel::default().frame(body).show(ui, |ui| {
        let size = ui.available_size();
        if size.x < TWO_COLUMNS {
            egui::ScrollArea::vertical().id_salt("job page").show(ui, |ui| {
                pictures::pictures_ui(ui, job, model, &mut view.farm, commands, pictures);
                ui.add_space(theme::SECTION_GAP);
                tasks::tasks_ui(ui, model, &mut view.farm, commands, 420.0);
            });
            return;
        }
        let gap = 16.0;
        let left = ((size.x - gap) * 0.54).floor();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            ui.allocate_ui(vec2(left, size.y), |ui| {
                ui.set_min_size(vec2(left, size.y));
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.x = 8.0;
                    egui::ScrollArea::vertical().id_salt("job pictures").auto_shrink(false).show(ui, |ui| {
                        // Beside the bar that scrolls.
                        ui.set_max_width(left - 10.0);
                        pictures::pictures_ui(ui, job, model, &mut view.farm, commands, pictures);
                    });
                });
            });
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                tasks::tasks_ui(ui, model, &mut view.farm, commands, size.y);
            });
        });
    });
}
