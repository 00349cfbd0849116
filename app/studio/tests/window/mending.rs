//! Mending in memory, taking back, and keeping the result.

use std::path::Path;

use analysis::Rule;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use studio::app::App;
use studio::commands::{FileCommand, MendCommand};

use super::issues::{broken, checked};
use super::{open, until, window};

fn window_with_broken(folder: &Path) -> Harness<'static, App> {
    let mut window = window();
    open(&mut window, vec![broken(folder)]);
    checked(&mut window);
    window
}

fn n_faces(app: &App) -> usize {
    let scene = &app.model.loaded().unwrap().import.scene;
    scene.meshes.iter().flat_map(|mesh| &mesh.primitives).map(|p| p.faces.n_faces()).sum()
}

fn has(app: &App, rule: Rule) -> bool {
    let document = app.model.current().unwrap();
    let is_checked = !document.report.is_running() && document.shown_report().is_some();
    is_checked && document.shown_report().unwrap().finding(rule).is_some()
}

fn shown(app: &App) -> usize {
    app.model.current().unwrap().history.shown()
}

#[test]
fn one_problem_is_mended_taken_back_and_mended_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_broken(folder.path());
    assert_eq!(n_faces(window.state()), 5);
    window.get_by_label_contains("Warning: 2 faces without area. ").click();
    window.run_steps(3);
    window.get_by_label("Mend this").click();
    until(&mut window, "it is mended", |app| shown(app) == 1);
    assert_eq!(n_faces(window.state()), 3);
    checked(&mut window);
    assert!(!has(window.state(), Rule::FacesZeroArea) && has(window.state(), Rule::FacesDuplicate));
    assert_eq!(window.state().model.unsaved(None).len(), 1);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    until(&mut window, "it is taken back", |app| shown(app) == 0);
    assert_eq!(n_faces(window.state()), 5);
    until(&mut window, "the problem is back", |app| has(app, Rule::FacesZeroArea));
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    until(&mut window, "and mended again", |app| shown(app) == 1 && n_faces(app) == 3);
}

#[test]
fn all_safe_ones_are_mended_at_once_and_the_list_leads_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_broken(folder.path());
    window.get_by_label_contains("Mend all safe ones").click();
    until(&mut window, "they are mended", |app| shown(app) == 1);
    checked(&mut window);
    assert!(!has(window.state(), Rule::FacesZeroArea) && !has(window.state(), Rule::FacesDuplicate));
    assert_eq!(n_faces(window.state()), 2);
    window.run_steps(2);
    window.get_by_label_contains("As in the file: ").click();
    until(&mut window, "as in the file", |app| shown(app) == 0 && n_faces(app) == 5);
    // The file is read anew, and nothing that was shown is lost.
    window.get_by_label_contains("Mend all that is safe: ").click();
    until(&mut window, "mended", |app| shown(app) == 1);
    window.key_press_modifiers(Modifiers::COMMAND, Key::R);
    until(&mut window, "it is read again, and mended again", |app| {
        let document = app.model.current().unwrap();
        document.n_reloads == 1 && !document.load.is_running() && shown(app) == 1 && n_faces(app) == 2
    });
}

#[test]
fn the_result_is_saved_beside_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_broken(folder.path());
    let original = std::fs::read(folder.path().join("broken.obj")).unwrap();
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::M);
    until(&mut window, "it is mended", |app| shown(app) == 1);
    let target = folder.path().join("mended.glb");
    window.state_mut().commands.push(MendCommand::Save(target.clone()));
    until(&mut window, "it is saved", |app| !app.model.conversions.is_empty());
    assert!(target.is_file());
    assert_eq!(std::fs::read(folder.path().join("broken.obj")).unwrap(), original);
    let receipt = &window.state().model.conversions[0].receipt;
    assert!(receipt.steps.iter().any(|step| !step.changes.is_empty()));
    assert!(window.state().model.unsaved(None).is_empty());
}

#[test]
fn closing_asks_before_mends_are_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_broken(folder.path());
    window.state_mut().commands.push(MendCommand::MendSafe);
    until(&mut window, "it is mended", |app| shown(app) == 1);
    window.state_mut().commands.push(FileCommand::CloseCurrent);
    until(&mut window, "somebody is asked", |app| app.view.leaving.is_some());
    window.run_steps(2);
    window.get_by_label("Stay").click();
    until(&mut window, "it stays", |app| app.view.leaving.is_none() && !app.model.documents.is_empty());
    window.state_mut().commands.push(FileCommand::CloseCurrent);
    until(&mut window, "somebody is asked again", |app| app.view.leaving.is_some());
    window.run_steps(2);
    window.get_by_label("Close without saving").click();
    until(&mut window, "it is closed", |app| app.model.documents.is_empty());
}
