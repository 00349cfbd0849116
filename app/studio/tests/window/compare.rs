//! The split view: two modes, or two models.

use egui::Key;
use studio::commands::{FileCommand, ViewCommand};
use studio::view::{PassChoice, Sizes};

use super::{open, quad, until, window};

#[test]
fn two_modes_or_two_models_are_compared_beside_a_divider() {
    let folder = tempfile::tempdir().unwrap();
    let (chair, table) = (quad(folder.path(), "chair.obj"), quad(folder.path(), "table.obj"));
    let mut window = window();
    open(&mut window, vec![chair, table]);
    window.key_press(Key::C);
    until(&mut window, "the view is split", |app| app.view.wipe.is_some());
    assert_eq!(window.state().view.wipe.unwrap().pass, PassChoice::Wireframe);
    window.key_press(Key::X);
    until(&mut window, "the sides are swapped", |app| app.view.pass == PassChoice::Wireframe);
    assert_eq!(window.state().view.wipe.unwrap().pass, PassChoice::Textured);
    window.state_mut().commands.push(ViewCommand::CompareWithNext);
    until(&mut window, "the table is read", |app| {
        let other = app.view.wipe.and_then(|wipe| wipe.doc).and_then(|doc| app.model.document(doc));
        other.is_some_and(|d| d.name() == "table.obj" && d.load.value().is_some())
    });
    // A closed model is compared no more.
    let table = window.state().view.wipe.unwrap().doc.unwrap();
    window.state_mut().commands.push(FileCommand::Close(table));
    until(&mut window, "one model is left", |app| app.view.wipe.is_some_and(|wipe| wipe.doc.is_none()));
    window.key_press(Key::C);
    until(&mut window, "the view is whole", |app| app.view.wipe.is_none());
}

#[test]
fn two_models_fill_the_picture_alike_or_keep_their_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let chair = quad(folder.path(), "chair.obj");
    let tower = folder.path().join("tower.obj");
    std::fs::write(&tower, "v 0 0 0\nv 10 0 0\nv 10 90 0\nv 0 90 0\nf 1 2 3 4\n").unwrap();
    let mut window = window();
    open(&mut window, vec![chair, tower]);
    let sizes = |app: &studio::app::App| app.view.wipe.map(|wipe| wipe.sizes);
    // There is nothing to compare yet.
    let entry = studio::commands::entry_of(&ViewCommand::ToggleTrueSizes.into()).unwrap();
    assert!(!(entry.enabled)(&window.state().model, &window.state().view));
    window.state_mut().commands.push(ViewCommand::CompareWithNext);
    until(&mut window, "the tower is read", |app| {
        let other = app.view.wipe.and_then(|wipe| wipe.doc).and_then(|doc| app.model.document(doc));
        other.is_some_and(|document| document.load.value().is_some())
    });
    assert_eq!(sizes(window.state()), Some(Sizes::Alike));
    assert!((entry.enabled)(&window.state().model, &window.state().view));
    window.state_mut().commands.push(ViewCommand::ToggleTrueSizes);
    until(&mut window, "true sizes", |app| sizes(app) == Some(Sizes::True));
    window.state_mut().commands.push(ViewCommand::CompareWith(None));
    until(&mut window, "one model, two modes", |app| app.view.wipe.is_some_and(|wipe| wipe.doc.is_none()));
}
