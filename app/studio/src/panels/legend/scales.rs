//! Keys, ramps and numbers that legends are made of.

use egui::{
    Align2, Color32, Mesh, Rect, Response, RichText, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use crate::theme;
use crate::widgets;

pub(super) const RAMP_HEIGHT: f32 = 12.0;

/// A colour and what it stands for.
pub(super) fn key_ui(ui: &mut Ui, color: Color32, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    let swatch = Rect::from_center_size(rect.left_center() + vec2(6.0, 0.0), Vec2::splat(12.0));
    ui.painter().rect_filled(swatch, 3, color);
    let at = rect.left_center() + vec2(20.0, 0.0);
    widgets::elided(ui, at, rect.width() - 20.0, name, theme::small(), theme::TEXT);
    response
}

pub(super) fn setting_ui(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui) -> Response) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size = vec2(72.0, 24.0);
        ui.label(RichText::new(name).font(theme::small()).color(theme::TEXT_QUIET));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            named(control(ui), name);
        });
    });
}

pub(super) fn named(response: Response, name: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
}

pub(super) fn ramp_ui(ui: &mut Ui, color: impl Fn(f32) -> Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), RAMP_HEIGHT), Sense::hover());
    ramp(ui, rect, color);
}

/// A bar whose colour runs from 0 at its left to 1 at its right.
pub(super) fn ramp(ui: &Ui, rect: Rect, color: impl Fn(f32) -> Color32) {
    const N_STEPS: u32 = 64;
    let mut mesh = Mesh::default();
    for i in 0..=N_STEPS {
        let t = i as f32 / N_STEPS as f32;
        let x = egui::lerp(rect.x_range(), t);
        mesh.colored_vertex(pos2(x, rect.top()), color(t));
        mesh.colored_vertex(pos2(x, rect.bottom()), color(t));
        if i > 0 {
            mesh.add_triangle(2 * i - 2, 2 * i - 1, 2 * i);
            mesh.add_triangle(2 * i - 1, 2 * i, 2 * i + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    let line = Stroke::new(1.0, theme::LINE_STRONG);
    ui.painter().rect_stroke(rect, 1, line, egui::StrokeKind::Outside);
}

/// Numbers under a ramp, at equal steps from end to end.
pub(super) fn ticks_ui(ui: &mut Ui, labels: &[String]) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 13.0), Sense::hover());
    let last = labels.len().saturating_sub(1);
    for (i, label) in labels.iter().enumerate() {
        let t = i as f32 / last.max(1) as f32;
        let align = match i {
            0 => Align2::LEFT_TOP,
            _ if i == last => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        let at = pos2(egui::lerp(rect.x_range(), t), rect.top());
        ui.painter().text(at, align, label, theme::small(), theme::TEXT_QUIET);
    }
}
