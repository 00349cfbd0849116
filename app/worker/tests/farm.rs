//! Worker and Manager together, over real HTTP, with real programs.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside of test functions")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flamenco::Client;
use flamenco::wire::{JobStatus, StatusChangeRequest, SubmittedJob, TaskStatus, WorkerStatus};
use manager::{Manager, ManagerConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};
use worker::{Exit, WorkerConfig, WorkerError};

const DEADLINE: Duration = Duration::from_secs(60);
const TOKEN: &str = "fired clay";

const SHELL_JOB: &str = r#"
const JOB_TYPE = { label: "Shell", settings: [{ key: "script", type: "string", required: true }] };
function compileJob(job) {
    const task = author.Task("shell", "misc");
    task.addCommand(author.Command("exec", { exe: "sh", args: ["-c", job.settings.script] }));
    job.addTask(task);
}
"#;

const RENDER_JOB: &str = r#"
const JOB_TYPE = { label: "Render", settings: [{ key: "blender", type: "string", required: true }] };
function compileJob(job) {
    const task = author.Task("render", "blender");
    const params = { exe: "sh", exeArgs: job.settings.blender, blendfile: "" };
    task.addCommand(author.Command("blender-render", params, 2));
    job.addTask(task);
}
"#;

struct Farm {
    folder: TempDir,
    manager: Option<Manager>,
    addr: SocketAddr,
    client: Client,
}

struct Running {
    shutdown: oneshot::Sender<()>,
    worker: JoinHandle<Result<Exit, WorkerError>>,
}

impl Farm {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let types = folder.path().join("types");
        std::fs::create_dir(&types).unwrap();
        std::fs::write(types.join("shell.js"), SHELL_JOB).unwrap();
        std::fs::write(types.join("render.js"), RENDER_JOB).unwrap();
        let manager =
            Manager::start(config(folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)))).await.unwrap();
        let addr = manager.local_addr();
        let client = Client::new(&addr.to_string()).unwrap().with_token(TOKEN).unwrap();
        Self { folder, manager: Some(manager), addr, client }
    }

    /// As if it had been killed: nothing is closed, nobody is told.
    fn kill_manager(&mut self) {
        self.manager = None;
    }

    async fn restart_manager(&mut self) {
        let start = async || Manager::start(config(self.folder.path(), self.addr)).await;
        let mut ticks = interval(Duration::from_millis(20));
        let again = async {
            loop {
                ticks.tick().await;
                if let Ok(manager) = start().await {
                    return manager;
                }
            }
        };
        self.manager = Some(timeout(DEADLINE, again).await.unwrap());
    }

    fn start_worker(&self) -> Running {
        let mut config = WorkerConfig::new(self.addr.to_string(), self.path("worker"));
        config.token = Some(TOKEN.into());
        let (shutdown, asked) = oneshot::channel::<()>();
        Running { shutdown, worker: tokio::spawn(worker::run(config, asked)) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn submit(&self, job_type: &str, settings: Value) -> String {
        let job = SubmittedJob {
            name: "vase".into(),
            job_type: job_type.into(),
            priority: 50,
            submitter_platform: "manager".into(),
            settings: settings.as_object().unwrap().clone(),
            ..SubmittedJob::default()
        };
        self.client.submit_job(&job).await.unwrap().id
    }

    async fn shell(&self, script: &str) -> String {
        self.submit("shell", json!({ "script": script })).await
    }

    async fn until_job(&self, job: &str, status: JobStatus) {
        until(&format!("job {status}"), async || {
            self.client.job(job).await.is_ok_and(|job| job.status == status)
        })
        .await;
    }

    async fn log(&self, job: &str) -> String {
        let tasks = self.client.tasks(job).await.unwrap();
        self.client.task_log_tail(&tasks[0].id).await.unwrap()
    }
}

impl Running {
    async fn end(self) -> Exit {
        let _ = self.shutdown.send(());
        timeout(DEADLINE, self.worker).await.unwrap().unwrap().unwrap()
    }

    /// As if it had been killed.
    async fn kill(self) {
        self.worker.abort();
        assert!(self.worker.await.unwrap_err().is_cancelled());
    }
}

fn config(folder: &Path, listen: SocketAddr) -> ManagerConfig {
    let mut config = ManagerConfig::new(folder.join("farm"));
    config.listen = listen;
    config.token = Some(TOKEN.into());
    config.job_types_dir = Some(folder.join("types"));
    config
}

async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let mut ticks = interval(Duration::from_millis(20));
    let reached = async {
        loop {
            ticks.tick().await;
            if is_true().await {
                return;
            }
        }
    };
    timeout(DEADLINE, reached).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// A program writes its process number here when it runs.
async fn pid_in(path: &Path) -> String {
    let read = || std::fs::read_to_string(path).unwrap_or_default();
    until("a running program", async || read().ends_with('\n')).await;
    read().trim().to_owned()
}

fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
}

#[tokio::test]
async fn the_smoke_test_of_every_farm_completes() {
    let farm = Farm::start().await;
    let worker = farm.start_worker();
    let settings = json!({ "message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 2 });
    let job = farm.submit("echo-sleep-test", settings).await;
    farm.until_job(&job, JobStatus::Completed).await;
    let tasks = farm.client.tasks(&job).await.unwrap();
    assert_eq!(tasks.len(), 3);
    assert!(tasks.iter().all(|task| task.status == TaskStatus::Completed && task.steps_completed == 1));
    assert!(farm.log(&job).await.contains("echo: \"hi\"\n"));
    assert_eq!(worker.end().await, Exit::Shutdown);
    assert_eq!(farm.client.workers().await.unwrap()[0].status, WorkerStatus::Offline);
}

#[tokio::test]
async fn work_begins_at_once() {
    let farm = Farm::start().await;
    let worker = farm.start_worker();
    until("a Worker awake", async || {
        farm.client.workers().await.unwrap().iter().any(|worker| worker.status == WorkerStatus::Awake)
    })
    .await;
    let submitted = Instant::now();
    let job = farm.shell("true").await;
    farm.until_job(&job, JobStatus::Completed).await;
    assert!(submitted.elapsed() < Duration::from_secs(3), "took {:?}", submitted.elapsed());
    worker.end().await;
}

#[tokio::test]
async fn a_failing_program_fails_its_job_and_says_why() {
    let farm = Farm::start().await;
    let worker = farm.start_worker();
    let job = farm.shell("echo cracked; exit 3").await;
    farm.until_job(&job, JobStatus::Failed).await;
    let log = farm.log(&job).await;
    assert!(log.contains(" > cracked\n"), "{log}");
    assert!(log.contains("Failed: command exited abnormally with code 3\n"), "{log}");
    worker.end().await;
}

#[tokio::test]
async fn cancel_ends_the_program_and_its_children_within_ten_seconds() {
    let farm = Farm::start().await;
    let worker = farm.start_worker();
    let file = farm.path("pid");
    let job =
        farm.shell(&format!("(setsid sh -c 'echo $$ > {}; exec sleep 1000') & wait", file.display())).await;
    let pid = pid_in(&file).await;
    assert!(is_alive(&pid));
    let cancelled = Instant::now();
    farm.client.set_job_status(&job, JobStatus::CancelRequested, "enough").await.unwrap();
    until("an end of the program", async || !is_alive(&pid)).await;
    assert!(cancelled.elapsed() < Duration::from_secs(10), "took {:?}", cancelled.elapsed());
    assert_eq!(farm.client.job(&job).await.unwrap().status, JobStatus::Canceled);

    // The Worker is free for the next.
    let next = farm.shell("true").await;
    farm.until_job(&next, JobStatus::Completed).await;
    worker.end().await;
}

#[tokio::test]
async fn a_task_that_ends_while_the_manager_is_dead_is_reported_to_the_next() {
    let mut farm = Farm::start().await;
    let worker = farm.start_worker();
    let (file, go) = (farm.path("pid"), farm.path("go"));
    assert!(std::process::Command::new("mkfifo").arg(&go).status().unwrap().success());
    let job = farm.shell(&format!("echo $$ > {}; cat {}; echo done", file.display(), go.display())).await;
    let pid = pid_in(&file).await;

    farm.kill_manager();
    tokio::task::spawn_blocking(move || std::fs::write(go, "fired\n")).await.unwrap().unwrap();
    until("an end of the program", async || !is_alive(&pid)).await;
    farm.restart_manager().await;

    farm.until_job(&job, JobStatus::Completed).await;
    let log = farm.log(&job).await;
    let (fired, done) = (log.find(" > fired\n").unwrap(), log.find(" > done\n").unwrap());
    assert!(fired < done);
    assert_eq!(log.matches("> done").count(), 1, "{log}");
    worker.end().await;
}

#[tokio::test]
async fn a_killed_worker_gets_its_task_again_and_leaves_nothing_running() {
    let farm = Farm::start().await;
    let worker = farm.start_worker();
    let (file, second) = (farm.path("pid"), farm.path("second"));
    let script = format!(
        "if [ -e {second} ]; then echo again; else touch {second}; setsid sh -c 'echo $$ > {file}; exec sleep 1000'; fi",
        second = second.display(),
        file = file.display(),
    );
    let job = farm.shell(&script).await;
    let pid = pid_in(&file).await;
    worker.kill().await;
    assert!(is_alive(&pid), "only a real start ends what a killed Worker left");

    let worker = farm.start_worker();
    farm.until_job(&job, JobStatus::Completed).await;
    assert!(!is_alive(&pid));
    assert!(farm.log(&job).await.contains(" > again\n"));
    worker.end().await;
}

#[tokio::test]
async fn a_worker_sent_to_sleep_gives_its_task_back_and_wakes_again() {
    let farm = Farm::start().await;
    let worker = farm.start_worker();
    let file = farm.path("pid");
    let job = farm.shell(&format!("echo $$ > {}; exec sleep 1000", file.display())).await;
    let pid = pid_in(&file).await;
    let id = farm.client.workers().await.unwrap()[0].id.clone();
    let sleep = StatusChangeRequest { status: WorkerStatus::Asleep, is_lazy: false };
    farm.client.set_worker_status(&id, sleep).await.unwrap();
    until("a Worker asleep", async || {
        farm.client.worker(&id).await.unwrap().summary.status == WorkerStatus::Asleep
    })
    .await;
    assert!(!is_alive(&pid));
    assert_eq!(farm.client.tasks(&job).await.unwrap()[0].status, TaskStatus::Queued);

    farm.client.set_job_status(&job, JobStatus::CancelRequested, "enough").await.unwrap();
    let next = farm.shell("true").await;
    let wake = StatusChangeRequest { status: WorkerStatus::Awake, is_lazy: false };
    farm.client.set_worker_status(&id, wake).await.unwrap();
    farm.until_job(&next, JobStatus::Completed).await;
    worker.end().await;
}

#[tokio::test]
async fn a_render_counts_its_frames_and_shows_the_latest() {
    let farm = Farm::start().await;
    let (picture, blender) = (farm.path("0001.png"), farm.path("blender.sh"));
    image::RgbImage::from_pixel(64, 32, image::Rgb([200, 30, 30])).save(&picture).unwrap();
    let lines = format!(
        "echo \"Saved: '{}'\"; echo 'Time: 00:01.00'; echo 'Skipping existing frame 2'",
        picture.display()
    );
    std::fs::write(&blender, lines).unwrap();
    let worker = farm.start_worker();
    let job = farm.submit("render", json!({ "blender": blender.to_str().unwrap() })).await;
    farm.until_job(&job, JobStatus::Completed).await;
    assert_eq!(farm.client.job(&job).await.unwrap().steps_completed, 2);
    until("a preview", async || farm.client.last_rendered(&job).await.unwrap().is_some()).await;
    worker.end().await;
}

#[tokio::test]
async fn what_a_task_leaves_in_its_scratch_folder_goes_with_it_or_at_the_next_start() {
    let farm = Farm::start().await;
    let worker = farm.start_worker();
    let note = farm.path("note");
    let leave =
        format!("touch \"$TMPDIR/left\" && echo \"$TMPDIR\" > {0}.part && mv {0}.part {0}", note.display());
    let job = farm.shell(&leave).await;
    farm.until_job(&job, JobStatus::Completed).await;
    let scratch = PathBuf::from(std::fs::read_to_string(&note).unwrap().trim());
    assert!(scratch.starts_with(farm.path("worker")) && !scratch.exists(), "{}", scratch.display());

    std::fs::remove_file(&note).unwrap();
    let job = farm.shell(&format!("{leave}; exec sleep 600")).await;
    until("the task has left something", async || note.exists()).await;
    let scratch = PathBuf::from(std::fs::read_to_string(&note).unwrap().trim());
    worker.kill().await;
    assert!(scratch.join("left").exists());
    let worker = farm.start_worker();
    until("an old scratch folder is gone", async || !scratch.exists()).await;
    farm.client.set_job_status(&job, JobStatus::CancelRequested, "enough").await.unwrap();
    worker.end().await;
}

#[tokio::test]
async fn slots_are_workers_of_their_own_and_work_at_once() {
    let farm = Farm::start().await;
    let mut config = WorkerConfig::new(farm.addr.to_string(), farm.path("worker"));
    (config.token, config.name) = (Some(TOKEN.into()), "w".into());
    let (shutdown, asked) = oneshot::channel::<()>();
    let worker = tokio::spawn(worker::run_slots(config, 3, asked));
    let hall = farm.path("hall");
    std::fs::create_dir(&hall).unwrap();
    // Each waits for the other two.
    let meet = |i: usize| {
        let hall = hall.display();
        format!("touch {hall}/{i}; until [ $(ls {hall} | wc -l) -eq 3 ]; do sleep 0.05; done")
    };
    let mut jobs = Vec::new();
    for i in 0..3 {
        jobs.push(farm.shell(&meet(i)).await);
    }
    for job in &jobs {
        farm.until_job(job, JobStatus::Completed).await;
    }
    let mut names: Vec<String> = farm.client.workers().await.unwrap().into_iter().map(|it| it.name).collect();
    names.sort();
    assert_eq!(names, ["w", "w 2", "w 3"]);
    let _ = shutdown.send(());
    assert_eq!(timeout(DEADLINE, worker).await.unwrap().unwrap().unwrap(), Exit::Shutdown);
    assert!(farm.client.workers().await.unwrap().iter().all(|it| it.status == WorkerStatus::Offline));
}
