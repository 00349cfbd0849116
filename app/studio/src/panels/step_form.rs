//! The options of a step, or of an output, as fields made from what the type says of itself.

use convert::{OptionField, OptionKind};
use egui::{ComboBox, DragValue, Layout, Margin, RichText, Role, TextEdit, Ui, WidgetInfo, vec2};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::draft::{first_value, hint, label, unit, value_of, with_value, words};
use crate::theme;

const FIELD_WIDTH: f32 = 150.0;

/// One row an option. Changes `whole` when something is chosen that it takes.
pub(super) fn options_ui<T: Serialize + DeserializeOwned>(
    ui: &mut Ui,
    salt: impl egui::AsIdSalt,
    whole: &mut T,
    options: &[OptionField],
) {
    ui.push_id(salt, |ui| {
        for option in options {
            let before = value_of(whole, option.name);
            let after = ui.push_id(option.name, |ui| option_ui(ui, option, before.as_ref())).inner;
            let hint = before.as_ref().map_or("", |value| hint(option.name, value));
            if !hint.is_empty() {
                let hint = RichText::new(hint).font(theme::small()).color(theme::TEXT_FAINT);
                ui.add(egui::Label::new(hint).wrap());
            }
            if let Some(after) = after
                && let Some(changed) = with_value(whole, option.name, after)
            {
                *whole = changed;
            }
        }
    });
}

/// What was chosen: `Some(None)` leaves the option out.
fn option_ui(ui: &mut Ui, option: &OptionField, value: Option<&Value>) -> Option<Option<Value>> {
    let name = label(option.name);
    if option.kind == OptionKind::Switch && !option.is_optional {
        let mut is_on = value.and_then(Value::as_bool).unwrap_or(false);
        return ui.checkbox(&mut is_on, name).changed().then_some(Some(is_on.into()));
    }
    let mut answer = None;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        if option.is_optional {
            let mut is_set = value.is_some();
            if ui.checkbox(&mut is_set, &name).changed() {
                answer = Some(is_set.then(|| first_value(option)));
            }
        } else {
            ui.label(RichText::new(&name).color(theme::TEXT));
        }
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| match value {
            Some(value) => {
                if let Some(changed) = value_ui(ui, option, &name, value) {
                    answer = Some(Some(changed));
                }
            }
            None => {
                let unset = if option.kind == OptionKind::Text { "none" } else { "by itself" };
                ui.label(RichText::new(unset).font(theme::small()).color(theme::TEXT_FAINT));
            }
        });
    });
    answer
}

fn value_ui(ui: &mut Ui, option: &OptionField, name: &str, value: &Value) -> Option<Value> {
    let unit = unit(option.name);
    let suffix = if unit.is_empty() || unit == "°" { unit.to_owned() } else { format!(" {unit}") };
    let field = vec2(FIELD_WIDTH, theme::CONTROL_HEIGHT);
    match &option.kind {
        OptionKind::Switch => {
            let mut is_on = value.as_bool().unwrap_or(false);
            ui.checkbox(&mut is_on, "").changed().then_some(is_on.into())
        }
        OptionKind::Whole(most) => {
            let mut number = value.as_u64().unwrap_or(0);
            let speed = (number as f64 * 0.01).max(0.1);
            let drag = DragValue::new(&mut number).range(0..=*most).speed(speed).suffix(suffix);
            let response = ui.add_sized(field, drag);
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
            response.changed().then_some(number.into())
        }
        OptionKind::Number => {
            let mut number = value.as_f64().unwrap_or(0.0);
            let speed = (number.abs() * 0.01).max(1e-5);
            let drag = DragValue::new(&mut number).speed(speed).max_decimals(6).suffix(suffix);
            let response = ui.add_sized(field, drag);
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
            response.changed().then_some(number.into())
        }
        OptionKind::Choice(choices) => choice_ui(ui, name, choices, value),
        OptionKind::Text => {
            let mut text = value.as_str().unwrap_or_default().to_owned();
            text_ui(ui, name, &mut text).then_some(text.into())
        }
        OptionKind::List(item) => list_ui(ui, name, item, value),
        OptionKind::Other => {
            ui.label(RichText::new("in the plan's file").font(theme::small()).color(theme::TEXT_FAINT));
            None
        }
    }
}

fn choice_ui(ui: &mut Ui, name: &str, choices: &[&'static str], value: &Value) -> Option<Value> {
    let mut chosen = None;
    let combo = ComboBox::from_id_salt("choice")
        .selected_text(words(value))
        .width(FIELD_WIDTH)
        .icon(super::submit::chevron)
        .show_ui(ui, |ui| {
            for choice in choices {
                let is_chosen = value.as_str() == Some(choice);
                if ui.selectable_label(is_chosen, words(&Value::from(*choice))).clicked() {
                    chosen = Some(Value::from(*choice));
                }
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
    chosen
}

fn text_ui(ui: &mut Ui, name: &str, text: &mut String) -> bool {
    let edit = TextEdit::singleline(text).desired_width(FIELD_WIDTH).margin(Margin::symmetric(8, 6));
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
    response.changed()
}

/// What was written stays as it was written while it means the value: a list knows nothing of the comma
/// that its next item begins with.
fn list_ui(ui: &mut Ui, name: &str, item: &OptionKind, value: &Value) -> Option<Value> {
    let id = ui.scope_id().with(name);
    let written = ui.data(|data| data.get_temp::<String>(id));
    let mut text = written.filter(|text| list_of(text, item) == *value).unwrap_or_else(|| words(value));
    if !text_ui(ui, name, &mut text) {
        return None;
    }
    let list = list_of(&text, item);
    ui.data_mut(|data| data.insert_temp(id, text));
    Some(list)
}

/// Items between commas; what is no number of a list of numbers is left out.
fn list_of(text: &str, item: &OptionKind) -> Value {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let value = |text: &str| match item {
        OptionKind::Number => text.parse::<f64>().ok().map(Value::from),
        OptionKind::Whole(_) => text.parse::<u64>().ok().map(Value::from),
        _ => Some(Value::from(text)),
    };
    items.filter_map(value).collect()
}
