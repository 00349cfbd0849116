//! The few controls that panels are built from, all with an icon, a name for screen readers and
//! a visible focus.

use egui::{
    Align2, Color32, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use crate::icons::Icon;
use crate::theme;

pub(crate) fn icon_ui(ui: &mut Ui, icon: Icon, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::ICON_SIZE), Sense::hover());
    icon.paint(ui.painter(), rect, color);
    response
}

/// Quiet until hovered; `name` is its tooltip and what a screen reader says.
pub(crate) fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    icon_toggle(ui, icon, name, false)
}

pub(crate) fn icon_toggle(ui: &mut Ui, icon: Icon, name: &str, on: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::CONTROL_HEIGHT), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, name));
    if ui.is_rect_visible(rect) {
        let fill = if response.is_pointer_button_down_on() {
            theme::PRESSED
        } else if response.hovered() {
            theme::HOVER
        } else {
            Color32::TRANSPARENT
        };
        let color = match (on, response.hovered()) {
            (true, _) | (_, true) => theme::TEXT,
            (false, false) => theme::TEXT_FAINT,
        };
        ui.painter().rect_filled(rect, theme::RADIUS, fill);
        focus_ring(ui, rect, &response);
        icon.paint(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat(theme::ICON_SIZE)), color);
    }
    response.on_hover_text(name)
}

pub(crate) fn button(ui: &mut Ui, icon: Option<Icon>, text: &str) -> Response {
    text_button(ui, icon, text, Emphasis::Plain, 0.0)
}

/// The one thing to do next.
pub(crate) fn primary_button(ui: &mut Ui, icon: Option<Icon>, text: &str) -> Response {
    text_button(ui, icon, text, Emphasis::Primary, 0.0)
}

/// As wide as its column.
pub(crate) fn wide_button(ui: &mut Ui, icon: Option<Icon>, text: &str) -> Response {
    let width = ui.available_width();
    text_button(ui, icon, text, Emphasis::Plain, width)
}

/// A primary button as wide as its panel.
pub(crate) fn wide_primary_button(ui: &mut Ui, icon: Option<Icon>, text: &str) -> Response {
    let width = ui.available_width();
    text_button(ui, icon, text, Emphasis::Primary, width)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Emphasis {
    Plain,
    Primary,
}

fn text_button(ui: &mut Ui, icon: Option<Icon>, text: &str, emphasis: Emphasis, min_width: f32) -> Response {
    let galley = ui.painter().layout_no_wrap(text.into(), theme::medium(13.0), Color32::PLACEHOLDER);
    let icon_width = if icon.is_some() { theme::ICON_SIZE + 8.0 } else { 0.0 };
    let content_width = galley.size().x + icon_width;
    let height = if emphasis == Emphasis::Primary { theme::PRIMARY_HEIGHT } else { theme::CONTROL_HEIGHT };
    let size = vec2((content_width + 24.0).max(min_width), height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    if ui.is_rect_visible(rect) {
        let pressed = response.is_pointer_button_down_on();
        let (fill, ink) = match (emphasis, pressed, response.hovered()) {
            (Emphasis::Primary, _, true) => (theme::EMBER_HOVER, theme::ON_EMBER),
            (Emphasis::Primary, _, false) => (theme::EMBER, theme::ON_EMBER),
            (Emphasis::Plain, true, _) => (theme::PRESSED, theme::TEXT),
            (Emphasis::Plain, false, true) => (theme::HOVER, theme::TEXT),
            (Emphasis::Plain, false, false) => (theme::RAISED, theme::TEXT),
        };
        ui.painter().rect_filled(rect, theme::RADIUS, fill);
        if emphasis == Emphasis::Plain {
            let line = Stroke::new(1.0, if response.hovered() { theme::LINE_STRONG } else { theme::LINE });
            ui.painter().rect_stroke(rect, theme::RADIUS, line, StrokeKind::Inside);
        }
        focus_ring(ui, rect, &response);
        let mut left = rect.center().x - 0.5 * content_width;
        if let Some(icon) = icon {
            let icon_rect =
                Rect::from_min_size(pos2(left, rect.center().y - 8.0), Vec2::splat(theme::ICON_SIZE));
            icon.paint(ui.painter(), icon_rect, ink);
            left += icon_width;
        }
        ui.painter().galley(pos2(left, rect.center().y - 0.5 * galley.size().y), galley, ink);
    }
    response
}

fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        ui.painter().rect_stroke(rect, theme::RADIUS, Stroke::new(1.5, theme::EMBER), StrokeKind::Outside);
    }
}

/// One choice of several in a well, such as the passes. `key` is shown small behind the name.
pub(crate) fn segment(ui: &mut Ui, name: &str, key: &str, selected: bool) -> Response {
    segment_with(ui, name, key, selected, false)
}

/// A segment that opens a list.
pub(crate) fn menu_segment(ui: &mut Ui, name: &str, key: &str, selected: bool) -> Response {
    segment_with(ui, name, key, selected, true)
}

fn segment_with(ui: &mut Ui, name: &str, key: &str, selected: bool, opens_list: bool) -> Response {
    const ARROW: f32 = 12.0;
    let side = ui.spacing().button_padding.x;
    let text = if selected { theme::TEXT } else { theme::TEXT_QUIET };
    let label = ui.painter().layout_no_wrap(name.into(), theme::medium(12.0), text);
    let hint = ui.painter().layout_no_wrap(key.into(), FontId::proportional(10.5), theme::TEXT_FAINT);
    let gap = if key.is_empty() { 0.0 } else { 6.0 };
    let arrow = if opens_list { ARROW + 4.0 } else { 0.0 };
    let width = label.size().x + gap + hint.size().x + arrow + 2.0 * side;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    let enabled = ui.is_enabled();
    let role = if opens_list { Role::Button } else { Role::RadioButton };
    response.widget_info(|| WidgetInfo::selected(role, enabled, selected, name));
    if ui.is_rect_visible(rect) {
        let fill = match (selected, response.hovered()) {
            (true, _) => theme::PRESSED,
            (false, true) => theme::HOVER,
            (false, false) => Color32::TRANSPARENT,
        };
        ui.painter().rect_filled(rect, 4, fill);
        if selected {
            let underline = Rect::from_min_max(
                pos2(rect.left() + side, rect.bottom() - 2.0),
                pos2(rect.right() - side, rect.bottom()),
            );
            ui.painter().rect_filled(underline, 1, theme::EMBER);
        }
        focus_ring(ui, rect, &response);
        let baseline = |size: Vec2| rect.center().y - 0.5 * size.y;
        let x = rect.left() + side;
        let hint_x = x + label.size().x + gap;
        let (label_y, hint_y) = (baseline(label.size()), baseline(hint.size()) + 0.5);
        ui.painter().galley(pos2(x, label_y), label, text);
        ui.painter().galley(pos2(hint_x, hint_y), hint, theme::TEXT_FAINT);
        if opens_list {
            let at = pos2(rect.right() - 8.0 - 0.5 * ARROW, rect.center().y);
            Icon::ChevronDown.paint(ui.painter(), Rect::from_center_size(at, Vec2::splat(ARROW)), text);
        }
    }
    response
}

/// What a tab needs for its name and its count.
pub(crate) fn tab_width(ui: &Ui, name: &str, badge: Option<&str>) -> f32 {
    let width = |text: &str, font| ui.painter().layout_no_wrap(text.into(), font, theme::TEXT).size().x;
    let badge = badge.map_or(0.0, |text| width(text, FontId::proportional(10.5)) + 16.0);
    width(name, theme::medium(12.5)) + badge
}

/// A tab of a side panel: its name, a count if there is something to count, a line under the open one.
/// The icon is left out of narrow panels.
pub(crate) fn tab(
    ui: &mut Ui,
    icon: Option<Icon>,
    name: &str,
    badge: Option<String>,
    selected: bool,
    width: f32,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme::BAR_HEIGHT), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Tab, enabled, selected, name));
    if ui.is_rect_visible(rect) {
        let color = match (selected, response.hovered()) {
            (true, _) | (_, true) => theme::TEXT,
            _ => theme::TEXT_QUIET,
        };
        let label = ui.painter().layout_no_wrap(name.into(), theme::medium(12.5), color);
        let badge =
            badge.map(|text| ui.painter().layout_no_wrap(text, FontId::proportional(10.5), theme::TEXT));
        let icon_width = if icon.is_some() { 20.0 } else { 0.0 };
        let badge_width = badge.as_ref().map_or(0.0, |b| b.size().x + 16.0);
        let mut x = rect.center().x - 0.5 * (icon_width + label.size().x + badge_width);
        if let Some(icon) = icon {
            let icon_rect = Rect::from_min_size(pos2(x, rect.center().y - 7.0), Vec2::splat(14.0));
            icon.paint(ui.painter(), icon_rect, if selected { theme::EMBER } else { color });
            x += icon_width;
        }
        let label_width = label.size().x;
        ui.painter().galley(pos2(x, rect.center().y - 0.5 * label.size().y), label, color);
        if let Some(badge) = badge {
            let pill = Rect::from_center_size(
                pos2(x + label_width + 6.0 + 0.5 * (badge.size().x + 10.0), rect.center().y),
                vec2(badge.size().x + 10.0, 16.0),
            );
            ui.painter().rect_filled(pill, 8, theme::PRESSED);
            ui.painter().galley(pill.center() - 0.5 * badge.size(), badge, theme::TEXT);
        }
        if selected {
            let line = Rect::from_min_max(
                pos2(rect.left() + 4.0, rect.bottom() - 2.0),
                pos2(rect.right() - 4.0, rect.bottom()),
            );
            ui.painter().rect_filled(line, 1, theme::EMBER);
        }
        focus_ring(ui, rect.shrink(2.0), &response);
    }
    response
}

/// Quiet capital-free header of a section.
pub(crate) fn section_title(ui: &mut Ui, text: &str) {
    ui.label(egui::RichText::new(text).font(theme::semibold(12.0)).color(theme::TEXT_QUIET));
}

/// A name on the left and its value on the right of one row.
pub(crate) fn fact(ui: &mut Ui, name: &str, value: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name} {value}")));
    let painter = ui.painter();
    painter.text(rect.left_center(), Align2::LEFT_CENTER, name, theme::body(), theme::TEXT_QUIET);
    painter.text(rect.right_center(), Align2::RIGHT_CENTER, value, theme::medium(13.0), theme::TEXT);
}

/// How far something has come; `None` sweeps to and fro until the end can be told.
pub(crate) fn progress_bar(ui: &mut Ui, name: &str, fraction: Option<f32>, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = fraction.map(|f| f64::from(f) * 100.0);
        info
    });
    if ui.is_rect_visible(rect) {
        ui.painter().rect_filled(rect, 2, theme::PRESSED);
        let (from, to) = match fraction {
            Some(fraction) => (0.0, fraction.clamp(0.0, 1.0)),
            None => {
                ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
                let time = ui.input(|i| i.time) as f32;
                let at = 0.5 - 0.5 * (time * 2.2).cos();
                (at * 0.7, at * 0.7 + 0.3)
            }
        };
        let filled = Rect::from_min_max(
            pos2(egui::lerp(rect.x_range(), from), rect.top()),
            pos2(egui::lerp(rect.x_range(), to), rect.bottom()),
        );
        if to > from {
            ui.painter().rect_filled(filled, 2, color);
        }
    }
    response
}

/// A turning arc; asks for frames only while it can be seen.
pub(crate) fn spinner(ui: &mut Ui, size: f32) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Working"));
    spinner_at(ui, rect);
}

pub(crate) fn spinner_at(ui: &Ui, rect: Rect) {
    if !ui.is_rect_visible(rect) {
        return;
    }
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
    let time = ui.input(|i| i.time) as f32;
    let radius = 0.5 * rect.width().min(rect.height()) - 1.5;
    ui.painter().circle_stroke(rect.center(), radius, Stroke::new(2.0, theme::PRESSED));
    let points = (0..=20)
        .map(|i| {
            let angle = time * 5.0 + i as f32 / 20.0 * 1.7;
            rect.center() + radius * vec2(angle.cos(), angle.sin())
        })
        .collect();
    ui.painter().add(egui::Shape::line(points, Stroke::new(2.0, theme::EMBER)));
}

/// What a panel says when it has nothing to show: an icon, a line, and a line of what to do.
pub(crate) fn empty_state(ui: &mut Ui, icon: Icon, title: &str, hint: &str) {
    ui.add_space(32.0);
    ui.vertical_centered(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(28.0), Sense::hover());
        icon.paint(ui.painter(), rect, theme::TEXT_FAINT);
        ui.add_space(8.0);
        ui.label(egui::RichText::new(title).font(theme::medium(13.0)).color(theme::TEXT));
        ui.label(egui::RichText::new(hint).font(theme::small()).color(theme::TEXT_QUIET));
    });
}

/// A line with an icon before it that may wrap under itself, not under the icon.
pub(crate) fn note(ui: &mut Ui, icon: Icon, color: Color32, text: &str) {
    ui.horizontal_top(|ui| {
        icon_ui(ui, icon, color);
        ui.add(egui::Label::new(egui::RichText::new(text).color(theme::TEXT_QUIET)).wrap());
    });
}

/// As [`note`], for what need not be read.
pub(crate) fn small_note(ui: &mut Ui, icon: Icon, text: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
        icon.paint(ui.painter(), rect.shrink(1.0), theme::TEXT_FAINT);
        let text = egui::RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET);
        ui.add(egui::Label::new(text).wrap());
    });
}

/// Text cut to `width` with an ellipsis, painted at `left_center`.
pub(crate) fn elided(ui: &Ui, left_center: egui::Pos2, width: f32, text: &str, font: FontId, color: Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.into(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(left_center.x, left_center.y - 0.5 * galley.size().y), galley, color);
}

/// More do not fit into any panel, and measuring them takes time.
const MAX_LETTERS: usize = 400;

/// Like [`elided`], but the end stays to be read: names of textures differ there.
pub(crate) fn elided_in_the_middle(
    ui: &Ui,
    left_center: egui::Pos2,
    width: f32,
    text: &str,
    font: FontId,
    color: Color32,
) {
    let is_too_wide =
        |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), color).size().x > width;
    if !is_too_wide(text) {
        return elided(ui, left_center, width, text, font, color);
    }
    let letters: Vec<char> = text.chars().collect();
    let shortened = |n_kept: usize| -> String {
        let (n_first, n_last) = (n_kept / 2, n_kept.div_ceil(2));
        let ends = [&letters[..n_first], &['…'], &letters[letters.len() - n_last..]];
        ends.concat().into_iter().collect()
    };
    // The most letters that fit lie between these two.
    let (mut n_fitting, mut n_too_many) = (0, letters.len().min(MAX_LETTERS));
    while n_too_many - n_fitting > 1 {
        let n = n_fitting.midpoint(n_too_many);
        if is_too_wide(&shortened(n)) { n_too_many = n } else { n_fitting = n }
    }
    elided(ui, left_center, width, &shortened(n_fitting), font, color);
}

/// The ground of a list row by its state; returns the colour of its main text.
pub(crate) fn row_ground(ui: &Ui, rect: Rect, response: &Response, selected: bool) -> Color32 {
    let fill = match (selected, response.hovered()) {
        (true, _) => theme::EMBER_DEEP,
        (false, true) => theme::HOVER,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, theme::RADIUS, fill);
    if selected {
        let bar = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(2.0, rect.height() - 8.0));
        ui.painter().rect_filled(bar, 1, theme::EMBER);
    }
    focus_ring(ui, rect.shrink(1.0), response);
    theme::TEXT
}

/// A quiet line that opens and closes what is below it.
pub(crate) fn disclosure(ui: &mut Ui, icon: Icon, text: &str, is_open: bool) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, enabled, is_open, text));
    if ui.is_rect_visible(rect) {
        let color = if response.hovered() { theme::TEXT } else { theme::TEXT_QUIET };
        let icon_rect = Rect::from_center_size(rect.left_center() + vec2(8.0, 0.0), Vec2::splat(12.0));
        icon.paint(ui.painter(), icon_rect, color);
        elided(ui, rect.left_center() + vec2(22.0, 0.0), rect.width() - 22.0, text, theme::small(), color);
        focus_ring(ui, rect, &response);
    }
    response
}
