use egui::{Color32, Rect, RichText, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use flamenco::wire::WorkerStatus;

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{Model, WorkerRow};
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

fn look_of_worker(worker: &WorkerRow) -> (Icon, Color32, &'static str) {
    match worker.status {
        WorkerStatus::Awake if worker.task.is_some() => (Icon::Play, theme::EMBER, "working"),
        WorkerStatus::Awake => (Icon::Worker, theme::OK, "awake"),
        WorkerStatus::Asleep => (Icon::Pause, theme::INFO, "asleep"),
        WorkerStatus::Error => (Icon::Error, theme::ERROR, "in error"),
        WorkerStatus::Offline => (Icon::Minus, theme::TEXT_FAINT, "offline"),
        WorkerStatus::Starting => (Icon::Clock, theme::INFO, "starting"),
        WorkerStatus::Testing => (Icon::Clock, theme::INFO, "testing"),
        WorkerStatus::Restart => (Icon::Refresh, theme::INFO, "restarting"),
        WorkerStatus::Registered => (Icon::Minus, theme::TEXT_FAINT, "registered"),
        WorkerStatus::Unknown => (Icon::Info, theme::TEXT_FAINT, "unknown"),
    }
}

/// What it does, and a menu of what it can be asked for; below it the rest, where somebody asks.
pub(super) fn worker_ui(
    ui: &mut Ui,
    worker: &WorkerRow,
    model: &Model,
    view: &mut FarmView,
    commands: &mut Commands,
) {
    let is_open = view.opened_worker.as_ref() == Some(&worker.id);
    if row_ui(ui, worker, is_open, model, commands) {
        commands.push(FarmCommand::LookIntoWorker((!is_open).then(|| worker.id.clone())));
    }
    if is_open {
        super::worker::worker_ui(ui, worker, model, view, commands);
    }
}

/// True when it was clicked.
fn row_ui(ui: &mut Ui, worker: &WorkerRow, is_open: bool, model: &Model, commands: &mut Commands) -> bool {
    let (icon, color, word) = look_of_worker(worker);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
    let spoken = format!("Worker {}, {word}", worker.name);
    response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, is_open, &spoken));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    widgets::row_ground(ui, rect, &response, is_open);
    let top = rect.top() + 12.0;
    icon.paint(ui.painter(), Rect::from_center_size(pos2(rect.left() + 16.0, top), Vec2::splat(14.0)), color);
    let left = rect.left() + 32.0;
    let width = rect.width() - 32.0 - 36.0;
    widgets::elided(ui, pos2(left, top), width, &worker.name, theme::body(), theme::TEXT);
    let line = detail(worker, word, model);
    widgets::elided(ui, pos2(left, top + 16.0), width, &line, theme::small(), theme::TEXT_QUIET);
    let place = Rect::from_center_size(pos2(rect.right() - 18.0, rect.center().y), Vec2::splat(28.0));
    let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(place));
    let button = widgets::icon_button(&mut inside, Icon::ChevronDown, &format!("Ask {}", worker.name));
    egui::Popup::menu(&button).id(ui.scope_id().with(("worker", &worker.id))).show(|ui| {
        ui.set_min_width(210.0);
        menu_ui(ui, worker, model, commands);
    });
    let mut tip = format!("Version {}", worker.version);
    if let Some(secs) = worker.seen_secs {
        tip = format!("{tip}\nLast heard of {} ago", text::duration(secs));
    }
    let is_clicked = response.clicked();
    response.on_hover_text(tip);
    is_clicked
}

/// `working on render-12 · tag cpu · will sleep after its task`.
fn detail(worker: &WorkerRow, word: &str, model: &Model) -> String {
    let mut line = match &worker.task {
        Some((task, job)) => {
            let of = model.farm.job(job).map(|job| format!(" of {}", job.name)).unwrap_or_default();
            format!("{task}{of}")
        }
        None => word.to_owned(),
    };
    if let Some((status, is_lazy)) = worker.wish {
        let wish = match status {
            WorkerStatus::Asleep => "sleeps",
            WorkerStatus::Awake => "wakes",
            WorkerStatus::Offline => "leaves",
            WorkerStatus::Restart => "restarts",
            _ => "changes",
        };
        let when = if is_lazy { "after its task" } else { "soon" };
        line = format!("{line} · {wish} {when}");
    }
    let tags: Vec<&str> = worker.tags.iter().map(|tag| model.farm.tag_name(tag)).collect();
    if tags.is_empty() { line } else { format!("{line} · {}", tags.join(", ")) }
}

fn menu_ui(ui: &mut Ui, worker: &WorkerRow, model: &Model, commands: &mut Commands) {
    use WorkerStatus::{Asleep, Awake, Offline, Restart};
    let is_up = matches!(worker.status, Awake | WorkerStatus::Starting);
    let choices = [
        ("Wake up", Awake, false, !is_up),
        ("Sleep after its task", Asleep, true, is_up),
        ("Sleep at once", Asleep, false, is_up),
        ("Restart after its task", Restart, true, worker.can_restart && worker.status != Offline),
        ("Restart at once", Restart, false, worker.can_restart && worker.status != Offline),
        ("Leave after its task", Offline, true, worker.status != Offline),
        ("Leave at once", Offline, false, worker.status != Offline),
    ];
    for (text, status, is_lazy, _) in choices.into_iter().filter(|(.., applies)| *applies) {
        if ui.button(text).clicked() {
            commands.push(FarmCommand::SetWorker { worker: worker.id.clone(), status, is_lazy });
            ui.close();
        }
    }
    if model.farm.tags.is_empty() {
        return;
    }
    ui.separator();
    ui.label(RichText::new("Tags").font(theme::small()).color(theme::TEXT_FAINT));
    // Menus draw their controls without a ground; a tick needs its box.
    ui.reset_style();
    for tag in &model.farm.tags {
        let Some(id) = &tag.id else { continue };
        let mut has = worker.tags.contains(id);
        if ui.checkbox(&mut has, &tag.name).changed() {
            commands.push(FarmCommand::ToggleWorkerTag(worker.id.clone(), id.clone()));
        }
    }
}
