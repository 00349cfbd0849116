//! The light a model is shown in: a small panel below the viewport's bar.

use egui::{
    Align, DragValue, Frame, Label, Layout, Margin, Popup, PopupCloseBehavior, Response, RichText, Slider,
    Ui, vec2,
};

use crate::commands::{Commands, LightCommand};
use crate::icons::Icon;
use crate::light::{BehindChoice, LightView, ToneMapChoice};
use crate::theme;
use crate::widgets;

const WIDTH: f32 = 288.0;
const LABEL_WIDTH: f32 = 84.0;

/// The button in the bar, lit while something differs from the studio, and the panel below it. What is
/// set shows at once. `toggles`: the key does what a click on the button does.
pub(super) fn light_ui(ui: &mut Ui, toggles: &mut bool, light: &mut LightView, commands: &mut Commands) {
    let button = widgets::icon_toggle(ui, Icon::Light, "Light (Shift+L)", !light.is_default());
    if std::mem::take(toggles) {
        Popup::toggle_id(ui.ctx(), Popup::default_response_id(&button));
    }
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(14));
    let popup = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.frame(frame).gap(6.0).show(|ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing = vec2(6.0, 7.0);
        head_ui(ui, light, commands);
        surroundings_ui(ui, light, commands);
        ui.add_space(2.0);
        picture_ui(ui, light);
        ui.checkbox(&mut light.file_lights, "Lights of the file");
        ui.separator();
        caption_ui(ui, "In the window only, not in saved pictures");
        ui.checkbox(&mut light.shadow, "Shadow on the floor");
        ui.checkbox(&mut light.occlusion, "Darker corners");
        behind_ui(ui, light);
        ui.separator();
        caption_ui(ui, "Thumbnails keep the studio's light, so that models can be compared.");
    });
}

/// What the settings apply to.
fn caption_ui(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(theme::small()).color(theme::TEXT_FAINT);
    ui.add(Label::new(text).wrap().halign(Align::LEFT));
}

fn head_ui(ui: &mut Ui, light: &LightView, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Light").font(theme::semibold(15.0)).color(theme::TEXT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_enabled_ui(!light.is_default(), |ui| {
                if widgets::button(ui, None, "Reset").on_hover_text("Back to the studio").clicked() {
                    commands.push(LightCommand::Reset);
                }
            });
        });
    });
}

fn surroundings_ui(ui: &mut Ui, light: &mut LightView, commands: &mut Commands) {
    row_ui(ui, "Surroundings", |ui| {
        well_ui(ui, |ui| {
            let has_file = light.surroundings.is_some();
            let studio = widgets::segment(ui, "Studio", "", !has_file);
            if studio.on_hover_text("Soft boxes that turn with the camera").clicked() {
                commands.push(LightCommand::UseStudio);
            }
            let file = widgets::segment(ui, "File…", "", has_file);
            if file.on_hover_text("A .hdr or .exr picture of all directions; or drop one here").clicked() {
                commands.push(LightCommand::ChooseFile);
            }
        });
    });
    if let Some(path) = &light.surroundings {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        row_ui(ui, "", |ui| {
            let text = RichText::new(name).font(theme::small()).color(theme::TEXT_QUIET);
            ui.add(Label::new(text).truncate()).on_hover_text(path.display().to_string());
        });
    }
    if light.surroundings.is_some() {
        row_ui(ui, "", |ui| {
            ui.checkbox(&mut light.shows_surroundings, "Behind the model too");
        });
    }
    if light.is_before_surroundings() {
        row_ui(ui, "Blur", |ui| {
            let slider = Slider::new(&mut light.surroundings_blur, 0.0..=1.0).fixed_decimals(2);
            slider_ui(ui, slider, "Blur of the surroundings behind the model");
        });
    }
    row_ui(ui, "Rotation", |ui| {
        let range = -180.0..=180.0;
        let slider = Slider::new(&mut light.rotation_degrees, range).suffix("°").fixed_decimals(0);
        slider_ui(ui, slider, "Rotation of the surroundings")
            .on_hover_text("Or drag with Ctrl and Shift held");
    });
    row_ui(ui, "Strength", |ui| {
        let slider = Slider::new(&mut light.strength, 0.0..=4.0).fixed_decimals(2);
        slider_ui(ui, slider, "Strength of the surroundings");
    });
}

fn picture_ui(ui: &mut Ui, light: &mut LightView) {
    row_ui(ui, "Exposure", |ui| {
        let slider = Slider::new(&mut light.exposure_ev, -4.0..=4.0).suffix(" EV").fixed_decimals(1);
        slider_ui(ui, slider, "Exposure");
    });
    row_ui(ui, "Tone curve", |ui| {
        well_ui(ui, |ui| {
            for choice in ToneMapChoice::ALL {
                let segment = widgets::segment(ui, choice.label(), "", light.tone_map == choice);
                if segment.on_hover_text(choice.explained()).clicked() {
                    light.tone_map = choice;
                }
            }
        });
    });
}

fn behind_ui(ui: &mut Ui, light: &mut LightView) {
    row_ui(ui, "Background", |ui| {
        well_ui(ui, |ui| {
            for choice in BehindChoice::ALL {
                let segment = widgets::segment(ui, choice.label(), "", light.behind == choice);
                if segment.on_hover_text(choice.explained()).clicked() {
                    light.behind = choice;
                }
            }
        });
    });
    if light.behind == BehindChoice::Plain {
        row_ui(ui, "Colour", |ui| {
            let response = ui.color_edit_button_srgb(&mut light.plain_color);
            named(&response, "Colour of the background");
            for (name, channel) in ["R", "G", "B"].into_iter().zip(&mut light.plain_color) {
                named(&ui.add(DragValue::new(channel)), name);
            }
        });
    }
}

fn row_ui(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let size = vec2(LABEL_WIDTH, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABEL_WIDTH);
            ui.label(RichText::new(name).font(theme::small()).color(theme::TEXT_QUIET));
        });
        content(ui);
    });
}

fn well_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    Frame::new().fill(theme::GROUND).corner_radius(theme::RADIUS).inner_margin(Margin::same(2)).show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            content(ui);
        },
    );
}

fn slider_ui(ui: &mut Ui, slider: Slider<'_>, name: &str) -> Response {
    ui.spacing_mut().slider_width = WIDTH - LABEL_WIDTH - 76.0;
    ui.spacing_mut().interact_size.x = 58.0;
    let response = ui.add(slider);
    named(&response, name);
    response
}

fn named(response: &Response, name: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
}
