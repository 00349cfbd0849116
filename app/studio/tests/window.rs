//! The window driven by what people see and press. Asserts on the model, without a graphics device.
#![cfg(test)]

#[path = "window/administration.rs"]
mod administration;
#[path = "window/camera.rs"]
mod camera;
#[path = "window/clips.rs"]
mod clips;
#[path = "window/compare.rs"]
mod compare;
#[path = "window/conversion.rs"]
mod conversion;
#[path = "window/farm.rs"]
mod farm_room;
#[path = "window/files.rs"]
mod files;
#[path = "window/form.rs"]
mod form;
#[path = "window/issues.rs"]
mod issues;
#[path = "window/job_page.rs"]
mod job_page;
#[path = "window/materials.rs"]
mod materials;
#[path = "window/mending.rs"]
mod mending;
#[path = "window/outbox.rs"]
mod outbox;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use flamenco::wire::JobType;
use studio::app::{App, Start};
use studio::commands::{Command, FileCommand, LightCommand, ViewCommand};
use studio::frame_log::FrameLog;
use studio::model::FarmLink;
use studio::settings::Settings;
use studio::view::{PassChoice, Tab, ToneMapChoice};

fn start(home: Option<farm::Home>, settings: Settings) -> Start {
    Start {
        home,
        settings,
        paths: Vec::new(),
        no_drop_reason: None,
        frame_log: FrameLog::new(None).unwrap(),
        rescue: None,
    }
}

fn window_with(start: Start) -> Harness<'static, App> {
    Harness::builder()
        .with_size(Vec2::new(1280.0, 800.0))
        // Work of the pool asks for frames of its own, at times of its own.
        .with_max_steps(64)
        .build_eframe(|cc| App::new(&cc.egui_ctx, None, start))
}

fn window() -> Harness<'static, App> {
    window_with(start(None, Settings::default()))
}

/// Steps until `holds`; work goes on in other threads meanwhile.
fn until(window: &mut Harness<'static, App>, what: &str, holds: impl Fn(&App) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds(window.state()) {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        window.step();
        std::thread::yield_now();
    }
    window.step();
}

fn quad(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, "o board\nv 0 0 0\nv 1 0 0\nv 1 2 0\nv 0 2 0\nf 1 2 3 4\n").unwrap();
    path
}

fn open(window: &mut Harness<'static, App>, paths: Vec<PathBuf>) {
    window.state_mut().commands.push(FileCommand::Open(paths));
    until(window, "the model is read", |app| app.model.loaded().is_some());
}

fn job_type() -> JobType {
    serde_json::from_value(serde_json::json!({
        "name": "kiln-thumbnails", "label": "Thumbnails", "etag": "e", "settings": [
            {"key": "models", "type": "string", "required": true},
            {"key": "size", "label": "Size", "type": "int32", "default": 512, "propargs": {"min": 16, "max": 4096}},
            {"key": "keep_origin", "label": "Keep origin", "type": "bool", "default": false},
            {"key": "note", "label": "Note", "type": "string", "required": true},
            {"key": "output_root", "type": "string", "default": "{jobs}/x", "visible": "hidden"}
        ]
    }))
    .unwrap()
}

fn offer_job_type(window: &mut Harness<'static, App>) {
    let app = window.state_mut();
    app.model.farm.job_types = vec![job_type()];
    app.model.farm.link =
        FarmLink::Ready { url: "http://x/".into(), name: "Test".into(), is_embedded: true, hands_out: true };
    app.commands.push(ViewCommand::OpenTab(Tab::Submit));
    window.run();
}

#[test]
fn an_empty_window_explains_itself() {
    let mut window = window();
    window.run();
    window.get_by_label("Drop models here");
    window.get_by_label("Open models…");
    window.get_by_label_contains("Reads .glb, .gltf, ");
    window.get_by_label("Ctrl+O   ·   Ctrl+Shift+O");
}

#[test]
fn several_files_make_a_list_and_the_rest_has_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (chair, table) = (quad(folder.path(), "chair.obj"), quad(folder.path(), "table.obj"));
    let note = folder.path().join("notes.pdf");
    std::fs::write(&note, "x").unwrap();
    let mut window = window();
    open(&mut window, vec![chair, table, note]);
    let model = &window.state().model;
    assert_eq!(model.documents.len(), 2);
    assert_eq!(model.current().unwrap().name(), "chair.obj");
    assert_eq!(model.loaded().unwrap().inspection.topology.quads, 1);
    assert!(model.unread[0].reason.starts_with("not a model"));
    until(&mut window, "both are looked at", |app| {
        app.model.documents.iter().all(|d| d.inspection().is_some())
            && app.model.current().is_some_and(|d| d.report.value().is_some())
    });
    window.get_by_label_contains("table.obj").click();
    until(&mut window, "the table is on stage", |app| {
        app.model.current().is_some_and(|d| d.name() == "table.obj") && app.model.loaded().is_some()
    });
    window.get_by_label("board, mesh");
    window.key_press_modifiers(Modifiers::COMMAND, Key::W);
    until(&mut window, "it is closed", |app| app.model.documents.len() == 1);
}

#[test]
fn a_file_that_cannot_be_read_says_why_and_what_now() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.glb");
    std::fs::write(&empty, "").unwrap();
    let mut window = window();
    window.state_mut().commands.push(FileCommand::Open(vec![empty]));
    until(&mut window, "it has failed", |app| app.model.current().is_some_and(|d| d.failure().is_some()));
    window.get_by_label("empty.glb cannot be read");
    window.get_by_label("Read again");
    assert!(window.state().model.current().unwrap().failure().unwrap().contains("the file is empty"));
}

#[test]
fn keys_and_buttons_switch_the_pass() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![quad(folder.path(), "chair.obj")]);
    window.key_press(Key::Num3);
    until(&mut window, "depth", |app| app.view.pass == PassChoice::Depth);
    window.get_by_label("Edge").click();
    until(&mut window, "edge", |app| app.view.pass == PassChoice::Edge);
}

#[test]
fn every_mode_is_named_and_stands_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![quad(folder.path(), "chair.obj")]);
    window.key_press(Key::M);
    // One frame to take the key, one to open the list, one to lay it out.
    (0..4).for_each(|_| window.step());
    for (_, group) in PassChoice::GROUPS {
        for pass in group {
            window.get_by_role_and_label(egui::Role::MenuItemRadio, pass.label());
        }
    }
    window.get_by_role_and_label(egui::Role::MenuItemRadio, "Texel density").click();
    until(&mut window, "texel density", |app| app.view.pass == PassChoice::TexelDensity);
    // The button of the list says what is shown.
    window.get_by_role_and_label(egui::Role::Button, "Texel density");
    window.key_press(Key::Num6);
    until(&mut window, "clay", |app| app.view.pass == PassChoice::Clay);
}

#[test]
fn the_light_is_set_turned_and_reset() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    let chair = quad(folder.path(), "chair.obj");
    open(&mut window, vec![chair]);
    window.key_press_modifiers(Modifiers::SHIFT, Key::L);
    window.run_steps(3);
    window.get_by_label("Shadow on the floor").click();
    until(&mut window, "no shadow", |app| !app.view.light.shadow);
    window.get_by_role_and_label(egui::Role::RadioButton, "AgX").click();
    until(&mut window, "the tone curve", |app| app.view.light.tone_map == ToneMapChoice::Agx);
    window.state_mut().commands.push(LightCommand::Turn(200.0));
    until(&mut window, "the light is turned", |app| app.view.light.rotation_degrees == -160.0);
    // What is no picture of surroundings is told of, and the studio comes back.
    let broken = folder.path().join("sky.hdr");
    std::fs::write(&broken, "no light").unwrap();
    window.state_mut().commands.push(LightCommand::UseFile(broken.clone()));
    until(&mut window, "the file is read", |app| {
        app.model.notices.iter().any(|notice| notice.text.contains("sky.hdr"))
    });
    assert_eq!(window.state().view.light.surroundings, None);
    window.get_by_role_and_label(egui::Role::Button, "Reset").click();
    until(&mut window, "the light is as it was", |app| app.view.light.is_default());
}

#[test]
fn a_picture_is_saved_at_the_size_that_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let board = quad(folder.path(), "board.obj");
    let mut window = window();
    open(&mut window, vec![board]);
    window.key_press(Key::F12);
    window.run();
    window.get_by_label("4K").click();
    window.run();
    assert_eq!(window.state().view.picture.size_px(), [3840, 2160]);
    window.get_by_label("3840 × 2160");
    window.get_by_label("Custom").click();
    window.run();
    assert_eq!(window.state().view.picture.custom_px, [3840, 2160], "it starts from what was chosen");
    window.get_by_label("Width in pixels");
    window.get_by_label("Transparent background").click();
    window.run();
    assert!(window.state().view.picture.is_transparent);
    window.key_press(Key::Escape);
    window.run();
    assert!(!window.state().view.picture.is_open);
}

#[test]
fn the_palette_finds_and_runs_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![quad(folder.path(), "chair.obj")]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    until(&mut window, "the palette is open", |app| app.view.palette.is_some());
    window.step();
    window.event(egui::Event::Text("wirefr".into()));
    window.step();
    window.key_press(Key::Enter);
    until(&mut window, "the pass is wireframe", |app| app.view.pass == PassChoice::Wireframe);
    assert!(window.state().view.palette.is_none());
}

#[test]
fn the_form_asks_what_the_job_type_declares() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![quad(folder.path(), "chair.obj")]);
    offer_job_type(&mut window);
    let form = window.state().view.submit.form.as_ref().unwrap();
    let shown: Vec<_> = form.fields.iter().filter(|f| f.is_shown).map(|f| f.label.clone()).collect();
    assert_eq!(shown, ["Size", "Keep origin", "Note"]);
    window.get_by_role_and_label(egui::Role::SpinButton, "Size");
    window.get_by_label("Keep origin").click();
    window.run();
    let form = window.state().view.submit.form.as_ref().unwrap();
    assert_eq!(form.fields[2].value, farm::FieldValue::Toggle(true));
    assert!(window.query_by_label("Output Root").is_none());
    // The note is required and empty: the button is there and does nothing yet.
    window.get_by_role_and_label(egui::Role::Button, "Submit").click();
    window.run();
    assert_eq!(window.state().view.tab, Tab::Submit);
}

#[test]
fn submit_writes_the_job_into_the_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let home = farm::Home::at(folder.path().join("home"));
    // A Manager that nobody runs: the job stays in the outbox, and no farm is started.
    let settings = Settings { manager_url: "http://127.0.0.1:9/".into(), ..Settings::default() };
    let mut window = window_with(start(Some(home.clone()), settings));
    open(&mut window, vec![quad(folder.path(), "chair.obj")]);
    offer_job_type(&mut window);
    let form = window.state_mut().view.submit.form.as_mut().unwrap();
    form.set_text("note", "for the set").unwrap();
    window.run();
    let sent = |_: &App| farm::Outbox::open(&home).unwrap().list().unwrap();
    until(&mut window, "the outbox is open", |app| app.rooms_are_ready());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    until(&mut window, "it stands in the outbox", |app| !sent(app).is_empty());
    let submission = sent(window.state()).remove(0);
    assert_eq!(submission.name, "chair – Thumbnails");
    assert_eq!(submission.models, [folder.path().join("chair.obj")]);
    assert_eq!(window.state().view.tab, Tab::Farm);
    until(&mut window, "the window shows it", |app| !app.model.farm.submissions.is_empty());
}

#[test]
fn commands_wait_until_they_make_sense() {
    let mut window = window();
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.run();
    assert!(window.state().commands.queued().is_empty());
    let convert = Command::File(FileCommand::ConvertDialog);
    let entry = studio::commands::entry_of(&convert).unwrap();
    assert!(!(entry.enabled)(&window.state().model, &window.state().view));
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn files_held_over_the_window_are_announced_and_opened_when_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = quad(folder.path(), "chair.obj");
    let mut window = window();
    window
        .input_mut()
        .hovered_files
        .push(egui::HoveredFile { path: Some(path.clone()), ..Default::default() });
    window.step();
    window.step();
    assert_eq!(window.state().view.drop_hover, Some(1));
    window.get_by_label("Let go to open 1 item");
    window.input_mut().hovered_files.clear();
    window.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path)));
    until(&mut window, "the dropped file is read", |app| app.model.loaded().is_some());
    assert_eq!(window.state().view.drop_hover, None);
}
