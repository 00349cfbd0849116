//! Saved views, lenses, the tape and the ring of views.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use studio::commands::CameraCommand;

use super::{open, quad, until, window};

#[test]
fn views_are_saved_by_number_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let chair = quad(folder.path(), "chair.obj");
    let mut window = window();
    open(&mut window, vec![chair.clone()]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    until(&mut window, "view 3 is saved", |app| app.model.views.numbers(&chair) == [3]);
    window.state_mut().commands.push(CameraCommand::SaveNextView);
    until(&mut window, "the next free number", |app| app.model.views.numbers(&chair) == [1, 3]);
    window.state_mut().commands.push(CameraCommand::RemoveView(3));
    until(&mut window, "it is removed", |app| app.model.views.numbers(&chair) == [1]);
}

#[test]
fn the_lens_is_shown_and_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![quad(folder.path(), "chair.obj")]);
    window.get_by_label("50 mm");
    window.key_press(Key::CloseBracket);
    window.run();
    window.get_by_label("85 mm");
    window.key_press(Key::P);
    window.run();
    window.get_by_label("Ortho");
}

#[test]
fn the_tape_is_taken_in_hand_and_the_ring_of_views_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![quad(folder.path(), "chair.obj")]);
    window.key_press(Key::R);
    until(&mut window, "the tape is in hand", |app| app.view.tape.is_on);
    window.key_press(Key::Escape);
    until(&mut window, "the tape is away", |app| !app.view.tape.is_on);
    window.key_press(Key::Backtick);
    until(&mut window, "the ring is open", |app| app.view.pie.is_some());
    window.run();
    window.get_by_label("Bottom").click();
    until(&mut window, "a view is chosen", |app| app.view.pie.is_none());
}
