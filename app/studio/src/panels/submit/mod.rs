//! The form of the chosen job type: what is sent, how, where to, and the button.

mod fields;
mod files;
mod footer;
mod graph;
mod plan;
mod presets;
mod scene_file;

use egui::{
    CentralPanel, ComboBox, DragValue, Frame, Margin, Panel, RichText, Role, TextEdit, Ui, WidgetInfo,
};

use super::scrolled;
use crate::commands::{Commands, FarmCommand};
use crate::form;
use crate::icons::Icon;
use crate::model::{FarmLink, Model};
use crate::theme;
use crate::view::SubmitView;
use crate::widgets;

pub(super) const NUMBER_SIZE: [f32; 2] = [96.0, theme::CONTROL_HEIGHT];
const FIELD_GAP: f32 = 10.0;

/// `farm` is the address of the chosen one.
pub(super) fn submit_ui(
    ui: &mut Ui,
    model: &Model,
    view: &mut SubmitView,
    farm: &str,
    commands: &mut Commands,
) {
    if model.farm.job_types.is_empty() {
        no_types_ui(ui, model, commands);
        return;
    }
    Panel::bottom("submit footer")
        .frame(Frame::new().inner_margin(Margin::symmetric(12, 8)))
        .resizable(false)
        .show(ui, |ui| footer::footer_ui(ui, model, view, farm, commands));
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
                ui.label(RichText::new("Looking for the farm").color(theme::TEXT));
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
    job_type_ui(ui, model, view, commands);
    let Some(form) = &view.form else { return };
    if !form.description.is_empty() {
        ui.label(RichText::new(&form.description).font(theme::small()).color(theme::TEXT_QUIET));
    }
    script_changes_ui(ui, view);
    ui.add_space(FIELD_GAP);
    presets::presets_ui(ui, model, view, commands);
    if view.form.as_ref().is_some_and(farm::Form::takes_models) {
        ui.add_space(FIELD_GAP);
        files::models_ui(ui, model, view);
        scene_file::scene_file_ui(ui, &model.farm.preparation.scene);
        files::files_ui(ui, model, view);
    }
    ui.add_space(FIELD_GAP);
    let suggestion = form::suggested_name(model, view);
    text_field_ui(ui, "Name", "How the job is called on the farm", &suggestion, &mut view.name);
    if let Some(form) = &mut view.form {
        for field in form.fields.iter_mut().filter(|f| f.is_shown) {
            ui.add_space(FIELD_GAP);
            fields::setting_ui(ui, field, commands);
        }
    }
    ui.add_space(FIELD_GAP);
    results_folder_ui(ui, model, view, commands);
    ui.add_space(FIELD_GAP);
    turn_ui(ui, model, view);
    ui.add_space(FIELD_GAP);
    plan::plan_ui(ui, &model.farm.preparation, view);
}

fn job_type_ui(ui: &mut Ui, model: &Model, view: &SubmitView, commands: &mut Commands) {
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
}

/// The script was changed while its form was open.
fn script_changes_ui(ui: &mut Ui, view: &mut SubmitView) {
    if view.script_changes.is_empty() {
        return;
    }
    let line = format!("The farm has changed this job type: {}", view.script_changes.join(", "));
    ui.horizontal_top(|ui| {
        widgets::icon_ui(ui, Icon::Info, theme::INFO);
        let room = ui.available_width() - theme::CONTROL_HEIGHT - 4.0;
        ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(egui::Label::new(RichText::new(line).color(theme::TEXT_QUIET)).wrap());
        });
        if widgets::icon_button(ui, Icon::Close, "Seen").clicked() {
            view.script_changes.clear();
        }
    });
}

fn results_folder_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView, commands: &mut Commands) {
    field_label_ui(
        ui,
        "Results come home to",
        "Every job gets a folder of its own in there; it is remembered",
    );
    path_ui(ui, "Results folder", "A folder kiln-results beside the model", &mut view.destination, || {
        commands.push(FarmCommand::ChooseResultsFolder);
    });
    if let Some(made) = scene_file::what_comes_home(model, view) {
        widgets::small_note(ui, Icon::Download, &made);
    }
}

/// When it is run, and by whom.
fn turn_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView) {
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            field_label_ui(ui, "Priority", "Higher goes first; 50 is usual");
            let response = ui.add_sized(NUMBER_SIZE, DragValue::new(&mut view.priority).range(0..=100));
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Priority"));
        });
        if !model.farm.tags.is_empty() {
            ui.add_space(8.0);
            ui.vertical(|ui| tag_ui(ui, model, view));
        }
    });
    ui.add_space(4.0);
    let paused = ui.checkbox(&mut view.is_paused, "Submit paused");
    paused.on_hover_text("The job waits on the farm until somebody lets it run");
}

fn tag_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView) {
    field_label_ui(ui, "Workers", "Only Workers with this tag take the job");
    let chosen = view.tag.as_deref().map_or("Any", |tag| model.farm.tag_name(tag)).to_owned();
    let combo = ComboBox::from_id_salt("tag").selected_text(chosen).width(ui.available_width()).icon(chevron);
    let shown = combo.show_ui(ui, |ui| {
        ui.selectable_value(&mut view.tag, None, "Any");
        for tag in model.farm.tags.iter().filter(|tag| tag.id.is_some()) {
            let response = ui.selectable_value(&mut view.tag, tag.id.clone(), &tag.name);
            if let Some(about) = tag.description.as_deref().filter(|it| !it.is_empty()) {
                response.on_hover_text(about);
            }
        }
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Tag"));
}

pub(super) fn text_field_ui(ui: &mut Ui, label: &str, help: &str, hint: &str, text: &mut String) {
    field_label_ui(ui, label, help);
    let hint = RichText::new(hint).color(theme::TEXT_FAINT);
    let field = TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(field.margin(Margin::symmetric(8, 6)));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
}

/// A path that is typed, or chosen with the button behind it.
fn path_ui(ui: &mut Ui, label: &str, hint: &str, text: &mut String, choose: impl FnOnce()) -> bool {
    let mut is_changed = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let hint = RichText::new(hint).color(theme::TEXT_FAINT);
        let width = ui.available_width() - theme::CONTROL_HEIGHT - 4.0;
        let field = TextEdit::singleline(text).hint_text(hint).desired_width(width);
        let response = ui.add(field.margin(Margin::symmetric(8, 6)));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
        is_changed = response.changed();
        if widgets::icon_button(ui, Icon::Folder, &format!("Choose {}", label.to_lowercase())).clicked() {
            choose();
        }
    });
    is_changed
}

/// The arrow of a drop-down, in the style of the other icons.
pub(in crate::panels) fn chevron(ui: &Ui, rect: egui::Rect, _: &egui::style::WidgetVisuals, _: bool) {
    let at = egui::Rect::from_center_size(rect.center(), egui::Vec2::splat(14.0));
    Icon::ChevronDown.paint(ui.painter(), at, theme::TEXT_QUIET);
}

pub(super) fn field_label_ui(ui: &mut Ui, name: &str, hint: &str) {
    let label = ui.label(RichText::new(name).font(theme::medium(12.5)).color(theme::TEXT));
    if !hint.is_empty() {
        label.on_hover_text(hint);
    }
    ui.add_space(-2.0);
}
