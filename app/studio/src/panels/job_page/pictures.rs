use egui::{Align, Layout, Rect, RichText, Role, Sense, Slider, Ui, Vec2, WidgetInfo, vec2};
use farm::ResultsPlace;

use super::storage;
use crate::commands::{Commands, FarmCommand, PageCommand};
use crate::icons::Icon;
use crate::model::{FarmLink, JobResults, JobRow, Model, Picture, ResultFile};
use crate::panels::results;
use crate::pictures::Pictures;
use crate::text;
use crate::theme;
use crate::view::FarmView;
use crate::widgets;

/// Of the picture that is shown large, where none is there yet.
const USUAL_ASPECT: f32 = 16.0 / 9.0;
const MAX_SHARE_OF_HEIGHT: f32 = 0.56;
/// Played, a job's frames go by this fast.
const FRAMES_PER_SEC: f64 = 12.0;

/// The last rendered picture, or a frame that came home; then all results as they come.
pub(super) fn pictures_ui(
    ui: &mut Ui,
    job: &JobRow,
    model: &Model,
    view: &mut FarmView,
    commands: &mut Commands,
    pictures: &mut Pictures,
) {
    let results = model.farm.results_of(job);
    let frames: Vec<&ResultFile> = results.iter().flat_map(|it| it.frames()).collect();
    let last = model.farm.last_rendered.picture.value().filter(|_| model.farm.last_rendered.job == job.id);
    let hands_out = !matches!(model.farm.link, FarmLink::Ready { hands_out: false, .. });
    play(ui, view, frames.len());
    let chosen = view.frame.and_then(|at| frames.get(at.min(frames.len().saturating_sub(1))).copied());
    let (title, picture) = match chosen {
        Some(file) => (file.name.clone(), file.preview.value()),
        None => {
            ("Last rendered".to_owned(), last.or_else(|| frames.last().and_then(|it| it.preview.value())))
        }
    };
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new(&title).font(theme::semibold(12.5)).color(theme::TEXT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if chosen.is_some() && widgets::button(ui, None, "Last rendered").clicked() {
                commands.push(PageCommand::LastRendered);
            }
            let can_repeat =
                hands_out && job.is_over() && chosen.is_some_and(|it| it.frame_number().is_some());
            if can_repeat && widgets::button(ui, Some(Icon::Refresh), "Make it again").clicked() {
                commands.push(PageCommand::MakeFrameAgain);
            }
        });
    });
    large_ui(ui, &title, picture, job, pictures);
    if frames.len() > 1 {
        frames_ui(ui, view, frames.len());
    }
    ui.add_space(10.0);
    results_head_ui(ui, results, job, absence(model, job), commands);
    // Whoever has them home already is not asked where they come from.
    let is_home = results.is_some() && job.is_over();
    if job.submission.is_some() && !is_home {
        storage::storage_ui(ui, model, view, commands);
    }
    if let Some(it) = results {
        ui.label(RichText::new(it.folder.display().to_string()).font(theme::mono()).color(theme::TEXT_FAINT));
        results::files_ui(ui, it, commands, pictures);
    }
}

fn large_ui(ui: &mut Ui, title: &str, picture: Option<&Picture>, job: &JobRow, pictures: &mut Pictures) {
    let width = ui.available_width();
    let aspect = picture.map_or(USUAL_ASPECT, |it| it.rgba.width() as f32 / it.rgba.height().max(1) as f32);
    let most = (ui.ctx().content_rect().height() * MAX_SHARE_OF_HEIGHT).max(160.0);
    let height = (width / aspect.clamp(0.5, 4.0)).min(most);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, title));
    ui.painter().rect_filled(rect, theme::RADIUS_LARGE, theme::WELL);
    match picture.and_then(|picture| pictures.texture(ui.ctx(), picture)) {
        Some(texture) => {
            let size = texture.size_vec2();
            let fitted = size * (rect.width() / size.x.max(1.0)).min(rect.height() / size.y.max(1.0));
            let place = Rect::from_center_size(rect.center(), fitted);
            egui::Image::new((texture.id(), fitted)).corner_radius(theme::RADIUS_LARGE).paint_at(ui, place);
        }
        None => {
            let icon = Rect::from_center_size(rect.center() - vec2(0.0, 14.0), Vec2::splat(26.0));
            Icon::Picture.paint(ui.painter(), icon, theme::TEXT_FAINT);
            let line = if job.is_over() { "The job sent no picture" } else { "No picture yet" };
            let at = rect.center() + vec2(0.0, 14.0);
            ui.painter().text(at, egui::Align2::CENTER_CENTER, line, theme::small(), theme::TEXT_FAINT);
        }
    }
    ui.painter().rect_stroke(
        rect,
        theme::RADIUS_LARGE,
        egui::Stroke::new(1.0, theme::LINE),
        egui::StrokeKind::Inside,
    );
}

/// Goes through the frames that are home, as far as they have come.
fn frames_ui(ui: &mut Ui, view: &mut FarmView, n_frames: usize) {
    ui.horizontal(|ui| {
        let plays = view.plays_since.is_some();
        let (icon, name) = if plays { (Icon::Pause, "Stop") } else { (Icon::Play, "Play the frames") };
        if widgets::icon_button(ui, icon, name).clicked() {
            view.plays_since = (!plays).then(|| ui.input(|i| i.time));
            view.frame.get_or_insert(0);
        }
        let mut at = view.frame.unwrap_or(n_frames - 1).min(n_frames - 1);
        let counter = format!("{} of {n_frames}", at + 1);
        ui.spacing_mut().slider_width = (ui.available_width() - 84.0).max(60.0);
        let response = ui.add(Slider::new(&mut at, 0..=n_frames - 1).show_value(false));
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Frame"));
        if response.changed() {
            (view.frame, view.plays_since) = (Some(at), None);
        }
        ui.label(RichText::new(counter).font(theme::small()).color(theme::TEXT_QUIET));
    });
}

fn play(ui: &Ui, view: &mut FarmView, n_frames: usize) {
    let Some(since) = view.plays_since.filter(|_| n_frames > 0) else { return };
    let now = ui.input(|i| i.time);
    view.frame = Some(((now - since).max(0.0) * FRAMES_PER_SEC) as usize % n_frames);
    ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(1.0 / FRAMES_PER_SEC));
}

/// Why nothing is home yet.
fn absence(model: &Model, job: &JobRow) -> &'static str {
    let is_unreached = matches!(model.farm.results_place, ResultsPlace::Unreached { .. });
    match model.farm.link {
        _ if job.submission.is_none() => "This job was not sent from here",
        _ if is_unreached => "They wait on the farm's storage",
        FarmLink::Ready { hands_out: false, .. } => "They come home from the farm's storage",
        _ if job.is_over() => "Nothing came home",
        _ => "They come home by themselves, one by one",
    }
}

fn results_head_ui(
    ui: &mut Ui,
    results: Option<&JobResults>,
    job: &JobRow,
    absence: &str,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new("Results").font(theme::semibold(12.5)).color(theme::TEXT));
        let line = match results {
            Some(it) => {
                let n_bytes = it.files.iter().map(|file| file.n_bytes).sum();
                let files = text::counted(it.files.len(), "file is home", "files are home");
                let more = if it.is_coming { ", more may come" } else { "" };
                format!("{files}, {}{more}", text::n_bytes(n_bytes))
            }
            None => absence.to_owned(),
        };
        ui.label(RichText::new(line).font(theme::small()).color(theme::TEXT_FAINT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if results.is_some() && widgets::icon_button(ui, Icon::Folder, "Open results folder").clicked() {
                commands.push(FarmCommand::OpenResults(job.id.clone()));
            }
        });
    });
}
