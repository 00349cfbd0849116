use std::collections::HashSet;

use egui::{Margin, RichText, Role, Ui, WidgetInfo};

use super::field_label_ui;
use crate::form;
use crate::icons::Icon;
use crate::model::{DocId, Document, Model};
use crate::text;
use crate::theme;
use crate::view::SubmitView;
use crate::widgets;

const N_MODELS_SHOWN: usize = 200;
const N_FILES_SHOWN: usize = 400;
const LIST_HEIGHT: f32 = 168.0;

/// Which of the open models go along.
pub(super) fn models_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView) {
    field_label_ui(ui, "Models", "The files that are sent; what they need comes along");
    theme::card_frame().inner_margin(Margin::symmetric(10, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if model.documents.is_empty() {
            ui.label(RichText::new("Open a model first").color(theme::TEXT_QUIET));
        }
        let takes_one = view.form.as_ref().is_some_and(farm::Form::takes_one_scene);
        if model.documents.len() <= 1 || takes_one {
            for document in form::chosen_documents(model, view) {
                model_row_ui(ui, document);
            }
            return;
        }
        choosing_ui(ui, model, view);
    });
}

/// A tick for each, and buttons for all and for the one on stage.
fn choosing_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView) {
    let mut chosen: HashSet<DocId> = form::chosen_documents(model, view).iter().map(|d| d.id).collect();
    ui.horizontal(|ui| {
        let line = format!("{} of {}", chosen.len(), text::counted(model.documents.len(), "model", "models"));
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_QUIET));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.selectable_label(view.all_models, "All").clicked() {
                (view.all_models, view.chosen_models) = (true, None);
            }
            let is_stage = !view.all_models && view.chosen_models.is_none();
            if ui.selectable_label(is_stage, "On stage").clicked() {
                (view.all_models, view.chosen_models) = (false, None);
            }
        });
    });
    let area = egui::ScrollArea::vertical().id_salt("models to send").max_height(LIST_HEIGHT);
    let area = area.min_scrolled_height(LIST_HEIGHT);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for document in model.documents.iter().take(N_MODELS_SHOWN) {
            let is_readable = document.failure().is_none();
            ui.add_enabled_ui(is_readable, |ui| {
                let mut is_sent = chosen.contains(&document.id);
                if ui.checkbox(&mut is_sent, document.name()).changed() {
                    if is_sent {
                        chosen.insert(document.id)
                    } else {
                        chosen.remove(&document.id)
                    };
                    (view.all_models, view.chosen_models) = (false, Some(chosen.clone()));
                }
            });
        }
    });
}

fn model_row_ui(ui: &mut Ui, document: &Document) {
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

/// Every file that leaves this machine, before it does.
pub(super) fn files_ui(ui: &mut Ui, model: &Model, view: &mut SubmitView) {
    if form::chosen_documents(model, view).is_empty() {
        return;
    }
    let icon = if view.shows_files { Icon::ChevronDown } else { Icon::ChevronRight };
    let files = model.farm.preparation.files.value();
    let line = match files.filter(|_| view.shows_files) {
        None => "The files that are sent".to_owned(),
        Some(files) => {
            let n_bytes = files.iter().map(|file| file.n_bytes).sum();
            format!(
                "{}, {}",
                text::counted(files.len(), "file is sent", "files are sent"),
                text::n_bytes(n_bytes)
            )
        }
    };
    if widgets::disclosure(ui, icon, &line, view.shows_files).clicked() {
        view.shows_files = !view.shows_files;
    }
    if !view.shows_files {
        return;
    }
    let Some(files) = files else {
        widgets::spinner(ui, 14.0);
        return;
    };
    let well = egui::Frame::new()
        .fill(theme::WELL)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(8, 6));
    well.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        let area = egui::ScrollArea::vertical().id_salt("files to send").max_height(LIST_HEIGHT);
        let area = area.min_scrolled_height(LIST_HEIGHT);
        area.auto_shrink([false, true]).show(ui, |ui| {
            for file in files.iter().take(N_FILES_SHOWN) {
                file_row_ui(ui, file);
            }
            if files.len() > N_FILES_SHOWN {
                let more = format!("and {} more", text::count((files.len() - N_FILES_SHOWN) as u64));
                ui.label(RichText::new(more).font(theme::small()).color(theme::TEXT_FAINT));
            }
        });
    });
}

fn file_row_ui(ui: &mut Ui, file: &farm::FileToSend) {
    let (rect, response) =
        ui.allocate_exact_size(egui::vec2(ui.available_width(), 18.0), egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("File {}", file.path)));
    let size = text::n_bytes(file.n_bytes);
    let at = rect.right_center();
    let drawn = ui.painter().text(at, egui::Align2::RIGHT_CENTER, size, theme::small(), theme::TEXT_FAINT);
    let width = drawn.left() - rect.left() - 8.0;
    widgets::elided_in_the_middle(
        ui,
        rect.left_center(),
        width,
        &file.path,
        theme::mono(),
        theme::TEXT_QUIET,
    );
    response.on_hover_text(file.source.display().to_string());
}
