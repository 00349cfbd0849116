//! What whoever runs a farm sees and does: Workers' tags and sleep, blocked Workers, old jobs.

use egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use flamenco::wire::{JobStatus, TaskStatus, TaskUpdate, WorkerRegistration, WorkerSignOn, WorkerStatus};
use flamenco::{NextTask, WorkerClient, WorkerCredentials};

use super::farm_room::{Farm, TOKEN};
use super::*;

fn sign_on(farm: &Farm, name: &str) -> WorkerClient {
    let types = vec!["misc".to_owned()];
    let registration = WorkerRegistration {
        name: name.into(),
        secret: "secret".into(),
        platform: flamenco::wire::platform().into(),
        supported_task_types: types.clone(),
    };
    let sign_on = WorkerSignOn {
        name: name.into(),
        supported_task_types: types,
        software_version: "test".into(),
        can_restart: Some(true),
    };
    work::runtime().block_on(async {
        let line = WorkerClient::new(&farm.url, Some(TOKEN)).unwrap();
        let worker_id = line.register(&registration).await.unwrap().uuid;
        let line = line.with_credentials(&WorkerCredentials { worker_id, secret: "secret".into() });
        line.sign_on(&sign_on).await.unwrap();
        line.state_changed(WorkerStatus::Awake).await.unwrap();
        line
    })
}

#[test]
fn a_worker_gets_a_tag_and_sleeps_by_schedule() {
    let mut farm = Farm::open();
    let _line = sign_on(&farm, "Anvil");
    farm.press("Refresh now");
    // A look in between sees it as it starts.
    until(&mut farm.window, "the Worker", |app| {
        app.model.farm.workers.iter().any(|it| it.status == WorkerStatus::Awake)
    });
    farm.window.get_by_role_and_label(Role::DisclosureTriangle, "Worker Anvil, awake").click();
    until(&mut farm.window, "its schedule", |app| app.model.farm.worker.is_some());
    farm.window.get_by_label_contains("runs misc");

    farm.window.state_mut().view.farm.new_tag = "gpu".into();
    farm.window.step();
    farm.press("Make this tag and give it to this Worker");
    until(&mut farm.window, "it has the tag", |app| app.model.farm.workers[0].tags.len() == 1);
    farm.window.get_by_role_and_label(Role::CheckBox, "gpu").click();
    until(&mut farm.window, "it has none", |app| app.model.farm.workers[0].tags.is_empty());

    farm.window.get_by_role_and_label(Role::CheckBox, "Sleeps by schedule").click();
    farm.window.step();
    farm.window.step();
    for day in ["Sunday", "Saturday"] {
        farm.window.get_by_role_and_label(Role::CheckBox, day).click();
        farm.window.step();
    }
    farm.window.state_mut().view.farm.schedule.as_mut().unwrap().start_time = "9 o'clock".into();
    farm.window.step();
    farm.window.get_by_label_contains("9 o'clock is no time");
    farm.window.state_mut().view.farm.schedule.as_mut().unwrap().start_time = "09:00".into();
    farm.window.step();
    farm.window.get_by_label("Sleeps on Sa, Su from 09:00 to 24:00");
    farm.press("Keep this schedule");
    until(&mut farm.window, "it is kept", |app| {
        let schedule = app.model.farm.worker.as_ref().and_then(|it| it.schedule.as_ref());
        schedule.is_some_and(|it| it.is_active && it.days_of_week == "sa su" && it.start_time == "09:00")
    });
    assert!(farm.window.state().view.farm.schedule.is_none());
}

#[test]
fn a_worker_that_failed_at_a_job_is_let_again() {
    let mut farm = Farm::open_with(|config| {
        config.timings.blocklist_threshold = 1;
    });
    let line = sign_on(&farm, "Anvil");
    // The only Worker of a farm is never blocked.
    let _other = sign_on(&farm, "Bellows");
    let job = farm.submit("Echo");
    work::runtime().block_on(async {
        let wait = Duration::from_secs(20);
        let NextTask::Run(task) = line.next_task(Some(wait)).await.unwrap() else { panic!("no task") };
        let update = TaskUpdate { task_status: Some(TaskStatus::Failed), ..TaskUpdate::default() };
        line.update_task(&task.uuid, &update).await.unwrap();
    });
    farm.look_at(&job);
    until(&mut farm.window, "it is blocked", |app| !app.model.farm.blocklist.is_empty());
    farm.window.step();
    farm.window.get_by_label_contains("1 Worker gets no more of these tasks");
    farm.press("Let Anvil try misc tasks again");
    until(&mut farm.window, "it is let again", |app| app.model.farm.blocklist.is_empty());
    let blocked = work::runtime().block_on(farm.client.blocklist(&job)).unwrap();
    assert!(blocked.is_empty());
}

#[test]
fn old_jobs_go_and_those_that_are_not_over_stay() {
    let mut farm = Farm::open();
    let (over, waits) = (farm.submit("Over"), farm.submit("Waits"));
    work::runtime()
        .block_on(farm.client.set_job_status(&over, JobStatus::CancelRequested, "by the test"))
        .unwrap();
    farm.until_job(&over, "it is cancelled", |job| job.status == JobStatus::Canceled);
    farm.until_job(&waits, "the other waits", |job| job.status == JobStatus::Queued);
    farm.press("Delete old jobs…");
    let nothing = farm.window.get_by_role_and_label(Role::Button, "Delete 0 jobs");
    assert!(nothing.accesskit_node().is_disabled(), "neither is a month old");
    farm.window.state_mut().view.farm.deletes_after = Some(0);
    farm.window.step();
    farm.press("Delete 1 job");
    until(&mut farm.window, "it is gone", |app| app.model.farm.job(&over).is_none());
    assert!(farm.window.state().model.farm.job(&waits).is_some());
}
