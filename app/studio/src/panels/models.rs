use egui::{Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::header_ui;
use crate::commands::{Commands, FileCommand};
use crate::icons::Icon;
use crate::model::{Document, Model};
use crate::pictures::Pictures;
use crate::text;
use crate::theme;
use crate::widgets;

pub(super) const ROW_HEIGHT: f32 = 52.0;
const UNREAD_ROW_HEIGHT: f32 = 40.0;

/// Room for what was dropped and not read.
pub(super) fn extra_height(model: &Model) -> f32 {
    if model.unread.is_empty() { 0.0 } else { 40.0 + UNREAD_ROW_HEIGHT * model.unread.len() as f32 }
}

/// The list of open files: picture, name, and in words how far each is.
pub(super) fn models_ui(ui: &mut Ui, model: &Model, commands: &mut Commands, pictures: &mut Pictures) {
    let n = model.documents.len();
    let count = (n > 1).then(|| text::count(n as u64));
    header_ui(ui, "Models", count, |ui| {
        if widgets::icon_button(ui, Icon::Plus, "Open models…").clicked() {
            commands.push(FileCommand::OpenDialog);
        }
        if model.n_scans > 0 {
            widgets::spinner(ui, 16.0);
        }
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    let n_unread = model.unread.len();
    ScrollArea::vertical().id_salt("model list").auto_shrink(false).show_viewport(ui, |ui, seen| {
        // Only the rows in view are laid out, however many files were dropped.
        let height = n as f32 * ROW_HEIGHT + extra_height(model);
        ui.set_height(height);
        let top = ui.min_rect().top();
        let first = (seen.min.y / ROW_HEIGHT).floor().max(0.0) as usize;
        let last = ((seen.max.y / ROW_HEIGHT).ceil().max(0.0) as usize).min(n);
        for (i, document) in model.documents.iter().enumerate().take(last).skip(first) {
            let at = pos2(ui.min_rect().left() + 6.0, top + i as f32 * ROW_HEIGHT);
            let rect = Rect::from_min_size(at, vec2(ui.available_width() - 12.0, ROW_HEIGHT - 2.0));
            row_ui(ui, rect, document, model.current == Some(document.id), commands, pictures);
        }
        if n_unread > 0 {
            let at = pos2(ui.min_rect().left() + 12.0, top + n as f32 * ROW_HEIGHT + 4.0);
            let rect = Rect::from_min_size(at, vec2(ui.available_width() - 24.0, extra_height(model)));
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| unread_ui(ui, model, commands));
        }
    });
}

fn row_ui(
    ui: &mut Ui,
    rect: Rect,
    document: &Document,
    selected: bool,
    commands: &mut Commands,
    pictures: &mut Pictures,
) {
    let name = document.name();
    let (icon, status, color) = status_of(document);
    let response = ui.interact(rect, ui.scope_id().with(document.id), Sense::click());
    let spoken = format!("{name}, {status}");
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, spoken.clone()));
    let ink = widgets::row_ground(ui, rect, &response, selected);
    let thumbnail = Rect::from_min_size(rect.min + vec2(8.0, 5.0), Vec2::splat(40.0));
    thumbnail_ui(ui, thumbnail, document, pictures);
    let left = thumbnail.right() + 10.0;
    let width =
        rect.right() - left - if response.hovered() || response.contains_pointer() { 36.0 } else { 8.0 };
    widgets::elided(ui, pos2(left, rect.top() + 17.0), width, &name, theme::medium(13.0), ink);
    let mut status_left = left;
    if let Some(icon) = icon {
        let icon_rect = Rect::from_center_size(pos2(left + 6.0, rect.top() + 35.0), Vec2::splat(12.0));
        icon.paint(ui.painter(), icon_rect, color);
        status_left += 17.0;
    }
    let status_width = rect.right() - status_left - 8.0;
    widgets::elided(
        ui,
        pos2(status_left, rect.top() + 35.0),
        status_width,
        &status,
        theme::small(),
        theme::TEXT_QUIET,
    );
    if response.contains_pointer() {
        close_ui(ui, rect, document, &name, commands);
    }
    if response.clicked() {
        commands.push(FileCommand::Select(document.id));
    }
    if let Some(reason) = document.failure() {
        response.on_hover_text(reason);
    } else {
        response.on_hover_text(document.path.display().to_string());
    }
}

fn close_ui(ui: &mut Ui, row: Rect, document: &Document, name: &str, commands: &mut Commands) {
    let rect = Rect::from_center_size(pos2(row.right() - 18.0, row.top() + 17.0), Vec2::splat(22.0));
    let response = ui.interact(rect, ui.scope_id().with(("close", document.id)), Sense::click());
    let label = format!("Close {name}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label.clone()));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, theme::PRESSED);
    }
    Icon::Close.paint(ui.painter(), rect.shrink(5.0), theme::TEXT_QUIET);
    if response.on_hover_text("Take it off the list; the file stays").clicked() {
        commands.push(FileCommand::Close(document.id));
    }
}

fn thumbnail_ui(ui: &Ui, rect: Rect, document: &Document, pictures: &mut Pictures) {
    let painter = ui.painter();
    painter.rect_filled(rect, theme::RADIUS, theme::WELL);
    if let Some(texture) = document.thumbnail().and_then(|p| pictures.texture(ui.ctx(), p)) {
        egui::Image::new((texture.id(), rect.size())).corner_radius(theme::RADIUS).paint_at(ui, rect);
    } else if document.is_busy() {
        widgets::spinner_at(ui, rect.shrink(11.0));
    } else if document.failure().is_some() {
        Icon::Error.paint(painter, rect.shrink(12.0), theme::ERROR);
    } else {
        Icon::Model.paint(painter, rect.shrink(11.0), theme::TEXT_FAINT);
    }
}

/// How far a model is, in words; never by colour alone.
fn status_of(document: &Document) -> (Option<Icon>, String, egui::Color32) {
    if document.failure().is_some() {
        return (Some(Icon::Error), "Cannot be read".into(), theme::ERROR);
    }
    if let Some(progress) = document.load.progress() {
        // What is on stage already leaves the narrow row to what is still done with it.
        let size = document.n_bytes.filter(|_| document.load.value().is_none());
        let size = size.map(|n| format!("{} · ", text::n_bytes(n))).unwrap_or_default();
        let stage = if progress.stage.is_empty() { "reading".to_owned() } else { progress.stage };
        return (None, format!("{size}{stage}"), theme::TEXT_QUIET);
    }
    if let Some(report) = document.report.value() {
        let faces = document.inspection().map(faces_of).unwrap_or_default();
        return match report.worst() {
            Some(analysis::Severity::Error) => (Some(Icon::Error), format!("Errors · {faces}"), theme::ERROR),
            Some(analysis::Severity::Warning) => {
                (Some(Icon::Warning), format!("Warnings · {faces}"), theme::WARNING)
            }
            _ => (Some(Icon::Check), format!("Fine · {faces}"), theme::OK),
        };
    }
    if let Some(inspection) = document.inspection() {
        return (None, faces_of(inspection), theme::TEXT_QUIET);
    }
    let size = document.n_bytes.map(text::n_bytes).unwrap_or_default();
    (None, if size.is_empty() { "Waiting".into() } else { format!("{size} · waiting") }, theme::TEXT_QUIET)
}

fn faces_of(inspection: &analysis::Inspection) -> String {
    text::counted(inspection.geometry.faces as usize, "face", "faces")
}

fn unread_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.set_height(32.0);
        let title = format!("Not read · {}", model.unread.len());
        ui.label(egui::RichText::new(title).font(theme::semibold(12.0)).color(theme::TEXT_QUIET));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, Icon::Close, "Clear the files that were not read").clicked() {
                commands.push(FileCommand::DismissUnread);
            }
        });
    });
    for unread in &model.unread {
        let name = unread.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), UNREAD_ROW_HEIGHT), Sense::hover());
        let spoken = format!("Not read: {name}, {}", unread.reason);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.clone()));
        if !ui.is_rect_visible(rect) {
            continue;
        }
        let icon = Rect::from_center_size(rect.left_top() + vec2(7.0, 11.0), Vec2::splat(12.0));
        Icon::Info.paint(ui.painter(), icon, theme::TEXT_FAINT);
        let width = rect.width() - 20.0;
        widgets::elided(
            ui,
            rect.left_top() + vec2(20.0, 11.0),
            width,
            &name,
            theme::body(),
            theme::TEXT_QUIET,
        );
        widgets::elided(
            ui,
            rect.left_top() + vec2(20.0, 27.0),
            width,
            &unread.reason,
            theme::small(),
            theme::TEXT_FAINT,
        );
        response.on_hover_text(format!("{}\n{}", unread.reason, unread.path.display()));
    }
}
