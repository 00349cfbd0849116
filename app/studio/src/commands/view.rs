use std::time::Instant;

use glam::DVec3;
use scene::Aabb;

use super::ViewCommand;
use crate::model::Model;
use crate::view::{PaletteView, View};
use crate::viewport::OrbitCamera;

/// Changes what is shown and from where.
pub(crate) fn run(command: ViewCommand, model: &Model, view: &mut View, camera: &mut OrbitCamera) {
    let now = Instant::now();
    match command {
        ViewCommand::SetPass(pass) => view.pass = pass,
        ViewCommand::Frame => {
            if let Some(loaded) = model.loaded() {
                let selected = view.selected_node.and_then(|n| loaded.node_bounds.get(n));
                camera.frame(*selected.filter(|b| !b.is_empty()).unwrap_or(&loaded.bounds), now);
            }
        }
        ViewCommand::FrameAll => {
            if let Some(loaded) = model.loaded() {
                camera.frame(loaded.bounds, now);
            }
        }
        ViewCommand::FrameBox(bounds) => camera.frame(bounds, now),
        ViewCommand::LookFrom(from) => {
            if let Some(loaded) = model.loaded() {
                camera.look_from(from, loaded.bounds, now);
            }
        }
        ViewCommand::SelectNode(node) => view.selected_node = node,
        ViewCommand::ShowFinding(i, place) => show_finding(i, place, model, view, camera, now),
        ViewCommand::OpenTab(tab) => {
            view.tab = tab;
            view.right_open = true;
        }
        ViewCommand::ToggleLeft => view.left_open = !view.left_open,
        ViewCommand::ToggleRight => view.right_open = !view.right_open,
        ViewCommand::ToggleAllFiles => view.shows_all_files = !view.shows_all_files,
        ViewCommand::ToggleStrip => view.strip_open = !view.strip_open,
        ViewCommand::OpenPalette => view.palette = Some(PaletteView::default()),
        ViewCommand::OpenHelp => view.help_open = !view.help_open,
        ViewCommand::Escape => {
            if view.palette.take().is_none() && !std::mem::take(&mut view.help_open) {
                view.selected_node = None;
                view.selected_finding = None;
            }
        }
    }
}

fn show_finding(
    i: usize,
    place: usize,
    model: &Model,
    view: &mut View,
    camera: &mut OrbitCamera,
    now: Instant,
) {
    let Some(finding) = model.current().and_then(|d| d.report.value()).and_then(|r| r.findings.get(i)) else {
        return;
    };
    view.selected_finding = Some(i);
    view.selected_place = place;
    let Some(place) = finding.places.get(place) else { return };
    view.selected_node = place.node;
    if place.point.is_finite() && place.radius.is_finite() {
        let reach = DVec3::splat(place.radius.max(1e-6) / 3f64.sqrt());
        camera.frame(Aabb { min: place.point - reach, max: place.point + reach }, now);
    }
}
