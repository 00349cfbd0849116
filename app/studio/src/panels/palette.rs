use egui::{
    Area, Context, Frame, Id, Key, Margin, Order, Rect, RichText, Role, ScrollArea, Sense, Stroke, TextEdit,
    Ui, WidgetInfo, vec2,
};

use crate::commands::{Commands, ENTRIES, Entry, shortcut_text};
use crate::icons::Icon;
use crate::model::Model;
use crate::theme;
use crate::view::{PaletteView, View};
use crate::widgets;

const WIDTH: f32 = 520.0;
const ROW_HEIGHT: f32 = 32.0;

/// Any command by a few letters of its name.
pub(super) fn palette_ui(ctx: &Context, model: &Model, view: &mut View, commands: &mut Commands) {
    let Some(mut palette) = view.palette.take() else { return };
    let found = matches(&palette.query, model, view);
    let mut chosen = None;
    let mut is_open = steer(ctx, &mut palette, &found, &mut chosen);
    let screen = ctx.content_rect();
    let backdrop = Area::new(Id::unique("palette backdrop")).order(Order::Middle).fixed_pos(screen.min).show(
        ctx,
        |ui| {
            ui.painter().rect_filled(screen, 0, theme::BACKDROP);
            ui.allocate_rect(screen, Sense::click())
        },
    );
    if backdrop.inner.clicked() {
        is_open = false;
    }
    let width = WIDTH.min(screen.width() - 32.0);
    let at = egui::pos2(screen.center().x - 0.5 * width, screen.top() + (0.14 * screen.height()).min(120.0));
    Area::new(Id::unique("palette")).order(Order::Foreground).fixed_pos(at).show(ctx, |ui| {
        Frame::new()
            .fill(theme::RAISED)
            .stroke(Stroke::new(1.0, theme::LINE_STRONG))
            .corner_radius(theme::RADIUS_LARGE)
            .shadow(ui.visuals().popup_shadow)
            .inner_margin(Margin::same(8))
            .show(ui, |ui| {
                ui.set_width(width - 16.0);
                field_ui(ui, &mut palette);
                ui.add_space(4.0);
                list_ui(ui, &palette, &found, &mut chosen);
            });
    });
    if let Some(entry) = chosen {
        commands.push(entry.command.clone());
        is_open = false;
    }
    if is_open {
        view.palette = Some(palette);
    }
}

/// Arrow keys, Enter and Escape. False when it is to close.
fn steer(
    ctx: &Context,
    palette: &mut PaletteView,
    found: &[&'static Entry],
    chosen: &mut Option<&'static Entry>,
) -> bool {
    let pressed = |key| ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key));
    if pressed(Key::ArrowDown) {
        palette.selected += 1;
    }
    if pressed(Key::ArrowUp) {
        palette.selected = palette.selected.saturating_sub(1);
    }
    palette.selected = palette.selected.min(found.len().saturating_sub(1));
    if pressed(Key::Enter) {
        *chosen = found.get(palette.selected).copied();
    }
    !pressed(Key::Escape)
}

fn field_ui(ui: &mut Ui, palette: &mut PaletteView) {
    ui.horizontal(|ui| {
        ui.set_min_height(32.0);
        ui.add_space(6.0);
        widgets::icon_ui(ui, Icon::Search, theme::TEXT_FAINT);
        let hint = RichText::new("What do you want to do?").color(theme::TEXT_FAINT);
        let field = TextEdit::singleline(&mut palette.query).hint_text(hint).desired_width(f32::INFINITY);
        let response = ui.add(
            field.frame(Frame::NONE).font(egui::FontId::proportional(15.0)).margin(Margin::symmetric(4, 0)),
        );
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Command name"));
        response.request_focus();
        if response.changed() {
            palette.selected = 0;
        }
    });
    let line = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), 1.0));
    ui.painter().rect_filled(line, 0, theme::LINE_STRONG);
}

fn list_ui(
    ui: &mut Ui,
    palette: &PaletteView,
    found: &[&'static Entry],
    chosen: &mut Option<&'static Entry>,
) {
    if found.is_empty() {
        widgets::empty_state(ui, Icon::Search, "No command of that name", "Try fewer letters");
        ui.add_space(24.0);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt("palette list")
        .max_height(ROW_HEIGHT * 10.0)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for (i, entry) in found.iter().enumerate() {
                let (rect, response) =
                    ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
                let selected = i == palette.selected;
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, entry.label));
                let ink = widgets::row_ground(ui, rect, &response, selected);
                let painter = ui.painter();
                let label = rect.left_center() + vec2(12.0, 0.0);
                let drawn = painter.text(label, egui::Align2::LEFT_CENTER, entry.label, theme::body(), ink);
                let key = shortcut_text(ui.ctx(), entry);
                let key_at = rect.right_center() - vec2(12.0, 0.0);
                let key =
                    painter.text(key_at, egui::Align2::RIGHT_CENTER, key, theme::small(), theme::TEXT_QUIET);
                let room = key.left() - drawn.right() - 28.0;
                let hint_at = egui::pos2(drawn.right() + 12.0, rect.center().y);
                widgets::elided(
                    ui,
                    hint_at,
                    room,
                    entry.tooltip,
                    theme::small(),
                    if selected { theme::TEXT_QUIET } else { theme::TEXT_FAINT },
                );
                if selected {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    *chosen = Some(entry);
                }
            }
        });
}

/// The commands that can run now and hold the letters of `query` in order, the closest first.
pub(super) fn matches(query: &str, model: &Model, view: &View) -> Vec<&'static Entry> {
    let usable = ENTRIES.iter().filter(|e| (e.enabled)(model, view));
    let mut scored: Vec<_> = usable.filter_map(|e| Some((score(query, e.label)?, e))).collect();
    scored.sort_by_key(|(score, _)| *score);
    scored.into_iter().map(|(_, entry)| entry).collect()
}

/// Smaller is closer; `None` when a letter is missing. Letters count least when they begin a word or
/// follow the one before.
fn score(query: &str, label: &str) -> Option<u32> {
    let label: Vec<char> = label.to_lowercase().chars().collect();
    let (mut at, mut total) = (0, 0);
    for letter in query.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let rest = label.get(at..)?;
        let starts_word = |i: &usize| *i == 0 || label.get(i - 1).is_some_and(|c| !c.is_alphanumeric());
        if rest.first() == Some(&letter) {
            at += 1;
            continue;
        }
        let positions = || rest.iter().enumerate().filter(|(_, c)| **c == letter).map(|(i, _)| at + i);
        let found = positions().find(starts_word).or_else(|| positions().next())?;
        total += if starts_word(&found) { 1 } else { 4 + (found - at) as u32 };
        at = found + 1;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_a_command() {
        let (model, view) = (Model::default(), View::default());
        let first = |query| matches(query, &model, &view).first().map(|e| e.label);
        assert_eq!(first("open f"), Some("Open folder…"));
        assert_eq!(first("keys"), Some("Keys and mouse"));
        assert_eq!(first("show fa"), Some("Show farm"));
        assert_eq!(first("zzz"), None);
    }
}
