use egui::{Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::commands::{Commands, FileCommand, ViewCommand};
use crate::icons::Icon;
use crate::model::{Model, Picture};
use crate::pictures::Pictures;
use crate::theme;
use crate::view::{PassChoice, View};
use crate::widgets;

pub(super) const HEIGHT: f32 = 136.0;
const SIDE: f32 = 92.0;
const SIDE_WIDTH: f32 = 172.0;

/// The four thumbnails that the farm and the command would make of this model.
pub(super) fn strip_ui(
    ui: &mut Ui,
    model: &Model,
    view: &View,
    commands: &mut Commands,
    pictures: &mut Pictures,
) {
    let Some(document) = model.current() else { return };
    let all = document.pictures.value();
    let cells: [(PassChoice, Option<&Picture>); 4] = [
        (PassChoice::Textured, all.map(|p| &p.textured)),
        (PassChoice::Normal, all.map(|p| &p.normal)),
        (PassChoice::Depth, all.map(|p| &p.depth)),
        (PassChoice::Edge, all.map(|p| &p.edge)),
    ];
    let is_busy = document.pictures.is_running() || (document.load.is_running() && all.is_none());
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        for (pass, picture) in cells {
            cell_ui(ui, pass, picture, view.pass == pass, is_busy, commands, pictures);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            if ui.available_width() > SIDE_WIDTH {
                ui.allocate_ui(vec2(SIDE_WIDTH, SIDE), |ui| side_ui(ui, model, commands));
            }
        });
    });
}

fn cell_ui(
    ui: &mut Ui,
    pass: PassChoice,
    picture: Option<&Picture>,
    selected: bool,
    is_busy: bool,
    commands: &mut Commands,
    pictures: &mut Pictures,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(SIDE, SIDE + 22.0), Sense::click());
    let name = format!("Thumbnail {}", pass.label().to_lowercase());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, name.clone()));
    let square = Rect::from_min_size(rect.min, Vec2::splat(SIDE));
    ui.painter().rect_filled(square, theme::RADIUS, theme::WELL);
    if let Some(texture) = picture.and_then(|p| pictures.texture(ui.ctx(), p)) {
        egui::Image::new((texture.id(), square.size())).corner_radius(theme::RADIUS).paint_at(ui, square);
    } else if is_busy {
        widgets::spinner_at(ui, square.shrink(34.0));
    }
    let stroke = match (selected, response.hovered() || response.has_focus()) {
        (true, _) => egui::Stroke::new(1.5, theme::EMBER),
        (false, true) => egui::Stroke::new(1.5, theme::LINE_STRONG),
        (false, false) => egui::Stroke::new(1.0, theme::LINE),
    };
    ui.painter().rect_stroke(square, theme::RADIUS, stroke, egui::StrokeKind::Outside);
    let color = if selected { theme::TEXT } else { theme::TEXT_QUIET };
    let at = pos2(square.center().x, rect.bottom() - 8.0);
    ui.painter().text(at, egui::Align2::CENTER_CENTER, pass.label(), theme::small(), color);
    if response.on_hover_text(pass.legend()).clicked() {
        commands.push(ViewCommand::SetPass(pass));
    }
}

fn side_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    ui.vertical(|ui| {
        ui.set_width(SIDE_WIDTH);
        let enabled = model.loaded().is_some() && model.export.is_none();
        ui.add_enabled_ui(enabled, |ui| {
            if widgets::wide_button(ui, Some(Icon::Download), "Save thumbnails…").clicked() {
                commands.push(FileCommand::SaveThumbnailsDialog);
            }
            if widgets::wide_button(ui, Some(Icon::Model), "Convert to GLB…").clicked() {
                commands.push(FileCommand::ConvertDialog);
            }
        });
    });
}
