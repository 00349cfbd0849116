//! The divider of a split view, and what each side shows.

use egui::{
    Align2, CursorIcon, EventFilter, Key, Modifiers, Popup, PopupCloseBehavior, Pos2, Rect, Role, Sense,
    Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::mode_bar;
use crate::commands::{Commands, ViewCommand};
use crate::icons::Icon;
use crate::model::{DocId, Document, Model};
use crate::theme;
use crate::view::{PassChoice, Side, Sizes, View};
use crate::widgets;

/// How far from the line it can be taken.
const GRIP: f32 = 8.0;
const KEY_STEP: f32 = 0.02;
const CHIP_HEIGHT: f32 = 26.0;
const LIST_WIDTH: f32 = 208.0;
/// What the axis ball takes of the right side.
const GIZMO: f32 = 100.0;
/// Below the bar of modes.
const CHIP_TOP: f32 = 54.0;

/// Where the right side begins.
pub(super) fn divider_x(rect: Rect, at: f32) -> f32 {
    egui::lerp(rect.x_range(), at).round()
}

/// On which side of the divider a place of the window lies.
pub(super) fn side_of(rect: Rect, view: &View, place: Pos2) -> Side {
    match view.wipe {
        Some(wipe) if place.x >= divider_x(rect, wipe.at) => Side::Right,
        _ => Side::Left,
    }
}

pub(super) fn wipe_ui(ui: &mut Ui, rect: Rect, model: &Model, view: &mut View, commands: &mut Commands) {
    let (Some(wipe), Some(document)) = (&mut view.wipe, model.current()) else { return };
    let x = divider_x(rect, wipe.at);
    let grip = Rect::from_x_y_ranges(x - GRIP..=x + GRIP, rect.y_range());
    let response = ui.interact(grip, ui.scope_id().with("wipe"), Sense::click_and_drag());
    let percent = 100.0 * f64::from(wipe.at);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Slider, true, "Divider of the split view");
        info.value = Some(percent);
        info
    });
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        wipe.move_to((pointer.x - rect.left()) / rect.width().max(1.0));
    }
    if response.double_clicked() {
        wipe.move_to(0.5);
    }
    if response.has_focus() {
        let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, arrows));
        for (key, by) in [(Key::ArrowLeft, -KEY_STEP), (Key::ArrowRight, KEY_STEP)] {
            let n = ui.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key));
            wipe.move_to(wipe.at + n as f32 * by);
        }
    }
    let is_active = response.hovered() || response.dragged() || response.has_focus();
    line_ui(ui, rect, divider_x(rect, wipe.at), is_active);
    let (other, pass, sizes) = (wipe.doc.filter(|doc| *doc != document.id), wipe.pass, wipe.sizes);
    let y = rect.top() + CHIP_TOP;
    let names = other.and_then(|doc| model.document(doc)).map(|o| (document.name(), o.name()));
    let title = |pass: PassChoice, name: Option<&String>| match name {
        Some(name) => format!("{name}   ·   {}", pass.label()),
        None => pass.label().to_owned(),
    };
    let left =
        Chip { name: "Left side", text: title(view.pass, names.as_ref().map(|n| &n.0)), pass: view.pass };
    let right = Chip { name: "Right side", text: title(pass, names.as_ref().map(|n| &n.1)), pass };
    let room = |width: f32| (width - 20.0).max(0.0);
    left.show(ui, pos2(x - 10.0, y), Align2::RIGHT_TOP, room(x - rect.left()), |ui| {
        if let Some(pass) = mode_bar::list_ui(ui, left.pass, mode_bar::Rows::AllWithKeys) {
            commands.push(ViewCommand::SetPass(pass));
        }
    });
    right.show(ui, pos2(x + 10.0, y), Align2::LEFT_TOP, room(rect.right() - GIZMO - x), |ui| {
        models_ui(ui, model, document, other, commands);
        if other.is_some() {
            sizes_ui(ui, sizes, commands);
        }
        if let Some(pass) = mode_bar::list_ui(ui, right.pass, mode_bar::Rows::All) {
            commands.push(ViewCommand::SetWipePass(pass));
        }
    });
}

fn line_ui(ui: &Ui, rect: Rect, x: f32, is_active: bool) {
    let painter = ui.painter().with_clip_rect(rect);
    let color = if is_active { theme::EMBER } else { theme::TEXT };
    painter.vline(x, rect.y_range(), Stroke::new(4.0, theme::SCRIM));
    painter.vline(x, rect.y_range(), Stroke::new(1.5, color));
    let knob = pos2(x, rect.center().y);
    painter.circle(knob, 13.0, theme::RAISED, Stroke::new(1.5, color));
    for side in [-1.0, 1.0] {
        let tip = knob + vec2(side * 7.5, 0.0);
        let wing = |dy: f32| tip + vec2(-side * 3.5, dy);
        painter.line(vec![wing(-3.5), tip, wing(3.5)], Stroke::new(1.5, color));
    }
}

/// Which model the right side shows, when there are several.
fn models_ui(ui: &mut Ui, model: &Model, current: &Document, other: Option<DocId>, commands: &mut Commands) {
    /// More would not fit beside the modes.
    const MOST: usize = 8;
    if model.documents.len() < 2 {
        return;
    }
    for document in model.documents.iter().take(MOST) {
        let (rect, response) = ui.allocate_exact_size(vec2(LIST_WIDTH, 26.0), Sense::click());
        let is_current = document.id == current.id;
        let selected = other.map_or(is_current, |other| other == document.id);
        let name = document.name();
        response.widget_info(|| WidgetInfo::selected(Role::MenuItemRadio, true, selected, &name));
        let color = widgets::row_ground(ui, rect, &response, selected);
        let icon = Rect::from_center_size(rect.left_center() + vec2(18.0, 0.0), Vec2::splat(16.0));
        Icon::Model.paint(ui.painter(), icon, theme::TEXT_FAINT);
        let at = rect.left_center() + vec2(36.0, 0.0);
        widgets::elided(ui, at, rect.width() - 44.0, &name, theme::body(), color);
        if response.clicked() {
            commands.push(ViewCommand::CompareWith((!is_current).then_some(document.id)));
        }
    }
    ui.separator();
}

/// Whether both models fill the picture, or keep their sizes.
fn sizes_ui(ui: &mut Ui, sizes: Sizes, commands: &mut Commands) {
    let (rect, response) = ui.allocate_exact_size(vec2(LIST_WIDTH, 26.0), Sense::click());
    let is_true = sizes == Sizes::True;
    let name = "True sizes";
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemCheckBox, true, is_true, name));
    let color = widgets::row_ground(ui, rect, &response, false);
    if is_true {
        let tick = Rect::from_center_size(rect.left_center() + vec2(18.0, 0.0), Vec2::splat(14.0));
        Icon::Check.paint(ui.painter(), tick, theme::EMBER);
    }
    let at = rect.left_center() + vec2(36.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, name, theme::body(), color);
    if response
        .on_hover_text("As large to each other as they are, instead of both filling the picture")
        .clicked()
    {
        commands.push(ViewCommand::ToggleTrueSizes);
    }
    ui.separator();
}

struct Chip {
    name: &'static str,
    text: String,
    pass: PassChoice,
}

impl Chip {
    /// At the divider, cut where the side has no room for it; a click opens `list`.
    fn show(&self, ui: &mut Ui, at: Pos2, align: Align2, room: f32, list: impl FnOnce(&mut Ui)) {
        let galley = ui.painter().layout_no_wrap(self.text.clone(), theme::medium(12.0), theme::TEXT);
        let width = (galley.size().x + 54.0).min(room);
        if width < 40.0 {
            return;
        }
        let chip = align.anchor_size(at, vec2(width, CHIP_HEIGHT));
        let response = ui.interact(chip, ui.scope_id().with(self.name), Sense::click());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{}, {}", self.name, self.text)));
        let fill = if response.hovered() { theme::HOVER } else { theme::SCRIM };
        ui.painter().rect_filled(chip, theme::RADIUS, fill);
        if response.has_focus() {
            ui.painter().rect_stroke(
                chip,
                theme::RADIUS,
                Stroke::new(1.5, theme::EMBER),
                egui::StrokeKind::Outside,
            );
        }
        let icon = Rect::from_center_size(chip.left_center() + vec2(15.0, 0.0), Vec2::splat(12.0));
        mode_bar::swatch(ui.painter(), icon, self.pass);
        let text_at = chip.left_center() + vec2(28.0, 0.0);
        widgets::elided(ui, text_at, width - 50.0, &self.text, theme::medium(12.0), theme::TEXT);
        let arrow = Rect::from_center_size(chip.right_center() - vec2(13.0, 0.0), Vec2::splat(12.0));
        Icon::ChevronDown.paint(ui.painter(), arrow, theme::TEXT_QUIET);
        Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClick).gap(6.0).show(list);
    }
}
