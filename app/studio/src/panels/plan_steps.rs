//! The steps of a plan as a list: switched, opened, moved by hand or by key, added and removed.

use convert::Step;
use egui::{
    EventFilter, Id, Key, Label, Modifiers, Popup, PopupCloseBehavior, Rect, RichText, Role, Sense, Stroke,
    Ui, WidgetInfo, pos2, vec2,
};

use super::step_form;
use crate::draft::{Draft, Line, summary};
use crate::icons::Icon;
use crate::theme;
use crate::widgets;

const ROW_HEIGHT: f32 = 34.0;
const GRIP_WIDTH: f32 = 20.0;

/// What is being dragged.
#[derive(Clone, Copy)]
struct Dragged(u64);

enum Change {
    Nudge(u64, bool),
    MoveTo(u64, usize),
    Remove(u64),
}

pub(super) fn steps_ui(ui: &mut Ui, draft: &mut Draft) {
    let mut change = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (i, line) in draft.lines.iter_mut().enumerate() {
            // Not by its place in the list, so that a line that is moved keeps the keys.
            let id = ui.scope_id().with(("line", line.id));
            ui.push_id(line.id, |ui| line_ui(ui, id, i, line, &mut change));
        }
    });
    if draft.lines.is_empty() {
        let hint = "No step: the file format changes and nothing else";
        ui.label(RichText::new(hint).font(theme::small()).color(theme::TEXT_QUIET));
    }
    match change {
        Some(Change::Nudge(id, is_down)) => draft.nudge(id, is_down),
        Some(Change::MoveTo(id, to)) => draft.move_to(id, to),
        Some(Change::Remove(id)) => draft.remove(id),
        None => {}
    }
    add_ui(ui, draft);
}

fn line_ui(ui: &mut Ui, id: Id, i: usize, line: &mut Line, change: &mut Option<Change>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let title = line.step.title();
    let spoken = format!("{}. {title}{}", i + 1, if line.is_on { "" } else { ", off" });
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, line.is_open, &spoken));
    let is_dragged = ui.ctx().is_being_dragged(response.id);
    let fill = if is_dragged || response.hovered() { theme::HOVER } else { theme::RAISED };
    ui.painter().rect_filled(rect, theme::RADIUS, fill);
    if response.has_focus() {
        let ring = Stroke::new(1.5, theme::EMBER);
        ui.painter().rect_stroke(rect, theme::RADIUS, ring, egui::StrokeKind::Inside);
        keys_ui(ui, response.id, line.id, change);
    }
    drag_ui(ui, rect, &response, i, line, change);
    let grip = Rect::from_center_size(rect.left_center() + vec2(12.0, 0.0), egui::Vec2::splat(14.0));
    Icon::Grip.paint(ui.painter(), grip, theme::TEXT_FAINT);
    let arrow = Rect::from_center_size(rect.right_center() - vec2(14.0, 0.0), egui::Vec2::splat(14.0));
    let chevron = if line.is_open { Icon::ChevronDown } else { Icon::ChevronRight };
    chevron.paint(ui.painter(), arrow, theme::TEXT_QUIET);
    let inner = Rect::from_min_max(
        pos2(rect.left() + GRIP_WIDTH, rect.top()),
        pos2(rect.right() - 28.0, rect.bottom()),
    );
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let mut row = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(layout));
    let switch = row.checkbox(&mut line.is_on, "");
    switch.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, line.is_on, format!("Use {title}")));
    let ink = if line.is_on { theme::TEXT } else { theme::TEXT_FAINT };
    row.add(Label::new(RichText::new(title).color(ink)).selectable(false));
    let chosen = summary(&line.step);
    if !chosen.is_empty() && !line.is_open {
        let chosen = RichText::new(chosen).font(theme::small()).color(theme::TEXT_FAINT);
        row.add(Label::new(chosen).truncate().selectable(false));
    }
    if response.clicked() {
        line.is_open = !line.is_open;
        response.request_focus();
    }
    if line.is_open {
        open_ui(ui, i, line, change);
    }
}

/// Shift with the arrows moves the line.
fn keys_ui(ui: &Ui, focus: Id, id: u64, change: &mut Option<Change>) {
    let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focus, arrows));
    for (key, is_down) in [(Key::ArrowUp, false), (Key::ArrowDown, true)] {
        if ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, key)) {
            *change = Some(Change::Nudge(id, is_down));
        }
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Delete)) {
        *change = Some(Change::Remove(id));
    }
}

/// A line that is let go over another goes above or below it.
fn drag_ui(
    ui: &Ui,
    rect: Rect,
    response: &egui::Response,
    i: usize,
    line: &Line,
    change: &mut Option<Change>,
) {
    response.dnd_set_drag_payload(Dragged(line.id));
    let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let to = if pointer.y < rect.center().y { i } else { i + 1 };
    if response.dnd_hover_payload::<Dragged>().is_some() {
        let y = if to == i { rect.top() - 1.0 } else { rect.bottom() + 1.0 };
        ui.painter().hline(rect.x_range(), y, Stroke::new(2.0, theme::EMBER));
    }
    if let Some(dragged) = response.dnd_release_payload::<Dragged>() {
        *change = Some(Change::MoveTo(dragged.0, to));
    }
}

/// The options of a step, and what can be done with its line.
fn open_ui(ui: &mut Ui, i: usize, line: &mut Line, change: &mut Option<Change>) {
    let margin = egui::Margin { left: 22, right: 8, top: 4, bottom: 8 };
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let options = line.step.options();
        if options.is_empty() {
            let hint = "Nothing has to be chosen";
            ui.label(RichText::new(hint).font(theme::small()).color(theme::TEXT_FAINT));
        }
        step_form::options_ui(ui, line.id, &mut line.step, &options);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let n = i + 1;
            if widgets::icon_button(ui, Icon::Up, &format!("Move step {n} up (Shift+Up)")).clicked() {
                *change = Some(Change::Nudge(line.id, false));
            }
            let down = format!("Move step {n} down (Shift+Down)");
            if widgets::icon_button(ui, Icon::ChevronDown, &down).clicked() {
                *change = Some(Change::Nudge(line.id, true));
            }
            if widgets::icon_button(ui, Icon::Bin, &format!("Remove step {n} (Delete)")).clicked() {
                *change = Some(Change::Remove(line.id));
            }
        });
    });
}

fn add_ui(ui: &mut Ui, draft: &mut Draft) {
    let response = widgets::wide_button(ui, Some(Icon::Plus), "Add step");
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClick).gap(4.0).show(|ui| {
        ui.set_min_width(240.0);
        egui::ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            for step in Step::all() {
                let is_there = draft.lines.iter().any(|line| line.step.id() == step.id());
                let button = egui::Button::selectable(false, step.title());
                let button = if is_there { button.shortcut_text("in the plan") } else { button };
                if ui.add(button).clicked() {
                    draft.add(step);
                }
            }
        });
    });
}
