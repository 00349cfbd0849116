use egui::{
    CentralPanel, ComboBox, DragValue, Frame, Margin, Panel, RichText, Role, TextEdit, Ui, WidgetInfo,
};
use farm::{FieldKind, FieldValue, FormField};

use super::scrolled;
use crate::commands::{Commands, FarmCommand};
use crate::form;
use crate::icons::Icon;
use crate::model::{FarmLink, Model};
use crate::text;
use crate::theme;
use crate::view::SubmitView;
use crate::widgets;

const NUMBER_SIZE: [f32; 2] = [96.0, theme::CONTROL_HEIGHT];

/// The form of the chosen job type, and the button.
pub(super) fn submit_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView, commands: &mut Commands) {
    if model.farm.job_types.is_empty() {
        no_types_ui(ui, model, commands);
        return;
    }
    let missing = form::missing(model, view);
    Panel::bottom("submit footer")
        .frame(Frame::new().inner_margin(Margin::symmetric(12, 8)))
        .resizable(false)
        .show_separator_line(false)
        .show(ui, |ui| {
            missing_ui(ui, &missing);
            footer_ui(ui, model, view, commands);
        });
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        scrolled(ui, "submit", |ui| form_ui(ui, model, view, commands));
    });
}

fn no_types_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    match &model.farm.link {
        FarmLink::Connecting => {
            ui.add_space(40.0);
            ui.vertical_centered(|ui| {
                widgets::spinner(ui, 24.0);
                ui.add_space(8.0);
                ui.label(RichText::new("Starting the farm of this machine").color(theme::TEXT));
            });
        }
        FarmLink::Failed(reason) => {
            widgets::empty_state(ui, Icon::Error, "The farm cannot be reached", reason);
            retry_ui(ui, "Try again", commands);
        }
        _ => {
            let hint = "It runs your jobs in the background and goes on when the window is closed";
            widgets::empty_state(ui, Icon::Farm, "The farm is off", hint);
            retry_ui(ui, "Start the farm", commands);
        }
    }
}

fn retry_ui(ui: &mut Ui, text: &str, commands: &mut Commands) {
    ui.add_space(12.0);
    ui.vertical_centered(|ui| {
        if widgets::primary_button(ui, Some(Icon::Farm), text).clicked() {
            commands.push(FarmCommand::Connect);
        }
    });
}

fn form_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView, commands: &mut Commands) {
    field_label_ui(ui, "Job type", "What the farm makes of the models");
    let chosen = view.form.as_ref().map_or("Choose…", |form| form.label.as_str()).to_owned();
    let combo = ComboBox::from_id_salt("job type")
        .selected_text(chosen)
        .width(ui.available_width())
        .icon(chevron)
        .show_ui(ui, |ui| {
            for job_type in &model.farm.job_types {
                let is_chosen = view.form.as_ref().is_some_and(|form| form.job_type == job_type.name);
                let label = if job_type.label.is_empty() { &job_type.name } else { &job_type.label };
                let response = ui.selectable_label(is_chosen, label);
                if response.on_hover_text(job_type.description.as_deref().unwrap_or(&job_type.name)).clicked()
                {
                    commands.push(FarmCommand::ChooseJobType(job_type.name.clone()));
                }
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Job type"));
    let Some(form) = &view.form else { return };
    if !form.description.is_empty() {
        ui.label(RichText::new(&form.description).font(theme::small()).color(theme::TEXT_QUIET));
    }
    if form.takes_models() {
        ui.add_space(10.0);
        models_ui(ui, model, view);
    }
    ui.add_space(10.0);
    let suggestion = form::suggested_name(model, view);
    text_field_ui(ui, "Name", "How the job is called on the farm", &suggestion, &mut view.name);
    if let Some(form) = &mut view.form {
        for field in form.fields.iter_mut().filter(|f| f.is_shown) {
            ui.add_space(10.0);
            let is_open = !field.is_read_only;
            ui.add_enabled_ui(is_open, |ui| setting_ui(ui, field));
        }
    }
    ui.add_space(10.0);
    let hint = "A folder kiln-results beside the model";
    text_field_ui(ui, "Results go to", "Where finished files are brought", hint, &mut view.destination);
    ui.add_space(10.0);
    field_label_ui(ui, "Priority", "Higher goes first; 50 is usual");
    let response = ui.add_sized(NUMBER_SIZE, DragValue::new(&mut view.priority).range(0..=100));
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Priority"));
}

fn text_field_ui(ui: &mut Ui, label: &str, help: &str, hint: &str, text: &mut String) {
    field_label_ui(ui, label, help);
    let hint = RichText::new(hint).color(theme::TEXT_FAINT);
    let field = TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(field.margin(Margin::symmetric(8, 6)));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
}

/// Which files go along.
fn models_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView) {
    field_label_ui(ui, "Models", "The files that are sent; what they need comes along");
    theme::card_frame().inner_margin(Margin::symmetric(10, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let docs = form::chosen_documents(model, view);
        for document in docs.iter().take(4) {
            ui.horizontal(|ui| {
                widgets::icon_ui(ui, Icon::Model, theme::TEXT_FAINT);
                let size = document.n_bytes.map(text::n_bytes).unwrap_or_default();
                let room = ui.available_width() - 64.0;
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    ui.add(egui::Label::new(document.name()).truncate());
                });
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(RichText::new(size).font(theme::small()).color(theme::TEXT_FAINT));
                });
            });
        }
        if docs.len() > 4 {
            let more = format!("and {} more", text::count(docs.len() as u64 - 4));
            ui.label(RichText::new(more).font(theme::small()).color(theme::TEXT_FAINT));
        }
        if docs.is_empty() {
            ui.label(RichText::new("Open a model first").color(theme::TEXT_QUIET));
        }
    });
    if model.documents.len() > 1 {
        let all = format!("All {} models of the list, as one job", model.documents.len());
        ui.checkbox(&mut view.all_models, all);
    }
}

/// The arrow of a drop-down, in the style of the other icons.
pub(super) fn chevron(ui: &Ui, rect: egui::Rect, _: &egui::style::WidgetVisuals, _: bool) {
    let at = egui::Rect::from_center_size(rect.center(), egui::Vec2::splat(14.0));
    Icon::ChevronDown.paint(ui.painter(), at, theme::TEXT_QUIET);
}

fn field_label_ui(ui: &mut Ui, name: &str, hint: &str) {
    let label = ui.label(RichText::new(name).font(theme::medium(12.5)).color(theme::TEXT));
    if !hint.is_empty() {
        label.on_hover_text(hint);
    }
    ui.add_space(-2.0);
}

/// One row per setting, by its kind: a switch, a number, a choice, a path or text.
fn setting_ui(ui: &mut Ui, field: &mut FormField) {
    let (label, help) = (field.label.clone(), field.help.clone());
    if let FieldValue::Toggle(on) = &mut field.value {
        ui.checkbox(on, &label).on_hover_text(help);
        return;
    }
    field_label_ui(ui, &label, &help);
    let response = match (&field.kind, &mut field.value) {
        (FieldKind::Integer { min, max }, FieldValue::Integer(number)) => {
            ui.add_sized(NUMBER_SIZE, DragValue::new(number).range(*min..=*max))
        }
        (FieldKind::Number { min, max }, FieldValue::Number(number)) => {
            ui.add_sized(NUMBER_SIZE, DragValue::new(number).range(*min..=*max).speed(0.01))
        }
        (FieldKind::Choice(choices), FieldValue::Text(chosen)) => choice_ui(ui, &field.key, choices, chosen),
        (kind, FieldValue::Text(text)) => {
            let edit =
                TextEdit::singleline(text).desired_width(f32::INFINITY).margin(Margin::symmetric(8, 6));
            let is_path = matches!(kind, FieldKind::File | FieldKind::Folder | FieldKind::FileName);
            ui.add(if is_path { edit.font(theme::mono()) } else { edit })
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
    if let Some(problem) = field.problem() {
        widgets::note(ui, Icon::Warning, theme::WARNING, &problem.message);
    } else if !help.is_empty() {
        ui.label(RichText::new(help).font(theme::small()).color(theme::TEXT_FAINT));
    }
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

/// Said before it is sent; results without textures come home too late.
fn missing_ui(ui: &mut Ui, missing: &[String]) {
    const N_NAMED: usize = 3;
    if missing.is_empty() {
        return;
    }
    let named: Vec<&str> =
        missing.iter().take(N_NAMED).map(|named| named.rsplit(['/', '\\']).next().unwrap_or(named)).collect();
    let more = if missing.len() > N_NAMED { " …" } else { "" };
    let are = if missing.len() == 1 { "file is" } else { "files are" };
    let them = if missing.len() == 1 { "it" } else { "them" };
    let line = format!(
        "{} {are} missing: {}{more}; find {them} under Report, or send without",
        missing.len(),
        named.join(", ")
    );
    widgets::note(ui, Icon::Warning, theme::WARNING, &line);
}

/// Where it goes, what is still missing, and the button.
fn footer_ui(ui: &mut Ui, model: &Model, view: &SubmitView, commands: &mut Commands) {
    let (icon, color, text) = match &model.farm.link {
        FarmLink::Ready { is_embedded: true, .. } => {
            (Icon::Farm, theme::TEXT_FAINT, "To the farm on this machine".to_owned())
        }
        FarmLink::Ready { url, .. } => (Icon::Farm, theme::TEXT_FAINT, format!("To {url}")),
        FarmLink::Lost { .. } => {
            (Icon::Clock, theme::WARNING, "The Manager is away; the job waits here for it".to_owned())
        }
        _ => (Icon::Clock, theme::WARNING, "The job waits here until the farm is reached".to_owned()),
    };
    ui.horizontal(|ui| {
        widgets::icon_ui(ui, icon, color);
        ui.label(RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET));
    });
    let problem = form::problem(model, view);
    let n = form::chosen_documents(model, view).len();
    let text = if n > 1 { format!("Submit {n} models") } else { "Submit".to_owned() };
    ui.add_enabled_ui(problem.is_none(), |ui| {
        if widgets::wide_primary_button(ui, Some(Icon::Send), &text).clicked() {
            commands.push(if view.all_models { FarmCommand::SubmitAll } else { FarmCommand::Submit });
        }
    });
    let line = problem.unwrap_or_else(|| "You can close the window; the farm goes on".into());
    ui.vertical_centered(|ui| ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT)));
}
