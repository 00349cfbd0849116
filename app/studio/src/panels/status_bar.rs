use egui::{Align, Layout, RichText, Ui};

use crate::commands::{Commands, FileCommand, ViewCommand};
use crate::icons::Icon;
use crate::model::{FarmLink, Model};
use crate::theme;
use crate::view::Tab;
use crate::widgets;

/// One quiet line: what is being done now, and on what the window stands.
pub(super) fn status_bar_ui(ui: &mut Ui, model: &Model, farm: &str, commands: &mut Commands) {
    ui.spacing_mut().interact_size.y = 20.0;
    ui.horizontal_centered(|ui| {
        work_ui(ui, model, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            farm_ui(ui, model, farm, commands);
            if let Some(gpu) = &model.machine.gpu
                && ui.available_width() > 260.0
            {
                let short = gpu.split(" (").next().unwrap_or(gpu);
                ui.add_space(10.0);
                ui.label(quiet(short)).on_hover_text(gpu);
            }
        });
    });
}

fn work_ui(ui: &mut Ui, model: &Model, commands: &mut Commands) {
    if let Some(export) = &model.export {
        let progress = export.work.progress();
        busy_ui(ui, &format!("{} {}", export.label, export.target.display()), progress.fraction);
        if widgets::icon_button(ui, Icon::Stop, "Stop saving").clicked() {
            commands.push(FileCommand::CancelExport);
        }
        return;
    }
    if let Some(document) = model.current() {
        let work = [
            ("Reading", document.load.progress()),
            ("Checking", document.report.progress()),
            ("Drawing thumbnails of", document.pictures.progress()),
        ];
        if let Some((what, progress)) = work.into_iter().find_map(|(what, p)| Some((what, p?))) {
            let name = document.name();
            let line = match progress.stage.strip_prefix("Blender: ") {
                Some(stage) => format!("Blender works on {name}: {stage}"),
                None => format!("{what} {name}"),
            };
            busy_ui(ui, &line, progress.fraction);
            if document.load.is_running() && widgets::icon_button(ui, Icon::Close, "Stop reading").clicked() {
                commands.push(FileCommand::CancelLoad(document.id));
            }
            return;
        }
    }
    let n_waiting =
        model.documents.iter().filter(|d| d.is_busy() || (d.survey.is_idle() && d.load.is_idle())).count();
    if model.n_scans > 0 {
        busy_ui(ui, "Looking through folders", None);
    } else if n_waiting > 0 {
        let done = (model.documents.len() - n_waiting) as f32 / model.documents.len() as f32;
        busy_ui(ui, &format!("Looking at {n_waiting} more"), Some(done));
    } else {
        ui.label(quiet("Ready"));
    }
}

fn busy_ui(ui: &mut Ui, what: &str, fraction: Option<f32>) {
    widgets::spinner(ui, 12.0);
    ui.label(quiet(what));
    if let Some(fraction) = fraction {
        ui.scope(|ui| {
            ui.set_max_width(96.0);
            widgets::progress_bar(ui, what, Some(fraction), theme::EMBER);
        });
        ui.label(quiet(&format!("{:.0} %", 100.0 * fraction)));
    }
}

fn farm_ui(ui: &mut Ui, model: &Model, chosen: &str, commands: &mut Commands) {
    let n = model.farm.n_active_jobs();
    let jobs = if n > 0 { format!(" · {}", crate::text::counted(n, "job", "jobs")) } else { String::new() };
    let (icon, color, text) = match &model.farm.link {
        FarmLink::Off => (Icon::Farm, theme::TEXT_FAINT, "Farm off".to_owned()),
        FarmLink::Connecting => (Icon::Farm, theme::TEXT_FAINT, "Farm starting".to_owned()),
        FarmLink::Ready { is_embedded: true, .. } => {
            (Icon::Check, theme::OK, format!("Farm on this machine{jobs}"))
        }
        FarmLink::Ready { .. } => {
            (Icon::Check, theme::OK, format!("Farm {}{jobs}", model.farm.chosen_name(chosen)))
        }
        FarmLink::Lost { .. } => (Icon::Warning, theme::WARNING, format!("Farm does not answer{jobs}")),
        FarmLink::Failed(_) => (Icon::Error, theme::ERROR, "Farm unreachable".to_owned()),
    };
    if ui.add(egui::Button::new(quiet(&text)).frame(false)).on_hover_text("Show the farm").clicked() {
        commands.push(ViewCommand::OpenTab(Tab::Farm));
    }
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(12.0), egui::Sense::hover());
    icon.paint(ui.painter(), rect, color);
}

fn quiet(text: &str) -> RichText {
    RichText::new(text).font(theme::small()).color(theme::TEXT_QUIET)
}
