use egui::{Align2, Area, Context, Id, Order, Rect, Role, Sense, Stroke, StrokeKind, Vec2, WidgetInfo, vec2};

use super::empty::dashed_ui;
use crate::icons::Icon;
use crate::model::Model;
use crate::text;
use crate::theme;
use crate::view::View;

/// While files are held over the window: what letting go would do.
pub(super) fn drop_target_ui(ctx: &Context, model: &Model, view: &View) {
    let Some(n) = view.drop_hover else { return };
    let screen = ctx.content_rect();
    Area::new(Id::unique("drop target"))
        .order(Order::Foreground)
        .interactable(false)
        .fixed_pos(screen.min)
        .show(ctx, |ui| {
            ui.painter().rect_filled(screen, 0, theme::BACKDROP);
            let target = screen.shrink(24.0);
            dashed_ui(ui, target, theme::EMBER);
            let card = Rect::from_center_size(target.center() - vec2(0.0, 10.0), vec2(320.0, 156.0));
            let line = Stroke::new(1.0, theme::LINE_STRONG);
            ui.painter().rect(card, theme::RADIUS_LARGE, theme::RAISED, line, StrokeKind::Inside);
            let icon = Rect::from_center_size(target.center() - vec2(0.0, 44.0), Vec2::splat(36.0));
            Icon::Download.paint(ui.painter(), icon, theme::EMBER);
            let title = format!("Let go to open {}", text::counted(n, "item", "items"));
            let center = target.center();
            let spoken = title.clone();
            let place = Rect::from_center_size(center, vec2(1.0, 1.0));
            let response = ui.interact(place, Id::unique("drop title"), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.clone()));
            ui.painter().text(center, Align2::CENTER_CENTER, title, theme::semibold(20.0), theme::TEXT);
            let hint =
                if model.documents.is_empty() { "Folders are looked through" } else { "They join the list" };
            ui.painter().text(
                center + vec2(0.0, 28.0),
                Align2::CENTER_CENTER,
                hint,
                theme::body(),
                theme::TEXT_QUIET,
            );
        });
}
