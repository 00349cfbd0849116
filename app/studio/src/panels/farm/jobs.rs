use egui::{
    Align, Color32, DragValue, Layout, Margin, Rect, RichText, Role, Sense, TextEdit, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};
use flamenco::wire::JobStatus;

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{JobRow, Model};
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

const ROW_HEIGHT: f32 = 52.0;
/// A list this long needs a filter.
const MANY: usize = 8;
/// What somebody who cleans up is offered first.
const USUAL_DAYS: u32 = 30;

pub(super) fn jobs_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    head_ui(ui, model, view);
    if let Some(days) = view.deletes_after {
        clean_ui(ui, days, model, view, commands);
    }
    if model.farm.jobs.is_empty() && model.farm.submissions.is_empty() {
        let (title, hint) = ("No jobs yet", "Submit a model and watch it here");
        widgets::empty_state(ui, Icon::Send, title, hint);
        return;
    }
    if model.farm.jobs.len() > MANY {
        let hint = RichText::new("Filter by name or type").color(theme::TEXT_FAINT);
        let field = TextEdit::singleline(&mut view.filter).hint_text(hint).desired_width(f32::INFINITY);
        let response = ui.add(field.margin(Margin::symmetric(8, 5)));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter jobs"));
    }
    let wanted = view.filter.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let jobs = model.farm.jobs.iter().filter(|job| wanted.is_empty() || has(&job.name) || has(&job.job_type));
    ui.spacing_mut().item_spacing.y = 2.0;
    for job in jobs {
        job_ui(ui, job, view.selected_job.as_ref() == Some(&job.id), commands);
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

fn head_ui(ui: &mut Ui, model: &Model, view: &mut FarmView) {
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Jobs");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_open = view.deletes_after.is_some();
            let has_old = model.farm.jobs.iter().any(JobRow::is_over);
            if (has_old || is_open)
                && widgets::icon_toggle(ui, Icon::Bin, "Delete old jobs…", is_open).clicked()
            {
                view.deletes_after = (!is_open).then_some(USUAL_DAYS);
            }
        });
    });
}

/// Which jobs go is counted before they do.
fn clean_ui(ui: &mut Ui, days: u32, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        let mut chosen = days;
        ui.horizontal(|ui| {
            ui.label(RichText::new("Jobs that ended more than").color(theme::TEXT));
            let response = ui.add(DragValue::new(&mut chosen).range(0..=3650).speed(0.2));
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Days"));
            ui.label(RichText::new("days ago").color(theme::TEXT));
        });
        view.deletes_after = Some(chosen);
        let n = model.farm.jobs_older_than(chosen).count();
        let line = "With their tasks and logs; results that are home stay";
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_QUIET));
        ui.horizontal(|ui| {
            ui.add_enabled_ui(n > 0, |ui| {
                let text = format!("Delete {}", text::counted(n, "job", "jobs"));
                if widgets::button(ui, Some(Icon::Bin), &text).clicked() {
                    commands.push(FarmCommand::DeleteOldJobs(chosen));
                }
            });
            if widgets::button(ui, None, "Keep them").clicked() {
                view.deletes_after = None;
            }
        });
    });
}

pub(in crate::panels) fn look_of_job(status: JobStatus) -> (Icon, Color32, &'static str) {
    match status {
        JobStatus::Completed => (Icon::Check, theme::OK, "Completed"),
        JobStatus::Failed => (Icon::Error, theme::ERROR, "Failed"),
        JobStatus::Canceled => (Icon::Stop, theme::TEXT_FAINT, "Cancelled"),
        JobStatus::CancelRequested => (Icon::Stop, theme::WARNING, "Being cancelled"),
        JobStatus::Active => (Icon::Play, theme::EMBER, "Running"),
        JobStatus::Queued => (Icon::Clock, theme::INFO, "Waiting for a Worker"),
        JobStatus::Paused => (Icon::Pause, theme::WARNING, "Paused"),
        JobStatus::PauseRequested => (Icon::Pause, theme::WARNING, "Being paused"),
        JobStatus::Requeueing => (Icon::Refresh, theme::INFO, "Being requeued"),
        JobStatus::UnderConstruction => (Icon::Clock, theme::INFO, "Being prepared"),
        JobStatus::Unknown => (Icon::Info, theme::TEXT_FAINT, "Unknown"),
    }
}

/// Two lines and a bar; only those in sight are drawn.
fn job_ui(ui: &mut Ui, job: &JobRow, is_chosen: bool, commands: &mut Commands) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    let (icon, color, word) = look_of_job(job.status);
    let spoken = format!("Job {}, {word}", job.name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &spoken));
    if response.clicked() {
        commands.push(FarmCommand::SelectJob((!is_chosen).then(|| job.id.clone())));
    }
    if !ui.is_rect_visible(rect) {
        return;
    }
    widgets::row_ground(ui, rect, &response, is_chosen);
    let top = rect.top() + 15.0;
    let icon_at = Rect::from_center_size(pos2(rect.left() + 16.0, top), Vec2::splat(15.0));
    icon.paint(ui.painter(), icon_at, color);
    let age = job.age_secs.map(text::duration).unwrap_or_default();
    let right = pos2(rect.right() - 8.0, top);
    let drawn = ui.painter().text(right, egui::Align2::RIGHT_CENTER, age, theme::small(), theme::TEXT_FAINT);
    let left = rect.left() + 32.0;
    widgets::elided(
        ui,
        pos2(left, top),
        drawn.left() - left - 8.0,
        &job.name,
        theme::medium(13.0),
        theme::TEXT,
    );
    let width = rect.right() - 8.0 - left;
    widgets::elided(ui, pos2(left, top + 16.0), width, &state(job, word), theme::small(), theme::TEXT_QUIET);
    let track = Rect::from_min_size(pos2(left, rect.bottom() - 9.0), vec2(width, 3.0));
    ui.painter().rect_filled(track, 2, theme::PRESSED);
    let done = vec2(width * job.fraction().unwrap_or(0.0).clamp(0.0, 1.0), track.height());
    ui.painter().rect_filled(Rect::from_min_size(track.min, done), 2, color);
}

/// `Running · 7 of 17 · 2 min left`.
fn state(job: &JobRow, word: &str) -> String {
    let mut line = word.to_owned();
    if job.n_total > 0 {
        line = format!("{line} · {} of {}", job.n_done, job.n_total);
    }
    if let Some(left) = job.left_secs {
        line = format!("{line} · {} left", text::duration(left));
    }
    if job.priority != 50 {
        line = format!("{line} · priority {}", job.priority);
    }
    line
}
