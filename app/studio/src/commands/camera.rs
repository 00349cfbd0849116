use std::time::Instant;

use glam::DVec3;

use super::CameraCommand;
use crate::model::{Model, Severity};
use crate::view::View;
use crate::viewport::{Optics, Stage};

/// Blender's step of the number pad.
const STEP_RADIANS: f64 = 15.0 * std::f64::consts::PI / 180.0;
/// Lenses that photographers have.
const FOCAL_LENGTHS_MM: [f64; 9] = [14.0, 18.0, 24.0, 35.0, 50.0, 85.0, 135.0, 200.0, 300.0];

/// Moves the camera, or changes its lens.
pub(crate) fn run(command: CameraCommand, model: &mut Model, view: &mut View, stage: &mut Stage) {
    let now = Instant::now();
    let camera = &mut stage.camera;
    match command {
        CameraCommand::Turn { right, up } => {
            camera.turn(STEP_RADIANS * f64::from(right), STEP_RADIANS * f64::from(up), now);
        }
        CameraCommand::LookFromOpposite => camera.look_from_opposite(now),
        CameraCommand::ToggleProjection => camera.toggle_projection(),
        CameraCommand::SetLens(optics) => camera.set_optics(optics),
        CameraCommand::LongerLens => {
            change_lens(stage, |mm| FOCAL_LENGTHS_MM.into_iter().find(|&known| known > mm + 0.5))
        }
        CameraCommand::ShorterLens => {
            change_lens(stage, |mm| FOCAL_LENGTHS_MM.into_iter().rev().find(|&known| known < mm - 0.5))
        }
        CameraCommand::LookThrough(i) => look_through(i, model, stage, now),
        CameraCommand::NextFileCamera => {
            let n = model.loaded().map_or(0, |loaded| loaded.cameras.len());
            if n > 0 {
                let next = stage.camera.looks_through().map_or(0, |i| (i + 1) % n);
                look_through(next, model, stage, now);
            }
        }
        CameraCommand::SavedView(number) => go_to_or_save(number, model, stage, now),
        CameraCommand::SaveView(number) => save(number, model, stage),
        CameraCommand::SaveNextView => {
            let free = model.current().and_then(|document| {
                let taken = model.views.numbers(&document.path);
                (1..=9).find(|number| !taken.contains(number))
            });
            match free {
                Some(number) => save(number, model, stage),
                None => {
                    model.notify(Severity::Info, "All nine views of this model are taken; remove one first")
                }
            }
        }
        CameraCommand::RemoveView(number) => {
            if let Some(path) = model.current().map(|document| document.path.clone()) {
                model.views.remove(&path, number);
            }
        }
        CameraCommand::FocusAt(point) => focus(point, stage, now),
        CameraCommand::Walk => {
            if !stage.stop_walking() {
                let room = model.current().and_then(|document| stage.interior_of(document.id));
                stage.start_walking(room);
            }
        }
        CameraCommand::ToggleWalls => {
            let is_cut_by_itself = model.current().is_some_and(|d| stage.has_thick_walls(d.id));
            stage.toggle_walls(is_cut_by_itself);
        }
        CameraCommand::OpenPie => view.pie = view.pie.is_none().then_some(None),
    }
}

fn change_lens(stage: &mut Stage, other: impl Fn(f64) -> Option<f64>) {
    let optics = stage.camera.optics();
    if let Some(focal_length_mm) = other(optics.focal_length_mm) {
        stage.camera.set_optics(Optics { focal_length_mm, ..optics });
    }
}

fn look_through(i: usize, model: &Model, stage: &mut Stage, now: Instant) {
    if let Some(camera) = model.loaded().and_then(|loaded| loaded.cameras.get(i)) {
        stage.camera.look_through(i, camera, now);
    }
}

fn go_to_or_save(number: u8, model: &mut Model, stage: &mut Stage, now: Instant) {
    let Some(path) = model.current().map(|document| document.path.clone()) else { return };
    match model.views.saved(&path, number) {
        Some(pose) => stage.camera.take_pose(&pose, now),
        None => save(number, model, stage),
    }
}

fn save(number: u8, model: &mut Model, stage: &Stage) {
    let Some(path) = model.current().map(|document| document.path.clone()) else { return };
    model.views.keep(&path, number, &stage.camera.pose());
    model.notify(Severity::Good, format!("Saved as view {number}; Ctrl+{number} comes back to it"));
}

fn focus(point: DVec3, stage: &mut Stage, now: Instant) {
    if point.is_finite() {
        stage.camera.focus(point, now);
    }
}
