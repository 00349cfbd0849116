use egui::{Context, Id, Modal, RichText, Ui};

use crate::commands::{Commands, MendCommand};
use crate::icons::Icon;
use crate::model::{DocId, Model};
use crate::theme;
use crate::view::{Leaving, View};
use crate::widgets;

/// Before mends that were not saved are lost with a model or the window.
pub(super) fn leaving_ui(ctx: &Context, model: &Model, view: &View, commands: &mut Commands) {
    let Some(leaving) = view.leaving else { return };
    let modal = Modal::new(Id::unique("leaving"))
        .backdrop_color(theme::BACKDROP)
        .frame(theme::dialog_frame())
        .show(ctx, |ui| {
            ui.set_width(400.0);
            dialog_ui(ui, model, leaving, commands);
        });
    if modal.should_close() {
        commands.push(MendCommand::Stay);
    }
}

fn dialog_ui(ui: &mut Ui, model: &Model, leaving: Leaving, commands: &mut Commands) {
    let unsaved = model.unsaved(leaving.document());
    ui.horizontal(|ui| {
        widgets::icon_ui(ui, Icon::Warning, theme::WARNING);
        let title = "What was mended is not saved";
        ui.label(RichText::new(title).font(theme::semibold(16.0)).color(theme::TEXT));
    });
    ui.add_space(6.0);
    for document in unsaved.iter().take(6) {
        let n = crate::text::counted(document.history.shown(), "change", "changes");
        ui.label(RichText::new(format!("{}   ·   {n}", document.name())).color(theme::TEXT));
    }
    ui.add_space(2.0);
    let hint = "The files are as they were. Save a result to keep the changes, or let them go.";
    ui.label(RichText::new(hint).color(theme::TEXT_QUIET));
    ui.add_space(14.0);
    ui.horizontal(|ui| {
        let is_here = |doc: DocId| model.current == Some(doc);
        if let [one] = unsaved[..]
            && is_here(one.id)
            && widgets::primary_button(ui, Some(Icon::Save), "Save result as…").clicked()
        {
            commands.push(MendCommand::Stay);
            commands.push(MendCommand::SaveDialog);
        }
        if widgets::button(ui, None, "Close without saving").clicked() {
            commands.push(MendCommand::Leave);
        }
        if widgets::button(ui, None, "Stay").clicked() {
            commands.push(MendCommand::Stay);
        }
    });
}
