use egui::{Button, MenuBar, Ui};

use crate::commands::{Command, Commands, ENTRIES, Entry, Menu, ViewCommand, entry_of, shortcut_text};
use crate::icons::Icon;
use crate::model::Model;
use crate::theme;
use crate::view::View;
use crate::widgets;

pub(super) fn menu_bar_ui(ui: &mut Ui, model: &Model, view: &View, commands: &mut Commands) {
    MenuBar::new().ui(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = egui::vec2(9.0, 4.0);
        for menu in Menu::ALL {
            ui.menu_button(menu.label(), |ui| {
                ui.set_min_width(248.0);
                for entry in ENTRIES.iter().filter(|e| e.menu == menu && e.is_listed) {
                    if entry.starts_group {
                        ui.separator();
                    }
                    item_ui(ui, entry, model, view, commands);
                }
                if menu == Menu::Camera {
                    super::camera::lists_ui(ui, model, commands);
                }
            });
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let toggles = [
                (Icon::PanelRight, ViewCommand::ToggleRight, view.right_open),
                (Icon::PanelBottom, ViewCommand::ToggleStrip, view.strip_open),
                (Icon::PanelLeft, ViewCommand::ToggleLeft, view.left_open),
            ];
            for (icon, command, on) in toggles {
                let command = Command::View(command);
                let name = entry_of(&command).map_or("", |e| e.label);
                if widgets::icon_toggle(ui, icon, name, on).clicked() {
                    commands.push(command);
                }
            }
            ui.add_space(8.0);
            palette_button_ui(ui, commands);
        });
    });
}

fn item_ui(ui: &mut Ui, entry: &Entry, model: &Model, view: &View, commands: &mut Commands) {
    let button = Button::new(entry.label).shortcut_text(shortcut_text(ui.ctx(), entry));
    let enabled = (entry.enabled)(model, view);
    let response = ui.add_enabled(enabled, button).on_hover_text(entry.tooltip);
    if response.clicked() {
        commands.push(entry.command.clone());
        ui.close();
    }
}

/// Looks like the field it opens.
fn palette_button_ui(ui: &mut Ui, commands: &mut Commands) {
    let width = 236.0_f32.min(ui.available_width() - 8.0);
    if width < 120.0 {
        return;
    }
    let (rect, response) =
        ui.allocate_exact_size(egui::vec2(width, theme::CONTROL_HEIGHT), egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Search commands"));
    let line = if response.hovered() || response.has_focus() { theme::LINE_STRONG } else { theme::LINE };
    let painter = ui.painter();
    painter.rect(rect, theme::RADIUS, theme::WELL, egui::Stroke::new(1.0, line), egui::StrokeKind::Inside);
    let icon =
        egui::Rect::from_center_size(rect.left_center() + egui::vec2(16.0, 0.0), egui::Vec2::splat(14.0));
    Icon::Search.paint(painter, icon, theme::TEXT_FAINT);
    let text_at = rect.left_center() + egui::vec2(30.0, 0.0);
    painter.text(text_at, egui::Align2::LEFT_CENTER, "Search commands", theme::body(), theme::TEXT_FAINT);
    let palette = Command::View(ViewCommand::OpenPalette);
    if let Some(entry) = entry_of(&palette) {
        let key_at = rect.right_center() - egui::vec2(10.0, 0.0);
        let key = shortcut_text(ui.ctx(), entry);
        painter.text(key_at, egui::Align2::RIGHT_CENTER, key, theme::small(), theme::TEXT_FAINT);
    }
    if response.clicked() {
        commands.push(palette);
    }
}
