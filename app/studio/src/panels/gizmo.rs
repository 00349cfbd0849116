//! The ball of axes in the corner of the picture: shows which way is up, turns the view, and leads to
//! its sides.

use egui::{Align2, Color32, CursorIcon, Pos2, Rect, Sense, Stroke, Ui, Vec2, vec2};
use glam::DVec3;

use crate::commands::{CameraCommand, Commands, ViewCommand};
use crate::theme;
use crate::viewport::{Stage, StandardView, to_glam};

/// From the middle to the tips of the axes.
const REACH: f32 = 34.0;
const BALL: f32 = 9.0;
/// Turning goes faster here than over the model, because the way is short.
const HASTE: f32 = 1.8;

/// An end of an axis, in Blender's names, as the report has them: X right, Y away, Z up.
struct End {
    name: &'static str,
    /// For those who read with their ears, and as a tip.
    spoken: &'static str,
    direction: DVec3,
    color: Color32,
    view: StandardView,
}

fn ends() -> [End; 6] {
    let end = |name, spoken, direction, color, view| End { name, spoken, direction, color, view };
    [
        end("X", "View from the right, +X", DVec3::X, theme::AXIS_X, StandardView::Right),
        end("", "View from the left, −X", DVec3::NEG_X, theme::AXIS_X, StandardView::Left),
        end("Y", "View from the back, +Y (−Z in the file)", DVec3::NEG_Z, theme::AXIS_Y, StandardView::Back),
        end("", "View from the front, −Y (+Z in the file)", DVec3::Z, theme::AXIS_Y, StandardView::Front),
        end("Z", "View from above, +Z (+Y in the file)", DVec3::Y, theme::AXIS_Z, StandardView::Top),
        end("", "View from below, −Z (−Y in the file)", DVec3::NEG_Y, theme::AXIS_Z, StandardView::Bottom),
    ]
}

/// `corner`: the upper right corner of where it may be.
pub(super) fn gizmo_ui(ui: &Ui, corner: Pos2, stage: &mut Stage, commands: &mut Commands) {
    let center = corner + vec2(-REACH - BALL - 10.0, REACH + BALL + 10.0);
    let [right, up, back] = stage.camera.pose().axes();
    let disc = Rect::from_center_size(center, Vec2::splat(2.0 * (REACH + BALL + 4.0)));
    let id = ui.scope_id().with("view gizmo");
    let whole = ui.interact(disc, id, Sense::drag()).on_hover_cursor(CursorIcon::Grab);
    let mut drag = whole.drag_delta();
    let mut is_hovered = whole.hovered() || whole.dragged();
    let mut ends = ends();
    // Those that point away first, so that the near ones lie on top and take the click.
    ends.sort_by(|a, b| a.direction.dot(back).total_cmp(&b.direction.dot(back)));
    let place =
        |end: &End| center + REACH * vec2(end.direction.dot(right) as f32, -end.direction.dot(up) as f32);
    let responses = ends.each_ref().map(|end| {
        let rect = Rect::from_center_size(place(end), Vec2::splat(2.0 * BALL));
        let response = ui.interact(rect, id.with(end.spoken), Sense::click_and_drag());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, end.spoken));
        drag += response.drag_delta();
        is_hovered |= response.hovered() || response.dragged();
        if response.clicked() {
            let is_there = end.direction.dot(back) > 0.9999;
            if is_there {
                commands.push(CameraCommand::LookFromOpposite);
            } else {
                commands.push(ViewCommand::LookFrom(end.view));
            }
        }
        response.on_hover_text(end.spoken).on_hover_cursor(CursorIcon::PointingHand).hovered()
    });
    stage.camera.orbit(HASTE * to_glam(drag));
    let painter = ui.painter();
    let ground = theme::SCRIM.gamma_multiply(if is_hovered { 0.75 } else { 0.4 });
    painter.circle_filled(center, REACH + BALL + 4.0, ground);
    for (end, is_pointed_at) in ends.iter().zip(responses) {
        end_ui(ui, center, place(end), end, (end.direction.dot(back) as f32, is_pointed_at));
    }
}

/// `nearness`: 1 towards the eye, -1 away from it.
fn end_ui(ui: &Ui, center: Pos2, tip: Pos2, end: &End, (nearness, is_pointed_at): (f32, bool)) {
    let painter = ui.painter();
    let color = end.color.lerp_to_gamma(theme::GROUND, 0.25 - 0.25 * nearness);
    let rim = if is_pointed_at { Stroke::new(2.0, theme::TEXT) } else { Stroke::NONE };
    if end.name.is_empty() {
        let fill = end.color.lerp_to_gamma(theme::GROUND, 0.72);
        let line = if is_pointed_at { rim } else { Stroke::new(1.5, color) };
        painter.circle(tip, BALL - 2.0, fill, line);
        return;
    }
    painter.line_segment([center, tip], Stroke::new(2.0, color));
    painter.circle(tip, BALL, color, rim);
    painter.text(tip, Align2::CENTER_CENTER, end.name, theme::semibold(11.0), theme::ON_AXIS);
}
