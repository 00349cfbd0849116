use egui::{ComboBox, Margin, RichText, Role, TextEdit, Ui, WidgetInfo};

use super::chevron;
use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::Model;
use crate::theme;
use crate::view::SubmitView;
use crate::widgets;

/// Settings under a name: to be taken, kept and forgotten.
pub(super) fn presets_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView, commands: &mut Commands) {
    if let Some(name) = &mut view.preset_name {
        let done = naming_ui(ui, name, commands);
        if done {
            view.preset_name = None;
        }
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(RichText::new("Preset").font(theme::small()).color(theme::TEXT_QUIET));
        ui.add_space(4.0);
        let is_kept = model.farm.presets.contains_key(&view.preset);
        let chosen = if is_kept { view.preset.as_str() } else { "None" };
        let n_buttons = if is_kept { 2.0 } else { 1.0 };
        let width = ui.available_width() - n_buttons * (theme::CONTROL_HEIGHT + 4.0);
        let combo = ComboBox::from_id_salt("preset").selected_text(chosen).width(width).icon(chevron);
        let shown = combo.show_ui(ui, |ui| {
            if model.farm.presets.is_empty() {
                ui.label(RichText::new("Keep this form under a name").color(theme::TEXT_FAINT));
            }
            for (name, preset) in &model.farm.presets {
                if ui.selectable_label(*name == view.preset, name).on_hover_text(&preset.job_type).clicked() {
                    commands.push(FarmCommand::UsePreset(name.clone()));
                }
            }
        });
        shown.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Preset"));
        if widgets::icon_button(ui, Icon::Save, "Keep as preset").clicked() {
            view.preset_name = Some(if is_kept { view.preset.clone() } else { String::new() });
        }
        if is_kept && widgets::icon_button(ui, Icon::Bin, "Forget this preset").clicked() {
            commands.push(FarmCommand::ForgetPreset(view.preset.clone()));
        }
    });
}

/// True once it is over.
fn naming_ui(ui: &mut Ui, name: &mut String, commands: &mut Commands) -> bool {
    let mut is_over = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let width = ui.available_width() - 2.0 * (theme::CONTROL_HEIGHT + 4.0);
        let hint = RichText::new("Name of the preset").color(theme::TEXT_FAINT);
        let field = TextEdit::singleline(name).hint_text(hint).desired_width(width);
        let response = ui.add(field.margin(Margin::symmetric(8, 6)));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Preset name"));
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let is_named = !name.trim().is_empty();
        let keeps =
            ui.add_enabled_ui(is_named, |ui| widgets::icon_button(ui, Icon::Check, "Keep it").clicked());
        if is_named && (keeps.inner || entered) {
            commands.push(FarmCommand::KeepPreset(name.trim().to_owned()));
            is_over = true;
        }
        is_over |= widgets::icon_button(ui, Icon::Close, "Keep nothing").clicked();
    });
    is_over
}
