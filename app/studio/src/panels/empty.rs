use egui::{Image, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use crate::commands::{Command, Commands, FarmCommand, FileCommand, ViewCommand, entry_of, shortcut_text};
use crate::icons::Icon;
use crate::model::Model;
use crate::pictures::Pictures;
use crate::theme;
use crate::widgets;

/// What a first-time user sees: what this is, how to begin, what is read.
pub(super) fn empty_ui(ui: &mut Ui, model: &Model, commands: &mut Commands, pictures: &mut Pictures) {
    let area = ui.max_rect();
    let target = Rect::from_center_size(
        area.center() - vec2(0.0, 12.0),
        vec2(560.0, 372.0).min(area.size() - vec2(32.0, 32.0)),
    );
    dashed_ui(ui, target, theme::LINE_STRONG);
    let mut inside = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(target.shrink(24.0))
            .layout(egui::Layout::top_down(egui::Align::Center)),
    );
    let ui = &mut inside;
    ui.add_space(12.0);
    let logo = pictures.logo(ui.ctx());
    ui.add(Image::new((logo.id(), Vec2::splat(72.0))).alt_text("The Kiln mark"));
    ui.add_space(16.0);
    ui.label(RichText::new("Drop models here").font(theme::semibold(22.0)).color(theme::TEXT));
    ui.add_space(2.0);
    let what = "Files or whole folders. They are read where they lie and never changed.";
    ui.label(RichText::new(what).color(theme::TEXT_QUIET));
    ui.add_space(18.0);
    buttons_ui(ui, commands);
    if let Some(reason) = model.machine.no_drop_reason {
        ui.add_space(10.0);
        ui.horizontal(|ui| {
            ui.add_space((0.5 * (ui.available_width() - 400.0)).max(0.0));
            widgets::note(ui, Icon::Info, theme::INFO, reason);
        });
    }
    ui.add_space(22.0);
    formats_ui(ui);
    unread_ui(ui, model, commands);
    footer_ui(ui, area, commands);
}

fn buttons_ui(ui: &mut Ui, commands: &mut Commands) {
    ui.horizontal(|ui| {
        let width = 268.0;
        ui.add_space((0.5 * (ui.available_width() - width)).max(0.0));
        if widgets::primary_button(ui, Some(Icon::Folder), "Open models…").clicked() {
            commands.push(FileCommand::OpenDialog);
        }
        if widgets::button(ui, None, "Open folder…").clicked() {
            commands.push(FileCommand::OpenFolderDialog);
        }
    });
    let keys = [Command::File(FileCommand::OpenDialog), Command::File(FileCommand::OpenFolderDialog)];
    let text = keys
        .iter()
        .filter_map(entry_of)
        .map(|e| shortcut_text(ui.ctx(), e))
        .collect::<Vec<_>>()
        .join("   ·   ");
    ui.add_space(2.0);
    ui.label(RichText::new(text).font(theme::small()).color(theme::TEXT_FAINT));
}

/// The readable formats as rows of tags, each under its first extension.
fn formats_ui(ui: &mut Ui) {
    const HEIGHT: f32 = 22.0;
    const GAP: f32 = 6.0;
    let readable: Vec<_> = formats::FORMATS.iter().filter(|f| f.is_readable()).collect();
    let all: Vec<_> = readable.iter().flat_map(|f| f.extensions).map(|e| format!(".{e}")).collect();
    let tags = readable.iter().filter_map(|f| f.extensions.first()).map(|e| {
        let galley = ui.painter().layout_no_wrap(format!(".{e}"), theme::mono(), theme::TEXT_QUIET);
        (galley.size().x + 16.0, galley)
    });
    let most = ui.available_width().min(FORMATS_WIDTH);
    let mut rows = vec![(0.0, Vec::new())];
    for (width, galley) in tags {
        if rows.last().is_some_and(|(taken, _)| taken + GAP + width > most) {
            rows.push((0.0, Vec::new()));
        }
        if let Some((taken, row)) = rows.last_mut() {
            *taken += width + GAP;
            row.push((width, galley));
        }
    }
    let height = rows.len() as f32 * (HEIGHT + GAP) - GAP;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let spoken = format!("Reads {}", all.join(", "));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, spoken.clone()));
    let mut y = rect.top();
    for (taken, row) in rows {
        let mut x = rect.center().x - 0.5 * (taken - GAP);
        for (width, galley) in row {
            let tag = Rect::from_min_size(pos2(x, y), vec2(width, HEIGHT));
            ui.painter().rect_filled(tag, 4, theme::RAISED);
            ui.painter().galley(tag.center() - 0.5 * galley.size(), galley, theme::TEXT_QUIET);
            x += width + GAP;
        }
        y += HEIGHT + GAP;
    }
    response.on_hover_text(spoken);
}

/// Within the dashed frame.
const FORMATS_WIDTH: f32 = 500.0;

fn unread_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    let Some(unread) = model.unread.first() else { return };
    ui.add_space(12.0);
    let name = unread.path.file_name().unwrap_or_default().to_string_lossy();
    let more = if model.unread.len() > 1 {
        format!(" (and {} more)", model.unread.len() - 1)
    } else {
        String::new()
    };
    ui.horizontal(|ui| {
        ui.add_space(16.0);
        widgets::icon_ui(ui, Icon::Warning, theme::WARNING);
        let text = format!("Not read: {name}{more}: {}", unread.reason);
        ui.add(egui::Label::new(RichText::new(text).color(theme::TEXT_QUIET)).truncate());
        if widgets::icon_button(ui, Icon::Close, "Dismiss").clicked() {
            commands.push(FileCommand::DismissUnread);
        }
    });
}

/// Where else to begin: the farm of yesterday, the keys.
fn footer_ui(ui: &mut Ui, area: Rect, commands: &mut Commands) {
    let rect = Rect::from_min_max(pos2(area.left(), area.bottom() - 44.0), area.max);
    let mut ui = ui.new_child(
        egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    ui.add_space((0.5 * (area.width() - 330.0)).max(8.0));
    let links: [(&str, Command); 3] = [
        ("Farm and results", FarmCommand::Connect.into()),
        ("Keys and mouse", ViewCommand::OpenHelp.into()),
        ("All commands", ViewCommand::OpenPalette.into()),
    ];
    for (text, command) in links {
        let text = RichText::new(text).font(theme::medium(12.5)).color(theme::TEXT_QUIET);
        if ui.add(egui::Button::new(text).frame_when_inactive(false)).clicked() {
            if command == Command::Farm(FarmCommand::Connect) {
                commands.push(ViewCommand::OpenTab(crate::view::Tab::Farm));
            }
            commands.push(command);
        }
    }
}

pub(super) fn dashed_ui(ui: &Ui, rect: Rect, color: egui::Color32) {
    let radius = 12.0;
    let mut outline = Vec::new();
    let corners = [
        (pos2(rect.right() - radius, rect.top() + radius), -90.0_f32),
        (pos2(rect.right() - radius, rect.bottom() - radius), 0.0),
        (pos2(rect.left() + radius, rect.bottom() - radius), 90.0),
        (pos2(rect.left() + radius, rect.top() + radius), 180.0),
    ];
    for (center, start) in corners {
        for i in 0..=8 {
            let angle = (start + i as f32 * 90.0 / 8.0).to_radians();
            outline.push(center + radius * vec2(angle.cos(), angle.sin()));
        }
    }
    outline.push(outline[0]);
    ui.painter().rect(rect, 12, theme::PANEL.gamma_multiply(0.6), Stroke::NONE, StrokeKind::Inside);
    ui.painter().extend(egui::Shape::dashed_line(&outline, Stroke::new(1.2, color), 6.0, 5.0));
}
