//! Which tasks wait for which, as a picture: columns of what can run at once, from left to right.

use egui::{
    Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use farm::RehearsedTask;

use crate::text;
use crate::theme;
use crate::widgets;

const NODE_HEIGHT: f32 = 22.0;
const GAP: f32 = 4.0;
const COLUMN_GAP: f32 = 26.0;
/// Of one column; a line says how many more there are.
const N_SHOWN: usize = 4;
/// Longer chains are told by the list below.
const N_COLUMNS: usize = 4;
const PADDING: f32 = 10.0;

pub(super) fn graph_ui(ui: &mut Ui, tasks: &[RehearsedTask]) {
    let columns = columns(tasks);
    if columns.is_empty() {
        return;
    }
    let rows = |column: &Vec<usize>| column.len().min(N_SHOWN) + usize::from(column.len() > N_SHOWN);
    let n_rows = columns.iter().take(N_COLUMNS).map(rows).max().unwrap_or(1) as f32;
    let height = n_rows * NODE_HEIGHT + (n_rows - 1.0) * GAP + 2.0 * PADDING;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let steps: Vec<String> = columns.iter().map(|it| text::counted(it.len(), "task", "tasks")).collect();
    let spoken = format!("Tasks: {}", steps.join(", then "));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
    ui.painter().rect_filled(rect, theme::RADIUS, theme::WELL);
    let n_columns = columns.len().min(N_COLUMNS) as f32;
    let inner = rect.shrink(PADDING);
    let width = ((inner.width() - (n_columns - 1.0) * COLUMN_GAP) / n_columns).min(150.0);
    let mut before: Option<Rect> = None;
    for (i, column) in columns.iter().take(N_COLUMNS).enumerate() {
        let n = rows(column) as f32;
        let size = vec2(width, n * NODE_HEIGHT + (n - 1.0) * GAP);
        let left = inner.left() + i as f32 * (width + COLUMN_GAP);
        let place = Rect::from_center_size(pos2(left + 0.5 * width, inner.center().y), size);
        if let Some(before) = before {
            arrow_ui(ui, before, place);
        }
        column_ui(ui, place, column, tasks);
        before = Some(place);
    }
    response.on_hover_text(spoken);
}

fn column_ui(ui: &Ui, place: Rect, column: &[usize], tasks: &[RehearsedTask]) {
    let at = |row: usize| {
        let top = place.top() + row as f32 * (NODE_HEIGHT + GAP);
        Rect::from_min_size(pos2(place.left(), top), vec2(place.width(), NODE_HEIGHT))
    };
    for (row, task) in column.iter().take(N_SHOWN).filter_map(|i| tasks.get(*i)).enumerate() {
        let node = at(row);
        ui.painter().rect_filled(node, CornerRadius::same(4), theme::RAISED);
        ui.painter().rect_stroke(node, 4, Stroke::new(1.0, theme::LINE_STRONG), StrokeKind::Inside);
        let left = node.left_center() + vec2(8.0, 0.0);
        widgets::elided(ui, left, node.width() - 16.0, &task.name, theme::small(), theme::TEXT);
    }
    if column.len() > N_SHOWN {
        let more = format!("and {} more", text::count((column.len() - N_SHOWN) as u64));
        let node = at(N_SHOWN);
        ui.painter().text(node.center(), Align2::CENTER_CENTER, more, theme::small(), theme::TEXT_FAINT);
    }
}

/// All of one column before the next, as far as the picture tells it.
fn arrow_ui(ui: &Ui, from: Rect, to: Rect) {
    let line = Stroke::new(1.5, theme::TEXT_FAINT);
    let (a, b) = (from.right_center() + vec2(5.0, 0.0), to.left_center() - vec2(5.0, 0.0));
    ui.painter().line_segment([a, b], line);
    let head = vec![b, b + vec2(-4.5, -3.5), b + vec2(-4.5, 3.5)];
    ui.painter().add(egui::Shape::convex_polygon(
        head,
        theme::TEXT_FAINT,
        Stroke::new(0.0, Color32::TRANSPARENT),
    ));
}

/// Tasks by how many others must have gone before, in their own order. A farm that tells of a circle,
/// or of tasks that are none, is not followed further than there are tasks.
fn columns(tasks: &[RehearsedTask]) -> Vec<Vec<usize>> {
    let mut depths = vec![0_usize; tasks.len()];
    let mut is_settled = false;
    let mut n_rounds = 0;
    while !is_settled && n_rounds < tasks.len().min(MAX_DEPTH) {
        is_settled = true;
        n_rounds += 1;
        for (i, task) in tasks.iter().enumerate() {
            let before = task.depends_on.iter().filter_map(|it| depths.get(*it)).max();
            let depth = before.map_or(0, |depth| depth + 1).min(MAX_DEPTH);
            if let Some(own) = depths.get_mut(i).filter(|own| **own != depth) {
                *own = depth;
                is_settled = false;
            }
        }
    }
    let n_columns = depths.iter().max().map_or(0, |deepest| deepest + 1);
    let mut columns = vec![Vec::new(); n_columns];
    for (i, depth) in depths.into_iter().enumerate() {
        if let Some(column) = columns.get_mut(depth) {
            column.push(i);
        }
    }
    columns.retain(|column: &Vec<usize>| !column.is_empty());
    columns
}

const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(depends_on: &[&[usize]]) -> Vec<RehearsedTask> {
        let task = |it: &&[usize]| RehearsedTask { depends_on: it.to_vec(), ..RehearsedTask::default() };
        depends_on.iter().map(task).collect()
    }

    #[test]
    fn what_waits_stands_to_the_right() {
        assert_eq!(columns(&tasks(&[&[], &[], &[0, 1]])), [vec![0, 1], vec![2]]);
        assert_eq!(columns(&tasks(&[&[2], &[0], &[]])), [vec![2], vec![0], vec![1]]);
        assert!(columns(&[]).is_empty());
    }

    #[test]
    fn circles_and_strangers_end() {
        assert_eq!(columns(&tasks(&[&[1], &[0]])).concat().len(), 2);
        assert_eq!(columns(&tasks(&[&[7]])), [vec![0]]);
    }
}
