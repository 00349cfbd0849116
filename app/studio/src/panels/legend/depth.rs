//! The scale of the depth picture, with its two ends to be dragged.

use egui::{Color32, DragValue, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::scales::{RAMP_HEIGHT, named, ramp};
use crate::commands::{Commands, ViewCommand};
use crate::modes::ModeView;
use crate::text;
use crate::theme;
use crate::widgets;

pub(super) fn depth_ui(ui: &mut Ui, modes: &mut ModeView, span: Option<[f32; 2]>, commands: &mut Commands) {
    let Some(span) = span else { return };
    let mut shown = modes.depth_range.unwrap_or(span);
    let before = shown;
    // The scale holds the model and both handles, with a little room to drag them apart.
    let [low, high] = [span[0].min(shown[0]), span[1].max(shown[1])];
    let room = 0.08 * (high - low).max(1e-6);
    let scale = [(low - room).max(0.0), high + room];
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), RAMP_HEIGHT + 8.0), Sense::hover());
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), RAMP_HEIGHT));
    let at = |metres: f32| egui::remap(metres, scale[0]..=scale[1], bar.left()..=bar.right());
    ramp(ui, bar, |t| {
        let metres = egui::lerp(scale[0]..=scale[1], t);
        let grey = (metres - shown[0]) / (shown[1] - shown[0]).max(1e-9);
        Color32::from_gray((255.0 * grey.clamp(0.0, 1.0)) as u8)
    });
    for (i, name) in ["Near, shown black", "Far, shown white"].into_iter().enumerate() {
        let x = at(shown[i]).clamp(bar.left(), bar.right());
        let response = handle_ui(ui, pos2(x, bar.bottom()), name, shown[i]);
        if response.dragged() {
            shown[i] += response.drag_delta().x / bar.width().max(1.0) * (scale[1] - scale[0]);
        }
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size = vec2(60.0, 24.0);
        let speed = f64::from(0.005 * (scale[1] - scale[0]));
        for (i, name) in ["Near", "Far"].into_iter().enumerate() {
            ui.label(egui::RichText::new(name).font(theme::small()).color(theme::TEXT_QUIET));
            // As many digits as the scale is fine.
            let n_decimals = (2.0 - (scale[1] - scale[0]).log10().floor()).clamp(0.0, 4.0) as usize;
            let value = DragValue::new(&mut shown[i]).speed(speed).max_decimals(n_decimals).suffix(" m");
            named(ui.add(value), name);
        }
        if modes.depth_range.is_some() && widgets::segment(ui, "Fit", "", false).clicked() {
            commands.push(ViewCommand::FitDepth);
        }
    });
    if shown != before && shown.iter().all(|d| d.is_finite()) {
        let near = shown[0].max(0.0);
        let far = shown[1].max(near + 1e-4 * (high - low).max(1e-6));
        modes.depth_range = Some([near, far]);
    }
}

/// A small mark below the ramp that is dragged.
fn handle_ui(ui: &mut Ui, tip: egui::Pos2, name: &str, metres: f32) -> Response {
    let rect = Rect::from_center_size(tip, vec2(14.0, 22.0));
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::drag());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Slider, true, name);
        info.value = Some(f64::from(metres));
        info
    });
    let color = if response.hovered() || response.dragged() { theme::EMBER } else { theme::TEXT };
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
    }
    let corners = vec![tip - vec2(0.0, 3.0), tip + vec2(5.0, 6.0), tip + vec2(-5.0, 6.0)];
    ui.painter().add(Shape::convex_polygon(corners, color, Stroke::new(1.0, theme::GROUND)));
    response.on_hover_text(format!("{name}: {}", text::length(f64::from(metres))))
}
