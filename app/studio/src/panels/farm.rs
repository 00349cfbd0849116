use egui::{
    Color32, Label, Margin, Rect, RichText, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};
use flamenco::wire::{JobStatus, TaskStatus};

use super::scrolled;
use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{FarmLink, JobRow, Model, Submission, TaskRow, WorkerRow};
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

/// Jobs with their tasks and logs, Workers, and which Manager all this is.
pub(super) fn farm_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    scrolled(ui, "farm", |ui| {
        link_ui(ui, model, view, commands);
        ui.add_space(theme::SECTION_GAP - 6.0);
        jobs_ui(ui, model, view, commands);
        if !model.farm.workers.is_empty() {
            ui.add_space(theme::SECTION_GAP - 6.0);
            widgets::section_title(ui, "Workers");
            for worker in &model.farm.workers {
                worker_ui(ui, worker);
            }
        }
    });
}

fn link_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    let (icon, color, title, detail) = match &model.farm.link {
        FarmLink::Off => {
            (Icon::Farm, theme::TEXT_FAINT, "Off".to_owned(), "Starts with the first job".to_owned())
        }
        FarmLink::Connecting => (Icon::Clock, theme::INFO, "Connecting".to_owned(), String::new()),
        FarmLink::Ready { is_embedded: true, name, .. } => {
            (Icon::Check, theme::OK, "This machine".to_owned(), name.clone())
        }
        FarmLink::Ready { url, name, .. } => (Icon::Check, theme::OK, url.clone(), name.clone()),
        FarmLink::Lost { url, reason } => (
            Icon::Warning,
            theme::WARNING,
            format!("{url} does not answer"),
            format!("What you see may be old. {reason}"),
        ),
        FarmLink::Failed(reason) => (Icon::Error, theme::ERROR, "Not reached".to_owned(), reason.clone()),
    };
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            widgets::icon_ui(ui, icon, color);
            ui.label(RichText::new(title).font(theme::medium(13.0)).color(theme::TEXT));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if widgets::icon_toggle(ui, Icon::Link, "Use another Manager", view.edit_manager).clicked() {
                    view.edit_manager = !view.edit_manager;
                }
                if !matches!(model.farm.link, FarmLink::Off)
                    && widgets::icon_button(ui, Icon::Refresh, "Refresh now").clicked()
                {
                    commands.push(FarmCommand::Refresh);
                }
            });
        });
        if !detail.is_empty() {
            ui.add(
                Label::new(
                    RichText::new(text::sentence(&detail)).font(theme::small()).color(theme::TEXT_QUIET),
                )
                .wrap(),
            );
        }
        if matches!(model.farm.link, FarmLink::Off | FarmLink::Failed(_)) {
            ui.add_space(2.0);
            let text = if matches!(model.farm.link, FarmLink::Off) { "Start now" } else { "Try again" };
            if widgets::button(ui, Some(Icon::Farm), text).clicked() {
                commands.push(FarmCommand::Connect);
            }
        }
        if view.edit_manager {
            manager_ui(ui, view, commands);
        }
    });
}

/// The address of a studio's own Manager; empty is this machine.
fn manager_ui(ui: &mut Ui, view: &mut FarmView, commands: &mut Commands) {
    ui.add_space(6.0);
    ui.label(
        RichText::new("Address of your studio's Flamenco Manager")
            .font(theme::small())
            .color(theme::TEXT_QUIET),
    );
    let hint = RichText::new("http://farm.studio.lan:8080").color(theme::TEXT_FAINT);
    let field = TextEdit::singleline(&mut view.manager_url).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(field.margin(Margin::symmetric(8, 6)));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Manager address"));
    let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    ui.horizontal(|ui| {
        if widgets::button(ui, None, "Use it").clicked() || entered {
            commands.push(FarmCommand::UseManager(view.manager_url.trim().to_owned()));
            view.edit_manager = false;
        }
        if widgets::button(ui, None, "Use this machine").clicked() {
            view.manager_url.clear();
            commands.push(FarmCommand::UseManager(String::new()));
            view.edit_manager = false;
        }
    });
}

fn jobs_ui(ui: &mut Ui, model: &Model, view: &FarmView, commands: &mut Commands) {
    widgets::section_title(ui, "Jobs");
    for submission in &model.farm.submissions {
        submission_ui(ui, submission, commands);
    }
    if model.farm.jobs.is_empty() && model.farm.submissions.is_empty() {
        let (title, hint) = ("No jobs yet", "Submit a model and watch it here");
        widgets::empty_state(ui, Icon::Send, title, hint);
    }
    for job in &model.farm.jobs {
        job_ui(ui, job, model, view, commands);
    }
}

/// On its way, or stuck before the Manager.
fn submission_ui(ui: &mut Ui, submission: &Submission, commands: &mut Commands) {
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            match &submission.failure {
                Some(_) => widgets::icon_ui(ui, Icon::Error, theme::ERROR),
                None => widgets::icon_ui(ui, Icon::Send, theme::INFO),
            };
            let room = ui.available_width() - theme::CONTROL_HEIGHT - 8.0;
            ui.scope(|ui| {
                ui.set_max_width(room);
                let name = RichText::new(&submission.name).font(theme::medium(13.0)).color(theme::TEXT);
                ui.add(Label::new(name).truncate());
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if widgets::icon_button(ui, Icon::Close, "Do not send it").clicked() {
                    commands.push(FarmCommand::DiscardSubmission(submission.id.clone()));
                }
            });
        });
        let detail = submission.failure.as_ref().unwrap_or(&submission.state);
        ui.add(
            Label::new(RichText::new(text::sentence(detail)).font(theme::small()).color(theme::TEXT_QUIET))
                .wrap(),
        );
        if submission.failure.is_none() {
            widgets::progress_bar(ui, &submission.name, submission.fraction, theme::INFO);
        }
    });
}

fn look_of_job(status: JobStatus) -> (Icon, Color32, &'static str) {
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

fn job_ui(ui: &mut Ui, job: &JobRow, model: &Model, view: &FarmView, commands: &mut Commands) {
    let (icon, color, word) = look_of_job(job.status);
    let is_open = view.selected_job.as_ref() == Some(&job.id);
    let frame = theme::card_frame().inner_margin(Margin { left: 12, right: 6, top: 8, bottom: 10 });
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let (rect, response) = ui.allocate_exact_size(
                vec2(ui.available_width() - 72.0, theme::CONTROL_HEIGHT),
                Sense::click(),
            );
            let spoken = format!("Job {}, {word}", job.name);
            response.widget_info(|| {
                WidgetInfo::selected(Role::DisclosureTriangle, true, is_open, spoken.clone())
            });
            icon.paint(
                ui.painter(),
                Rect::from_center_size(rect.left_center() + vec2(8.0, 0.0), Vec2::splat(16.0)),
                color,
            );
            let width = rect.width() - 26.0;
            widgets::elided(
                ui,
                rect.left_center() + vec2(24.0, 0.0),
                width,
                &job.name,
                theme::medium(13.0),
                theme::TEXT,
            );
            if response.has_focus() || response.hovered() {
                ui.painter().rect_stroke(
                    rect.expand2(vec2(4.0, 0.0)),
                    theme::RADIUS,
                    egui::Stroke::new(1.0, theme::LINE_STRONG),
                    egui::StrokeKind::Inside,
                );
            }
            if response.clicked() {
                commands.push(FarmCommand::SelectJob((!is_open).then(|| job.id.clone())));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                job_buttons_ui(ui, job, commands)
            });
        });
        let progress = match job.status {
            JobStatus::Completed | JobStatus::Canceled => job.fraction(),
            _ if job.status.is_over() => job.fraction(),
            _ => Some(job.fraction().unwrap_or(0.0)),
        };
        if let Some(fraction) = progress {
            let bar = if job.status == JobStatus::Active { theme::EMBER } else { color };
            ui.scope(|ui| {
                ui.set_max_width(ui.available_width() - 6.0);
                widgets::progress_bar(ui, &job.name, Some(fraction), bar);
            });
        }
        let steps =
            if job.n_total > 0 { format!(" · {} of {}", job.n_done, job.n_total) } else { String::new() };
        let age = job.age_secs.map(|s| format!(" · {} ago", text::duration(s))).unwrap_or_default();
        ui.label(RichText::new(format!("{word}{steps}{age}")).font(theme::small()).color(theme::TEXT_QUIET));
        if let Some(note) = &job.note {
            widgets::note(ui, Icon::Warning, theme::WARNING, note);
        }
        if is_open {
            tasks_ui(ui, model, view, commands);
        }
    });
}

fn job_buttons_ui(ui: &mut Ui, job: &JobRow, commands: &mut Commands) {
    if job.has_results {
        if widgets::icon_button(ui, Icon::Folder, "Open results").clicked() {
            commands.push(FarmCommand::OpenResults(job.id.clone()));
        }
    } else if job.status.can_cancel()
        && job.status != JobStatus::Failed
        && widgets::icon_button(ui, Icon::Stop, "Cancel job").clicked()
    {
        commands.push(FarmCommand::Cancel(job.id.clone()));
    }
    if matches!(job.status, JobStatus::Failed | JobStatus::Canceled)
        && widgets::icon_button(ui, Icon::Refresh, "Run again").clicked()
    {
        commands.push(FarmCommand::Requeue(job.id.clone()));
    }
}

fn tasks_ui(ui: &mut Ui, model: &Model, view: &FarmView, commands: &mut Commands) {
    ui.add_space(2.0);
    if view.selected_job.as_ref() != Some(&model.farm.tasks_of) {
        widgets::spinner(ui, 14.0);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for task in &model.farm.tasks {
        task_ui(ui, task, view, commands);
        if view.selected_task.as_ref() == Some(&task.id) {
            log_ui(ui, model, task);
        }
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

fn task_ui(ui: &mut Ui, task: &TaskRow, view: &FarmView, commands: &mut Commands) {
    let (icon, color, word) = match task.status {
        TaskStatus::Completed => (Icon::Check, theme::OK, "completed"),
        TaskStatus::Failed => (Icon::Error, theme::ERROR, "failed"),
        TaskStatus::SoftFailed => (Icon::Warning, theme::WARNING, "failed, tried again"),
        TaskStatus::Active => (Icon::Play, theme::EMBER, "running"),
        TaskStatus::Canceled => (Icon::Stop, theme::TEXT_FAINT, "cancelled"),
        TaskStatus::Paused => (Icon::Pause, theme::WARNING, "paused"),
        TaskStatus::Queued | TaskStatus::Unknown => (Icon::Clock, theme::TEXT_FAINT, "waiting"),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 6.0, 28.0), Sense::click());
    let is_open = view.selected_task.as_ref() == Some(&task.id);
    let spoken = format!("Task {}, {word}", task.name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, spoken.clone()));
    if response.hovered() || response.has_focus() || is_open {
        ui.painter().rect_filled(rect, theme::RADIUS, theme::HOVER);
    }
    icon.paint(
        ui.painter(),
        Rect::from_center_size(rect.left_center() + vec2(12.0, 0.0), Vec2::splat(12.0)),
        color,
    );
    let word_at = pos2(rect.right() - 8.0, rect.center().y);
    let drawn =
        ui.painter().text(word_at, egui::Align2::RIGHT_CENTER, word, theme::small(), theme::TEXT_FAINT);
    let left = rect.left_center() + vec2(26.0, 0.0);
    widgets::elided(ui, left, drawn.left() - left.x - 8.0, &task.name, theme::small(), theme::TEXT);
    let worker = if task.worker.is_empty() { String::new() } else { format!("\nWorker {}", task.worker) };
    let tip = format!("{word}{worker}\nClick for the log");
    if response.on_hover_text(tip).clicked() {
        commands.push(FarmCommand::SelectTask((!is_open).then(|| task.id.clone())));
    }
}

/// Only the lines in view are laid out.
fn log_ui(ui: &mut Ui, model: &Model, task: &TaskRow) {
    const N_ROWS: f32 = 16.0;
    let frame =
        egui::Frame::new().fill(theme::WELL).corner_radius(theme::RADIUS).inner_margin(Margin::same(8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width() - 6.0);
        let Some(log) = model.farm.log.as_ref().filter(|l| l.task == task.id) else {
            widgets::spinner(ui, 14.0);
            return;
        };
        if log.lines.is_empty() {
            let text = RichText::new("The task has written nothing yet").font(theme::small());
            ui.label(text.color(theme::TEXT_FAINT));
            return;
        }
        ui.spacing_mut().item_spacing.y = 2.0;
        let row_height = ui.text_style_height(&egui::TextStyle::Monospace);
        let area = ScrollArea::both()
            .id_salt("log")
            .max_height(N_ROWS * (row_height + 2.0))
            .auto_shrink([false, true]);
        area.stick_to_bottom(true).show_rows(ui, row_height, log.lines.len(), |ui, range| {
            for line in &log.lines[range] {
                let text = RichText::new(line).font(theme::mono()).color(theme::TEXT_QUIET);
                ui.add(Label::new(text).extend().selectable(true));
            }
        });
    });
    ui.add_space(4.0);
}

fn worker_ui(ui: &mut Ui, worker: &WorkerRow) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, format!("Worker {}, {}", worker.name, worker.status))
    });
    let color = if worker.is_ready { theme::OK } else { theme::TEXT_FAINT };
    Icon::Worker.paint(
        ui.painter(),
        Rect::from_center_size(rect.left_center() + vec2(8.0, 0.0), Vec2::splat(14.0)),
        color,
    );
    let at = rect.right_center();
    let drawn =
        ui.painter().text(at, egui::Align2::RIGHT_CENTER, &worker.status, theme::small(), theme::TEXT_QUIET);
    let left = rect.left_center() + vec2(24.0, 0.0);
    widgets::elided(ui, left, drawn.left() - left.x - 8.0, &worker.name, theme::body(), theme::TEXT);
}
