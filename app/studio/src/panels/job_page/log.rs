use egui::{Align, Label, Layout, Margin, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::icons::Icon;
use crate::model::{Model, TaskRow};
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

const MIN_HEIGHT: f32 = 120.0;

/// The task's log as it grows: searched, copied; only the lines in view are laid out.
pub(super) fn log_ui(ui: &mut Ui, model: &Model, task: &TaskRow, view: &mut FarmView) {
    let log = model.farm.log.as_ref().filter(|log| log.task == task.id);
    let lines = log.map(|log| log.lines.as_slice()).unwrap_or_default();
    let wanted = view.log_search.trim().to_lowercase();
    let found: Vec<usize> = if wanted.is_empty() {
        Vec::new()
    } else {
        let has = |line: &str| line.to_lowercase().contains(&wanted);
        (0..lines.len()).filter(|i| lines.get(*i).is_some_and(|line| has(line))).collect()
    };
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new("Log").font(theme::semibold(12.0)).color(theme::TEXT_QUIET));
        let n_lines = text::counted(lines.len(), "line", "lines");
        let line = if wanted.is_empty() { n_lines } else { format!("{} of {n_lines}", found.len()) };
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_enabled_ui(!lines.is_empty(), |ui| {
                if widgets::icon_button(ui, Icon::Copy, "Copy log").clicked() {
                    ui.ctx().copy_text(lines.join("\n"));
                }
            });
            let hint = RichText::new("Find in the log").color(theme::TEXT_FAINT);
            let field = TextEdit::singleline(&mut view.log_search).hint_text(hint).desired_width(150.0);
            let response = ui.add(field.margin(Margin::symmetric(8, 6)));
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Find in the log"));
        });
    });
    let frame =
        egui::Frame::new().fill(theme::WELL).corner_radius(theme::RADIUS).inner_margin(Margin::same(8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let height = ui.available_height().max(MIN_HEIGHT);
        if lines.is_empty() {
            let text = if log.is_none() { "Reading the log" } else { "The task has written nothing yet" };
            ui.label(RichText::new(text).font(theme::small()).color(theme::TEXT_FAINT));
            return;
        }
        lines_ui(ui, lines, &found, !wanted.is_empty(), height);
    });
}

/// While something is searched for, only the lines that have it are shown.
fn lines_ui(ui: &mut Ui, lines: &[String], found: &[usize], is_search: bool, height: f32) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let row_height = ui.text_style_height(&egui::TextStyle::Monospace);
    let n_rows = if is_search { found.len() } else { lines.len() };
    let area = ScrollArea::both().id_salt("log").max_height(height).auto_shrink([false, true]);
    area.stick_to_bottom(!is_search).show_rows(ui, row_height, n_rows, |ui, range| {
        for row in range {
            let at = if is_search { found.get(row).copied() } else { Some(row) };
            let Some(line) = at.and_then(|at| lines.get(at)) else { continue };
            let text = RichText::new(without_process(line)).font(theme::mono()).color(color_of(line));
            ui.add(Label::new(text).extend().selectable(true));
        }
    });
}

/// Workers put `pid=123 > ` before what a program prints; copied, it is still there.
fn without_process(line: &str) -> &str {
    let said = line.strip_prefix("pid=").and_then(|rest| rest.split_once(" > "));
    said.filter(|(pid, _)| pid.bytes().all(|it| it.is_ascii_digit())).map_or(line, |(_, said)| said)
}

/// Errors are found at a glance; the words say it as well.
fn color_of(line: &str) -> egui::Color32 {
    let lower = line.to_lowercase();
    if lower.contains("error") || lower.contains("failed") || lower.contains("traceback") {
        theme::ERROR
    } else if lower.contains("warning") || lower.contains("unable to open") {
        theme::WARNING
    } else if line.contains("Saved: '") {
        theme::OK
    } else {
        theme::TEXT_QUIET
    }
}
