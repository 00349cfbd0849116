use std::path::Path;

use egui::{Color32, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use formats::{Dependency, DependencyState, dependency_tree};

use crate::commands::{Commands, FileCommand, FilesCommand, ViewCommand};
use crate::icons::Icon;
use crate::model::{Document, Loaded};
use crate::text;
use crate::theme;
use crate::widgets;

const ROW_HEIGHT: f32 = 40.0;
/// Rows before "show all"; missing ones are always shown.
const N_ROWS_SHOWN: usize = 5;
const INDENT: f32 = 14.0;

/// What the model on stage is made of: every file it needs, and what to do about those it lacks.
pub(super) fn files_ui(ui: &mut Ui, document: &Document, shows_all: bool, commands: &mut Commands) {
    let Some(loaded) = document.load.value() else { return };
    let dependencies = &loaded.import.dependencies;
    let others = loaded.import.opened.as_ref().map(|opened| opened.others.as_slice()).unwrap_or_default();
    if dependencies.is_empty() && others.is_empty() {
        return;
    }
    ui.add_space(theme::SECTION_GAP - 6.0);
    widgets::section_title(ui, &title(document, dependencies));
    missing_ui(ui, document, commands);
    let root = loaded.import.files.first().map_or(document.path.as_path(), AsRef::as_ref);
    let rows = dependency_tree(root, dependencies);
    let n_rows = rows.len();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (i, row) in rows.into_iter().enumerate() {
            let dependency = &dependencies[row.dependency];
            if shows_all || i < N_ROWS_SHOWN || dependency.state == DependencyState::Missing {
                row_ui(ui, row.depth, dependency, document, commands);
            }
        }
    });
    if n_rows > N_ROWS_SHOWN {
        let label = if shows_all {
            "Show fewer files".into()
        } else {
            format!("Show all {}", text::count(n_rows as u64))
        };
        if widgets::button(ui, None, &label).clicked() {
            commands.push(ViewCommand::ToggleAllFiles);
        }
    }
    others_ui(ui, loaded, others, commands);
    if !dependencies.is_empty()
        && widgets::wide_button(ui, Some(Icon::Download), "Save with everything inside (GLB)…").clicked()
    {
        commands.push(FileCommand::ConvertDialog);
    }
}

/// Whether somebody had, or has, to look for one of them.
pub(super) fn are_asked_for(document: &Document) -> bool {
    let dependencies = document.load.value().map(|loaded| loaded.import.dependencies.as_slice());
    let is_asked = |d: &Dependency| matches!(d.state, DependencyState::Missing | DependencyState::Relinked);
    dependencies.unwrap_or_default().iter().any(is_asked)
}

fn title(document: &Document, dependencies: &[Dependency]) -> String {
    let n_missing = document.missing().len();
    let n_ignored = document.choices.ignored.len();
    let mut title = format!("Files · {}", text::count(dependencies.len() as u64));
    if n_missing > 0 {
        title += &format!(" · {n_missing} missing");
    }
    if n_ignored > 0 {
        title += &format!(" · {n_ignored} ignored");
    }
    title
}

/// What helps all missing files at once.
fn missing_ui(ui: &mut Ui, document: &Document, commands: &mut Commands) {
    if let Some(progress) = document.search.progress() {
        ui.horizontal(|ui| {
            widgets::spinner(ui, 14.0);
            let stage = if progress.stage.is_empty() { "searching".to_owned() } else { progress.stage };
            ui.label(egui::RichText::new(text::sentence(&stage)).color(theme::TEXT_QUIET));
            if widgets::button(ui, Some(Icon::Stop), "Stop searching").clicked() {
                commands.push(FilesCommand::CancelSearch(document.id));
            }
        });
        return;
    }
    if !document.missing().is_empty()
        && widgets::wide_button(ui, Some(Icon::Search), "Search in folder…").clicked()
    {
        commands.push(FilesCommand::SearchDialog(document.id));
    }
}

fn look_of(state: DependencyState, is_ignored: bool) -> (Icon, Color32) {
    match state {
        DependencyState::Missing if is_ignored => (Icon::Close, theme::TEXT_FAINT),
        DependencyState::Missing => (Icon::Error, theme::ERROR),
        DependencyState::Outside | DependencyState::Absolute | DependencyState::Web => {
            (Icon::Warning, theme::WARNING)
        }
        DependencyState::Relinked => (Icon::Link, theme::INFO),
        DependencyState::Found | DependencyState::FoundBeside => (Icon::Check, theme::OK),
    }
}

fn row_ui(ui: &mut Ui, depth: usize, file: &Dependency, document: &Document, commands: &mut Commands) {
    let is_ignored = file.state == DependencyState::Missing && document.choices.ignored.contains(&file.named);
    let (icon, color) = look_of(file.state, is_ignored);
    let name = bare_name(&file.named);
    let state = if is_ignored { "missing, ignored" } else { file.state.label() };
    let size = file.n_bytes.map(|n| format!(" · {}", text::n_bytes(n))).unwrap_or_default();
    let opened = document.load.value().and_then(|loaded| loaded.import.opened.as_ref());
    let line = if opened.is_some_and(|opened| opened.path == file.path) {
        format!("the archive's model on stage{size}")
    } else {
        format!("{}, {state}{size}", file.kind.label())
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, format!("{name}, {line}")));
    let left = rect.left() + INDENT * depth.min(6) as f32;
    let icon_rect = Rect::from_center_size(pos2(left + 7.0, rect.top() + 12.0), Vec2::splat(14.0));
    icon.paint(ui.painter(), icon_rect, color);
    let buttons = buttons_of(file, is_ignored);
    let right = rect.right() - theme::CONTROL_HEIGHT * buttons.len() as f32;
    let text_left = left + 20.0;
    let ink = if is_ignored { theme::TEXT_FAINT } else { theme::TEXT };
    let width = right - text_left - 6.0;
    let at = pos2(text_left, rect.top() + 12.0);
    widgets::elided_in_the_middle(ui, at, width, name, theme::body(), ink);
    let below = pos2(text_left, rect.top() + 28.0);
    widgets::elided(ui, below, width, &line, theme::small(), theme::TEXT_QUIET);
    let place = match file.state {
        DependencyState::Missing => "neither there nor beside the model".to_owned(),
        _ => file.path.display().to_string(),
    };
    let area = Rect::from_min_max(pos2(right, rect.top() + 4.0), rect.max);
    // The buttons have something of their own to say.
    if !ui.rect_contains_pointer(area) {
        response.on_hover_text(format!("{}\n{place}", file.named));
    }
    // A child of its own, for the row has its place already.
    let layout = egui::Layout::left_to_right(egui::Align::Min);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(area).layout(layout));
    ui.spacing_mut().item_spacing.x = 0.0;
    for (icon, label, command) in buttons {
        if widgets::icon_button(&mut ui, icon, &format!("{label} {name}")).clicked() {
            commands.push(command(document.id, file.named.clone()));
        }
    }
}

type RowButton = (Icon, &'static str, fn(crate::model::DocId, String) -> FilesCommand);

fn buttons_of(file: &Dependency, is_ignored: bool) -> Vec<RowButton> {
    match file.state {
        DependencyState::Missing if is_ignored => vec![(Icon::Refresh, "Heed again", FilesCommand::Heed)],
        DependencyState::Missing => vec![
            (Icon::Search, "Find", FilesCommand::FindDialog),
            (Icon::Close, "Ignore", FilesCommand::Ignore),
        ],
        DependencyState::Relinked => vec![(Icon::Close, "Undo the link of", FilesCommand::Unlink)],
        _ => Vec::new(),
    }
}

/// The other models of the archive that was opened.
fn others_ui(ui: &mut Ui, loaded: &Loaded, others: &[std::path::PathBuf], commands: &mut Commands) {
    if others.is_empty() {
        return;
    }
    let archive = loaded.import.files.first().map(|path| path.as_path()).unwrap_or(Path::new(""));
    ui.add_space(theme::SECTION_GAP - 6.0);
    widgets::section_title(ui, &format!("Also in this archive · {}", text::count(others.len() as u64)));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for path in others.iter().take(MAX_OTHERS) {
            let name = path.strip_prefix(archive).unwrap_or(path).to_string_lossy().into_owned();
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open {name}")));
            let ink = widgets::row_ground(ui, rect, &response, false);
            let icon = Rect::from_center_size(rect.left_center() + vec2(9.0, 0.0), Vec2::splat(14.0));
            Icon::Model.paint(ui.painter(), icon, theme::TEXT_FAINT);
            let at = rect.left_center() + vec2(22.0, 0.0);
            widgets::elided_in_the_middle(ui, at, rect.width() - 28.0, &name, theme::body(), ink);
            if response.on_hover_text("Open it beside this one").clicked() {
                commands.push(FileCommand::Open(vec![path.clone()]));
            }
        }
    });
    if others.len() > 1 && widgets::wide_button(ui, Some(Icon::Plus), "Open all of the archive").clicked() {
        commands.push(FileCommand::Open(others.to_vec()));
    }
}

/// Listed one by one; all can be opened together.
const MAX_OTHERS: usize = 40;

fn bare_name(named: &str) -> &str {
    named.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(named)
}
