use egui::{Color32, Margin, Rect, RichText, Role, Sense, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2};
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

pub(super) fn jobs_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    widgets::section_title(ui, "Jobs");
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
