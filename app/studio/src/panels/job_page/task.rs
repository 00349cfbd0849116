use egui::{Align, Layout, RichText, Role, Ui, WidgetInfo};

use super::log;
use super::tasks::look_of_task;
use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{Model, TaskRow};
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

/// One task: what became of it, why it waits, and its log.
pub(super) fn task_ui(
    ui: &mut Ui,
    row: &TaskRow,
    model: &Model,
    view: &mut FarmView,
    commands: &mut Commands,
) {
    let (icon, color, word) = look_of_task(row.status);
    ui.horizontal(|ui| {
        widgets::icon_ui(ui, icon, color);
        ui.label(RichText::new(&row.name).font(theme::medium(13.0)).color(theme::TEXT));
        let by = if row.worker.is_empty() { word.to_owned() } else { format!("{word} · {}", row.worker) };
        ui.label(RichText::new(by).font(theme::small()).color(theme::TEXT_FAINT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, Icon::Close, "Close task").clicked() {
                commands.push(FarmCommand::SelectTask(None));
            }
        });
    });
    let open = model.farm.task.as_ref().filter(|open| open.task.id == row.id);
    if let Some(open) = open {
        let activity = open.task.activity.trim();
        if !activity.is_empty() && !matches!(activity, "Started" | "Progress" | "Completed") {
            ui.label(RichText::new(activity).font(theme::small()).color(theme::TEXT_QUIET));
        }
        let failed: Vec<&str> =
            open.task.failed_by_workers.iter().flatten().map(|worker| worker.name.as_str()).collect();
        if !failed.is_empty() {
            widgets::note(ui, Icon::Warning, theme::WARNING, &format!("Failed on {}", failed.join(", ")));
        }
        if let Some(why) = &open.why_not {
            why_not_ui(ui, why);
        }
    }
    log::log_ui(ui, model, row, view);
}

/// Why it waits, Worker by Worker.
fn why_not_ui(ui: &mut Ui, why: &flamenco::kiln::WhyNot) {
    const N_WORKERS_SHOWN: usize = 12;
    theme::card_frame().inner_margin(egui::Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let title =
            ui.label(RichText::new("Why it waits").font(theme::semibold(12.0)).color(theme::TEXT_QUIET));
        let spoken = format!("Why it waits: {}", why.summary);
        title.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        ui.add(egui::Label::new(RichText::new(text::sentence(&why.summary)).color(theme::TEXT)).wrap());
        // What holds for the task itself is said once.
        let workers: Vec<_> = why.workers.iter().filter(|it| it.reason != why.summary).collect();
        for worker in workers.iter().take(N_WORKERS_SHOWN) {
            let (icon, color) =
                if worker.may_run { (Icon::Check, theme::OK) } else { (Icon::Minus, theme::TEXT_FAINT) };
            widgets::note(ui, icon, color, &format!("{} {}", worker.worker_name, worker.reason));
        }
        if workers.len() > N_WORKERS_SHOWN {
            let more = format!("and {} more Workers", workers.len() - N_WORKERS_SHOWN);
            ui.label(RichText::new(more).font(theme::small()).color(theme::TEXT_FAINT));
        }
    });
}
