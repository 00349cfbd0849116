//! The talk with a Manager, for answers that a sound one gives only in trouble.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside of test functions")]

mod fake_manager;

use std::future::pending;
use std::time::Duration;

use fake_manager::{Call, FakeManager, answer, nothing};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use worker::{Exit, WorkerConfig, WorkerError};

const DEADLINE: Duration = Duration::from_secs(30);

struct Running {
    home: TempDir,
    shutdown: oneshot::Sender<()>,
    worker: JoinHandle<Result<Exit, WorkerError>>,
}

impl Running {
    fn start(manager: &FakeManager) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut config = WorkerConfig::new(manager.url(), home.path());
        config.token = Some("open sesame".into());
        config.name = "potter".into();
        let (shutdown, asked) = oneshot::channel::<()>();
        let worker = tokio::spawn(worker::run(config, asked));
        Self { home, shutdown, worker }
    }

    async fn end(self) -> Result<Exit, WorkerError> {
        let _ = self.shutdown.send(());
        timeout(DEADLINE, self.worker).await.unwrap().unwrap()
    }
}

fn task(commands: Value) -> Value {
    json!({
        "uuid": "11111111-2222-4333-8444-555555555555", "job": "j", "name": "vase", "status": "active",
        "priority": 50, "job_priority": 50, "job_type": "t", "task_type": "misc", "commands": commands,
        "steps_completed": 0, "steps_total": 1,
    })
}

fn shell(script: &str) -> Value {
    task(json!([{ "name": "exec", "parameters": { "exe": "sh", "args": ["-c", script] } }]))
}

/// What a Manager in order answers, with no work to give: `None` leaves the call to the test.
fn in_order(call: &Call) -> Option<(u16, Value)> {
    match call.path.as_str() {
        "/api/kiln/v1/info" => answer(200, json!({ "name": "Kiln", "version": "1", "long_poll": true })),
        "/api/v3/worker/register-worker" => answer(200, json!({ "uuid": "w" })),
        "/api/v3/worker/sign-on" => answer(200, json!({ "status_requested": "awake" })),
        "/api/v3/worker/sign-off" | "/api/v3/worker/state-changed" => nothing(),
        path if path.ends_with("/may-i-run") => {
            answer(200, json!({ "mayKeepRunning": true, "reason": "", "statusChangeRequested": false }))
        }
        path if path.starts_with("/api/v3/worker/task/") => nothing(),
        _ => None,
    }
}

#[tokio::test]
async fn every_call_carries_token_and_credentials() {
    let mut manager = FakeManager::start(|call, _| in_order(call)).await;
    let running = Running::start(&manager);
    let registration = manager.call_to("register-worker").await;
    assert_eq!(registration.body["name"], "potter");
    assert_eq!(registration.body["supported_task_types"].as_array().unwrap().len(), 4);
    let secret = registration.body["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 64);

    let asked = manager.call_to("kiln/v1/worker/task").await;
    assert_eq!(asked.basic.unwrap(), ("w".to_owned(), secret));
    assert_eq!(asked.token.unwrap(), "open sesame");
    assert_eq!(asked.query, "wait_secs=25");
    assert_eq!(running.end().await.unwrap(), Exit::Shutdown);
    manager.call_to("sign-off").await;
}

#[tokio::test]
async fn a_worker_that_was_given_up_announces_itself_again() {
    let mut manager = FakeManager::start(|call, nth| match call.path.as_str() {
        "/api/kiln/v1/worker/task" if nth == 0 => answer(409, json!({ "code": 409, "message": "asleep?" })),
        _ => in_order(call),
    })
    .await;
    let running = Running::start(&manager);
    for expected in ["worker/state-changed", "worker/task", "worker/state-changed", "worker/task"] {
        let call = manager.next_call_of(&["state-changed", "worker/task"]).await;
        assert!(call.path.ends_with(expected), "{}", call.path);
    }
    running.end().await.unwrap();
}

#[tokio::test]
async fn only_a_refusal_of_its_credentials_makes_it_register_again() {
    let mut manager = FakeManager::start(|call, nth| match (call.path.as_str(), nth) {
        ("/api/v3/worker/sign-on", 0) => answer(503, json!({ "code": 503, "message": "busy" })),
        ("/api/v3/worker/sign-on", 1) => answer(500, json!({ "code": 500, "message": "odd" })),
        ("/api/v3/worker/sign-on", 3) => answer(403, json!({ "message": "security requirements failed" })),
        ("/api/kiln/v1/worker/task", 0) => answer(403, json!({ "message": "security requirements failed" })),
        _ => in_order(call),
    })
    .await;
    let running = Running::start(&manager);
    let mut seen = Vec::new();
    for _ in 0..9 {
        let call = manager.next_call_of(&["register-worker", "sign-on", "worker/task"]).await;
        seen.push(call.path.rsplit('/').next().unwrap().to_owned());
    }
    let expected = [
        "register-worker",
        "sign-on",
        "sign-on",
        "sign-on",
        "task",
        "sign-on",
        "register-worker",
        "sign-on",
        "task",
    ];
    assert_eq!(seen, expected);
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_wrong_token_is_not_tried_twice() {
    let manager = FakeManager::start(|_, _| answer(401, json!({ "code": 401, "message": "token" }))).await;
    let running = Running::start(&manager);
    let error = timeout(DEADLINE, running.worker).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, WorkerError::WrongToken), "{error}");
}

#[tokio::test]
async fn what_happens_while_the_manager_is_away_is_told_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (started, go) = (folder.path().join("started"), folder.path().join("go"));
    for fifo in [&started, &go] {
        assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    }
    let script = format!("echo begun; echo > '{}'; cat '{}'; echo ended", started.display(), go.display());
    let mut manager = FakeManager::start(move |call, nth| match call.path.as_str() {
        "/api/kiln/v1/worker/task" if nth == 0 => answer(200, shell(&script)),
        _ => in_order(call),
    })
    .await;
    let running = Running::start(&manager);
    tokio::task::spawn_blocking(move || std::fs::read(started)).await.unwrap().unwrap();

    manager.vanish().await;
    tokio::task::spawn_blocking(move || std::fs::write(go, "from afar\n")).await.unwrap().unwrap();
    // The task ends on disk first; only then does the Manager come back.
    let queue = running.home.path().join("worker-updates.sqlite");
    timeout(DEADLINE, wait_for_queued(queue, "completed")).await.unwrap();
    manager.forget_calls();
    manager.come_back().await;

    let (mut log, mut statuses) = (String::new(), Vec::new());
    loop {
        let call =
            manager.next_call_of(&["/task/11111111-2222-4333-8444-555555555555", "v1/worker/task"]).await;
        if call.path.ends_with("v1/worker/task") {
            break;
        }
        log.push_str(call.body["log"].as_str().unwrap_or_default());
        statuses.extend(call.body["taskStatus"].as_str().map(str::to_owned));
    }
    let printed: Vec<&str> =
        log.lines().filter_map(|line| line.split_once(" > ")).map(|(_, text)| text).collect();
    assert!(printed.ends_with(&["from afar", "ended"]), "{printed:?}");
    assert_eq!(statuses.last().unwrap(), "completed");
    running.end().await.unwrap();
}

/// Our own eyes on the queue; polls by yielding, as SQLite cannot wake us.
async fn wait_for_queued(path: std::path::PathBuf, word: &'static str) {
    let found = move || {
        let db = rusqlite::Connection::open(path).unwrap();
        let count = "SELECT count(*) FROM task_updates WHERE payload LIKE '%' || ?1 || '%'";
        while db.query_row(count, [word], |row| row.get::<_, i64>(0)).unwrap_or(0) == 0 {
            std::thread::yield_now();
        }
    };
    tokio::task::spawn_blocking(found).await.unwrap();
}

#[tokio::test]
async fn a_task_that_is_not_ours_any_more_is_killed_and_not_reported() {
    let mut manager = FakeManager::start(|call, nth| match call.path.as_str() {
        "/api/kiln/v1/worker/task" if nth == 0 => answer(200, shell("echo $$; exec sleep 1000")),
        path if path.contains("/worker/task/") => answer(409, json!({ "code": 409, "message": "not yours" })),
        _ => in_order(call),
    })
    .await;
    let running = Running::start(&manager);
    let mut n_asked = 0;
    while n_asked < 2 {
        let call = manager.next_call_of(&["v1/worker/task", "v3/worker/task/"]).await;
        n_asked += usize::from(call.path.ends_with("worker/task"));
        let status = call.body["taskStatus"].as_str().unwrap_or("active");
        assert_eq!(status, "active", "the end of a lost task was reported");
    }
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_status_change_and_a_shutdown_end_the_program_and_sign_off() {
    let mut manager = FakeManager::start(|call, nth| match call.path.as_str() {
        "/api/kiln/v1/worker/task" if nth == 0 => answer(200, shell("echo $$; exec sleep 1000")),
        "/api/kiln/v1/worker/task" if nth == 1 => answer(423, json!({ "status_requested": "asleep" })),
        "/api/v3/worker/state" if nth == 0 => nothing(),
        "/api/v3/worker/state" => answer(200, json!({ "status_requested": "offline" })),
        path if path.ends_with("may-i-run") => {
            answer(200, json!({ "mayKeepRunning": false, "reason": "sleep", "statusChangeRequested": true }))
        }
        _ => in_order(call),
    })
    .await;
    let running = Running::start(&manager);
    let pid = loop {
        let call = manager.next_call_of(&["v3/worker/task/"]).await;
        let log = call.body["log"].as_str().unwrap_or_default();
        if let Some((_, pid)) = log.lines().find_map(|line| line.split_once(" > ")) {
            break pid.to_owned();
        }
    };
    let announced = loop {
        let call = manager.next_call_of(&["state-changed"]).await;
        if call.body["status"] != "awake" {
            break call.body["status"].clone();
        }
    };
    assert_eq!(announced, "asleep");
    assert!(!std::path::Path::new("/proc").join(&pid).exists(), "process {pid} lives on");
    let exit = timeout(DEADLINE, running.worker).await.unwrap().unwrap().unwrap();
    assert_eq!(exit, Exit::Offline);
    manager.call_to("sign-off").await;
}

#[tokio::test]
async fn a_home_is_released_when_its_worker_is_dropped() {
    let mut manager = FakeManager::start(|call, _| in_order(call)).await;
    let home = tempfile::tempdir().unwrap();
    let config = WorkerConfig::new(manager.url(), home.path());
    tokio::select! {
        ended = worker::run(config.clone(), pending::<()>()) => panic!("{ended:?}"),
        _ = manager.call_to("v1/worker/task") => {}
    }
    // A program that another test is just starting holds a copy of the lock until it runs.
    let released = async {
        loop {
            match worker::run(config.clone(), async {}).await {
                Err(WorkerError::HomeInUse(_)) => tokio::task::yield_now().await,
                ended => break ended.unwrap(),
            }
        }
    };
    assert_eq!(timeout(DEADLINE, released).await.unwrap(), Exit::Shutdown);
}
