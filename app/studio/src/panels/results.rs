use egui::{Rect, RichText, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use super::scrolled;
use crate::commands::{Commands, FarmCommand, FileCommand};
use crate::icons::Icon;
use crate::model::{JobResults, Model, ResultFile};
use crate::pictures::Pictures;
use crate::text;
use crate::theme;
use crate::widgets;

const GAP: f32 = 8.0;
const N_PICTURES_SHOWN: usize = 240;
const N_FILES_SHOWN: usize = 40;

/// What came home, newest job first.
pub(super) fn results_ui(ui: &mut Ui, model: &Model, commands: &mut Commands, pictures: &mut Pictures) {
    if model.farm.results.is_empty() {
        widgets::empty_state(
            ui,
            Icon::Picture,
            "Nothing has come home yet",
            "Finished jobs bring their files here by themselves",
        );
        return;
    }
    scrolled(ui, "results", |ui| {
        for (i, results) in model.farm.results.iter().enumerate() {
            if i > 0 {
                ui.add_space(theme::SECTION_GAP);
            }
            job_ui(ui, results, commands, pictures);
        }
    });
}

fn job_ui(ui: &mut Ui, results: &JobResults, commands: &mut Commands, pictures: &mut Pictures) {
    ui.horizontal(|ui| {
        let room = ui.available_width() - 40.0;
        ui.scope(|ui| {
            ui.set_max_width(room);
            let name = RichText::new(&results.name).font(theme::semibold(13.0)).color(theme::TEXT);
            ui.add(egui::Label::new(name).truncate());
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, Icon::Folder, "Open folder").clicked() {
                commands.push(FarmCommand::OpenResults(results.submission.clone()));
            }
        });
    });
    summary_ui(ui, results);
    files_ui(ui, results, commands, pictures);
}

/// Pictures as pictures, models and all else as a list.
pub(super) fn files_ui(ui: &mut Ui, results: &JobResults, commands: &mut Commands, pictures: &mut Pictures) {
    let shown: Vec<_> = results.files.iter().filter(|f| f.is_picture()).take(N_PICTURES_SHOWN).collect();
    pictures_ui(ui, &shown, commands, pictures);
    let others: Vec<_> = results.files.iter().filter(|f| !f.is_picture()).collect();
    ui.spacing_mut().item_spacing.y = 0.0;
    for file in others.iter().take(N_FILES_SHOWN) {
        file_ui(ui, file, commands);
    }
    ui.spacing_mut().item_spacing.y = 6.0;
    let n_hidden = results.files.len().saturating_sub(shown.len() + others.len().min(N_FILES_SHOWN));
    if n_hidden > 0 {
        let text = format!("and {} more in the folder", text::counted(n_hidden, "file", "files"));
        ui.label(RichText::new(text).font(theme::small()).color(theme::TEXT_FAINT));
    }
}

fn summary_ui(ui: &mut Ui, results: &JobResults) {
    if let Some(failure) = &results.failure {
        widgets::note(ui, Icon::Warning, theme::WARNING, failure);
    }
    let n_bytes: u64 = results.files.iter().map(|f| f.n_bytes).sum();
    let files = text::counted(results.files.len(), "file", "files");
    let mut line = format!("{files} · {}", text::n_bytes(n_bytes));
    if results.is_coming {
        line.push_str(" · more may come");
    }
    ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_QUIET));
}

fn pictures_ui(ui: &mut Ui, files: &[&ResultFile], commands: &mut Commands, pictures: &mut Pictures) {
    let width = ui.available_width();
    let n_columns = ((width + GAP) / (120.0 + GAP)).floor().max(1.0);
    let side = (width - GAP * (n_columns - 1.0)) / n_columns;
    // Frames are all of one shape; pictures of many are shown in squares.
    let shapes = files.iter().filter_map(|file| file.preview.value()).map(|it| it.rgba.dimensions());
    let flattest = shapes.map(|(w, h)| h as f32 / w.max(1) as f32).fold(0.5_f32, f32::max);
    let cell = vec2(side, side * flattest.min(1.0));
    for row in files.chunks(n_columns as usize) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for file in row {
                picture_ui(ui, file, cell, commands, pictures);
            }
        });
    }
}

fn picture_ui(ui: &mut Ui, file: &ResultFile, cell: Vec2, commands: &mut Commands, pictures: &mut Pictures) {
    let side = cell.x;
    let (rect, response) = ui.allocate_exact_size(cell + vec2(0.0, 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Result {}", file.name)));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let square = Rect::from_min_size(rect.min, cell);
    let middle = Rect::from_center_size(square.center(), Vec2::splat(18.0));
    ui.painter().rect_filled(square, theme::RADIUS, theme::WELL);
    if let Some(texture) = file.preview.value().and_then(|p| pictures.texture(ui.ctx(), p)) {
        let size = texture.size_vec2();
        let fitted = size * (cell.x / size.x.max(1.0)).min(cell.y / size.y.max(1.0));
        let place = Rect::from_center_size(square.center(), fitted);
        egui::Image::new((texture.id(), fitted)).corner_radius(theme::RADIUS).paint_at(ui, place);
    } else if file.preview.failure().is_some() {
        Icon::Error.paint(ui.painter(), middle, theme::ERROR);
    } else {
        widgets::spinner_at(ui, middle);
    }
    let line = if response.hovered() || response.has_focus() { theme::EMBER } else { theme::LINE };
    ui.painter().rect_stroke(square, theme::RADIUS, egui::Stroke::new(1.0, line), egui::StrokeKind::Outside);
    let short = file.name.rsplit('/').next().unwrap_or(&file.name).trim_start_matches("render_");
    let at = egui::pos2(rect.left() + 2.0, rect.bottom() - 8.0);
    widgets::elided(ui, at, side - 4.0, short, theme::small(), theme::TEXT_QUIET);
    let tip =
        file.preview.failure().map_or_else(|| file.name.clone(), |reason| format!("{}\n{reason}", file.name));
    if response.on_hover_text(tip).clicked() {
        commands.push(FileCommand::OpenFile(file.path.clone()));
    }
}

fn file_ui(ui: &mut Ui, file: &ResultFile, commands: &mut Commands) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Result {}", file.name)));
    let ink = widgets::row_ground(ui, rect, &response, false);
    let icon = if file.is_model() { Icon::Model } else { Icon::Log };
    let icon_rect = Rect::from_center_size(rect.left_center() + vec2(12.0, 0.0), Vec2::splat(14.0));
    icon.paint(ui.painter(), icon_rect, theme::TEXT_FAINT);
    let size = text::n_bytes(file.n_bytes);
    let at = rect.right_center() - vec2(6.0, 0.0);
    let drawn = ui.painter().text(at, egui::Align2::RIGHT_CENTER, size, theme::small(), theme::TEXT_FAINT);
    let left = rect.left_center() + vec2(26.0, 0.0);
    widgets::elided(ui, left, drawn.left() - left.x - 8.0, &file.name, theme::body(), ink);
    let tip = if file.is_model() { "Open it here" } else { "Open it" };
    if response.on_hover_text(tip).clicked() {
        let command = if file.is_model() {
            FileCommand::Open(vec![file.path.clone()])
        } else {
            FileCommand::OpenFile(file.path.clone())
        };
        commands.push(command);
    }
}
