//! Files that a model needs, and the other models of its archive.

use std::path::{Path, PathBuf};

use egui_kittest::kittest::Queryable as _;
use studio::app::App;
use studio::commands::FilesCommand;
use studio::settings::Settings;

use super::{offer_job_type, open, start, until, window, window_with};

/// A model that lacks both its textures; one lies in another folder.
fn incomplete(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder.join("library/deep")).unwrap();
    std::fs::write(folder.join("library/deep/Wood.png"), b"png").unwrap();
    std::fs::create_dir_all(folder.join("set")).unwrap();
    std::fs::write(folder.join("set/chair.mtl"), "newmtl a\nmap_Kd maps/wood.png\nmap_Bump grain.png\n")
        .unwrap();
    let path = folder.join("set/chair.obj");
    let text = "mtllib chair.mtl\no board\nv 0 0 0\nv 1 0 0\nv 1 2 0\nv 0 2 0\nusemtl a\nf 1 2 3 4\n";
    std::fs::write(&path, text).unwrap();
    path
}

fn missing(app: &App) -> Vec<String> {
    app.model.current().unwrap().missing()
}

#[test]
fn missing_files_are_found_ignored_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let path = incomplete(folder.path());
    let home = farm::Home::at(folder.path().join("home"));
    // A Manager that nobody runs, so that no farm is started.
    let settings = Settings { manager_url: "http://127.0.0.1:9/".into(), ..Settings::default() };
    let mut window = window_with(start(Some(home.clone()), settings.clone()));
    open(&mut window, vec![path.clone()]);
    window.step();
    window.get_by_label("wood.png, texture, missing");
    window.get_by_label("Search in folder…");
    window.get_by_label("Ignore grain.png").click();
    until(&mut window, "one is ignored", |app| missing(app) == ["maps/wood.png"]);
    window.get_by_label("grain.png, texture, missing, ignored");
    let doc = window.state().model.current.unwrap();
    window.state_mut().commands.push(FilesCommand::SearchIn(doc, folder.path().join("library")));
    until(&mut window, "the texture is found", |app| {
        missing(app).is_empty() && !app.model.current().unwrap().load.is_running()
    });
    window.get_by_label_contains("wood.png, texture, relinked");
    assert_eq!(window.state().model.current().unwrap().n_reloads, 1);
    let told = |app: &App| app.model.notices.iter().any(|n| n.text.starts_with("1 of 1 missing files found"));
    assert!(told(window.state()));

    drop(window);
    let mut again = window_with(start(Some(home), settings));
    open(&mut again, vec![path]);
    assert!(missing(again.state()).is_empty());
    let found = folder.path().join("library/deep/Wood.png");
    let files = &again.state().model.loaded().unwrap().import.files;
    assert!(files.contains(&found), "{files:?}");
    again.get_by_label("Undo the link of wood.png").click();
    until(&mut again, "it is missing again", |app| missing(app) == ["maps/wood.png"]);
}

#[test]
fn the_form_tells_what_is_missing_before_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![incomplete(folder.path())]);
    offer_job_type(&mut window);
    window.get_by_label("2 files are missing: grain.png, wood.png; find them under Report, or send without");
    window.get_by_role_and_label(egui::Role::Button, "Submit");
}

#[test]
fn the_other_models_of_an_archive_are_offered() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack.zip");
    let mut pack = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for name in ["chair.obj", "more/table.obj"] {
        pack.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        pack.write_all(b"v 0 0 0\nv 1 0 0\nv 1 2 0\nf 1 2 3\n").unwrap();
    }
    pack.finish().unwrap();
    let mut window = window();
    open(&mut window, vec![path.clone()]);
    // When its report has come, nothing moves the list any more.
    until(&mut window, "the chair is checked", |app| {
        app.model.current().is_some_and(|document| document.inspection().is_some())
    });
    window.run();
    // Wherever the list is scrolled to.
    window.get_by_label("Open more/table.obj").click_accesskit();
    // So soon after the first it counts as the same drop, and the stage stays as it is.
    until(&mut window, "the table joins the list", |app| {
        let table = app.model.documents.iter().find(|d| d.path == path.join("more/table.obj"));
        table.is_some_and(|d| d.inspection().is_some())
    });
    assert_eq!(window.state().model.documents.len(), 2);
}
