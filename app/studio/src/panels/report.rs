use std::fmt::Write as _;

use analysis::{Inspection, Report};
use egui::{Rect, RichText, Sense, Ui, vec2};

use formats::ReadWarning;

use super::{files, history, issues, scrolled};
use crate::commands::Commands;
use crate::icons::Icon;
use crate::model::{Document, Model};
use crate::text;
use crate::theme;
use crate::view::View;
use crate::widgets;

/// What is in the model, and what is wrong with it.
pub(super) fn report_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Commands) {
    let Some(document) = model.current() else {
        widgets::empty_state(ui, Icon::Report, "No model on stage", "Open one to see its report");
        return;
    };
    scrolled(ui, "report", |ui| {
        if let Some(reason) = document.failure() {
            widgets::note(ui, Icon::Error, theme::ERROR, &text::sentence(reason));
            if document.inspection().is_none() {
                return;
            }
        }
        history::history_ui(ui, document, model.export.is_none(), commands);
        // What is missing may be what is wrong; what was found for it stays in its place.
        let lacks_files = files::are_asked_for(document);
        if lacks_files {
            files::files_ui(ui, document, view.shows_all_files, commands);
            ui.add_space(theme::SECTION_GAP - 6.0);
        }
        issues::issues_ui(ui, document, view, commands);
        ui.add_space(theme::SECTION_GAP);
        if let Some(inspection) = document.inspection() {
            numbers_ui(ui, document, inspection);
        } else if document.load.is_running() {
            waiting_ui(ui, "Reading");
        }
        if !lacks_files {
            files::files_ui(ui, document, view.shows_all_files, commands);
        }
        warnings_ui(ui, document);
    });
}

fn numbers_ui(ui: &mut Ui, document: &Document, inspection: &Inspection) {
    let loaded = document.load.value();
    widgets::section_title(ui, "Geometry");
    ui.add_space(2.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    widgets::fact(ui, "Vertices", &text::count(inspection.geometry.vertices));
    widgets::fact(ui, "Faces", &text::count(inspection.geometry.faces));
    let topology = &inspection.topology;
    let kinds = [("Triangles", topology.triangles), ("Quads", topology.quads), ("N-gons", topology.ngons)];
    topology_bar_ui(ui, &kinds);
    for (name, n) in kinds {
        widgets::fact(ui, name, &text::count(n));
    }
    ui.add_space(theme::SECTION_GAP);
    widgets::section_title(ui, "Size");
    ui.add_space(2.0);
    let size = &inspection.dimensions;
    for (name, metres) in [("Width (X)", size.x), ("Depth (Y)", size.y), ("Height (Z)", size.z)] {
        widgets::fact(ui, name, &text::length(metres));
    }
    if let Some(loaded) = loaded {
        let scene = &loaded.import.scene;
        ui.add_space(theme::SECTION_GAP);
        widgets::section_title(ui, "File");
        ui.add_space(2.0);
        widgets::fact(ui, "Format", loaded.import.format);
        widgets::fact(ui, "Size on disk", &text::n_bytes(loaded.import.n_bytes));
        let contents = [
            ("Objects", scene.nodes.len()),
            ("Materials", scene.materials.len()),
            ("Textures", scene.textures.len()),
            ("Animations", scene.animations.len()),
        ];
        for (name, n) in contents.into_iter().filter(|(_, n)| *n > 0) {
            widgets::fact(ui, name, &text::count(n as u64));
        }
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

/// How the faces divide; the words and numbers stand below it.
fn topology_bar_ui(ui: &mut Ui, kinds: &[(&str, u64); 3]) {
    let total: u64 = kinds.iter().map(|(_, n)| n).sum();
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
    ui.painter().rect_filled(bar, 2, theme::PRESSED);
    let mut left = bar.left();
    for ((_, n), color) in kinds.iter().zip([theme::EMBER, theme::INFO, theme::WARNING]) {
        let width = if total == 0 { 0.0 } else { bar.width() * (*n as f64 / total as f64) as f32 };
        if width >= 1.0 {
            let part = Rect::from_min_size(egui::pos2(left, bar.top()), vec2(width - 1.0, bar.height()));
            ui.painter().rect_filled(part, 2, color);
        }
        left += width;
    }
}

/// What the reader had to say.
fn warnings_ui(ui: &mut Ui, document: &Document) {
    let Some(loaded) = document.load.value() else { return };
    let warnings = loaded.import.warnings.iter().filter(|warning| !stands_in_files(warning));
    let warnings: Vec<_> = warnings.collect();
    if warnings.is_empty() {
        return;
    }
    ui.add_space(theme::SECTION_GAP - 6.0);
    widgets::section_title(ui, "While reading");
    for warning in warnings {
        widgets::note(ui, Icon::Warning, theme::WARNING, &text::sentence(&warning.to_string()));
    }
}

/// The list of files says it already, with what to do about it.
fn stands_in_files(warning: &ReadWarning) -> bool {
    use ReadWarning::{FurtherModels, MissingMaterials, MissingPicture};
    matches!(warning, MissingPicture { .. } | MissingMaterials { .. } | FurtherModels { .. })
}

pub(super) fn waiting_ui(ui: &mut Ui, what: &str) {
    ui.horizontal(|ui| {
        widgets::spinner(ui, 14.0);
        ui.label(RichText::new(what).color(theme::TEXT_QUIET));
    });
}

/// The report as text for the clipboard.
pub(crate) fn report_text(document: &Document) -> Option<String> {
    let report: &Report = document.shown_report()?;
    let inspection = document.inspection()?;
    let mut text = format!("{}\n", document.name());
    let geometry = &inspection.geometry;
    // Writing to a String cannot fail.
    let _ =
        writeln!(text, "{} vertices, {} faces", text::count(geometry.vertices), text::count(geometry.faces));
    let size = &inspection.dimensions;
    let _ = writeln!(text, "{} x {} x {} m (Z up)", size.x, size.y, size.z);
    for finding in &report.findings {
        let _ = writeln!(text, "{}: {}", issues::look_of(finding.severity).2, finding.sentence);
    }
    if report.findings.is_empty() {
        text.push_str("Nothing wrong was found\n");
    }
    Some(text)
}
