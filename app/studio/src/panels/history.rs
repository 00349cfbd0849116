//! What was mended, as a list one can walk back and forth in, and the way to keep it.

use egui::{Frame, Label, Layout, Margin, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use crate::commands::mend::{is_safe, n_mendable, what_changed};
use crate::commands::{Commands, MendCommand};
use crate::icons::Icon;
use crate::model::{Change, Document};
use crate::text;
use crate::theme;
use crate::widgets;

const ROW_HEIGHT: f32 = 40.0;

/// The buttons that mend several findings at once.
pub(super) fn mend_all_ui(ui: &mut Ui, document: &Document, commands: &mut Commands) {
    if let Some((title, progress)) = document.history.mending() {
        ui.horizontal(|ui| {
            widgets::spinner(ui, 14.0);
            let stage =
                if progress.stage.is_empty() { String::new() } else { format!(": {}", progress.stage) };
            ui.label(RichText::new(format!("{title}{stage}")).color(theme::TEXT_QUIET));
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                if widgets::icon_button(ui, Icon::Stop, "Stop mending").clicked() {
                    commands.push(MendCommand::Stop);
                }
            });
        });
        return;
    }
    let (n_safe, n_all) = (n_mendable(document, is_safe), n_mendable(document, |_| true));
    if n_all == 0 {
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if n_safe > 0 {
            let button = widgets::button(ui, Some(Icon::Mend), &format!("Mend all safe ones ({n_safe})"));
            if button.on_hover_text("What changes nothing that is seen").clicked() {
                commands.push(MendCommand::MendSafe);
            }
        }
        if n_all > n_safe {
            let icon = (n_safe == 0).then_some(Icon::Mend);
            let button = widgets::button(ui, icon, &format!("Mend all ({n_all})"));
            if button.on_hover_text("Also what changes how the model looks, for the better").clicked() {
                commands.push(MendCommand::MendAll);
            }
        }
    });
}

pub(super) fn history_ui(ui: &mut Ui, document: &Document, can_save: bool, commands: &mut Commands) {
    let history = &document.history;
    if history.changes.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Mended");
        if history.is_unsaved() {
            ui.label(RichText::new("not saved").font(theme::small()).color(theme::WARNING));
        }
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let redo = |ui: &mut Ui| widgets::icon_button(ui, Icon::Redo, "Redo (Ctrl+Shift+Z)").clicked();
            if ui.add_enabled_ui(history.can_redo(), redo).inner {
                commands.push(MendCommand::Redo);
            }
            let undo = |ui: &mut Ui| widgets::icon_button(ui, Icon::Undo, "Undo (Ctrl+Z)").clicked();
            if ui.add_enabled_ui(history.can_undo(), undo).inner {
                commands.push(MendCommand::Undo);
            }
        });
    });
    Frame::new().fill(theme::WELL).corner_radius(theme::RADIUS).inner_margin(Margin::same(3)).show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let (shown, saved) = (history.shown(), history.saved());
            let row = |n: usize, title: &str, about: &str| Row {
                n,
                title: title.into(),
                about: about.into(),
                shown,
                saved,
            };
            row(0, "As in the file", "the original, which stays as it is").show(ui, commands);
            for (i, change) in history.changes.iter().enumerate() {
                let about = about(change);
                row(i + 1, &change.wish.title, &about).show(ui, commands);
            }
        },
    );
    ui.add_space(2.0);
    if history.shown() > 0 {
        ui.add_enabled_ui(can_save, |ui| {
            if widgets::wide_button(ui, Some(Icon::Save), "Save result as…").clicked() {
                commands.push(MendCommand::SaveDialog);
            }
        });
    }
    let notes = history.changes[..history.shown().min(history.changes.len())].iter();
    for note in notes.flat_map(|change| &change.receipts).flat_map(|receipt| &receipt.notes) {
        widgets::note(ui, Icon::Info, theme::INFO, &text::sentence(note));
    }
    ui.add_space(theme::SECTION_GAP - 6.0);
}

fn about(change: &Change) -> String {
    if change.receipts.is_empty() { "is being made again".into() } else { what_changed(&change.receipts) }
}

/// A state of the model that a click leads to.
struct Row {
    n: usize,
    title: String,
    about: String,
    shown: usize,
    saved: usize,
}

impl Row {
    fn show(&self, ui: &mut Ui, commands: &mut Commands) {
        let is_shown = self.n == self.shown;
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
        let is_saved = self.n > 0 && self.n == self.saved;
        let spoken = format!("{}: {}{}", self.title, self.about, if is_saved { ", saved" } else { "" });
        response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_shown, spoken.clone()));
        widgets::row_ground(ui, rect, &response, is_shown);
        let is_undone = self.n > self.shown;
        let ink = if is_undone { theme::TEXT_FAINT } else { theme::TEXT };
        let icon = match (is_undone, self.n) {
            (true, _) => Icon::Redo,
            (false, 0) => Icon::Model,
            (false, _) => Icon::Check,
        };
        let at = Rect::from_center_size(rect.left_center() + vec2(17.0, 0.0), egui::Vec2::splat(14.0));
        icon.paint(ui.painter(), at, if is_shown { theme::EMBER } else { theme::TEXT_FAINT });
        let inner = Rect::from_min_max(rect.min + vec2(34.0, 3.0), rect.max - vec2(8.0, 3.0));
        let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(inner));
        ui.spacing_mut().item_spacing.y = 0.0;
        let title = RichText::new(&self.title).font(theme::medium(12.5)).color(ink);
        ui.add(Label::new(title).truncate().selectable(false));
        let about = if is_saved { format!("{} · saved", self.about) } else { self.about.clone() };
        let about = RichText::new(about).font(theme::small()).color(theme::TEXT_FAINT);
        ui.add(Label::new(about).truncate().selectable(false));
        if response.on_hover_text(&self.about).clicked() {
            commands.push(MendCommand::GoTo(self.n));
        }
    }
}
