use egui::{Align2, Area, Frame, Id, Margin, Order, RichText, Stroke, Ui, vec2};

use crate::commands::{Commands, FileCommand};
use crate::icons::Icon;
use crate::model::{Model, Severity};
use crate::theme;
use crate::widgets;

/// Cards over the picture's lower edge: what just ended, and how.
pub(super) fn notices_ui(ui: &Ui, model: &Model, commands: &mut Commands) {
    if model.notices.is_empty() {
        return;
    }
    let area = ui.max_rect();
    Area::new(Id::unique("notices"))
        .order(Order::Foreground)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(area.center_bottom() - vec2(0.0, 44.0))
        .show(ui.ctx(), |ui| {
            let width = (area.width() - 48.0).min(520.0);
            for (i, notice) in model.notices.iter().enumerate() {
                let (icon, color) = match notice.severity {
                    Severity::Good => (Icon::Check, theme::OK),
                    Severity::Info => (Icon::Info, theme::INFO),
                    Severity::Error => (Icon::Error, theme::ERROR),
                };
                Frame::new()
                    .fill(theme::RAISED)
                    .stroke(Stroke::new(1.0, theme::LINE_STRONG))
                    .corner_radius(theme::RADIUS_LARGE)
                    .inner_margin(Margin { left: 14, right: 6, top: 6, bottom: 6 })
                    .show(ui, |ui| {
                        ui.set_width(width);
                        ui.horizontal(|ui| {
                            widgets::icon_ui(ui, icon, color);
                            let room =
                                ui.available_width() - if notice.reveal.is_some() { 170.0 } else { 44.0 };
                            ui.scope(|ui| {
                                ui.set_max_width(room);
                                ui.add(
                                    egui::Label::new(RichText::new(&notice.text).color(theme::TEXT)).wrap(),
                                );
                            });
                            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                                if widgets::icon_button(ui, Icon::Close, "Dismiss").clicked() {
                                    commands.push(FileCommand::DismissNotice(i));
                                }
                                if let Some(path) = &notice.reveal
                                    && widgets::button(ui, None, "Open folder").clicked()
                                {
                                    commands.push(FileCommand::Reveal(path.clone()));
                                }
                            });
                        });
                    });
                ui.add_space(2.0);
            }
        });
}
