use egui::{
    Align, Color32, Layout, Rect, RichText, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use flamenco::wire::TaskStatus;

use super::{blocked, task};
use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::{Model, TaskRow};
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

const ROW_HEIGHT: f32 = 26.0;
/// Of the list while a task is looked into.
const LIST_SHARE: f32 = 0.42;

pub(super) fn look_of_task(status: TaskStatus) -> (Icon, Color32, &'static str) {
    match status {
        TaskStatus::Completed => (Icon::Check, theme::OK, "completed"),
        TaskStatus::Failed => (Icon::Error, theme::ERROR, "failed"),
        TaskStatus::SoftFailed => (Icon::Warning, theme::WARNING, "failed, tried again"),
        TaskStatus::Active => (Icon::Play, theme::EMBER, "running"),
        TaskStatus::Canceled => (Icon::Stop, theme::TEXT_FAINT, "cancelled"),
        TaskStatus::Paused => (Icon::Pause, theme::WARNING, "paused"),
        TaskStatus::Queued | TaskStatus::Unknown => (Icon::Clock, theme::TEXT_FAINT, "waiting"),
    }
}

/// The job's tasks, and below them the one that is looked into.
pub(super) fn tasks_ui(
    ui: &mut Ui,
    model: &Model,
    view: &mut FarmView,
    commands: &mut Commands,
    height: f32,
) {
    if view.selected_job.as_ref() != Some(&model.farm.tasks_of) {
        widgets::spinner(ui, 16.0);
        return;
    }
    let top = ui.cursor().top();
    blocked::blocked_ui(ui, model, commands);
    head_ui(ui, model, view, commands);
    let height = height - (ui.cursor().top() - top - theme::CONTROL_HEIGHT);
    let tasks = &model.farm.tasks;
    let open = view.selected_task.as_ref().and_then(|id| tasks.iter().find(|task| task.id == *id));
    let room = (height - 40.0).max(120.0);
    let list_height = if open.is_some() { (room * LIST_SHARE).max(120.0) } else { room };
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().id_salt("tasks").max_height(list_height).auto_shrink([false, true]);
    if std::mem::take(&mut view.scrolls_to_task)
        && let Some(row) = tasks.iter().position(|task| view.selected_task.as_ref() == Some(&task.id))
    {
        // In the middle, so that those around it are seen as well.
        area = area
            .vertical_scroll_offset((row as f32 * ROW_HEIGHT - 0.5 * (list_height - ROW_HEIGHT)).max(0.0));
    }
    area.show_rows(ui, ROW_HEIGHT, tasks.len(), |ui, range| {
        for task in tasks.get(range).unwrap_or_default() {
            task_ui(ui, task, view, commands);
        }
    });
    ui.spacing_mut().item_spacing.y = 6.0;
    if let Some(open) = open {
        ui.add_space(10.0);
        task::task_ui(ui, open, model, view, commands);
    }
}

fn head_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    let tasks = &model.farm.tasks;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new("Tasks").font(theme::semibold(12.5)).color(theme::TEXT));
        let marked = tasks.iter().filter(|task| view.marked_tasks.contains(&task.id)).count();
        let line = if marked > 0 { format!("{marked} marked") } else { counts(tasks) };
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let is_any = marked > 0 || view.selected_task.is_some();
            ui.add_enabled_ui(is_any, |ui| {
                if widgets::icon_button(ui, Icon::Stop, "Cancel these tasks").clicked() {
                    commands.push(FarmCommand::CancelTasks);
                }
                if widgets::icon_button(ui, Icon::Refresh, "Run these tasks again").clicked() {
                    commands.push(FarmCommand::RequeueTasks);
                }
            });
            let failed = |it: &&TaskRow| matches!(it.status, TaskStatus::Failed | TaskStatus::SoftFailed);
            let n_failed = tasks.iter().filter(failed).count();
            if n_failed > 0 && widgets::button(ui, Some(Icon::Error), "Mark failed").clicked() {
                view.marked_tasks = tasks.iter().filter(failed).map(|it| it.id.clone()).collect();
            }
            if marked > 0 && widgets::button(ui, None, "Mark none").clicked() {
                view.marked_tasks.clear();
            }
        });
    });
}

/// `5 completed, 2 running, 10 waiting`.
fn counts(tasks: &[TaskRow]) -> String {
    let kinds = [
        (TaskStatus::Completed, "completed"),
        (TaskStatus::Active, "running"),
        (TaskStatus::Queued, "waiting"),
        (TaskStatus::Failed, "failed"),
        (TaskStatus::SoftFailed, "tried again"),
        (TaskStatus::Paused, "paused"),
        (TaskStatus::Canceled, "cancelled"),
    ];
    let counted = kinds.into_iter().filter_map(|(status, word)| {
        let n = tasks.iter().filter(|task| task.status == status).count();
        (n > 0).then(|| format!("{} {word}", text::count(n as u64)))
    });
    counted.collect::<Vec<_>>().join(", ")
}

fn task_ui(ui: &mut Ui, task: &TaskRow, view: &mut FarmView, commands: &mut Commands) {
    let (icon, color, word) = look_of_task(task.status);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    let is_open = view.selected_task.as_ref() == Some(&task.id);
    let spoken = format!("Task {}, {word}", task.name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, &spoken));
    widgets::row_ground(ui, rect, &response, is_open);
    let tick = Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), Vec2::splat(20.0));
    let centred = Layout::left_to_right(Align::Center);
    let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(tick).layout(centred));
    inside.spacing_mut().interact_size.y = tick.height();
    let mut is_marked = view.marked_tasks.contains(&task.id);
    let mark = inside.add(egui::Checkbox::without_text(&mut is_marked));
    mark.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_marked, format!("Mark {}", task.name)));
    if mark.changed() {
        if is_marked {
            view.marked_tasks.insert(task.id.clone());
        } else {
            view.marked_tasks.remove(&task.id);
        }
    }
    icon.paint(
        ui.painter(),
        Rect::from_center_size(pos2(rect.left() + 42.0, rect.center().y), Vec2::splat(13.0)),
        color,
    );
    let mut said = word.to_owned();
    if task.status == TaskStatus::Active && task.n_total > 1 {
        said = format!("{} of {}", task.n_done, task.n_total);
    }
    if !task.worker.is_empty() && task.status != TaskStatus::Queued {
        said = format!("{said} · {}", task.worker);
    }
    let at = pos2(rect.right() - 8.0, rect.center().y);
    let drawn = ui.painter().text(at, egui::Align2::RIGHT_CENTER, said, theme::small(), theme::TEXT_FAINT);
    let left = pos2(rect.left() + 56.0, rect.center().y);
    widgets::elided(ui, left, drawn.left() - left.x - 8.0, &task.name, theme::body(), theme::TEXT);
    if response.clicked() {
        commands.push(FarmCommand::SelectTask((!is_open).then(|| task.id.clone())));
    }
}
