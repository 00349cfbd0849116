//! What may be set about a mode.

use egui::{Align2, DragValue, Rect, Sense, Ui, pos2, vec2};
use render::{DENSITY_OCTAVES, density_color, overdraw_color};

use super::scales::{key_ui, ramp_ui, setting_ui, ticks_ui};
use crate::modes::ModeView;
use crate::text;
use crate::theme;
use crate::widgets;

pub(super) fn normals_ui(ui: &mut Ui, modes: &mut ModeView) {
    let sides = if modes.world_normals {
        ["X right of the model", "Y away", "Z up"]
    } else {
        ["X to the right", "Y up", "Z towards you"]
    };
    // The picture's own colours of the three directions.
    for (codes, side) in [[255, 128, 128], [128, 255, 128], [128, 128, 255]].into_iter().zip(sides) {
        key_ui(ui, theme::of_codes(codes), side);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (name, world) in [("Camera", false), ("World", true)] {
            if widgets::segment(ui, name, "", modes.world_normals == world).clicked() {
                modes.world_normals = world;
            }
        }
    });
}

pub(super) fn edges_ui(ui: &mut Ui, modes: &mut ModeView) {
    setting_ui(ui, "Creases sharper than", |ui| {
        ui.add(
            DragValue::new(&mut modes.crease_degrees)
                .range(5.0..=180.0)
                .speed(0.5)
                .max_decimals(0)
                .suffix("°"),
        )
    });
    setting_ui(ui, "Line width", |ui| {
        ui.add(
            DragValue::new(&mut modes.line_width_px)
                .range(1.0..=6.0)
                .speed(0.02)
                .max_decimals(1)
                .suffix(" px"),
        )
    });
    ui.checkbox(&mut modes.silhouettes, "Silhouettes");
    ui.checkbox(&mut modes.material_borders, "Borders of materials");
}

pub(super) fn checker_ui(ui: &mut Ui, modes: &mut ModeView) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for repeats in [1.0, 2.0, 4.0, 8.0] {
            let name = format!("{repeats} ×");
            if widgets::segment(ui, &name, "", modes.checker_repeats == repeats).clicked() {
                modes.checker_repeats = repeats;
            }
        }
    });
}

pub(super) fn density_ui(ui: &mut Ui, modes: &mut ModeView) {
    let target = modes.target_px_per_m;
    let at = |t: f32| target * (2.0 * DENSITY_OCTAVES * (t - 0.5)).exp2();
    ramp_ui(ui, |t| theme::of_codes(density_color(at(t), target)));
    let number = |t: f32| text::count(at(t).round().max(0.0) as u64);
    ticks_ui(ui, &[0.0, 0.25, 0.5, 0.75, 1.0].map(number));
    setting_ui(ui, "Target", |ui| {
        let speed = f64::from(0.01 * target);
        ui.add(
            DragValue::new(&mut modes.target_px_per_m)
                .range(1.0..=1e6)
                .speed(speed)
                .max_decimals(0)
                .suffix(" px/m"),
        )
    });
}

pub(super) fn overdraw_ui(ui: &mut Ui, modes: &mut ModeView) {
    let hottest = modes.hottest_overdraw.round().max(2.0);
    let n_cells = (hottest as usize).min(8);
    let number = |i: usize| 1.0 + i as f32 / (n_cells - 1) as f32 * (hottest - 1.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let width = rect.width() / n_cells as f32;
    for i in 0..n_cells {
        let left = rect.left() + i as f32 * width;
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width - 1.0, rect.height()));
        ui.painter().rect_filled(cell, 2, theme::of_codes(overdraw_color(number(i), hottest)));
        let is_last = i + 1 == n_cells;
        let label = format!("{:.0}{}", number(i), if is_last { "+" } else { "" });
        let ink = if number(i) > 0.7 * hottest { theme::ON_EMBER } else { theme::TEXT };
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, label, theme::small(), ink);
    }
    setting_ui(ui, "Hottest from", |ui| {
        ui.add(DragValue::new(&mut modes.hottest_overdraw).range(2.0..=64.0).speed(0.05).max_decimals(0))
    });
}
