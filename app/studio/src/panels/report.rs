use std::fmt::Write as _;

use analysis::{Finding, Inspection, Place, Report, Severity};
use egui::{Align2, Color32, Frame, Label, Margin, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use formats::ReadWarning;

use super::{files, scrolled};
use crate::commands::{AppCommand, Commands, ViewCommand};
use crate::icons::Icon;
use crate::model::{Document, Model};
use crate::text;
use crate::theme;
use crate::view::View;
use crate::widgets;

/// Places of one finding listed before "and n more".
const N_PLACES_SHOWN: usize = 12;

/// What is in the model, and what is wrong with it.
pub(super) fn report_ui(ui: &mut Ui, model: &Model, view: &View, commands: &mut Commands) {
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
        if let Some(inspection) = document.inspection() {
            numbers_ui(ui, document, inspection);
        } else if document.load.is_running() {
            waiting_ui(ui, "Reading");
        }
        files::files_ui(ui, document, view.shows_all_files, commands);
        ui.add_space(theme::SECTION_GAP - 6.0);
        findings_ui(ui, document, view, commands);
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

fn findings_ui(ui: &mut Ui, document: &Document, view: &View, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Findings");
        if document.report.is_running() {
            widgets::spinner(ui, 12.0);
        }
        if document.report.value().is_some() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if widgets::icon_button(ui, Icon::Copy, "Copy report").clicked() {
                    commands.push(AppCommand::CopyReport);
                }
            });
        }
    });
    if let Some(reason) = document.report.failure() {
        widgets::note(ui, Icon::Error, theme::ERROR, &format!("The checks could not be made: {reason}"));
    }
    let Some(report) = document.report.value() else {
        if document.load.value().is_some() && document.report.is_running() {
            waiting_ui(ui, "Checking");
        }
        return;
    };
    if report.findings.is_empty() {
        theme::card_frame().show(ui, |ui| {
            ui.set_width(ui.available_width());
            widgets::note(ui, Icon::Check, theme::OK, "Nothing wrong was found");
        });
    }
    for (i, finding) in report.findings.iter().enumerate() {
        finding_ui(ui, i, finding, view.selected_finding == Some(i), commands);
    }
}

pub(super) fn look_of(severity: Severity) -> (Icon, Color32, &'static str) {
    match severity {
        Severity::Error => (Icon::Error, theme::ERROR, "Error"),
        Severity::Warning => (Icon::Warning, theme::WARNING, "Warning"),
        Severity::Info => (Icon::Info, theme::INFO, "Note"),
    }
}

fn finding_ui(ui: &mut Ui, i: usize, finding: &Finding, is_open: bool, commands: &mut Commands) {
    let (icon, color, word) = look_of(finding.severity);
    let ground = ui.painter().add(egui::Shape::Noop);
    let inside = Frame::new().inner_margin(Margin::symmetric(12, 10)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            widgets::icon_ui(ui, icon, color);
            ui.label(RichText::new(word).font(theme::semibold(12.0)).color(color));
            if finding.places.iter().any(is_shown) {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    widgets::icon_ui(ui, Icon::Frame, theme::TEXT_FAINT);
                });
            }
        });
        ui.add(Label::new(RichText::new(&finding.sentence).color(theme::TEXT)).wrap());
    });
    let rect = inside.response.rect;
    let response = ui.interact(rect, ui.scope_id().with(("finding", i)), Sense::click());
    let spoken = format!("{word}: {}", finding.sentence);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, spoken.clone()));
    let fill = match (is_open, response.hovered()) {
        (true, _) => theme::EMBER_DEEP,
        (false, true) => theme::HOVER,
        (false, false) => theme::RAISED,
    };
    let line = egui::Stroke::new(1.0, if response.has_focus() { theme::EMBER } else { Color32::TRANSPARENT });
    let shape = egui::epaint::RectShape::new(rect, theme::RADIUS, fill, line, egui::StrokeKind::Inside);
    ui.painter().set(ground, shape);
    if response.clicked() {
        commands.push(ViewCommand::ShowFinding(i, 0));
    }
    if is_open && finding.places.len() > 1 {
        places_ui(ui, i, finding, commands);
    }
}

fn is_shown(place: &Place) -> bool {
    place.point.is_finite() && place.radius > 0.0
}

fn places_ui(ui: &mut Ui, i: usize, finding: &Finding, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for (p, place) in finding.places.iter().enumerate().take(N_PLACES_SHOWN) {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Show {}", place.label)));
        let ink = widgets::row_ground(ui, rect, &response, false);
        let width = rect.width() - 40.0;
        widgets::elided(ui, rect.left_center() + vec2(28.0, 0.0), width, &place.label, theme::small(), ink);
        let icon = Rect::from_center_size(rect.left_center() + vec2(16.0, 0.0), egui::Vec2::splat(12.0));
        Icon::ChevronRight.paint(ui.painter(), icon, theme::TEXT_FAINT);
        if response.clicked() {
            commands.push(ViewCommand::ShowFinding(i, p));
        }
    }
    let more = finding.places.len().saturating_sub(N_PLACES_SHOWN);
    if more > 0 {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
        let at = rect.left_center() + vec2(28.0, 0.0);
        let text = format!("and {} more", text::count(more as u64));
        ui.painter().text(at, Align2::LEFT_CENTER, text, theme::small(), theme::TEXT_FAINT);
    }
    ui.spacing_mut().item_spacing.y = 6.0;
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

fn waiting_ui(ui: &mut Ui, what: &str) {
    ui.horizontal(|ui| {
        widgets::spinner(ui, 14.0);
        ui.label(RichText::new(what).color(theme::TEXT_QUIET));
    });
}

/// The report as text for the clipboard.
pub(crate) fn report_text(document: &Document) -> Option<String> {
    let report: &Report = document.report.value()?;
    let inspection = document.inspection()?;
    let mut text = format!("{}\n", document.name());
    let geometry = &inspection.geometry;
    // Writing to a String cannot fail.
    let _ =
        writeln!(text, "{} vertices, {} faces", text::count(geometry.vertices), text::count(geometry.faces));
    let size = &inspection.dimensions;
    let _ = writeln!(text, "{} x {} x {} m (Z up)", size.x, size.y, size.z);
    for finding in &report.findings {
        let _ = writeln!(text, "{}: {}", look_of(finding.severity).2, finding.sentence);
    }
    if report.findings.is_empty() {
        text.push_str("Nothing wrong was found\n");
    }
    Some(text)
}
