use egui::{Context, DragValue, Id, Modal, RichText, Role, Ui, WidgetInfo};

use crate::commands::{Commands, FileCommand};
use crate::icons::Icon;
use crate::model::Model;
use crate::theme;
use crate::view::{PictureSize, PictureView, View};
use crate::widgets;

const NUMBER_SIZE: [f32; 2] = [84.0, theme::CONTROL_HEIGHT];

/// How large the picture that the window shows is to be saved.
pub(super) fn picture_ui(ctx: &Context, model: &Model, view: &mut View, commands: &mut Commands) {
    if !view.picture.is_open {
        return;
    }
    let modal = Modal::new(Id::unique("save picture"))
        .backdrop_color(theme::BACKDROP)
        .frame(theme::dialog_frame())
        .show(ctx, |ui| {
            ui.set_width(360.0);
            dialog_ui(ui, model, &mut view.picture, commands)
        });
    if modal.inner || modal.should_close() {
        view.picture.is_open = false;
    }
}

/// True when it is done with.
fn dialog_ui(ui: &mut Ui, model: &Model, picture: &mut PictureView, commands: &mut Commands) -> bool {
    let mut is_done = false;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Save picture").font(theme::semibold(17.0)).color(theme::TEXT));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            is_done = widgets::icon_button(ui, Icon::Close, "Close").clicked();
        });
    });
    ui.add_space(10.0);
    size_ui(ui, picture);
    ui.add_space(10.0);
    ui.checkbox(&mut picture.is_transparent, "Transparent background");
    ui.add_space(6.0);
    let hint =
        "PNG, WebP (lossless) or EXR, by the name's ending. EXR holds depth in metres and exact normals.";
    ui.label(RichText::new(hint).font(theme::small()).color(theme::TEXT_QUIET));
    ui.add_space(14.0);
    ui.horizontal(|ui| {
        let can_save = model.loaded().is_some() && model.export.is_none();
        let save = ui.add_enabled_ui(can_save, |ui| widgets::primary_button(ui, None, "Save…").clicked());
        if save.inner {
            commands.push(FileCommand::SavePictureDialog);
            is_done = true;
        }
        let [width, height] = picture.size_px();
        let size = format!("{width} × {height}");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(RichText::new(size).font(theme::mono()).color(theme::TEXT_QUIET));
        });
    });
    is_done
}

fn size_ui(ui: &mut Ui, picture: &mut PictureView) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for size in PictureSize::ALL {
            let response = widgets::segment(ui, size.label(), "", picture.size == size);
            if response.clicked() {
                picture.custom_px = picture.size_px();
                picture.size = size;
            }
        }
    });
    if picture.size == PictureSize::Custom {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let [width, height] = &mut picture.custom_px;
            side_ui(ui, "Width in pixels", width);
            ui.label(RichText::new("×").color(theme::TEXT_QUIET));
            side_ui(ui, "Height in pixels", height);
            ui.label(RichText::new("pixels").color(theme::TEXT_QUIET));
        });
    }
}

fn side_ui(ui: &mut Ui, name: &str, side: &mut u32) {
    let response = ui.add_sized(NUMBER_SIZE, DragValue::new(side).range(PictureView::SIDES).speed(4.0));
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
}
