//! The plan editor, running a plan here or on the farm, and what it did.

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use studio::app::App;
use studio::commands::{ConvertCommand, ViewCommand};
use studio::conversion_view::{ConvertPage, RunOn};
use studio::settings::Settings;
use studio::view::Tab;

use super::issues::{broken, checked};
use super::{open, start, until, window, window_with};

fn titles(app: &App) -> Vec<&'static str> {
    app.view.convert.draft.lines.iter().map(|line| line.step.title()).collect()
}

fn show_plan(window: &mut Harness<'static, App>) {
    window.state_mut().commands.push(ViewCommand::OpenTab(Tab::Convert));
    until(window, "the plan is open", |app| app.view.tab == Tab::Convert);
    window.run_steps(2);
}

#[test]
fn steps_are_switched_moved_removed_and_added() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    show_plan(&mut window);
    let before = titles(window.state());
    assert_eq!(before[0], "Remove duplicate faces");
    window.get_by_label("Use Remove duplicate faces").click();
    until(&mut window, "it is off", |app| !app.view.convert.draft.lines[0].is_on);
    // A click on a line opens its options and gives it the keys.
    window.get_by_label_contains("1. Remove duplicate faces").click();
    until(&mut window, "it is open", |app| app.view.convert.draft.lines[0].is_open);
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    until(&mut window, "it is moved", |app| titles(app)[1] == "Remove duplicate faces");
    window.key_press(Key::Delete);
    until(&mut window, "it is removed", |app| titles(app).len() == before.len() - 1);
    window.get_by_label("Add step").click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Set units").click();
    until(&mut window, "one is added", |app| titles(app).last() == Some(&"Set units"));
    assert!(window.state().view.convert.draft.is_changed());
}

#[test]
fn options_are_fields_by_their_kind() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    window.state_mut().commands.push(ConvertCommand::UsePlan("as-is".into()));
    window.state_mut().commands.push(ConvertCommand::AddStep("textures".into()));
    window.state_mut().commands.push(ConvertCommand::AddStep("units".into()));
    show_plan(&mut window);
    window.get_by_role_and_label(Role::SpinButton, "Max side");
    window.get_by_role_and_label(Role::ComboBox, "Encoding");
    // What may be left out is ticked first.
    assert!(window.query_by_role_and_label(Role::SpinButton, "Longest side").is_none());
    window.get_by_role_and_label(Role::CheckBox, "Longest side").click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::SpinButton, "Longest side");
    let plan = window.state().view.convert.draft.plan().to_toml();
    assert!(plan.contains("longest-side = 1.0"), "{plan}");
    // A list is written letter by letter: its comma stays until the next item is there.
    window.get_by_role_and_label(Role::TextInput, "Levels").focus();
    window.run_steps(2);
    for letter in ["0", ".", "5", ",", " ", "0", ".", "2", "5"] {
        window.get_by_role_and_label(Role::TextInput, "Levels").type_text(letter);
        window.run_steps(2);
    }
    assert_eq!(window.state().view.convert.draft.plan().output.levels, [0.5, 0.25]);
}

#[test]
fn a_plan_is_saved_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    show_plan(&mut window);
    window.state_mut().commands.push(ConvertCommand::AddStep("center".into()));
    let path = folder.path().join("mine.toml");
    window.state_mut().commands.push(ConvertCommand::SavePlan(path.clone()));
    until(&mut window, "it is saved", |app| app.model.notices.iter().any(|n| n.text.contains("mine.toml")));
    let saved = titles(window.state());
    window.state_mut().commands.push(ConvertCommand::UsePlan("web".into()));
    until(&mut window, "another plan", |app| app.view.convert.draft.name() == "web");
    window.state_mut().commands.push(ConvertCommand::OpenPlan(path));
    until(&mut window, "it is back", |app| app.view.convert.draft.name() == "mine" && titles(app) == saved);
    window.state_mut().commands.push(ConvertCommand::OpenPlan(folder.path().join("no.toml")));
    until(&mut window, "what is missing is told", |app| {
        app.model.notices.iter().any(|n| n.text.contains("no.toml"))
    });
}

#[test]
fn a_plan_run_here_is_shown_beside_its_original_with_a_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    open(&mut window, vec![broken(folder.path())]);
    checked(&mut window);
    show_plan(&mut window);
    window.get_by_role_and_label(Role::Button, "Convert").click();
    until(&mut window, "it is converted", |app| !app.model.conversions.is_empty());
    assert!(folder.path().join("broken-clean.glb").is_file());
    let result = window.state().model.conversions[0].result;
    assert!(result.is_some());
    until(&mut window, "both are side by side", |app| {
        app.view.wipe.is_some_and(|wipe| wipe.doc == result) && app.view.convert.page == ConvertPage::Receipt
    });
    until(&mut window, "what differs is known", |app| app.model.marks.changes().is_some());
    let changes = window.state().model.marks.changes().unwrap().clone();
    // A doubled quad; what has no area has no triangle that could be missed but its own.
    assert!(changes.n_gone >= 2 && changes.n_made == 0, "{} {}", changes.n_gone, changes.n_made);
    until(&mut window, "the result is checked", |app| {
        let document = result.and_then(|doc| app.model.document(doc));
        document.is_some_and(|document| document.report.value().is_some())
    });
    window.run_steps(2);
    window.get_by_label("Rules broken: 2 before, 0 after −100 %");
    window.get_by_label_contains("Faces: 5 before, ");
    window.get_by_label("Copy as text");
    // The same again would replace the file, which nobody asked for.
    window.get_by_role_and_label(Role::RadioButton, "Plan").click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Convert").click();
    until(&mut window, "it is refused", |app| {
        app.model.notices.iter().any(|n| n.text.contains("a file of that name is there"))
    });
}

#[test]
fn the_farm_gets_the_plan_and_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let home = farm::Home::at(folder.path().join("home"));
    // A Manager that nobody runs: the job stays in the outbox, and no farm is started.
    let settings = Settings { manager_url: "http://127.0.0.1:9/".into(), ..Settings::default() };
    let mut window = window_with(start(Some(home.clone()), settings));
    open(&mut window, vec![broken(folder.path())]);
    show_plan(&mut window);
    until(&mut window, "the outbox is open", |app| app.rooms_are_ready());
    window.get_by_role_and_label(Role::RadioButton, "The farm").click();
    until(&mut window, "it is chosen", |app| app.view.convert.run_on == RunOn::Farm);
    window.get_by_role_and_label(Role::RadioButton, "KSCENE").click();
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, "Send to the farm").click();
    let sent = |_: &App| farm::Outbox::open(&home).unwrap().list().unwrap();
    until(&mut window, "it stands in the outbox", |app| !sent(app).is_empty());
    let submission = sent(window.state()).remove(0);
    assert_eq!(submission.job_type, "kiln-convert");
    assert_eq!(submission.name, "broken – clean");
    // An older farm does not take plans as text, and the button says so.
    let old = serde_json::json!({
        "name": "kiln-convert", "label": "Convert", "etag": "e", "settings": [
            {"key": "models", "type": "string", "required": true},
            {"key": "plan", "type": "string"}, {"key": "format", "type": "string"}
        ]
    });
    window.state_mut().model.farm.job_types = vec![serde_json::from_value(old).unwrap()];
    window.state_mut().commands.push(ConvertCommand::AddStep("center".into()));
    until(&mut window, "it is changed", |app| app.view.convert.draft.is_changed());
    window.run_steps(2);
    window.get_by_label_contains("yours runs on this machine");
}
