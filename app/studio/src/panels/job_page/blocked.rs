use egui::{Align, Layout, RichText, Ui};

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::Model;
use crate::text;
use crate::theme;
use crate::widgets;

/// More are a farm that is broken as a whole.
const N_SHOWN: usize = 6;

/// Workers that failed so often at a kind of task that they get no more of it.
pub(super) fn blocked_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let blocked = &model.farm.blocklist;
    if blocked.is_empty() {
        return;
    }
    let job = &model.farm.tasks_of;
    theme::card_frame().inner_margin(egui::Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            widgets::icon_ui(ui, Icon::Warning, theme::WARNING);
            let workers = text::counted(blocked.len(), "Worker gets", "Workers get");
            let line = format!("{workers} no more of these tasks, having failed at them");
            ui.label(RichText::new(line).color(theme::TEXT));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::button(ui, None, "Let all try again").clicked() {
                    commands.push(FarmCommand::Unblock(job.clone(), blocked.to_vec()));
                }
            });
        });
        for entry in blocked.iter().take(N_SHOWN) {
            ui.horizontal(|ui| {
                let worker = entry.worker_name.as_deref().unwrap_or(&entry.worker_id);
                let line = format!("{worker}: {} tasks", entry.task_type);
                ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_QUIET));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let name = format!("Let {worker} try {} tasks again", entry.task_type);
                    if widgets::icon_button(ui, Icon::Refresh, &name).clicked() {
                        commands.push(FarmCommand::Unblock(job.clone(), vec![entry.clone()]));
                    }
                });
            });
        }
        if blocked.len() > N_SHOWN {
            let more = format!("and {} more", blocked.len() - N_SHOWN);
            ui.label(RichText::new(more).font(theme::small()).color(theme::TEXT_FAINT));
        }
    });
}
