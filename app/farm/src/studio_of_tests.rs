//! A real Manager on loopback, and a Worker whose hands are the test's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flamenco::wire::{
    AssignedTask, Job, TaskStatus, TaskUpdate, WorkerRegistration, WorkerSignOn, WorkerStatus,
};
use flamenco::{NextTask, WorkerClient, WorkerCredentials};
use manager::{Manager, ManagerConfig};
use tempfile::TempDir;

use crate::{Farm, FarmPlace, Home, NewSubmission, Outbox, PumpUntil, Submission, SubmissionId};

pub(crate) const TOKEN: &str = "of the test";
const LONG_POLL: Duration = Duration::from_secs(20);

pub(crate) struct Studio {
    pub(crate) folder: TempDir,
    manager: Manager,
    pub(crate) url: String,
}

impl Studio {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = ManagerConfig::new(folder.path().join("manager"));
        config.token = Some(TOKEN.into());
        let manager = Manager::start(config).await.unwrap();
        let url = format!("http://{}/", manager.local_addr());
        Self { folder, manager, url }
    }

    pub(crate) async fn close(self) {
        self.manager.shutdown().await;
    }

    pub(crate) fn place(&self) -> FarmPlace {
        FarmPlace::Studio { url: self.url.clone(), token: Some(TOKEN.into()) }
    }

    /// As another process would: nothing is shared but the file.
    pub(crate) fn outbox(&self) -> Outbox {
        Outbox::open(&Home::at(self.folder.path().join("home"))).unwrap().in_a_hurry()
    }

    pub(crate) fn model(&self, path: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join("models").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A conversion of `models`.
    pub(crate) fn submission(&self, models: &[PathBuf]) -> NewSubmission {
        let mut new = NewSubmission::new("Robot", "kiln-convert", models.to_vec());
        new.place = self.place();
        new
    }

    pub(crate) async fn jobs(&self) -> Vec<Job> {
        Farm::at(&self.url, Some(TOKEN)).unwrap().client().jobs().await.unwrap()
    }

    pub(crate) async fn worker(&self) -> Worker {
        let line = WorkerClient::new(&self.url, Some(TOKEN)).unwrap();
        let supported_task_types = vec!["misc".to_owned()];
        let registration = WorkerRegistration {
            name: "by hand".into(),
            secret: "secret".into(),
            platform: flamenco::wire::platform().into(),
            supported_task_types: supported_task_types.clone(),
        };
        let worker_id = line.register(&registration).await.unwrap().uuid;
        let line = line.with_credentials(&WorkerCredentials { worker_id, secret: "secret".into() });
        let sign_on = WorkerSignOn {
            name: "by hand".into(),
            supported_task_types,
            software_version: "test".into(),
            can_restart: None,
        };
        line.sign_on(&sign_on).await.unwrap();
        line.state_changed(WorkerStatus::Awake).await.unwrap();
        Worker { line }
    }
}

pub(crate) struct Worker {
    line: WorkerClient,
}

impl Worker {
    pub(crate) async fn next(&self) -> AssignedTask {
        loop {
            if let NextTask::Run(task) = self.line.next_task(Some(LONG_POLL)).await.unwrap() {
                return *task;
            }
        }
    }

    /// What `kiln convert MODEL OUT` stands for here: OUT is MODEL with a line in front.
    pub(crate) async fn convert(&self, task: &AssignedTask) {
        let (model, out) = arguments(task);
        std::fs::create_dir_all(out.parent().unwrap()).unwrap();
        std::fs::write(&out, converted(&std::fs::read(model).unwrap())).unwrap();
        self.report(task, TaskStatus::Completed, "done").await;
    }

    pub(crate) async fn report(&self, task: &AssignedTask, status: TaskStatus, log: &str) {
        let update = TaskUpdate {
            task_status: Some(status),
            activity: Some("by hand".into()),
            log: Some(format!("pid=1 > {log}\n")),
            steps_completed: None,
        };
        self.line.update_task(&task.uuid, &update).await.unwrap();
    }

    pub(crate) async fn convert_all(&self) {
        loop {
            self.convert(&self.next().await).await;
        }
    }
}

/// The model and the file to write, from `kiln convert MODEL OUT`.
pub(crate) fn arguments(task: &AssignedTask) -> (PathBuf, PathBuf) {
    let args = task.commands[0].parameters["args"].as_array().unwrap();
    let text = |index: usize| PathBuf::from(args[index].as_str().unwrap());
    (text(1), text(2))
}

pub(crate) fn converted(model: &[u8]) -> Vec<u8> {
    [b"converted\n", model].concat()
}

/// Pumps until the submission is over, with a Worker that converts.
pub(crate) async fn bring_home(studio: &Studio, outbox: &Outbox, id: &SubmissionId) -> Submission {
    let worker = studio.worker().await;
    let until = PumpUntil::Over(vec![id.clone()]);
    tokio::select! {
        pumped = outbox.pump(&until, std::future::pending()) => pumped.unwrap(),
        () = worker.convert_all() => {}
    }
    outbox.get(id).unwrap()
}

/// Every file below `folder` with its content, but for receipts.
pub(crate) fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("kiln-receipt.json") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
