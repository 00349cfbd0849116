use std::time::Instant;

use analysis::{MAX_FACES, Place, Rule};
use glam::DVec3;
use scene::{Aabb, Scene};

use super::IssueCommand;
use crate::marks::{FaceSet, Patch};
use crate::model::{IssueStop, Loaded, Model, neighbor};
use crate::view::{Tab, View};
use crate::viewport::Stage;

/// Faces that are asked which way they look.
const N_ASKED: usize = 512;
/// Faces that the picture is to hold.
const N_FRAMED: usize = 4096;
/// Seen flatter than this (cosine), a surface is better looked at from elsewhere.
const TOO_FLAT: f64 = 0.3;

/// Walks through what is wrong with the model on stage.
pub(crate) fn run(command: IssueCommand, model: &Model, view: &mut View, stage: &mut Stage) {
    let report = model.current().and_then(|document| document.shown_report());
    match command {
        IssueCommand::Show(stop) => show(stop, model, view, stage),
        IssueCommand::Leave => view.issues.at = None,
        IssueCommand::Next | IssueCommand::Previous => {
            let is_forward = command == IssueCommand::Next;
            if let Some(stop) = report.and_then(|report| neighbor(report, view.issues.at, is_forward)) {
                view.tab = Tab::Report;
                view.right_open = true;
                view.issues.scrolls = true;
                show(stop, model, view, stage);
            }
        }
        IssueCommand::ToggleAll => view.issues.shows_all = !view.issues.shows_all,
        IssueCommand::UsePreset(preset) => view.issues.preset = preset,
    }
}

fn show(stop: IssueStop, model: &Model, view: &mut View, stage: &mut Stage) {
    let Some(report) = model.current().and_then(|document| document.shown_report()) else { return };
    view.issues.at = Some(stop);
    let (Some(place), Some(loaded)) = (stop.place(report), model.loaded()) else { return };
    view.selected_node = place.node;
    // Where a clip has moved things to, nothing was checked.
    view.playback.choose(None);
    if !place.point.is_finite() || !place.radius.is_finite() {
        return;
    }
    stage.stop_walking();
    let bounds = around(loaded, place);
    let (now, camera) = (Instant::now(), &mut stage.camera);
    let back = camera.pose().axes()[2];
    let middle = (!trusts_winding(stop.rule)).then(|| loaded.bounds.center());
    match front(&loaded.import.scene, place, middle) {
        Some(out) if out.dot(back) < TOO_FLAT => {
            // Not straight from the front: a little from where one looked before, and from above.
            let aside = back - back.dot(out) * out;
            camera.frame_from(bounds, out + 0.35 * aside.normalize_or_zero() + 0.2 * DVec3::Y, now);
        }
        _ => camera.frame(bounds, now),
    }
}

/// What is to be in view: the place's faces, or what lies around its point.
fn around(loaded: &Loaded, place: &Place) -> Aabb {
    let scene = &loaded.import.scene;
    // Of what is wrong everywhere, few faces are named; then the object is what one wants to see.
    let is_everywhere = place.faces.len() < MAX_FACES.min(place.count) && !place.faces.is_empty();
    let object = place.node.and_then(|node| loaded.node_bounds.get(node)).filter(|b| !b.is_empty());
    if let Some(object) = object.filter(|_| is_everywhere && place.other.is_none()) {
        return *object;
    }
    let sets: Vec<FaceSet> = FaceSet::of_place(place)
        .into_iter()
        .map(|set| FaceSet { node: set.node.or(place.node), ..set })
        .collect();
    let patch = Patch::of(scene, &sets, N_FRAMED);
    let mut bounds = Aabb::EMPTY;
    patch.triangles.iter().flatten().for_each(|&point| bounds.add(point));
    let least = (2e-3 * loaded.bounds.radius()).max(1e-6);
    if bounds.is_empty() {
        let reach = DVec3::splat(place.radius.max(least) / 3f64.sqrt());
        return Aabb { min: place.point - reach, max: place.point + reach };
    }
    // A face alone would fill the picture, and nobody would know where it is.
    let room = DVec3::splat((0.15 * bounds.radius()).max(least));
    Aabb { min: bounds.min - room, max: bounds.max + room }
}

/// Whether the faces of such places are seen from the side that their winding says.
fn trusts_winding(rule: Rule) -> bool {
    use Rule::{PartFacesAway, ShellInsideOut, ShellInsideOutEnclosing, WindingInconsistent};
    !matches!(rule, PartFacesAway | ShellInsideOut | ShellInsideOutEnclosing | WindingInconsistent)
}

/// Which way the place's faces look on the whole: as they are wound, or away from the `middle` of the
/// model, however they are wound. `None` where they look everywhere.
fn front(scene: &Scene, place: &Place, middle: Option<DVec3>) -> Option<DVec3> {
    let set = FaceSet::of_place(place).into_iter().next()?;
    let faces = set.faces.iter().copied().take(N_ASKED).collect();
    let patch = Patch::of(scene, &[FaceSet { faces, node: place.node, ..set }], N_ASKED);
    let (mut sum, mut all) = (DVec3::ZERO, 0.0);
    for [a, b, c] in patch.triangles {
        let normal = (b - a).cross(c - a);
        let is_inwards = middle.is_some_and(|middle| normal.dot((a + b + c) / 3.0 - middle) < 0.0);
        let out = if is_inwards { -normal } else { normal };
        sum += out;
        all += out.length();
    }
    let mean = sum / all;
    (mean.is_finite() && mean.length() > 0.5).then(|| mean.normalize_or_zero())
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use scene::{Faces, Mesh, Node, Primitive};

    use super::*;

    #[test]
    fn faces_are_looked_at_from_their_front_or_from_outside() {
        for (corners, front_z) in [(vec![0, 1, 2], 1.0), (vec![2, 1, 0], -1.0)] {
            let primitive = Primitive {
                vertex_positions: [Vec3::ZERO, Vec3::X, Vec3::Y].map(|p| p - 4.0 * Vec3::Z).to_vec(),
                faces: Faces::triangles(corners),
                ..Primitive::default()
            };
            let scene = Scene {
                nodes: vec![Node { mesh: Some(0), ..Node::default() }],
                roots: vec![0],
                meshes: vec![Mesh { primitives: vec![primitive], ..Mesh::default() }],
                ..Scene::default()
            };
            let place = Place {
                node: Some(0),
                mesh: Some(0),
                primitive: Some(0),
                faces: vec![0],
                other: None,
                point: DVec3::ZERO,
                radius: 1.0,
                count: 1,
                label: String::new(),
            };
            assert_eq!(front(&scene, &place, Some(DVec3::ZERO)), Some(-DVec3::Z));
            assert_eq!(front(&scene, &place, None), Some(front_z * DVec3::Z));
        }
    }
}
