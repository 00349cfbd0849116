//! The lens of the viewport, the file's cameras and the saved views.

use egui::{Button, DragValue, Popup, PopupCloseBehavior, RichText, Ui};

use crate::commands::{CameraCommand, Commands};
use crate::icons::Icon;
use crate::model::Model;
use crate::theme;
use crate::viewport::{Optics, Projection, Stage};
use crate::widgets;

const PRESETS_MM: [u32; 6] = [18, 24, 35, 50, 85, 135];

/// What lens is on, in a button that opens the choice of another.
pub(super) fn lens_button_ui(ui: &mut Ui, stage: &Stage, commands: &mut Commands) {
    let optics = stage.camera.optics();
    let text = match optics.projection {
        Projection::Perspective => format!("{:.0} mm", optics.focal_length_mm),
        Projection::Orthographic => "Ortho".to_owned(),
    };
    let label = RichText::new(text).font(theme::small()).color(theme::TEXT);
    ui.add_space(4.0);
    let button = Button::new(label).frame(false).min_size(egui::vec2(54.0, theme::CONTROL_HEIGHT));
    let response = ui.add(button).on_hover_text("Lens: focal length and projection");
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| lens_ui(ui, optics, commands));
}

fn lens_ui(ui: &mut Ui, optics: Optics, commands: &mut Commands) {
    ui.set_min_width(216.0);
    widgets::section_title(ui, "Lens");
    ui.horizontal(|ui| {
        for projection in [Projection::Perspective, Projection::Orthographic] {
            let name = match projection {
                Projection::Perspective => "Perspective",
                Projection::Orthographic => "Orthographic",
            };
            if widgets::segment(ui, name, "", optics.projection == projection).clicked() {
                commands.push(CameraCommand::SetLens(Optics { projection, ..optics }));
            }
        }
    });
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.label("Focal length");
        let mut mm = optics.focal_length_mm;
        let field = DragValue::new(&mut mm)
            .range(Optics::SHORTEST_MM..=Optics::LONGEST_MM)
            .speed(0.5)
            .max_decimals(1)
            .suffix(" mm");
        if ui.add(field).on_hover_text("On a sensor 36 mm wide; the target keeps its size").changed() {
            commands.push(CameraCommand::SetLens(Optics { focal_length_mm: mm, ..optics }));
        }
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for mm in PRESETS_MM {
            let is_on = (optics.focal_length_mm - f64::from(mm)).abs() < 0.5;
            if widgets::segment(ui, &mm.to_string(), "", is_on).clicked() {
                let focal_length_mm = f64::from(mm);
                commands.push(CameraCommand::SetLens(Optics { focal_length_mm, ..optics }));
            }
        }
    });
}

/// What belongs to the model on stage, at the end of the menu.
pub(super) fn lists_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let cameras = model.loaded().map(|loaded| loaded.cameras.as_slice()).unwrap_or_default();
    if !cameras.is_empty() {
        ui.separator();
        ui.menu_button("Cameras of the file", |ui| {
            for (i, camera) in cameras.iter().enumerate() {
                let lens = match camera.pose.optics.projection {
                    Projection::Perspective => format!("{:.0} mm", camera.pose.optics.focal_length_mm),
                    Projection::Orthographic => "ortho".to_owned(),
                };
                if ui.add(Button::new(&camera.name).shortcut_text(lens)).clicked() {
                    commands.push(CameraCommand::LookThrough(i));
                    ui.close();
                }
            }
        });
    }
    let Some(path) = model.current().map(|document| &document.path) else { return };
    let numbers = model.views.numbers(path);
    if numbers.is_empty() {
        return;
    }
    ui.separator();
    for number in numbers {
        ui.horizontal(|ui| {
            let name = format!("Saved view {number}");
            let button = Button::new(name).shortcut_text(format!("Ctrl+{number}"));
            let width = ui.available_width() - 2.0 * theme::CONTROL_HEIGHT - 8.0;
            if ui.add_sized([width, theme::CONTROL_HEIGHT], button).clicked() {
                commands.push(CameraCommand::SavedView(number));
                ui.close();
            }
            let replace = format!("Replace view {number} by this one");
            if widgets::icon_button(ui, Icon::Refresh, &replace).clicked() {
                commands.push(CameraCommand::SaveView(number));
            }
            if widgets::icon_button(ui, Icon::Close, &format!("Remove view {number}")).clicked() {
                commands.push(CameraCommand::RemoveView(number));
            }
        });
    }
}
