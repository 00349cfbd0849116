//! What is wrong with the model: a way through all of it, and a card for each rule.

use analysis::{Report, Severity};
use egui::{Color32, Frame, Layout, Margin, RichText, Role, Ui, WidgetInfo};

use super::{history, issue_card, report, verdict};
use crate::commands::{AppCommand, Commands, IssueCommand};
use crate::icons::Icon;
use crate::model::{Document, position};
use crate::text;
use crate::theme;
use crate::view::View;
use crate::widgets;

pub(super) fn issues_ui(ui: &mut Ui, document: &Document, view: &mut View, commands: &mut Commands) {
    header_ui(ui, document, view, commands);
    if let Some(reason) = document.report.failure() {
        widgets::note(ui, Icon::Error, theme::ERROR, &format!("The checks could not be made: {reason}"));
    }
    let Some(report) = document.shown_report() else {
        if document.load.value().is_some() && document.report.is_running() {
            report::waiting_ui(ui, "Checking");
        }
        return;
    };
    verdict::verdict_ui(ui, report, view.issues.preset, commands);
    if report.findings.is_empty() {
        theme::card_frame().show(ui, |ui| {
            ui.set_width(ui.available_width());
            widgets::note(ui, Icon::Check, theme::OK, "Nothing wrong was found");
        });
        return;
    }
    way_ui(ui, report, view, commands);
    history::mend_all_ui(ui, document, commands);
    let can_mend = document.history.mending().is_none();
    let scrolls = std::mem::take(&mut view.issues.scrolls);
    for finding in &report.findings {
        let place = view.issues.at.filter(|at| at.rule == finding.rule).map(|at| at.place);
        issue_card::issue_card_ui(ui, finding, place, (scrolls, can_mend), commands);
    }
}

fn header_ui(ui: &mut Ui, document: &Document, view: &View, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Problems");
        if document.report.is_running() {
            widgets::spinner(ui, 12.0);
        }
        if document.report.value().is_none() {
            return;
        }
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, Icon::Copy, "Copy report").clicked() {
                commands.push(AppCommand::CopyReport);
            }
            let shows_all = view.issues.shows_all;
            if widgets::icon_toggle(ui, Icon::Eye, "Show all problems (F9)", shows_all).clicked() {
                commands.push(IssueCommand::ToggleAll);
            }
        });
    });
}

/// How many there are of each kind, where one stands, and the buttons to go on.
fn way_ui(ui: &mut Ui, report: &Report, view: &View, commands: &mut Commands) {
    let (at, n) = position(report, view.issues.at);
    let margin = Margin { left: 10, right: 4, top: 2, bottom: 2 };
    Frame::new().fill(theme::WELL).corner_radius(theme::RADIUS).inner_margin(margin).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.x = 5.0;
            for severity in [Severity::Error, Severity::Warning, Severity::Info] {
                let n = report.findings.iter().filter(|f| f.severity == severity).count();
                if n > 0 {
                    tally_ui(ui, severity, n);
                }
            }
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                if widgets::icon_button(ui, Icon::FrameForward, "Next problem (F8)").clicked() {
                    commands.push(IssueCommand::Next);
                }
                let line = match at {
                    Some(i) => format!("{} of {}", text::count(i as u64 + 1), text::count(n as u64)),
                    None => text::counted(n, "place", "places"),
                };
                ui.label(RichText::new(line).font(theme::medium(12.5)).color(theme::TEXT));
                if widgets::icon_button(ui, Icon::FrameBack, "Previous problem (Shift+F8)").clicked() {
                    commands.push(IssueCommand::Previous);
                }
            });
        });
    });
}

fn tally_ui(ui: &mut Ui, severity: Severity, n: usize) {
    let (icon, color, word) = look_of(severity);
    let spoken = text::counted(n, word, &format!("{word}s")).to_lowercase();
    let row = ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        widgets::icon_ui(ui, icon, color);
        ui.label(RichText::new(text::count(n as u64)).font(theme::medium(12.5)).color(theme::TEXT));
    });
    row.response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    row.response.on_hover_text(spoken);
    ui.add_space(4.0);
}

pub(super) fn look_of(severity: Severity) -> (Icon, Color32, &'static str) {
    match severity {
        Severity::Error => (Icon::Error, theme::ERROR, "Error"),
        Severity::Warning => (Icon::Warning, theme::WARNING, "Warning"),
        Severity::Info => (Icon::Info, theme::INFO, "Note"),
    }
}
