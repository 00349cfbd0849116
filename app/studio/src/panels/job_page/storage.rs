//! Asked once for a farm: where this machine reaches the storage that its results lie on.

use egui::{Margin, RichText, Role, TextEdit, Ui, WidgetInfo};
use farm::{ResultsPlace, STORAGE_KINDS, StorageField, StorageFieldKind};

use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::model::Model;
use crate::theme;
use crate::view::{FarmView, StorageForm};
use crate::widgets;

pub(super) fn storage_ui(ui: &mut Ui, model: &Model, view: &mut FarmView, commands: &mut Commands) {
    let folder = match &model.farm.results_place {
        ResultsPlace::Unreached { folder } => folder,
        ResultsPlace::Unsaid => {
            let line = "This job does not say where its results go; look for them on the farm's storage";
            widgets::note(ui, Icon::Info, theme::TEXT_FAINT, line);
            return;
        }
        ResultsPlace::Unknown | ResultsPlace::Manager | ResultsPlace::Storage => return,
    };
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        let line = "The results lie on the farm's storage. Say once where this machine reaches it, \
                    and they come home by themselves";
        widgets::note(ui, Icon::Folder, theme::INFO, line);
        ui.add_space(4.0);
        form_ui(ui, folder, &mut view.storage, commands);
    });
}

fn form_ui(ui: &mut Ui, folder: &str, form: &mut StorageForm, commands: &mut Commands) {
    label_ui(ui, "On the farm it is called");
    // Until somebody types, it is as the job says.
    let mut there = form.there.clone().unwrap_or_else(|| folder.to_owned());
    text_ui(ui, "Folder on the farm", folder, &mut there, false, 0.0);
    form.there = (there != folder).then_some(there);
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        for (i, kind) in STORAGE_KINDS.iter().enumerate() {
            let response = widgets::segment(ui, kind.label, "", form.kind == i);
            if response.on_hover_text(kind.help).clicked() && form.kind != i {
                (form.kind, form.problem) = (i, None);
                form.texts.clear();
            }
        }
    });
    let Some(kind) = STORAGE_KINDS.get(form.kind) else { return };
    form.texts.resize(kind.fields.len(), String::new());
    let before = form.texts.clone();
    for (i, (field, text)) in kind.fields.iter().zip(&mut form.texts).enumerate() {
        field_ui(ui, i, field, text, commands);
    }
    if form.texts != before {
        form.problem = None;
    }
    if let Some(problem) = &form.problem {
        widgets::note(ui, Icon::Warning, theme::WARNING, problem);
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let is_complete =
            kind.fields.iter().zip(&form.texts).all(|(it, text)| !it.is_required || !text.trim().is_empty());
        ui.add_enabled_ui(is_complete && !form.is_asking, |ui| {
            if widgets::button(ui, Some(Icon::Check), "Bring the results home").clicked() {
                commands.push(FarmCommand::ReachStorage);
            }
        });
        if form.is_asking {
            widgets::spinner(ui, 14.0);
        }
    });
}

fn field_ui(ui: &mut Ui, i: usize, field: &StorageField, text: &mut String, commands: &mut Commands) {
    label_ui(ui, field.label);
    let is_path = matches!(field.kind, StorageFieldKind::File | StorageFieldKind::Folder);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let room = if is_path { theme::CONTROL_HEIGHT + 4.0 } else { 0.0 };
        text_ui(ui, field.label, field.hint, text, field.kind == StorageFieldKind::Secret, room);
        let name = format!("Choose {}", field.label.to_lowercase());
        if is_path && widgets::icon_button(ui, Icon::Folder, &name).clicked() {
            commands.push(FarmCommand::ChooseStorage(i, field.kind == StorageFieldKind::Folder));
        }
    });
}

fn label_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET));
    ui.add_space(-3.0);
}

/// `room` stays free at its right.
fn text_ui(ui: &mut Ui, label: &str, hint: &str, text: &mut String, is_secret: bool, room: f32) {
    let hint = RichText::new(hint).color(theme::TEXT_FAINT);
    let width = ui.available_width() - room;
    let edit = TextEdit::singleline(text).hint_text(hint).password(is_secret).desired_width(width);
    let response = ui.add(edit.margin(Margin::symmetric(8, 6)));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
}
