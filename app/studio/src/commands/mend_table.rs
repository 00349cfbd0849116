//! The lines of the table about what is wrong with a model, and mending it.

use egui::{Key, Modifiers};

use super::entry::{Entry, Menu};
use super::table::{CTRL, CTRL_SHIFT, NONE};
use super::{AppCommand, Command, ConvertCommand, IssueCommand, MendCommand};
use crate::commands::mend::{is_safe, n_mendable, step_of};
use crate::model::Model;
use crate::view::View;

const SHIFT: Modifiers = Modifiers::SHIFT;

fn has_findings(model: &Model, _: &View) -> bool {
    model.current().and_then(|d| d.shown_report()).is_some_and(|report| !report.findings.is_empty())
}

fn can_mend(model: &Model, _: &View) -> bool {
    model.current().is_some_and(|d| d.history.mending().is_none() && n_mendable(d, |_| true) > 0)
}

fn can_mend_safe(model: &Model, view: &View) -> bool {
    can_mend(model, view) && model.current().is_some_and(|d| n_mendable(d, is_safe) > 0)
}

fn can_mend_open(model: &Model, view: &View) -> bool {
    let mend = view.issues.at.and_then(|at| at.rule.mend());
    can_mend(model, view) && mend.is_some_and(|(mend, _)| step_of(mend).is_some())
}

fn can_undo(model: &Model, _: &View) -> bool {
    model.current().is_some_and(|d| d.history.can_undo())
}

fn can_redo(model: &Model, _: &View) -> bool {
    model.current().is_some_and(|d| d.history.can_redo())
}

fn can_save(model: &Model, _: &View) -> bool {
    model.current().is_some_and(|d| d.history.shown() > 0) && model.export.is_none()
}

fn has_conversion(model: &Model, _: &View) -> bool {
    !model.conversions.is_empty()
}

const fn conversion(command: ConvertCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Mend, Command::Convert(command), label, tooltip).when(has_conversion)
}

const fn mend(command: MendCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Mend, Command::Mend(command), label, tooltip)
}

const fn issue(command: IssueCommand, label: &'static str, tooltip: &'static str) -> Entry {
    Entry::new(Menu::Mend, Command::Issue(command), label, tooltip).when(has_findings)
}

pub(super) static ENTRIES: &[Entry] = &[
    issue(IssueCommand::Next, "Next problem", "Fly to the next place of the report and colour its faces")
        .key(NONE, Key::F8),
    issue(IssueCommand::Previous, "Previous problem", "Fly to the place before this one").key(SHIFT, Key::F8),
    issue(
        IssueCommand::ToggleAll,
        "Show all problems",
        "Colour the faces of every finding in the picture, by how grave it is",
    )
    .key(NONE, Key::F9),
    mend(MendCommand::MendOpen, "Mend this problem", "What the open finding found")
        .key(CTRL, Key::M)
        .when(can_mend_open)
        .group(),
    mend(
        MendCommand::MendSafe,
        "Mend all safe ones",
        "Everything whose mending changes nothing that is seen",
    )
    .key(CTRL_SHIFT, Key::M)
    .when(can_mend_safe),
    mend(MendCommand::MendAll, "Mend all", "Also what changes how the model looks, for the better")
        .when(can_mend),
    mend(MendCommand::Undo, "Undo", "Take the last mend back").key(CTRL, Key::Z).when(can_undo).group(),
    mend(MendCommand::Redo, "Redo", "Mend again what was taken back")
        .key(CTRL_SHIFT, Key::Z)
        .also(CTRL, Key::Y)
        .when(can_redo),
    mend(
        MendCommand::SaveDialog,
        "Save result as…",
        "Write the mended model to a new file, with its receipt; the original stays as it is",
    )
    .key(CTRL_SHIFT, Key::S)
    .when(can_save)
    .group(),
    conversion(ConvertCommand::Compare, "Compare original and result", "Split the view between the two"),
    conversion(ConvertCommand::ToggleChanges, "Colour what differs", "Faces that a conversion changed"),
    Entry::new(
        Menu::Mend,
        Command::App(AppCommand::CopyReceipt),
        "Copy receipt",
        "Put what the conversion did on the clipboard as text",
    )
    .when(has_conversion),
];
