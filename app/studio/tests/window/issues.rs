//! Walking through what is wrong with a model.

use std::path::{Path, PathBuf};

use analysis::{Rule, Severity};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use studio::app::App;

use super::{open, until, window};

/// Two boards side by side, each with a face of no area, and one face of the first there twice.
pub(crate) fn broken(folder: &Path) -> PathBuf {
    let path = folder.join("broken.obj");
    let text = "o one\nv 0 0 0\nv 1 0 0\nv 1 2 0\nv 0 2 0\nf 1 2 3 4\nf 1 2 3 4\nf 1 2 2\n\
                o two\nv 3 0 0\nv 4 0 0\nv 4 2 0\nv 3 2 0\nf 5 6 7 8\nf 5 6 6\n";
    std::fs::write(&path, text).unwrap();
    path
}

pub(crate) fn checked(window: &mut Harness<'static, App>) {
    until(window, "the model is checked", |app| {
        app.model.current().is_some_and(|d| d.report.value().is_some() && !d.report.is_running())
    });
}

fn position(app: &App) -> (Option<usize>, usize) {
    let report = app.model.current().unwrap().shown_report().unwrap();
    studio::model::position(report, app.view.issues.at)
}

#[test]
fn keys_lead_from_problem_to_problem_and_colour_the_faces() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    checked(&mut window);
    let (_, n) = position(window.state());
    assert!(n >= 3, "{n} places");
    window.key_press(Key::F8);
    until(&mut window, "the first problem", |app| position(app).0 == Some(0));
    window.get_by_label(&format!("1 of {n}"));
    until(&mut window, "its faces are marked", |app| {
        app.model.marks.shown().is_some_and(|(marks, _)| marks.0.iter().any(|mark| mark.is_chosen))
    });
    window.key_press_modifiers(Modifiers::SHIFT, Key::F8);
    until(&mut window, "round to the last", |app| position(app).0 == Some(n - 1));
    window.get_by_label("Next problem (F8)").click();
    until(&mut window, "and to the first again", |app| position(app).0 == Some(0));
    window.key_press(Key::Escape);
    until(&mut window, "left", |app| app.view.issues.at.is_none() && app.model.marks.shown().is_none());
}

#[test]
fn a_card_opens_its_rule_and_lists_its_places() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    checked(&mut window);
    window.get_by_label_contains("Warning: 2 faces without area. ").click();
    until(&mut window, "it is open", |app| {
        app.view.issues.at.is_some_and(|at| at.rule == Rule::FacesZeroArea && at.place == 0)
    });
    window.run_steps(2);
    window.get_by_label_contains("Show 'two'").click();
    until(&mut window, "its second place", |app| app.view.issues.at.is_some_and(|at| at.place == 1));
}

#[test]
fn all_problems_are_marked_by_their_severity() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    checked(&mut window);
    window.key_press(Key::F9);
    until(&mut window, "marks of two kinds", |app| {
        let tones = app.model.marks.shown().map(|(marks, _)| marks.0.iter().map(|m| m.tone));
        let tones: Vec<_> = tones.into_iter().flatten().collect();
        [Severity::Warning, Severity::Info]
            .iter()
            .all(|severity| tones.contains(&studio::marks::Tone::Problem(*severity)))
    });
    window.get_by_label("Show all problems (F9)").click();
    until(&mut window, "none", |app| app.model.marks.shown().is_none());
}

#[test]
fn a_preset_weighs_the_report_and_shows_its_limits() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    checked(&mut window);
    window.get_by_role_and_label(egui::Role::RadioButton, "Web").click();
    until(&mut window, "it is judged", |app| {
        app.model.current().unwrap().shown_report().is_some_and(|report| report.verdict.is_some())
    });
    window.get_by_label("Triangles 8 of 300,000, kept");
    assert!(
        window.state().model.current().unwrap().shown_report().unwrap().finding(Rule::EdgesOpen).is_none()
    );
    window.get_by_role_and_label(egui::Role::RadioButton, "Any use").click();
    until(&mut window, "as found", |app| {
        app.model.current().unwrap().shown_report().is_some_and(|report| report.verdict.is_none())
    });
}
