//! The tape over the picture: lines, lengths, and where a click would set a point.

use egui::{Align2, CursorIcon, PointerButton, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, vec2};
use glam::DVec3;

use crate::commands::{Commands, ViewCommand};
use crate::tape::{Mark, MarkKind, Tape, TapeView};
use crate::text;
use crate::theme;
use crate::viewport::{Projector, Purpose, Question, Stage};

/// While the tape is in hand: hovering looks for the surface, a click sets a point.
pub(super) fn tape_mouse_ui(ui: &Ui, rect: Rect, response: &Response, stage: &mut Stage) {
    let Some(pointer) = response.hover_pos().filter(|_| response.contains_pointer()) else { return };
    ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    let at: [f32; 2] = (pointer - rect.min).into();
    let sight = Projector::new(&stage.camera.pose(), rect.size().into()).sight(at);
    let snaps = ui.input(|input| input.modifiers.command);
    let purpose = if response.clicked_by(PointerButton::Primary) { Purpose::Mark } else { Purpose::Hover };
    stage.probe.ask(Question { purpose, sight, at, snaps });
}

pub(super) fn tapes_ui(ui: &Ui, rect: Rect, view: &TapeView, projector: &Projector, commands: &mut Commands) {
    for (i, tape) in view.tapes.iter().enumerate() {
        let label = tape_ui(ui, rect, tape, projector);
        if let Some(label) = label {
            remove_ui(ui, label, i, commands);
        }
    }
    if !view.is_on {
        return;
    }
    if let (Some(from), Some(mark)) = (view.start, view.hover) {
        tape_ui(ui, rect, &Tape { from, to: mark.point }, projector);
    }
    let place = |point: DVec3| projector.project(point).map(|[x, y]| rect.min + vec2(x, y));
    if let Some(at) = view.start.and_then(place) {
        end_ui(ui, at);
    }
    if let Some((mark, at)) = view.hover.and_then(|mark| Some((mark, place(mark.point)?))) {
        mark_ui(ui, at, &mark);
    }
}

/// Returns where the label is.
fn tape_ui(ui: &Ui, rect: Rect, tape: &Tape, projector: &Projector) -> Option<Rect> {
    let [Some(from), Some(to)] =
        [tape.from, tape.to].map(|point| projector.project(point).map(|[x, y]| rect.min + vec2(x, y)))
    else {
        return None;
    };
    let painter = ui.painter().with_clip_rect(rect);
    painter.add(Shape::line_segment([from, to], Stroke::new(4.0, theme::SCRIM)));
    painter.add(Shape::line_segment([from, to], Stroke::new(2.0, theme::EMBER)));
    end_ui(ui, from);
    end_ui(ui, to);
    let middle = from + 0.5 * (to - from);
    if !rect.contains(middle) {
        return None;
    }
    let length = painter.layout_no_wrap(text::measured(tape.length()), theme::semibold(13.0), theme::TEXT);
    let parts = tape.along_axes().to_array().map(f64::abs).map(text::measured);
    let parts = format!("X {}   Y {}   Z {}", parts[0], parts[1], parts[2]);
    let parts = painter.layout_no_wrap(parts, theme::small(), theme::TEXT_QUIET);
    let size = vec2(length.size().x.max(parts.size().x) + 20.0, length.size().y + parts.size().y + 10.0);
    // Beside the line, on the side that is freer.
    let along = (to - from).normalized();
    let aside = vec2(along.y, -along.x) * if along.x > 0.0 { 1.0 } else { -1.0 };
    let label = Rect::from_center_size(
        middle + aside * (0.5 * size.y + 14.0) + vec2(aside.x * 0.5 * size.x, 0.0),
        size,
    );
    painter.rect(
        label,
        theme::RADIUS,
        theme::SCRIM,
        Stroke::new(1.0, theme::LINE_STRONG),
        egui::StrokeKind::Inside,
    );
    let below = label.min + vec2(10.0, 5.0 + length.size().y);
    painter.galley(label.min + vec2(10.0, 4.0), length, theme::TEXT);
    painter.galley(below, parts, theme::TEXT_QUIET);
    Some(label)
}

fn remove_ui(ui: &Ui, label: Rect, i: usize, commands: &mut Commands) {
    let place = Rect::from_center_size(label.right_top() + vec2(-11.0, 12.0), Vec2::splat(16.0));
    let response = ui.interact(place, ui.scope_id().with(("remove tape", i)), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Remove measurement {}", i + 1))
    });
    let color = if response.hovered() { theme::TEXT } else { theme::TEXT_FAINT };
    crate::icons::Icon::Close.paint(ui.painter(), place.shrink(3.0), color);
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        commands.push(ViewCommand::RemoveTape(i));
    }
}

fn end_ui(ui: &Ui, at: Pos2) {
    ui.painter().circle(at, 4.0, theme::EMBER, Stroke::new(1.5, theme::ON_EMBER));
}

/// A ring on the surface, a square on a vertex, a diamond on the middle of an edge.
fn mark_ui(ui: &Ui, at: Pos2, mark: &Mark) {
    let painter = ui.painter();
    let square = |turn: f32| {
        let corner = |i: f32| at + 7.0 * Vec2::angled(std::f32::consts::FRAC_PI_2 * (i + turn));
        vec![corner(0.0), corner(1.0), corner(2.0), corner(3.0)]
    };
    let (points, name) = match mark.kind {
        MarkKind::Surface => {
            painter.circle_stroke(at, 5.0, Stroke::new(3.5, theme::SCRIM));
            painter.circle_stroke(at, 5.0, Stroke::new(1.5, theme::TEXT));
            return;
        }
        MarkKind::Vertex => (square(0.5), "Vertex"),
        MarkKind::EdgeMiddle => (square(0.0), "Middle of an edge"),
    };
    painter.add(Shape::closed_line(points.clone(), Stroke::new(4.0, theme::SCRIM)));
    painter.add(Shape::closed_line(points, Stroke::new(2.0, theme::EMBER)));
    painter.text(at + vec2(12.0, 12.0), Align2::LEFT_TOP, name, theme::small(), theme::TEXT);
}
