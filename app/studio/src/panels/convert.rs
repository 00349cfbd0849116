//! A plan: what is done to the model, where the result goes, and who does it.

use convert::{Output, Plan, Publish};
use egui::{CentralPanel, ComboBox, Frame, Layout, Margin, Panel, RichText, Role, TextEdit, Ui, WidgetInfo};
use formats::Target;

use super::{plan_steps, receipt, scrolled, step_form, submit};
use crate::commands::{Commands, ConvertCommand};
use crate::conversion_view::{ConvertPage, ConvertView, RunOn};
use crate::icons::Icon;
use crate::model::{Document, Model};
use crate::text;
use crate::theme;
use crate::view::View;
use crate::widgets;

pub(super) fn convert_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Commands) {
    if !model.conversions.is_empty() {
        Frame::new().inner_margin(Margin { left: 12, right: 12, top: 8, bottom: 0 }).show(ui, |ui| {
            well(ui, |ui| {
                let pages = [(ConvertPage::Plan, "Plan"), (ConvertPage::Receipt, "Receipt")];
                for (page, name) in pages {
                    if widgets::segment(ui, name, "", view.convert.page == page).clicked() {
                        commands.push(ConvertCommand::ShowPage(page));
                    }
                }
            });
        });
    }
    if view.convert.page == ConvertPage::Receipt && !model.conversions.is_empty() {
        receipt::receipt_ui(ui, model, view, commands);
        return;
    }
    let Some(document) = model.current() else {
        widgets::empty_state(ui, Icon::Convert, "No model on stage", "Open one to convert it");
        return;
    };
    let footer = Frame::new().inner_margin(Margin::symmetric(12, 8));
    Panel::bottom("convert footer").frame(footer).resizable(false).show(ui, |ui| {
        footer_ui(ui, model, document, &mut view.convert, commands);
    });
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        scrolled(ui, "convert", |ui| plan_ui(ui, document, &mut view.convert, commands));
    });
}

fn plan_ui(ui: &mut Ui, document: &Document, view: &mut ConvertView, commands: &mut Commands) {
    chooser_ui(ui, view, commands);
    if !view.draft.about().is_empty() {
        let about = RichText::new(view.draft.about()).font(theme::small()).color(theme::TEXT_QUIET);
        ui.add(egui::Label::new(about).wrap());
    }
    ui.add_space(theme::SECTION_GAP - 8.0);
    let n_on = view.draft.lines.iter().filter(|line| line.is_on).count();
    widgets::section_title(ui, &format!("Steps · {n_on}"));
    let n_mends = document.history.shown();
    if n_mends > 0 {
        let line = format!("{} first: what was mended here", text::counted(n_mends, "change", "changes"));
        widgets::note(ui, Icon::Mend, theme::INFO, &line);
    }
    plan_steps::steps_ui(ui, &mut view.draft);
    ui.add_space(theme::SECTION_GAP - 4.0);
    widgets::section_title(ui, "Result");
    well(ui, |ui| {
        for target in Target::ALL {
            let name = target.extension();
            if widgets::segment(ui, &name.to_uppercase(), "", view.format == target).clicked() {
                view.format = target;
            }
        }
    });
    if !view.format.leaves_out().is_empty() {
        let line = format!("Leaves out {}", view.format.leaves_out());
        widgets::note(ui, Icon::Info, theme::INFO, &line);
    }
    step_form::options_ui(ui, "output", &mut view.draft.output, &Output::options());
    ui.add_space(2.0);
    target_ui(ui, document, view, commands);
    ui.add_space(theme::SECTION_GAP - 4.0);
    widgets::section_title(ui, "Publish");
    step_form::options_ui(ui, "publish", &mut view.draft.publish, &Publish::options());
}

/// Which plan it is, and its files.
fn chooser_ui(ui: &mut Ui, view: &ConvertView, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Plan");
        if view.draft.is_changed() {
            ui.label(RichText::new("changed").font(theme::small()).color(theme::TEXT_FAINT));
        }
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, Icon::Save, "Save plan…").clicked() {
                commands.push(ConvertCommand::SavePlanDialog);
            }
            if widgets::icon_button(ui, Icon::Folder, "Open plan…").clicked() {
                commands.push(ConvertCommand::OpenPlanDialog);
            }
        });
    });
    let combo = ComboBox::from_id_salt("plan")
        .selected_text(text::sentence(view.draft.name()))
        .width(ui.available_width())
        .icon(submit::chevron)
        .show_ui(ui, |ui| {
            for plan in [Plan::as_is()].into_iter().chain(Plan::shipped()) {
                let is_chosen = plan.name == view.draft.name();
                let response = ui.selectable_label(is_chosen, text::sentence(&plan.name));
                if response.on_hover_text(&plan.about).clicked() {
                    commands.push(ConvertCommand::UsePlan(plan.name));
                }
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Plan"));
}

fn target_ui(ui: &mut Ui, document: &Document, view: &mut ConvertView, commands: &mut Commands) {
    let suggested = view.suggested_name(document);
    field_ui(ui, "Name", &suggested, &mut view.name);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Folder").font(theme::medium(12.5)).color(theme::TEXT));
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, Icon::Folder, "Choose folder…").clicked() {
                commands.push(ConvertCommand::ChooseFolderDialog);
            }
        });
    });
    edit_ui(ui, "Folder", "Beside the model", &mut view.folder);
    ui.checkbox(&mut view.replaces, "Replace a file of that name");
}

fn field_ui(ui: &mut Ui, name: &str, hint: &str, value: &mut String) {
    ui.label(RichText::new(name).font(theme::medium(12.5)).color(theme::TEXT));
    edit_ui(ui, name, hint, value);
}

fn edit_ui(ui: &mut Ui, name: &str, hint: &str, value: &mut String) {
    let hint = RichText::new(hint).color(theme::TEXT_FAINT);
    let edit = TextEdit::singleline(value).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(edit.margin(Margin::symmetric(8, 6)));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
}

fn footer_ui(
    ui: &mut Ui,
    model: &Model,
    document: &Document,
    view: &mut ConvertView,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Run on").color(theme::TEXT_QUIET));
        well(ui, |ui| {
            for (run_on, name) in [(RunOn::ThisMachine, "This machine"), (RunOn::Farm, "The farm")] {
                if widgets::segment(ui, name, "", view.run_on == run_on).clicked() {
                    commands.push(ConvertCommand::RunOn(run_on));
                }
            }
        });
    });
    let farm = view.run_on == RunOn::Farm;
    let problem = if farm { view.farm_problem(model, document) } else { None };
    let can_run = problem.is_none() && document.load.value().is_some() && (farm || model.export.is_none());
    ui.add_enabled_ui(can_run, |ui| {
        let (icon, name) = if farm { (Icon::Send, "Send to the farm") } else { (Icon::Convert, "Convert") };
        if widgets::wide_primary_button(ui, Some(icon), name).clicked() {
            commands.push(ConvertCommand::Run);
        }
    });
    let line = match (problem, farm) {
        (Some(problem), _) => problem.to_owned(),
        (None, true) => "Results come home beside the model".to_owned(),
        (None, false) => view.target(document).display().to_string(),
    };
    let line = RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT);
    ui.add(egui::Label::new(line).wrap());
}

/// Around choices of which one is taken.
fn well(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        Frame::new().fill(theme::WELL).corner_radius(theme::RADIUS).inner_margin(2).show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            add(ui);
        });
    });
}
