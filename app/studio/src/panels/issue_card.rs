//! One rule that is broken: how grave, how often, what it means, where.

use analysis::{Effect, Finding, Place};
use egui::{Align2, Color32, Frame, Label, Margin, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use super::issues::look_of;
use crate::commands::mend::step_of;
use crate::commands::{Commands, ConvertCommand, IssueCommand, MendCommand};
use crate::icons::Icon;
use crate::model::IssueStop;
use crate::text;
use crate::theme;
use crate::widgets;

/// Places of one finding listed around the one that is looked at.
const N_PLACES_SHOWN: usize = 10;

/// `place`: which of its places one stands at; `None`: it is closed. `scrolls`: the open one is to be
/// seen. `can_mend`: nothing else is being mended.
pub(super) fn issue_card_ui(
    ui: &mut Ui,
    finding: &Finding,
    place: Option<usize>,
    (scrolls, can_mend): (bool, bool),
    commands: &mut Commands,
) {
    let (icon, color, word) = look_of(finding.severity);
    let is_open = place.is_some();
    let ground = ui.painter().add(egui::Shape::Noop);
    let inside = Frame::new().inner_margin(Margin::symmetric(12, 10)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.horizontal(|ui| {
            widgets::icon_ui(ui, icon, color);
            ui.label(RichText::new(word).font(theme::semibold(12.0)).color(color));
            let title = RichText::new(&finding.title).font(theme::semibold(12.5)).color(theme::TEXT);
            ui.add(Label::new(title).truncate());
        });
        let ink = if is_open { theme::TEXT } else { theme::TEXT_QUIET };
        ui.add(Label::new(RichText::new(&finding.sentence).color(ink)).wrap());
    });
    let rect = inside.response.rect;
    let response = ui.interact(rect, ui.scope_id().with(("finding", finding.rule.id())), Sense::click());
    let spoken = format!("{word}: {}. {}", finding.title, finding.sentence);
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
        let show = IssueCommand::Show(IssueStop { rule: finding.rule, place: 0 });
        commands.push(if is_open { IssueCommand::Leave } else { show });
    }
    if is_open && scrolls {
        response.scroll_to_me(None);
    }
    if is_open {
        ui.add_enabled_ui(can_mend, |ui| mend_ui(ui, finding, commands));
    }
    if let Some(place) = place {
        places_ui(ui, finding, place, commands);
        ui.add_space(4.0);
    }
}

/// The button that mends it, and what that does.
fn mend_ui(ui: &mut Ui, finding: &Finding, commands: &mut Commands) {
    let Some(mending) = finding.mend else {
        let line = "No step of Kiln mends this; it takes your modelling program";
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT));
        return;
    };
    let Some(step) = step_of(mending.step) else {
        let button = widgets::button(ui, Some(Icon::Mend), "Choose how to mend this…");
        if button
            .on_hover_text("Opens the step in the conversion panel, where it is told what is meant")
            .clicked()
        {
            commands.push(ConvertCommand::AddStep(mending.step.id().into()));
        }
        return;
    };
    ui.horizontal(|ui| {
        if widgets::primary_button(ui, Some(Icon::Mend), "Mend this").clicked() {
            commands.push(MendCommand::Mend(finding.rule));
        }
        let effect = match mending.effect {
            Effect::Unseen => "safe, nothing that is seen changes",
            Effect::Seen => "changes what is seen",
        };
        let line = format!("{}: {effect}", step.title());
        ui.add(Label::new(RichText::new(line).font(theme::small()).color(theme::TEXT_QUIET)).wrap());
    });
}

/// Some places around the one that is looked at, so that walking on by key shows where one is.
fn places_ui(ui: &mut Ui, finding: &Finding, at: usize, commands: &mut Commands) {
    let n = finding.places.len();
    if n < 2 && finding.places.iter().all(|place| place.label.is_empty()) {
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let first = at.saturating_sub(N_PLACES_SHOWN / 2).min(n.saturating_sub(N_PLACES_SHOWN));
    let last = (first + N_PLACES_SHOWN).min(n);
    more_ui(ui, first, "before");
    for (i, place) in finding.places.iter().enumerate().take(last).skip(first) {
        if place_ui(ui, place, i == at).clicked() {
            commands.push(IssueCommand::Show(IssueStop { rule: finding.rule, place: i }));
        }
    }
    more_ui(ui, n - last, "more");
    ui.spacing_mut().item_spacing.y = 6.0;
}

fn place_ui(ui: &mut Ui, place: &Place, is_chosen: bool) -> egui::Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
    let spoken = format!("Show {}", place.label);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, spoken.clone()));
    let ink = widgets::row_ground(ui, rect, &response, is_chosen);
    let width = rect.width() - 40.0;
    widgets::elided(ui, rect.left_center() + vec2(28.0, 0.0), width, &place.label, theme::small(), ink);
    let icon = Rect::from_center_size(rect.left_center() + vec2(16.0, 0.0), egui::Vec2::splat(12.0));
    Icon::Frame.paint(ui.painter(), icon, theme::TEXT_FAINT);
    response
}

fn more_ui(ui: &mut Ui, n: usize, word: &str) {
    if n == 0 {
        return;
    }
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    let at = rect.left_center() + vec2(28.0, 0.0);
    let line = format!("{} {word}", text::count(n as u64));
    ui.painter().text(at, Align2::LEFT_CENTER, line, theme::small(), theme::TEXT_FAINT);
}
