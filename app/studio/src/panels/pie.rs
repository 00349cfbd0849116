//! The sides of the model in a ring around the pointer: for keyboards without a number pad.

use egui::{Align2, Area, Context, CursorIcon, Id, Key, Order, Pos2, Rect, Sense, Stroke, Vec2, pos2, vec2};

use crate::commands::{CameraCommand, Command, Commands, ViewCommand};
use crate::theme;
use crate::view::View;
use crate::viewport::StandardView;

/// From the middle to a word.
const RADIUS: Vec2 = vec2(134.0, 108.0);
const SIZE: Vec2 = vec2(132.0, 28.0);

struct Slice {
    name: &'static str,
    command: Command,
    /// As on a number pad: 8 is above.
    digit: u8,
    key: Key,
}

fn slices() -> [Slice; 8] {
    let side = |from: StandardView, digit, key| Slice {
        name: from.label(),
        command: Command::View(ViewCommand::LookFrom(from)),
        digit,
        key,
    };
    [
        side(StandardView::Top, 8, Key::Num8),
        side(StandardView::Back, 9, Key::Num9),
        side(StandardView::Right, 6, Key::Num6),
        side(StandardView::Home, 3, Key::Num3),
        side(StandardView::Bottom, 2, Key::Num2),
        side(StandardView::Front, 1, Key::Num1),
        side(StandardView::Left, 4, Key::Num4),
        Slice {
            name: "Projection",
            command: Command::Camera(CameraCommand::ToggleProjection),
            digit: 7,
            key: Key::Num7,
        },
    ]
}

pub(super) fn pie_ui(ctx: &Context, view: &mut View, commands: &mut Commands) {
    let Some(center) = view.pie else { return };
    let screen = ctx.content_rect();
    let reach = RADIUS + 0.6 * SIZE;
    let center = center.unwrap_or_else(|| ctx.pointer_latest_pos().unwrap_or(screen.center()));
    let center = center.clamp(screen.min + reach, (screen.max - reach).max(screen.min + reach));
    view.pie = Some(Some(center));
    let mut chosen = None;
    let area = Area::new(Id::unique("views pie")).order(Order::Foreground).fixed_pos(center - reach);
    let outcome = area.show(ctx, |ui| {
        let (whole, _) = ui.allocate_exact_size(2.0 * reach, Sense::hover());
        ui.painter().circle(center, 17.0, theme::SCRIM, Stroke::new(3.0, theme::LINE_STRONG));
        for (i, slice) in slices().into_iter().enumerate() {
            let rect = place(center, i);
            let response = ui.interact(rect, ui.scope_id().with(i), Sense::click());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, slice.name));
            let is_key = ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, slice.key));
            slice_ui(ui, rect, &slice, response.hovered());
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked() || is_key {
                chosen = Some(slice.command);
            }
        }
        whole
    });
    let is_left = ctx.input(|input| {
        let clicks_beside = input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !outcome.inner.contains(at));
        clicks_beside || input.key_pressed(Key::Escape)
    });
    if let Some(command) = chosen {
        commands.push(command);
        view.pie = None;
    } else if is_left {
        view.pie = None;
    }
}

fn place(center: Pos2, i: usize) -> Rect {
    let (sin, cos) = (std::f32::consts::TAU * i as f32 / 8.0).sin_cos();
    Rect::from_center_size(pos2(center.x + RADIUS.x * sin, center.y - RADIUS.y * cos), SIZE)
}

fn slice_ui(ui: &egui::Ui, rect: Rect, slice: &Slice, is_hovered: bool) {
    let painter = ui.painter();
    let (fill, line) =
        if is_hovered { (theme::EMBER, theme::EMBER) } else { (theme::RAISED, theme::LINE_STRONG) };
    painter.rect(rect, theme::RADIUS, fill, Stroke::new(1.0, line), egui::StrokeKind::Inside);
    let text = if is_hovered { theme::ON_AXIS } else { theme::TEXT };
    painter.text(rect.left_center() + vec2(12.0, 0.0), Align2::LEFT_CENTER, slice.name, theme::body(), text);
    let faint = if is_hovered { theme::ON_AXIS } else { theme::TEXT_FAINT };
    let key_at = rect.right_center() - vec2(10.0, 0.0);
    painter.text(key_at, Align2::RIGHT_CENTER, slice.digit, theme::small(), faint);
}
