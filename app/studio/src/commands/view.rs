use std::time::Instant;

use glam::DVec3;
use scene::{Aabb, NodeId, Scene};

use super::ViewCommand;
use crate::model::Model;
use crate::view::{PaletteView, PassChoice, Tab, View, WipeView};
use crate::viewport::{OrbitCamera, SelectWay};

/// Changes what is shown and from where.
pub(crate) fn run(command: ViewCommand, model: &Model, view: &mut View, camera: &mut OrbitCamera) {
    let now = Instant::now();
    match command {
        ViewCommand::SetPass(pass) => view.pass = pass,
        ViewCommand::OpenModes => view.toggles_modes = true,
        ViewCommand::ToggleWipe => {
            view.wipe = if view.wipe.is_some() { None } else { Some(WipeView::beside(view.pass)) };
        }
        ViewCommand::SetWipePass(pass) => split(view).pass = pass,
        ViewCommand::CompareWith(doc) => split(view).doc = doc.filter(|doc| Some(*doc) != model.current),
        ViewCommand::CompareWithNext => {
            let pass = view.pass;
            let wipe = split(view);
            wipe.doc = model.neighbor(1).filter(|doc| Some(*doc) != model.current);
            wipe.pass = pass;
        }
        ViewCommand::SwapWipe => {
            if let Some(wipe) = &mut view.wipe {
                std::mem::swap(&mut wipe.pass, &mut view.pass);
            }
        }
        ViewCommand::ToggleNormalSpace => {
            view.modes.world_normals = !view.modes.world_normals;
            view.pass = PassChoice::Normal;
        }
        ViewCommand::FitDepth => view.modes.depth_range = None,
        ViewCommand::Frame => {
            if let Some(loaded) = model.loaded() {
                let selected = view.selected_node.and_then(|n| loaded.node_bounds.get(n));
                match (selected.copied().filter(|b| !b.is_empty()), view.playback.bounds) {
                    (Some(bounds), _) | (None, Some(bounds)) => camera.frame(bounds, now),
                    (None, None) => camera.frame_all(now),
                }
            }
        }
        ViewCommand::FrameAll => {
            if model.loaded().is_some() {
                match view.playback.bounds {
                    Some(bounds) => camera.frame(bounds, now),
                    None => camera.frame_all(now),
                }
            }
        }
        ViewCommand::FrameBox(bounds) => camera.frame(bounds, now),
        ViewCommand::LookFrom(from) => {
            if model.loaded().is_some() {
                camera.look_from(from, now);
            }
        }
        ViewCommand::SelectNode(node) => view.selected_node = node,
        ViewCommand::ShowFinding(i, place) => show_finding(i, place, model, view, camera, now),
        ViewCommand::OpenTab(tab) => {
            view.tab = tab;
            view.right_open = true;
        }
        ViewCommand::InspectMaterial(material) => {
            view.inspector.show(material);
            view.tab = Tab::Materials;
            view.right_open = true;
        }
        ViewCommand::ToggleUvs => view.inspector.shows_uvs = !view.inspector.shows_uvs,
        ViewCommand::ToggleLeft => view.left_open = !view.left_open,
        ViewCommand::ToggleRight => view.right_open = !view.right_open,
        ViewCommand::ToggleAllFiles => view.shows_all_files = !view.shows_all_files,
        ViewCommand::ToggleStrip => view.strip_open = !view.strip_open,
        ViewCommand::ToggleTape => {
            view.tape.is_on = !view.tape.is_on;
            view.tape.start = None;
            view.tape.hover = None;
        }
        ViewCommand::RemoveTape(i) => {
            if i < view.tape.tapes.len() {
                view.tape.tapes.remove(i);
            }
        }
        ViewCommand::RemoveTapes => view.tape.clear(),
        ViewCommand::OpenPalette => view.palette = Some(PaletteView::default()),
        ViewCommand::OpenHelp => view.help_open = !view.help_open,
        ViewCommand::Escape => {
            let closes = view.palette.take().is_some()
                || std::mem::take(&mut view.picture.is_open)
                || std::mem::take(&mut view.help_open)
                || view.pie.take().is_some()
                || camera.stop_walking()
                || view.tape.start.take().is_some()
                || std::mem::take(&mut view.tape.is_on);
            if !closes {
                view.selected_node = None;
                view.selected_finding = None;
            }
        }
    }
}

/// The split of the view, which is made if need be.
fn split(view: &mut View) -> &mut WipeView {
    let pass = view.pass;
    view.wipe.get_or_insert_with(|| WipeView::beside(pass))
}

/// What is selected after a click on an object, or beside all of them.
pub(crate) fn selected_by(
    way: SelectWay,
    clicked: Option<NodeId>,
    selected: Option<NodeId>,
    scene: &Scene,
) -> Option<NodeId> {
    let parent = |of: NodeId| scene.nodes.iter().position(|node| node.children.contains(&of));
    let clicked = clicked?;
    // From the clicked object upwards.
    let mut line = std::iter::successors(Some(clicked), |&node| parent(node)).take(scene.nodes.len());
    match way {
        SelectWay::Object => Some(clicked),
        SelectWay::TakeBack if line.any(|node| Some(node) == selected) => None,
        SelectWay::TakeBack => Some(clicked),
        SelectWay::Parent => {
            let from = line.find(|&node| Some(node) == selected).unwrap_or(clicked);
            Some(parent(from).unwrap_or(from))
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
