use egui::{ComboBox, DragValue, Margin, RichText, Role, TextEdit, Ui, WidgetInfo};
use farm::{FieldKind, FieldValue, FormField};

use super::{NUMBER_SIZE, chevron, field_label_ui, path_ui};
use crate::commands::{Commands, FarmCommand};
use crate::icons::Icon;
use crate::theme;
use crate::widgets;

/// One row per setting, by its kind: a switch, a number, a choice, a path or text. One that follows
/// something shows what it comes to, and is not typed into.
pub(super) fn setting_ui(ui: &mut Ui, field: &mut FormField, commands: &mut Commands) {
    let follows = field.can_follow && field.follows;
    label_ui(ui, field);
    let is_open = !field.is_read_only && !follows;
    let before = field.value.clone();
    if is_open {
        value_ui(ui, field, commands);
    } else {
        told_ui(ui, field);
    }
    if field.value != before {
        field.follows = false;
    }
    if let Some(problem) = field.problem() {
        widgets::note(ui, Icon::Warning, theme::WARNING, &problem.message);
    } else if follows {
        widgets::small_note(ui, Icon::Link, &field.follow_note);
    } else if !field.help.is_empty() {
        ui.label(RichText::new(&field.help).font(theme::small()).color(theme::TEXT_FAINT));
    }
}

/// Its name, and the toggle that lets it follow.
fn label_ui(ui: &mut Ui, field: &mut FormField) {
    let is_toggle = matches!(field.value, FieldValue::Toggle(_));
    if !field.can_follow {
        if !is_toggle {
            field_label_ui(ui, &field.label, &field.help);
        }
        return;
    }
    ui.horizontal(|ui| {
        ui.set_min_height(20.0);
        let name = RichText::new(&field.label).font(theme::medium(12.5)).color(theme::TEXT);
        ui.label(name).on_hover_text(&field.help);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut follows = field.follows;
            let spoken = format!("{} follows automatically", field.label);
            let response = ui.checkbox(&mut follows, RichText::new("Automatic").font(theme::small()));
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, follows, &spoken));
            if response.on_hover_text(&field.follow_note).changed() {
                field.follows = follows;
            }
        });
    });
    ui.add_space(-2.0);
}

/// A value that is not typed here.
fn told_ui(ui: &mut Ui, field: &FormField) {
    let text = match &field.value {
        FieldValue::Toggle(on) => (if *on { "yes" } else { "no" }).to_owned(),
        value => value.to_string(),
    };
    let frame = egui::Frame::new()
        .stroke(egui::Stroke::new(1.0, theme::LINE))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(8, 5));
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let is_path = matches!(field.kind, FieldKind::File | FieldKind::Folder | FieldKind::FileName);
        let font = if is_path { theme::mono() } else { theme::body() };
        let (text, color) = if text.is_empty() {
            ("Not known yet", theme::TEXT_FAINT)
        } else {
            (text.as_str(), theme::TEXT_QUIET)
        };
        if is_path {
            let size = egui::vec2(ui.available_width(), ui.text_style_height(&egui::TextStyle::Body));
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            let at = rect.left_center();
            widgets::elided_in_the_middle(ui, at, rect.width(), text, font, color);
        } else {
            ui.add(egui::Label::new(RichText::new(text).font(font).color(color)).truncate());
        }
    });
    let spoken = format!("{} {text}", field.label);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    shown.response.on_hover_text(text);
}

fn value_ui(ui: &mut Ui, field: &mut FormField, commands: &mut Commands) {
    let (label, help) = (field.label.clone(), field.help.clone());
    let response = match (&field.kind, &mut field.value) {
        (_, FieldValue::Toggle(on)) => {
            ui.checkbox(on, &label).on_hover_text(help);
            return;
        }
        (FieldKind::Integer { min, max }, FieldValue::Integer(number)) => {
            ui.add_sized(NUMBER_SIZE, DragValue::new(number).range(*min..=*max))
        }
        (FieldKind::Number { min, max }, FieldValue::Number(number)) => {
            ui.add_sized(NUMBER_SIZE, DragValue::new(number).range(*min..=*max).speed(0.01))
        }
        (FieldKind::Choice(choices), FieldValue::Text(chosen)) => choice_ui(ui, &field.key, choices, chosen),
        (FieldKind::File | FieldKind::Folder, FieldValue::Text(text)) => {
            let is_folder = field.kind == FieldKind::Folder;
            let hint =
                if is_folder { "A folder that the Workers reach" } else { "A file that the Workers reach" };
            path_ui(ui, &label, hint, text, || {
                commands.push(FarmCommand::ChooseField(field.key.clone(), is_folder));
            });
            return;
        }
        (kind, FieldValue::Text(text)) => {
            let edit =
                TextEdit::singleline(text).desired_width(f32::INFINITY).margin(Margin::symmetric(8, 6));
            ui.add(if *kind == FieldKind::FileName { edit.font(theme::mono()) } else { edit })
        }
        // A value of another kind than its field cannot be edited; it is sent as it is.
        _ => ui.label(RichText::new("Set by the job type").color(theme::TEXT_FAINT)),
    };
    let role = match field.kind {
        FieldKind::Integer { .. } | FieldKind::Number { .. } => Role::SpinButton,
        FieldKind::Choice(_) => Role::ComboBox,
        _ => Role::TextInput,
    };
    response.widget_info(|| WidgetInfo::labeled(role, true, label.clone()));
}

fn choice_ui(ui: &mut Ui, key: &str, choices: &[String], chosen: &mut String) -> egui::Response {
    let combo = ComboBox::from_id_salt(("choice", key))
        .selected_text(chosen.as_str())
        .width(ui.available_width())
        .icon(chevron);
    let shown = combo.show_ui(ui, |ui| {
        for choice in choices {
            ui.selectable_value(chosen, choice.clone(), choice);
        }
    });
    shown.response
}
