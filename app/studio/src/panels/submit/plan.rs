//! What the farm would make of the form, before anything is sent: its tasks, and every file that
//! comes of them.

use egui::{Label, Margin, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use farm::{Rehearsal, RehearsedTask};

use super::graph;
use crate::icons::Icon;
use crate::model::{Check, Plan, Preparation};
use crate::text;
use crate::theme;
use crate::view::SubmitView;
use crate::widgets;

const ROW_HEIGHT: f32 = 18.0;
const LIST_HEIGHT: f32 = 168.0;

pub(super) fn plan_ui(ui: &mut Ui, preparation: &Preparation, view: &mut SubmitView) {
    let icon = if view.shows_plan { Icon::ChevronDown } else { Icon::ChevronRight };
    let line = match &preparation.plan {
        Plan::Told(rehearsal) if view.shows_plan => headline(rehearsal),
        _ => "What the farm will make of it".to_owned(),
    };
    if widgets::disclosure(ui, icon, &line, view.shows_plan).clicked() {
        view.shows_plan = !view.shows_plan;
    }
    if !view.shows_plan {
        return;
    }
    match &preparation.plan {
        Plan::Told(rehearsal) => told_ui(ui, rehearsal),
        Plan::Asking => widgets::spinner(ui, 14.0),
        Plan::Untold => {
            let line = "This farm would take the job; how many tasks it makes of it only Kiln's own tells";
            widgets::small_note(ui, Icon::Info, line);
        }
        Plan::Failed(why) => widgets::note(ui, Icon::Warning, theme::WARNING, &text::sentence(why)),
        Plan::Unasked => {
            let line = match preparation.check {
                Check::Asking => "The farm is being asked",
                Check::Refused(_) => "The farm would not take the job as it is",
                Check::Unasked | Check::Fine => "Told as soon as the form is complete and the farm answers",
            };
            widgets::small_note(ui, Icon::Info, line);
        }
    }
}

/// `17 tasks, 16 files and 1 folder`.
fn headline(rehearsal: &Rehearsal) -> String {
    let n_tasks = rehearsal.tasks.len();
    let all = rehearsal.tasks.iter().flat_map(|task| &task.writes);
    let (files, folders): (Vec<&String>, Vec<&String>) = all.partition(|path| is_file(path));
    let mut parts = Vec::new();
    if !files.is_empty() {
        parts.push(text::counted(files.len(), "file", "files"));
    }
    if !folders.is_empty() {
        parts.push(text::counted(folders.len(), "folder", "folders"));
    }
    if parts.is_empty() {
        return text::counted(n_tasks, "task", "tasks");
    }
    format!("{} {}", text::counted(n_tasks, "task makes", "tasks make"), parts.join(" and "))
}

/// Folders are named where a command alone decides what goes into them.
fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

fn told_ui(ui: &mut Ui, rehearsal: &Rehearsal) {
    graph::graph_ui(ui, &rehearsal.tasks);
    ui.add_space(4.0);
    let rows: Vec<(&RehearsedTask, &str)> = rehearsal
        .tasks
        .iter()
        .flat_map(|task| {
            let nothing = task.writes.is_empty().then_some("");
            task.writes.iter().map(String::as_str).chain(nothing).map(move |path| (task, path))
        })
        .collect();
    let well = egui::Frame::new()
        .fill(theme::WELL)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(8, 6));
    well.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        let area = ScrollArea::vertical().id_salt("files to be made").max_height(LIST_HEIGHT);
        let area = area.min_scrolled_height(LIST_HEIGHT);
        area.auto_shrink([false, true]).show_rows(ui, ROW_HEIGHT, rows.len(), |ui, range| {
            for (task, path) in rows.get(range).unwrap_or_default() {
                row_ui(ui, task, path);
            }
        });
    });
    ui.add(Label::new(quiet("As the job is now; names in the job's results folder")).wrap());
}

/// A file at the left, the task that makes it at the right.
fn row_ui(ui: &mut Ui, task: &RehearsedTask, path: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    let told = match path {
        "" => "nothing that it names".to_owned(),
        file if is_file(file) => file.to_owned(),
        folder => format!("{folder}/"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{} makes {told}", task.name)));
    let at = rect.right_center();
    let drawn =
        ui.painter().text(at, egui::Align2::RIGHT_CENTER, &task.name, theme::small(), theme::TEXT_FAINT);
    let width = drawn.left() - rect.left() - 8.0;
    let (font, color) = if path.is_empty() {
        (theme::small(), theme::TEXT_FAINT)
    } else {
        (theme::mono(), theme::TEXT_QUIET)
    };
    widgets::elided_in_the_middle(ui, rect.left_center(), width, &told, font, color);
    response.on_hover_text(format!("{told}\n{} ({})", task.name, task.task_type));
}

fn quiet(text: &str) -> RichText {
    RichText::new(text).font(theme::small()).color(theme::TEXT_FAINT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_counted() {
        let task = |writes: &[&str]| RehearsedTask {
            writes: writes.iter().map(|it| (*it).to_owned()).collect(),
            ..RehearsedTask::default()
        };
        let told = |tasks: Vec<RehearsedTask>| headline(&Rehearsal { tasks });
        assert_eq!(
            told(vec![task(&["0001.png"]), task(&["a/b.mp4", "c.v2/thumbs"])]),
            "2 tasks make 2 files and 1 folder"
        );
        assert_eq!(told(vec![task(&["rock"])]), "1 task makes 1 folder");
        assert_eq!(told(vec![task(&[])]), "1 task");
    }
}
