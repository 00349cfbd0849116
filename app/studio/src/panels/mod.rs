//! The parts of the window, one file each, and how they share it.

mod camera;
mod clips;
mod convert;
mod drop_target;
mod empty;
mod farm;
mod files;
mod gizmo;
mod help;
mod history;
mod issue_card;
mod issues;
mod job_page;
mod leaving;
mod legend;
mod light;
mod marks;
mod materials;
mod menu_bar;
mod mode_bar;
mod models;
mod notices;
mod outliner;
mod overlay;
mod palette;
mod picture;
mod pie;
mod plan_steps;
mod receipt;
pub(crate) mod report;
mod results;
mod status_bar;
mod step_form;
mod strip;
mod submit;
mod tape;
mod uv_view;
mod verdict;
mod viewport;
mod walking;
mod wipe;

use egui::{CentralPanel, Frame, Margin, Panel, Ui};

use crate::commands::{Commands, ViewCommand};
use crate::icons::Icon;
use crate::model::Model;
use crate::pictures::Pictures;
use crate::theme;
use crate::view::{Tab, View};
use crate::viewport::Stage;
use crate::widgets;

/// Below this width only one side panel is shown, so that the picture keeps its room.
const NARROW: f32 = 940.0;
/// From this width on the tabs get more room.
const WIDE: f32 = 1400.0;
/// Of each tab, beside its name.
const ROOM_FOR_ICONS: f32 = 36.0;

pub(crate) fn window_ui(
    ui: &mut Ui,
    model: &Model,
    view: &mut View,
    commands: &mut Commands,
    stage: &mut Stage,
    pictures: &mut Pictures,
) {
    let is_narrow = ui.available_width() < NARROW;
    let is_wide = ui.available_width() > WIDE;
    let is_empty = model.documents.is_empty();
    let shows_job = crate::commands::job_page::is_open(view);
    let bar = theme::panel_frame(Margin::symmetric(8, 4));
    Panel::top("menu bar")
        .frame(bar)
        .resizable(false)
        .show(ui, |ui| menu_bar::menu_bar_ui(ui, model, view, commands));
    let status = theme::panel_frame(Margin::symmetric(12, 0));
    Panel::bottom("status bar")
        .frame(status)
        .resizable(false)
        .exact_size(26.0)
        .show(ui, |ui| status_bar::status_bar_ui(ui, model, &view.farm.manager_url, commands));
    let shows_left = view.left_open && !is_empty && !(is_narrow && view.right_open);
    if shows_left {
        Panel::left("left")
            .frame(theme::panel_frame(Margin::ZERO))
            .default_size(252.0)
            .size_range(200.0..=420.0)
            .show(ui, |ui| left_ui(ui, model, view, commands, pictures));
    }
    let shows_right =
        view.right_open && (!is_empty || view.tab != Tab::Report || model.farm.n_active_jobs() > 0);
    if shows_right {
        Panel::right("right")
            .frame(theme::panel_frame(Margin::ZERO))
            .default_size(if is_wide { 376.0 } else { 348.0 })
            .size_range(336.0..=600.0)
            .show(ui, |ui| right_ui(ui, model, view, commands, pictures));
    }
    if view.strip_open && !is_empty && !shows_job {
        Panel::bottom("strip")
            .frame(theme::panel_frame(Margin::symmetric(12, 10)))
            .resizable(false)
            .exact_size(strip::HEIGHT)
            .show(ui, |ui| strip::strip_ui(ui, model, view, commands, pictures));
    }
    if clips::has_clips(model) && !shows_job {
        Panel::bottom("clips")
            .frame(theme::panel_frame(Margin { left: 10, right: 10, top: 7, bottom: 8 }))
            .resizable(false)
            .exact_size(clips::HEIGHT)
            .show(ui, |ui| clips::clips_ui(ui, model, view, commands));
    }
    CentralPanel::default().frame(Frame::new().fill(theme::GROUND)).show(ui, |ui| {
        if shows_job {
            job_page::job_page_ui(ui, model, view, commands, pictures);
        } else if is_empty {
            empty::empty_ui(ui, model, commands, pictures);
        } else {
            viewport::viewport_ui(ui, model, view, commands, stage);
        }
        notices::notices_ui(ui, model, commands);
    });
    palette::palette_ui(ui.ctx(), model, view, commands);
    leaving::leaving_ui(ui.ctx(), model, view, commands);
    picture::picture_ui(ui.ctx(), model, view, commands);
    pie::pie_ui(ui.ctx(), view, commands);
    help::help_ui(ui.ctx(), view);
    drop_target::drop_target_ui(ui.ctx(), model, view);
}

fn left_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Commands, pictures: &mut Pictures) {
    let height = ui.available_height();
    // A single model needs one row; a long list takes up to half the panel.
    let n_rows = model.documents.len() as f32;
    let wanted = 40.0 + n_rows * models::ROW_HEIGHT + 12.0 + models::extra_height(model);
    Panel::top("models")
        .frame(Frame::new())
        .resizable(false)
        .exact_size(wanted.min(0.5 * height).max(96.0))
        .show(ui, |ui| models::models_ui(ui, model, commands, pictures));
    CentralPanel::default()
        .frame(Frame::new())
        .show(ui, |ui| outliner::outliner_ui(ui, model, view, commands));
}

fn right_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Commands, pictures: &mut Pictures) {
    Panel::top("tabs").frame(Frame::new()).resizable(false).exact_size(theme::BAR_HEIGHT).show(ui, |ui| {
        tabs_ui(ui, model, view, commands);
    });
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| match view.tab {
        Tab::Report => report::report_ui(ui, model, view, commands),
        Tab::Materials => materials::materials_ui(ui, model, view, commands, pictures),
        Tab::Convert => convert::convert_ui(ui, model, view, commands),
        Tab::Submit => submit::submit_ui(ui, model, &mut view.submit, &view.farm.manager_url, commands),
        Tab::Farm => farm::farm_ui(ui, model, &mut view.farm, commands),
        Tab::Results => results::results_ui(ui, model, commands, pictures),
    });
}

fn tabs_ui(ui: &mut Ui, model: &Model, view: &View, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.horizontal(|ui| {
        let tabs = Tab::ALL.map(|tab| {
            let (icon, n) = match tab {
                Tab::Report => (Icon::Report, n_findings(model)),
                Tab::Materials => (Icon::Material, 0),
                Tab::Convert => (Icon::Convert, 0),
                Tab::Submit => (Icon::Send, 0),
                Tab::Farm => (Icon::Farm, model.farm.n_active_jobs()),
                Tab::Results => (Icon::Picture, model.farm.results.len()),
            };
            let badge = (n > 0).then(|| if n > 99 { "99+".into() } else { n.to_string() });
            let width = widgets::tab_width(ui, tab.label(), badge.as_deref());
            (tab, icon, badge, width)
        });
        // What is left is shared, so that a count has the room it needs.
        let needed: f32 = tabs.iter().map(|(.., width)| width).sum();
        let spare = (ui.available_width() - needed) / tabs.len() as f32;
        for (tab, icon, badge, width) in tabs {
            let icon = (spare > ROOM_FOR_ICONS).then_some(icon);
            let is_open = view.tab == tab;
            if widgets::tab(ui, icon, tab.label(), badge, is_open, width + spare).clicked() {
                commands.push(ViewCommand::OpenTab(tab));
            }
        }
    });
}

fn n_findings(model: &Model) -> usize {
    let report = model.current().and_then(|d| d.shown_report());
    report.map_or(0, |r| r.findings.iter().filter(|f| f.severity > analysis::Severity::Info).count())
}

/// The body of a side panel: margins, and scrolling when it is too long.
fn scrolled<R>(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    egui::ScrollArea::vertical()
        .id_salt(id)
        .auto_shrink(false)
        .show(ui, |ui| Frame::new().inner_margin(theme::PANEL_MARGIN).show(ui, add).inner)
        .inner
}

/// Header of a part of a side panel, with room for buttons at its right.
fn header_ui(ui: &mut Ui, title: &str, count: Option<String>, buttons: impl FnOnce(&mut Ui)) {
    Frame::new().inner_margin(Margin { left: 12, right: 6, top: 4, bottom: 4 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(theme::CONTROL_HEIGHT);
            ui.label(egui::RichText::new(title).font(theme::semibold(12.5)).color(theme::TEXT));
            if let Some(count) = count {
                ui.label(egui::RichText::new(count).font(theme::small()).color(theme::TEXT_FAINT));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), buttons);
        });
    });
}
