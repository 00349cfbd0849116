//! What a conversion did: a table of differences, each step with what it changed, and the files.

use convert::{FileFacts, Receipt, StepReceipt};
use egui::{Align2, ComboBox, Label, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use super::{scrolled, submit};
use crate::commands::{AppCommand, Commands, ConvertCommand, FileCommand};
use crate::icons::Icon;
use crate::model::{Conversion, DocId, Model};
use crate::receipt_text::{Row, rows};
use crate::text;
use crate::theme;
use crate::view::View;
use crate::widgets;

pub(super) fn receipt_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Commands) {
    let newest = model.conversions.len().saturating_sub(1);
    let i = view.convert.receipt.unwrap_or(newest).min(newest);
    let Some(conversion) = model.conversions.get(i) else { return };
    scrolled(ui, "receipt", |ui| {
        if newest > 0 {
            choice_ui(ui, model, i, commands);
        }
        let receipt = &conversion.receipt;
        title_ui(ui, receipt);
        buttons_ui(ui, conversion, commands);
        changes_ui(ui, model, conversion, view, commands);
        ui.add_space(theme::SECTION_GAP - 6.0);
        differences_ui(ui, model, conversion);
        ui.add_space(theme::SECTION_GAP);
        steps_ui(ui, &receipt.steps);
        for warning in &receipt.warnings {
            widgets::note(ui, Icon::Warning, theme::WARNING, &text::sentence(warning));
        }
        ui.add_space(theme::SECTION_GAP);
        widgets::section_title(ui, "Files");
        file_ui(ui, "From", &receipt.input);
        if let Some(output) = &receipt.output {
            file_ui(ui, "To", output);
        }
    });
}

/// Of this session, the newest first.
fn choice_ui(ui: &mut Ui, model: &Model, at: usize, commands: &mut Commands) {
    let name = |i: usize| model.conversions.get(i).map(|c| output_name(&c.receipt)).unwrap_or_default();
    let combo = ComboBox::from_id_salt("receipt")
        .selected_text(name(at))
        .width(ui.available_width())
        .icon(submit::chevron)
        .show_ui(ui, |ui| {
            for i in (0..model.conversions.len()).rev() {
                if ui.selectable_label(i == at, name(i)).clicked() {
                    commands.push(ConvertCommand::ShowReceipt(i));
                }
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Receipt of"));
}

fn output_name(receipt: &Receipt) -> String {
    let facts = receipt.output.as_ref().unwrap_or(&receipt.input);
    facts.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn title_ui(ui: &mut Ui, receipt: &Receipt) {
    ui.horizontal(|ui| {
        widgets::icon_ui(ui, Icon::Check, theme::OK);
        let name = RichText::new(output_name(receipt)).font(theme::semibold(14.0)).color(theme::TEXT);
        ui.add(Label::new(name).truncate());
    });
    let n_changed = receipt.steps.iter().filter(|step| !step.changes.is_empty()).count();
    let steps = text::counted(receipt.steps.len(), "step", "steps");
    let line = format!("By the plan {}: {n_changed} of {steps} changed something", receipt.plan);
    ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_QUIET));
}

fn buttons_ui(ui: &mut Ui, conversion: &Conversion, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if widgets::button(ui, Some(Icon::Compare), "Compare").clicked() {
            commands.push(ConvertCommand::Compare);
        }
        if widgets::button(ui, None, "Copy as text").clicked() {
            commands.push(AppCommand::CopyReceipt);
        }
        if let Some(output) = &conversion.receipt.output
            && widgets::button(ui, None, "Show file").clicked()
        {
            commands.push(FileCommand::Reveal(output.path.clone()));
        }
    });
}

/// What the colours in the split view mean, while it shows this conversion.
fn changes_ui(ui: &mut Ui, model: &Model, conversion: &Conversion, view: &View, commands: &mut Commands) {
    let is_compared = view.wipe.is_some_and(|wipe| wipe.doc.is_some() && wipe.doc == conversion.result);
    if !is_compared || model.current != Some(conversion.source) {
        return;
    }
    ui.add_space(2.0);
    let mut shows = view.convert.shows_changes;
    if ui.checkbox(&mut shows, "Colour the faces that differ").changed() {
        commands.push(ConvertCommand::ToggleChanges);
    }
    if !shows {
        return;
    }
    match model.marks.changes() {
        Some(changes) if changes.n_gone + changes.n_made == 0 => {
            widgets::note(ui, Icon::Check, theme::OK, "Every face is where it was");
        }
        Some(changes) => {
            let gone = text::counted(changes.n_gone, "triangle", "triangles");
            let made = text::counted(changes.n_made, "triangle", "triangles");
            widgets::note(ui, Icon::Close, theme::ERROR, &format!("Left: {gone} gone or changed"));
            widgets::note(ui, Icon::Plus, theme::OK, &format!("Right: {made} new or changed"));
        }
        None => {
            ui.horizontal(|ui| {
                widgets::spinner(ui, 14.0);
                ui.label(RichText::new("Comparing faces").color(theme::TEXT_QUIET));
            });
        }
    }
}

/// From the right border: where the columns of numbers end.
const COLUMNS: [f32; 3] = [148.0, 62.0, 6.0];

fn differences_ui(ui: &mut Ui, model: &Model, conversion: &Conversion) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let title = theme::semibold(12.0);
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, "Differences", title, theme::TEXT_QUIET);
    for (word, from_right) in ["Before", "After"].into_iter().zip(COLUMNS) {
        let at = rect.right_center() - vec2(from_right, 0.0);
        ui.painter().text(at, Align2::RIGHT_CENTER, word, theme::small(), theme::TEXT_FAINT);
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let problems = problems(model, conversion);
    for (i, row) in problems.into_iter().chain(rows(&conversion.receipt)).enumerate() {
        row_ui(ui, i, &row);
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

fn row_ui(ui: &mut Ui, i: usize, row: &Row) {
    let (before, after, change) = (row.words(row.before), row.words(row.after), row.change());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let spoken = format!("{}: {before} before, {after} after {change}", row.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.clone()));
    if i.is_multiple_of(2) {
        ui.painter().rect_filled(rect, theme::RADIUS, theme::WELL);
    }
    let (name, bold) = (theme::body(), theme::medium(12.5));
    let at = rect.left_center() + vec2(6.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, row.name, name, theme::TEXT_QUIET);
    let ink = if change.is_empty() { theme::TEXT_FAINT } else { theme::TEXT };
    let cells = [(before, theme::TEXT_FAINT), (after, ink), (change, theme::TEXT_QUIET)];
    for ((value, ink), from_right) in cells.into_iter().zip(COLUMNS) {
        let at = rect.right_center() - vec2(from_right, 0.0);
        ui.painter().text(at, Align2::RIGHT_CENTER, value, bold.clone(), ink);
    }
}

/// Kinds of errors and warnings, once both were checked.
fn problems(model: &Model, conversion: &Conversion) -> Option<Row> {
    let n = |doc: DocId| {
        let document = model.document(doc)?;
        let report = document.history.file_report().or_else(|| document.report.value())?;
        Some(report.findings.iter().filter(|f| f.severity > analysis::Severity::Info).count() as f64)
    };
    let (before, after) = (n(conversion.source)?, n(conversion.result?)?);
    Some(Row { name: "Rules broken", before, after, as_bytes: false })
}

fn steps_ui(ui: &mut Ui, steps: &[StepReceipt]) {
    widgets::section_title(ui, "Steps");
    for step in steps {
        let has_changed = !step.changes.is_empty();
        ui.horizontal(|ui| {
            let (icon, color) =
                if has_changed { (Icon::Check, theme::OK) } else { (Icon::Minus, theme::TEXT_FAINT) };
            widgets::icon_ui(ui, icon, color);
            let ink = if has_changed { theme::TEXT } else { theme::TEXT_FAINT };
            ui.label(RichText::new(step.step.title()).color(ink));
            if !has_changed {
                ui.label(RichText::new("nothing to do").font(theme::small()).color(theme::TEXT_FAINT));
            }
        });
        if !has_changed && step.notes.is_empty() {
            continue;
        }
        ui.indent(step.step.title(), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (what, n) in &step.changes {
                widgets::fact(ui, &text::sentence(what), &text::count(*n));
            }
            for note in &step.notes {
                let note = RichText::new(text::sentence(note)).font(theme::small()).color(theme::TEXT_QUIET);
                ui.add(Label::new(note).wrap());
            }
        });
    }
}

fn file_ui(ui: &mut Ui, what: &str, facts: &FileFacts) {
    widgets::fact(ui, what, &text::n_bytes(facts.n_bytes));
    for line in [facts.path.display().to_string(), format!("SHA-256 {}", facts.sha256)] {
        let line = RichText::new(line).font(theme::mono()).color(theme::TEXT_FAINT);
        ui.add(Label::new(line).wrap().selectable(true));
    }
}
