use egui::{Align, ComboBox, DragValue, Label, Layout, RichText, Role, Ui, WidgetInfo};
use farm::ResultsPlace;
use flamenco::wire::JobStatus;

use crate::commands::{Commands, FarmCommand, JobStep};
use crate::icons::Icon;
use crate::model::{JobRow, Model};
use crate::panels::farm::look_of_job;
use crate::panels::submit::chevron;
use crate::settled::settled;
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

/// Room that the buttons take at the right.
const BUTTONS_WIDTH: f32 = 300.0;

pub(super) fn head_ui(
    ui: &mut Ui,
    job: &JobRow,
    model: &Model,
    view: &mut FarmView,
    commands: &mut Commands,
) {
    let (icon, color, word) = look_of_job(job.status);
    ui.horizontal(|ui| {
        widgets::icon_ui(ui, icon, color);
        let room = (ui.available_width() - BUTTONS_WIDTH).max(120.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            let name = RichText::new(&job.name).font(theme::semibold(16.0)).color(theme::TEXT);
            ui.add(Label::new(name).truncate().selectable(true));
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons_ui(ui, job, view, commands);
        });
    });
    if view.deletes.as_ref() == Some(&job.id) {
        confirm_ui(ui, job, view, commands);
    }
    let bar = if job.status == JobStatus::Active { theme::EMBER } else { color };
    widgets::progress_bar(ui, &job.name, Some(job.fraction().unwrap_or(0.0)), bar);
    ui.horizontal(|ui| {
        ui.label(RichText::new(state(job, word)).color(theme::TEXT_QUIET));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            priority_ui(ui, job, commands);
            tag_ui(ui, job, model, commands);
        });
    });
    let asks_for_storage =
        matches!(model.farm.results_place, ResultsPlace::Unreached { .. }) && model.farm.tasks_of == job.id;
    if let Some(note) = job.note.as_ref().filter(|_| !asks_for_storage) {
        widgets::note(ui, Icon::Warning, theme::WARNING, &text::sentence(note));
    } else if matches!(job.status, JobStatus::Failed | JobStatus::Canceled) && !job.activity.is_empty() {
        widgets::note(ui, Icon::Info, theme::TEXT_FAINT, &job.activity);
    }
}

fn state(job: &JobRow, word: &str) -> String {
    let mut parts = vec![word.to_owned()];
    if job.n_total > 0 {
        let share = 100.0 * job.n_done as f64 / job.n_total as f64;
        parts.push(format!(
            "{} of {} steps, {share:.0} %",
            text::count(job.n_done),
            text::count(job.n_total)
        ));
    }
    if let Some(left) = job.left_secs {
        parts.push(format!("about {} left", text::duration(left)));
    }
    if let Some(age) = job.age_secs {
        parts.push(format!("sent {} ago", text::duration(age)));
    }
    parts.push(job.job_type.clone());
    parts.join("  ·  ")
}

/// From the right: close, delete, and what can be done in this status.
fn buttons_ui(ui: &mut Ui, job: &JobRow, view: &mut FarmView, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = 2.0;
    if widgets::icon_button(ui, Icon::Close, "Back to the model").clicked() {
        commands.push(FarmCommand::SelectJob(None));
    }
    if job.status.can_delete() && widgets::icon_button(ui, Icon::Bin, "Delete job…").clicked() {
        view.deletes = Some(job.id.clone());
    }
    if job.has_results && widgets::icon_button(ui, Icon::Folder, "Open results").clicked() {
        commands.push(FarmCommand::OpenResults(job.id.clone()));
    }
    if widgets::icon_button(ui, Icon::Copy, "Send again with changes…").clicked() {
        commands.push(FarmCommand::SendAgain(job.id.clone()));
    }
    ui.spacing_mut().item_spacing.x = 6.0;
    let again = if job.status == JobStatus::Paused { "Go on" } else { "Run again" };
    let steps = [
        (JobStep::Cancel, Icon::Stop, "Cancel"),
        (JobStep::Requeue, if job.status == JobStatus::Paused { Icon::Play } else { Icon::Refresh }, again),
        (JobStep::Pause, Icon::Pause, "Pause"),
    ];
    for (step, icon, text) in steps {
        if step.applies_to(job) && widgets::button(ui, Some(icon), text).clicked() {
            commands.push(step.command(job.id.clone()));
        }
    }
}

fn confirm_ui(ui: &mut Ui, job: &JobRow, view: &mut FarmView, commands: &mut Commands) {
    theme::card_frame().show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_width(ui.available_width());
            widgets::icon_ui(ui, Icon::Warning, theme::WARNING);
            let line = "Delete this job, its tasks and logs from the farm? Results that are home stay.";
            ui.label(RichText::new(line).color(theme::TEXT));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::button(ui, None, "Keep it").clicked() {
                    view.deletes = None;
                }
                if widgets::button(ui, Some(Icon::Bin), "Delete job").clicked() {
                    commands.push(FarmCommand::Delete(job.id.clone()));
                }
            });
        });
    });
}

fn priority_ui(ui: &mut Ui, job: &JobRow, commands: &mut Commands) {
    let id = ui.scope_id().with(("priority", &job.id));
    let chosen = settled(ui, id, job.priority, |ui, priority| {
        let response = ui.add(DragValue::new(priority).range(0..=100).speed(0.5));
        response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Job priority"));
        response
    });
    if let Some(priority) = chosen {
        commands.push(FarmCommand::SetPriority(job.id.clone(), priority));
    }
    ui.label(RichText::new("Priority").font(theme::small()).color(theme::TEXT_FAINT))
        .on_hover_text("0 to 100; higher goes first");
}

fn tag_ui(ui: &mut Ui, job: &JobRow, model: &Model, commands: &mut Commands) {
    if model.farm.tags.is_empty() && job.tag.is_none() {
        return;
    }
    ui.add_space(8.0);
    let chosen = job.tag.as_deref().map_or("Any", |tag| model.farm.tag_name(tag)).to_owned();
    let combo = ComboBox::from_id_salt("job tag").selected_text(chosen).width(110.0).icon(chevron);
    let shown = combo.show_ui(ui, |ui| {
        let every = std::iter::once((None, "Any"))
            .chain(model.farm.tags.iter().map(|t| (t.id.clone(), t.name.as_str())));
        for (id, name) in every {
            if ui.selectable_label(job.tag == id, name).clicked() && job.tag != id {
                commands.push(FarmCommand::SetTag(job.id.clone(), id));
            }
        }
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Job tag"));
    ui.label(RichText::new("Workers").font(theme::small()).color(theme::TEXT_FAINT))
        .on_hover_text("Only Workers with this tag take its tasks");
}
