//! The monitor, against a Manager of ours in this process: what is shown, and what is done to it.

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use flamenco::wire::{JobStatus, SubmittedJob, TaskStatus};
use flamenco::{Client, kiln};
use manager::{Manager, ManagerConfig};
use studio::commands::{FarmCommand, ViewCommand};
use studio::model::{Check, JobRow};
use studio::settings::FarmEntry;
use studio::view::Tab;

use super::*;

pub(super) const TOKEN: &str = "of the test";

/// A farm with a job that nobody works on, and a window that looks at it.
pub(super) struct Farm {
    pub(super) folder: tempfile::TempDir,
    manager: Option<Manager>,
    pub(super) url: String,
    pub(super) client: Client,
    pub(super) window: Harness<'static, App>,
}

impl Farm {
    pub(super) fn open() -> Self {
        Self::open_with(|_| {})
    }

    pub(super) fn open_with(configure: impl FnOnce(&mut ManagerConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = ManagerConfig::new(folder.path().join("manager"));
        config.token = Some(TOKEN.into());
        configure(&mut config);
        let manager = work::runtime().block_on(Manager::start(config)).unwrap();
        let url = format!("http://{}/", manager.local_addr());
        let client = Client::new(&url).unwrap().with_token(TOKEN).unwrap();
        let farm = FarmEntry { name: "Night farm".into(), url: url.clone(), token: TOKEN.into() };
        let settings = Settings { farms: vec![farm], manager_url: url.clone(), ..Settings::default() };
        let home = farm::Home::at(folder.path().join("home"));
        let window = window_with(start(Some(home), settings));
        let mut farm = Self { folder, manager: Some(manager), url, client, window };
        farm.window.state_mut().commands.push(ViewCommand::OpenTab(Tab::Farm));
        until(&mut farm.window, "the farm answers", |app| app.model.farm.link.is_ready());
        farm
    }

    fn vanish(&mut self) {
        work::runtime().block_on(self.manager.take().unwrap().shutdown());
    }

    /// At the same address, with what it knew.
    fn come_back(&mut self) {
        let mut config = ManagerConfig::new(self.folder.path().join("manager"));
        config.token = Some(TOKEN.into());
        config.listen = self.url["http://".len()..].trim_end_matches('/').parse().unwrap();
        self.manager = Some(work::runtime().block_on(Manager::start(config)).unwrap());
    }

    pub(super) fn submit(&self, name: &str) -> String {
        let settings = serde_json::json!({"message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 2});
        let job = SubmittedJob {
            name: name.into(),
            job_type: "echo-sleep-test".into(),
            priority: 50,
            settings: settings.as_object().unwrap().clone(),
            submitter_platform: "manager".into(),
            ..SubmittedJob::default()
        };
        work::runtime().block_on(self.client.submit_job(&job)).unwrap().id
    }

    pub(super) fn look_at(&mut self, job: &str) {
        let id = job.to_owned();
        until(&mut self.window, "the job is listed", |app| app.model.farm.job(&id).is_some());
        self.window.state_mut().commands.push(FarmCommand::SelectJob(Some(id.clone())));
        until(&mut self.window, "its tasks are there", |app| {
            app.model.farm.tasks_of == id && !app.model.farm.tasks.is_empty()
        });
    }

    pub(super) fn press(&mut self, label: &str) {
        self.window.get_by_role_and_label(Role::Button, label).click();
        self.window.step();
        self.window.step();
    }

    pub(super) fn until_job(&mut self, id: &str, what: &str, holds: impl Fn(&JobRow) -> bool) {
        self.window.state_mut().commands.push(FarmCommand::Refresh);
        until(&mut self.window, what, |app| app.model.farm.job(id).is_some_and(&holds));
    }
}

#[test]
fn a_job_is_paused_resumed_ranked_cancelled_and_deleted() {
    let mut farm = Farm::open();
    let job = farm.submit("Echo");
    farm.window.get_by_role_and_label(Role::RadioButton, "Farm Night farm, connected");
    farm.look_at(&job);
    farm.window.get_by_role_and_label(Role::Button, "Job Echo, Waiting for a Worker");
    farm.press("Pause");
    farm.until_job(&job, "it is paused", |job| job.status == JobStatus::Paused);
    farm.press("Go on");
    farm.until_job(&job, "it waits again", |job| job.status == JobStatus::Queued);
    farm.window.get_by_role_and_label(Role::SpinButton, "Job priority").focus();
    farm.window.step();
    farm.window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    farm.window.event(egui::Event::Text("80".into()));
    farm.window.step();
    farm.window.step();
    assert_eq!(farm.window.state().model.farm.job(&job).unwrap().priority, 50, "it is still being typed");
    farm.window.key_press(Key::Enter);
    farm.until_job(&job, "it goes first", |job| job.priority == 80);
    farm.press("Cancel");
    farm.until_job(&job, "it is cancelled", |job| job.status == JobStatus::Canceled);
    farm.press("Delete job…");
    farm.press("Keep it");
    assert!(farm.window.state().model.farm.job(&job).is_some());
    farm.press("Delete job…");
    farm.press("Delete job");
    until(&mut farm.window, "it is gone", |app| app.model.farm.job(&job).is_none());
}

#[test]
fn a_waiting_task_says_why_and_tasks_are_steered_together() {
    let mut farm = Farm::open();
    let job = farm.submit("Echo");
    farm.look_at(&job);
    farm.press("Task echo, waiting");
    until(&mut farm.window, "the reason", |app| {
        app.model.farm.task.as_ref().is_some_and(|open| open.why_not.is_some())
    });
    farm.window.step();
    farm.window.get_by_label_contains("Why it waits");
    farm.press("Close task");
    for i in 0..2 {
        farm.window.get_all_by_label("Mark sleep").nth(i).unwrap().click();
        farm.window.step();
    }
    assert_eq!(farm.window.state().view.farm.marked_tasks.len(), 2);
    farm.press("Cancel these tasks");
    let n_cancelled =
        |app: &App| app.model.farm.tasks.iter().filter(|it| it.status == TaskStatus::Canceled).count();
    until(&mut farm.window, "both are cancelled", |app| n_cancelled(app) == 2);
    farm.press("Run these tasks again");
    until(&mut farm.window, "both wait again", |app| n_cancelled(app) == 0);
}

#[test]
fn somebody_elses_job_is_sent_again_with_changes() {
    let mut farm = Farm::open();
    let job = farm.submit("Echo");
    farm.look_at(&job);
    until(&mut farm.window, "the job types", |app| !app.model.farm.job_types.is_empty());
    farm.press("Send again with changes…");
    until(&mut farm.window, "the form is filled", |app| {
        app.view.tab == Tab::Submit
            && app.view.submit.form.as_ref().is_some_and(|f| f.job_type == "echo-sleep-test")
    });
    let form = farm.window.state_mut().view.submit.form.as_mut().unwrap();
    assert_eq!(form.settings()["message"], "hi");
    form.set_text("message", "again").unwrap();
    farm.window.state_mut().view.submit.is_paused = true;
    until(&mut farm.window, "the farm would take it", |app| app.model.farm.preparation.check == Check::Fine);
    farm.press("Submit paused");
    until(&mut farm.window, "the farm has it", |app| {
        app.model.farm.jobs.iter().any(|it| it.id != job && it.status == JobStatus::Paused)
    });
    let jobs = work::runtime().block_on(farm.client.jobs()).unwrap();
    let sent = jobs.iter().find(|it| it.id != job).unwrap();
    assert_eq!((sent.name.as_str(), &sent.settings["message"]), ("Echo", &"again".into()));
    assert!(sent.metadata.contains_key(kiln::SUBMISSION_KEY));
}

#[test]
fn a_stock_render_is_filled_from_the_scene_file_and_tried_before_it_is_sent() {
    let mut farm = Farm::open();
    until(&mut farm.window, "the job types", |app| !app.model.farm.job_types.is_empty());
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/walls.blend");
    open(&mut farm.window, vec![scene]);
    let app = farm.window.state_mut();
    app.commands.push(FarmCommand::ChooseJobType("simple-blender-render".into()));
    app.commands.push(ViewCommand::OpenTab(Tab::Submit));
    let setting = |app: &App, key: &str| {
        let form = app.view.submit.form.as_ref()?;
        form.settings().get(key).cloned()
    };
    until(&mut farm.window, "the scene file is read", |app| setting(app, "frames") == Some("1-250".into()));
    let app = farm.window.state();
    let told = ["format", "image_file_extension", "scene"].map(|key| setting(app, key));
    assert_eq!(told, [Some("PNG".into()), Some(".png".into()), Some("Scene".into())]);
    assert_eq!(setting(app, "fps"), Some(24.0.into()));
    let path = setting(app, "render_output_path").unwrap();
    let path = path.as_str().unwrap();
    assert!(path.starts_with("{jobs}/kiln-results/") && path.ends_with("/{timestamp}/######"), "{path}");
    farm.window.get_by_label_contains("Scene Scene: frames 1 to 250, 24 fps, 1920 × 1080");
    farm.window.get_by_label_contains("The scene has no camera");
    let check = |app: &App| app.model.farm.preparation.check.clone();
    until(&mut farm.window, "the farm would take it", |app| check(app) == Check::Fine);

    let form = farm.window.state_mut().view.submit.form.as_mut().unwrap();
    form.set_text("frames", "9-1").unwrap();
    until(&mut farm.window, "the farm would not", |app| matches!(check(app), Check::Refused(_)));
    farm.window.step();
    farm.window.get_by_label_contains("frame range");
    farm.window.get_by_label("The farm would refuse it as it is");
}

#[test]
fn a_manager_that_vanishes_is_told_in_a_sentence_and_found_again() {
    let mut farm = Farm::open();
    let job = farm.submit("Echo");
    farm.look_at(&job);
    farm.vanish();
    farm.press("Refresh now");
    until(&mut farm.window, "it is missed", |app| matches!(app.model.farm.link, FarmLink::Lost { .. }));
    farm.window.get_by_label_contains("what you see may be old");
    farm.window.get_by_role_and_label(Role::RadioButton, "Farm Night farm, does not answer");
    assert!(farm.window.state().model.farm.job(&job).is_some(), "what was known stays");
    farm.come_back();
    until(&mut farm.window, "it answers", |app| app.model.farm.link.is_ready());
    farm.until_job(&job, "its jobs are there", |job| job.status == JobStatus::Queued);
}
