//! The page of a job: its keys, and the way to a storage that this machine does not see.

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use farm::ResultsPlace;
use flamenco::wire::JobStatus;
use studio::commands::{FarmCommand, ViewCommand};
use studio::model::{JobRow, Plan};
use studio::view::Tab;

use super::farm_room::Farm;
use super::*;

#[test]
fn tasks_are_walked_marked_and_left_by_key() {
    let mut farm = Farm::open();
    let (first, second) = (farm.submit("First"), farm.submit("Second"));
    farm.look_at(&first);
    let press = |farm: &mut Farm, key: Key| {
        farm.window.key_press(key);
        farm.window.step();
        farm.window.step();
    };
    let task = |farm: &Farm| farm.window.state().view.farm.selected_task.clone();
    let tasks: Vec<String> =
        farm.window.state().model.farm.tasks.iter().map(|task| task.id.clone()).collect();
    assert_eq!(tasks.len(), 3);
    press(&mut farm, Key::ArrowDown);
    assert_eq!(task(&farm).as_ref(), Some(&tasks[0]));
    for _ in 0..3 {
        press(&mut farm, Key::ArrowDown);
    }
    assert_eq!(task(&farm).as_ref(), Some(&tasks[2]), "there is none after the last");
    press(&mut farm, Key::ArrowUp);
    press(&mut farm, Key::X);
    assert!(farm.window.state().view.farm.marked_tasks.contains(&tasks[1]));
    press(&mut farm, Key::Escape);
    assert_eq!(task(&farm), None, "the task is closed first");

    let jobs: Vec<String> = farm.window.state().model.farm.jobs.iter().map(|job| job.id.clone()).collect();
    let key = if jobs[0] == first { Key::PageDown } else { Key::PageUp };
    press(&mut farm, key);
    assert_eq!(farm.window.state().view.farm.selected_job.as_ref(), Some(&second));
    press(&mut farm, Key::P);
    farm.until_job(&second, "it is paused", |job| job.status == JobStatus::Paused);
    press(&mut farm, Key::R);
    farm.until_job(&second, "it goes on", |job| job.status == JobStatus::Queued);
    press(&mut farm, Key::Escape);
    assert_eq!(farm.window.state().view.farm.selected_job, None, "then the page");
}

#[test]
fn the_farm_tells_what_it_would_make() {
    let mut farm = Farm::open();
    until(&mut farm.window, "the job types", |app| !app.model.farm.job_types.is_empty());
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/walls.blend");
    open(&mut farm.window, vec![scene]);
    let app = farm.window.state_mut();
    app.commands.push(FarmCommand::ChooseJobType("simple-blender-render".into()));
    app.commands.push(ViewCommand::OpenTab(Tab::Submit));
    app.view.submit.shows_plan = true;
    until(&mut farm.window, "the plan", |app| matches!(app.model.farm.preparation.plan, Plan::Told(_)));
    let Plan::Told(plan) = farm.window.state().model.farm.preparation.plan.clone() else { panic!() };
    assert_eq!(plan.tasks.len(), 251, "250 frames and their video");
    assert_eq!(plan.tasks[6].writes, ["000007.png"]);
    assert_eq!(plan.tasks[250].writes, ["walls-1-250.mp4"]);
    assert_eq!(plan.tasks[250].depends_on.len(), 250);

    let form = farm.window.state_mut().view.submit.form.as_mut().unwrap();
    form.set_text("frames", "3-4").unwrap();
    until(
        &mut farm.window,
        "the new plan",
        |app| matches!(&app.model.farm.preparation.plan, Plan::Told(plan) if plan.tasks.len() == 3),
    );
    farm.window.step();
    farm.window.get_by_label("3 tasks make 3 files");
    farm.window.get_by_label("Tasks: 2 tasks, then 1 task");
    farm.window.get_by_label("render-3 makes 000003.png");
}

#[test]
fn a_storage_that_is_not_seen_is_asked_for_once() {
    let mut window = window();
    let app = window.state_mut();
    app.model.farm.link = FarmLink::Ready {
        url: "http://farm:8080/".into(),
        name: "Flamenco".into(),
        is_embedded: false,
        hands_out: false,
    };
    app.model.farm.jobs = vec![JobRow {
        id: "j".into(),
        name: "Dance".into(),
        job_type: "simple-blender-render".into(),
        status: JobStatus::Completed,
        activity: String::new(),
        priority: 50,
        tag: None,
        submission: Some("s".into()),
        left_secs: None,
        note: None,
        has_results: false,
        n_done: 17,
        n_total: 17,
        age_secs: None,
        unchanged_secs: None,
    }];
    app.model.farm.tasks_of = "j".into();
    app.model.farm.results_place = ResultsPlace::Unreached { folder: "/share/flamenco".into() };
    app.commands.push(ViewCommand::OpenTab(Tab::Farm));
    app.commands.push(FarmCommand::SelectJob(Some("j".into())));
    window.run();
    window.get_by_label_contains("Say once where this machine reaches it");
    window.get_by_role_and_label(Role::TextInput, "Folder on this machine");
    window.get_by_role_and_label(Role::Button, "Choose folder on this machine");
    window.get_by_role_and_label(Role::RadioButton, "A results server").click();
    window.run();
    assert!(window.query_by_role_and_label(Role::TextInput, "Folder on this machine").is_none());
    for field in ["Address of the results server", "Token of the results server", "Certificate"] {
        window.get_by_role_and_label(Role::TextInput, field);
    }
    window.state_mut().commands.push(FarmCommand::ReachStorage);
    window.run();
    window.get_by_label_contains("Address of the results server: it must be filled in");
}
