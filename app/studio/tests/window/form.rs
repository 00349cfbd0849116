//! The submit form: every kind of setting, what follows the scene file, presets.

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use farm::FieldValue;
use flamenco::wire::JobType;
use studio::commands::ViewCommand;
use studio::model::FarmLink;
use studio::view::Tab;

use super::*;

fn of_every_kind() -> JobType {
    serde_json::from_value(serde_json::json!({
        "name": "every-kind", "label": "Every kind", "etag": "1", "settings": [
            {"key": "quality", "type": "string", "choices": ["draft", "final"], "default": "draft"},
            {"key": "samples", "type": "int32", "default": 64, "propargs": {"min": 1, "max": 4096}},
            {"key": "scale", "type": "float", "default": 0.5, "propargs": {"min": 0.1, "max": 2.0}},
            {"key": "denoise", "type": "bool", "default": true},
            {"key": "look_up", "type": "string", "subtype": "file_path"},
            {"key": "cache", "type": "string", "subtype": "dir_path"},
            {"key": "secret", "type": "string", "default": "x", "visible": "hidden"},
            {"key": "seen_on_the_web", "type": "string", "default": "x", "visible": "web"},
            {"key": "only_here", "type": "string", "visible": "submission"},
            {"key": "fixed", "type": "string", "default": "as it is", "editable": false},
            {"key": "who", "type": "string", "eval": "jobname",
                "evalInfo": {"showLinkButton": true, "description": "The job's own name"}},
            {"key": "engine", "type": "string", "eval": "C.preferences.addons", "visible": "hidden",
                "required": true}
        ]
    }))
    .unwrap()
}

fn offer(window: &mut Harness<'static, App>, job_type: JobType) {
    let app = window.state_mut();
    app.model.farm.job_types = vec![job_type];
    app.model.farm.link =
        FarmLink::Ready { url: "http://x/".into(), name: "Test".into(), is_embedded: true, hands_out: true };
    app.commands.push(ViewCommand::OpenTab(Tab::Submit));
    window.run();
}

fn value(window: &Harness<'static, App>, key: &str) -> FieldValue {
    let form = window.state().view.submit.form.as_ref().unwrap();
    form.fields.iter().find(|field| field.key == key).unwrap().value.clone()
}

/// A tall window, so that the whole form is laid out.
fn tall_window() -> Harness<'static, App> {
    let start = start(None, Settings::default());
    Harness::builder()
        .with_size(Vec2::new(1280.0, 2000.0))
        .with_max_steps(64)
        .build_eframe(|cc| App::new(&cc.egui_ctx, None, start))
}

#[test]
fn each_kind_of_setting_is_asked_for_in_its_own_way() {
    let mut window = tall_window();
    offer(&mut window, of_every_kind());
    for (role, label) in [
        (Role::ComboBox, "Quality"),
        (Role::SpinButton, "Samples"),
        (Role::SpinButton, "Scale"),
        (Role::CheckBox, "Denoise"),
        (Role::TextInput, "Look Up"),
        (Role::Button, "Choose look up"),
        (Role::TextInput, "Cache"),
        (Role::Button, "Choose cache"),
        (Role::TextInput, "Only Here"),
        (Role::CheckBox, "Who follows automatically"),
        // Nobody but Blender could tell it, and the job needs it.
        (Role::TextInput, "Engine"),
    ] {
        window.get_by_role_and_label(role, label);
    }
    for hidden in ["Secret", "Seen On The Web"] {
        assert!(window.query_by_label(hidden).is_none(), "{hidden} is not asked for here");
    }
    window.get_by_role_and_label(Role::Label, "Fixed as it is");
    window.get_by_role_and_label(Role::CheckBox, "Denoise").click();
    window.run();
    assert_eq!(value(&window, "denoise"), FieldValue::Toggle(false));
}

#[test]
fn what_follows_changes_with_what_it_follows_until_it_is_let_go() {
    let mut window = tall_window();
    offer(&mut window, of_every_kind());
    assert_eq!(value(&window, "who"), FieldValue::Text("Every kind".into()));
    window.state_mut().view.submit.name = "Night shift".into();
    window.run();
    assert_eq!(value(&window, "who"), FieldValue::Text("Night shift".into()));
    window.get_by_label("Who follows automatically").click();
    window.run();
    window.state_mut().view.submit.name = "Day shift".into();
    window.run();
    assert_eq!(value(&window, "who"), FieldValue::Text("Night shift".into()));
    window.get_by_role_and_label(Role::TextInput, "Who");
}

#[test]
fn a_script_that_changes_says_so_and_keeps_what_was_typed() {
    let mut window = tall_window();
    offer(&mut window, of_every_kind());
    let form = window.state_mut().view.submit.form.as_mut().unwrap();
    form.set_text("samples", "128").unwrap();
    let mut changed = serde_json::to_value(of_every_kind()).unwrap();
    changed["etag"] = "2".into();
    changed["settings"][2]["default"] = 1.0.into();
    window.state_mut().model.farm.job_types = vec![serde_json::from_value(changed).unwrap()];
    window.run();
    window.get_by_label_contains("The farm has changed this job type: Scale");
    assert_eq!(value(&window, "samples"), FieldValue::Integer(128));
    window.get_by_label("Seen").click();
    window.run();
    assert!(window.query_by_label_contains("The farm has changed").is_none());
}

#[test]
fn a_form_is_kept_under_a_name_and_fills_another() {
    let folder = tempfile::tempdir().unwrap();
    let home = farm::Home::at(folder.path().join("home"));
    let settings = Settings { manager_url: "http://127.0.0.1:9/".into(), ..Settings::default() };
    let start = start(Some(home.clone()), settings);
    let mut window = Harness::builder()
        .with_size(Vec2::new(1280.0, 2000.0))
        .with_max_steps(64)
        .build_eframe(|cc| App::new(&cc.egui_ctx, None, start));
    until(&mut window, "the outbox is open", |app| app.rooms_are_ready());
    let app = window.state_mut();
    app.model.farm.job_types = vec![of_every_kind()];
    app.commands.push(ViewCommand::OpenTab(Tab::Submit));
    until(&mut window, "the form", |app| app.view.submit.form.is_some());
    let form = window.state_mut().view.submit.form.as_mut().unwrap();
    form.set_text("samples", "256").unwrap();
    window.state_mut().view.submit.preset_name = Some("Night".into());
    window.step();
    window.get_by_label("Keep it").click();
    until(&mut window, "it is kept", |app| app.model.farm.presets.contains_key("Night"));
    let kept = farm::PresetStore::of(&home).load().unwrap();
    assert_eq!(kept["Night"].settings["samples"], 256);
    assert!(!kept["Night"].settings.contains_key("who"), "what follows goes on following");
    let form = window.state_mut().view.submit.form.as_mut().unwrap();
    form.set_text("samples", "1").unwrap();
    window.state_mut().commands.push(studio::commands::FarmCommand::UsePreset("Night".into()));
    until(&mut window, "the form is filled", |app| {
        let form = app.view.submit.form.as_ref().unwrap();
        form.fields.iter().any(|f| f.key == "samples" && f.value == FieldValue::Integer(256))
    });
}

#[test]
fn some_of_the_open_models_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = ["a.obj", "b.obj", "c.obj"].map(|name| quad(folder.path(), name)).into();
    let mut window = tall_window();
    open(&mut window, paths);
    offer_job_type(&mut window);
    window.get_by_label("1 of 3 models");
    window.get_by_role_and_label(Role::CheckBox, "c.obj").click();
    window.run();
    window.get_by_label("2 of 3 models");
    window.get_by_role_and_label(Role::Button, "Submit 2 models");
}
