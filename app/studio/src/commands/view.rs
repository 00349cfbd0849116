use std::time::Instant;

use scene::{NodeId, Scene};

use super::ViewCommand;
use crate::model::Model;
use crate::view::{PaletteView, PassChoice, Side, Sizes, Tab, View, WipeView};
use crate::viewport::{OrbitCamera, SelectWay, Stage};

/// Changes what is shown and from where.
pub(crate) fn run(command: ViewCommand, model: &Model, view: &mut View, stage: &mut Stage) {
    let now = Instant::now();
    let camera = &mut stage.camera;
    match command {
        ViewCommand::SetPass(pass) => view.pass = pass,
        ViewCommand::OpenModes => view.toggles_modes = true,
        ViewCommand::ToggleWipe => {
            view.wipe = if view.wipe.is_some() { None } else { Some(WipeView::beside(view.pass)) };
        }
        ViewCommand::SetWipePass(pass) => split(view).pass = pass,
        ViewCommand::CompareWith(doc) => {
            let doc = doc.filter(|doc| Some(*doc) != model.current);
            *split(view) = WipeView { doc, selected: None, ..*split(view) };
        }
        ViewCommand::CompareWithNext => {
            let pass = view.pass;
            let wipe = split(view);
            wipe.doc = model.neighbor(1).filter(|doc| Some(*doc) != model.current);
            wipe.selected = None;
            wipe.pass = pass;
        }
        ViewCommand::SwapWipe => {
            if let Some(wipe) = &mut view.wipe {
                std::mem::swap(&mut wipe.pass, &mut view.pass);
            }
        }
        ViewCommand::ToggleTrueSizes => {
            if let Some(wipe) = &mut view.wipe {
                wipe.sizes = if wipe.sizes == Sizes::Alike { Sizes::True } else { Sizes::Alike };
            }
            frame_all(model, view, camera, now);
        }
        ViewCommand::ToggleNormalSpace => {
            view.modes.world_normals = !view.modes.world_normals;
            view.pass = PassChoice::Normal;
        }
        ViewCommand::FitDepth => view.modes.depth_range = None,
        ViewCommand::Frame => {
            if let Some(loaded) = model.loaded() {
                let selected = view.selected_node.and_then(|n| loaded.node_bounds.get(n));
                match selected.copied().filter(|b| !b.is_empty()) {
                    Some(bounds) => camera.frame(bounds, now),
                    None => frame_all(model, view, camera, now),
                }
            }
        }
        ViewCommand::FrameAll => frame_all(model, view, camera, now),
        ViewCommand::FrameBox(bounds) => camera.frame(bounds, now),
        ViewCommand::LookFrom(from) => {
            if model.loaded().is_some() {
                camera.look_from(from, now);
            }
        }
        ViewCommand::SelectNode(node) => view.selected_node = node,
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
                || stage.stop_walking()
                || view.tape.start.take().is_some()
                || std::mem::take(&mut view.tape.is_on);
            if !closes {
                view.selected_node = None;
                view.issues.at = None;
                if let Some(wipe) = &mut view.wipe {
                    wipe.selected = None;
                }
            }
        }
    }
}

/// All that is in the picture: the whole clip of a model that moves, both models of a split view that
/// shows them at their true sizes.
fn frame_all(model: &Model, view: &View, camera: &mut OrbitCamera, now: Instant) {
    let Some(loaded) = model.loaded() else { return };
    let other = view.wipe.filter(|wipe| wipe.sizes == Sizes::True).and_then(|wipe| model.document(wipe.doc?));
    let other = other.and_then(|document| document.load.value()).map(|loaded| loaded.bounds);
    match (view.playback.bounds, other) {
        (own, Some(other)) => camera.frame(own.unwrap_or(loaded.bounds).union(other), now),
        (Some(own), None) => camera.frame(own, now),
        (None, None) => camera.frame_all(now),
    }
}

/// The split of the view, which is made if need be.
fn split(view: &mut View) -> &mut WipeView {
    let pass = view.pass;
    view.wipe.get_or_insert_with(|| WipeView::beside(pass))
}

/// Takes in what a click on one side of the picture has met.
pub(crate) fn select_picked(
    node: Option<NodeId>,
    way: SelectWay,
    side: Side,
    model: &Model,
    view: &mut View,
) {
    let other = view.wipe.as_mut().filter(|wipe| side == Side::Right && wipe.doc.is_some());
    let (loaded, selected) = match other {
        Some(wipe) => {
            let document = wipe.doc.and_then(|doc| model.document(doc));
            (document.and_then(|document| document.load.value()), &mut wipe.selected)
        }
        None => (model.current().and_then(|document| document.load.value()), &mut view.selected_node),
    };
    if let Some(loaded) = loaded {
        *selected = selected_by(way, node, *selected, &loaded.import.scene);
    }
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
