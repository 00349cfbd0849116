use std::path::Path;

use flamenco::WorkerClient;
use flamenco::WorkerCredentials;
use flamenco::wire::{JobStatus, StatusChangeRequest, TaskStatus, WorkerStatus};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use worker::{Exit, WorkerConfig};

use crate::judge::{ANY, TheirManager, command, log, submit, until_job};
use crate::{outcome, until};

const PAIR: &str = "our Worker → their Manager";

struct OurWorker {
    shutdown: oneshot::Sender<()>,
    worker: tokio::task::JoinHandle<Result<Exit, worker::WorkerError>>,
}

fn start(url: &str, home: &Path) -> OurWorker {
    let config = WorkerConfig::new(url, home);
    let (shutdown, asked) = oneshot::channel::<()>();
    OurWorker { shutdown, worker: tokio::spawn(worker::run(config, asked)) }
}

#[tokio::test]
async fn their_manager_sees_a_worker_for_each_slot() {
    let Some(theirs) = TheirManager::start(&[ANY]).await else { return };
    let mut config = WorkerConfig::new(&theirs.url, theirs.path("our-worker"));
    config.name = "w".into();
    let (shutdown, asked) = oneshot::channel::<()>();
    let worker = tokio::spawn(worker::run_slots(config, 3, asked));
    until("three Workers are awake", async || {
        let workers = theirs.client.workers().await.unwrap_or_default();
        let mut awake: Vec<String> =
            workers.into_iter().filter(|it| it.status == WorkerStatus::Awake).map(|it| it.name).collect();
        awake.sort();
        awake == ["w", "w 2", "w 3"]
    })
    .await;
    let _ = shutdown.send(());
    assert_eq!(worker.await.unwrap().unwrap(), Exit::Shutdown);
    outcome(PAIR, "`kiln worker --slots 3`: three Workers, awake and signed off", "ok");
}

#[tokio::test]
async fn our_worker_serves_their_manager() {
    let Some(mut theirs) = TheirManager::start(&[ANY]).await else { return };
    let client = theirs.client.clone();
    let home = theirs.path("our-worker");
    let echo = json!({ "message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 1 });
    let job = submit(&client, "echo-sleep-test", echo).await;
    let worker = start(&theirs.url, &home);
    until_job(&client, &job.id, JobStatus::Completed).await;
    let text = log(&client, &job.id, 0).await;
    assert!(text.contains("echo: \"hi\""), "{text}");
    let done = client.job(&job.id).await.unwrap();
    assert_eq!((done.steps_completed, done.steps_total), (2, 2));
    outcome(PAIR, "register, sign on, echo and sleep, log, steps", "ok");

    let id = client.workers().await.unwrap()[0].id.clone();
    let exec = |script: &str| command("exec", json!({ "exe": "sh", "args": ["-c", script] }));
    let good = submit(&client, "any-command", exec("echo out; echo err >&2")).await;
    until_job(&client, &good.id, JobStatus::Completed).await;
    let text = log(&client, &good.id, 0).await;
    assert!(text.contains(" > out\n") && text.contains(" > err\n"), "{text}");
    let bad = submit(&client, "any-command", exec("exit 3")).await;
    until_job(&client, &bad.id, JobStatus::Failed).await;
    assert!(log(&client, &bad.id, 0).await.contains("command exited abnormally with code 3"));
    outcome(PAIR, "exec that works, exec that fails", "ok");

    std::fs::write(theirs.path("src.txt"), "copied").unwrap();
    let copy = json!({ "src": theirs.path("src.txt"), "dest": theirs.path("deep/dest.txt") });
    let job = submit(&client, "any-command", command("copy-file", copy)).await;
    until_job(&client, &job.id, JobStatus::Completed).await;
    assert_eq!(std::fs::read_to_string(theirs.path("deep/dest.txt")).unwrap(), "copied");
    outcome(PAIR, "copy-file", "ok");

    preview(&theirs).await;
    manager_away(&mut theirs).await;
    sleep_and_wake(&theirs, &id).await;
    forgotten(&theirs, &home, &id).await;

    // Killed in the middle of a task, it gets it again.
    let script = format!(
        "if [ -e {0} ]; then echo again; else touch {0}; sleep 1000; fi",
        theirs.path("mark").display()
    );
    let job = submit(&client, "any-command", exec(&script)).await;
    until("the task runs", async || theirs.path("mark").exists()).await;
    worker.worker.abort();
    let _ = worker.worker.await;
    let worker = start(&theirs.url, &home);
    until_job(&client, &job.id, JobStatus::Completed).await;
    outcome(PAIR, "killed in a task: gets it again", "ok");

    let _ = worker.shutdown.send(());
    assert_eq!(worker.worker.await.unwrap().unwrap(), Exit::Shutdown);
    assert_eq!(client.worker(&id).await.unwrap().summary.status, WorkerStatus::Offline);
    outcome(PAIR, "sign off", "ok");
}

/// A render whose "Blender" says what Blender says.
async fn preview(theirs: &TheirManager) {
    let picture = theirs.path("0001.png");
    image::RgbImage::from_pixel(64, 32, image::Rgb([200, 30, 30])).save(&picture).unwrap();
    let lines = format!(
        "echo \"Saved: '{}'\"; echo 'Time: 00:01.00'; echo 'Skipping existing frame 2'",
        picture.display()
    );
    std::fs::write(theirs.path("fake.sh"), lines).unwrap();
    let parameters = json!({ "exe": "sh", "exeArgs": theirs.path("fake.sh"), "blendfile": "" });
    let settings = json!({
        "name": "blender-render", "kind": "blender", "steps": 2, "parameters": parameters.to_string(),
    });
    let job = submit(&theirs.client, "any-command", settings).await;
    until_job(&theirs.client, &job.id, JobStatus::Completed).await;
    assert_eq!(theirs.client.job(&job.id).await.unwrap().steps_completed, 2);
    until("a preview", async || theirs.client.last_rendered(&job.id).await.unwrap().is_some()).await;
    outcome(PAIR, "blender-render: steps from its lines, preview upload", "ok");
}

async fn manager_away(theirs: &mut TheirManager) {
    let go = theirs.path("go");
    let script = format!("echo before; while [ ! -e {} ]; do sleep 0.1; done; echo after", go.display());
    let job = submit(
        &theirs.client,
        "any-command",
        command("exec", json!({ "exe": "sh", "args": ["-c", script] })),
    )
    .await;
    until("the task runs", async || {
        theirs.client.tasks(&job.id).await.is_ok_and(|it| it[0].status == TaskStatus::Active)
    })
    .await;
    theirs.end();
    std::fs::write(go, "").unwrap();
    theirs.begin().await;
    until_job(&theirs.client, &job.id, JobStatus::Completed).await;
    let text = log(&theirs.client, &job.id, 0).await;
    let places = (text.find("> before"), text.find("> after"));
    assert!(matches!(places, (Some(before), Some(after)) if before < after), "{text}");
    outcome(PAIR, "Manager away in a task: queued updates arrive in order", "ok");
}

async fn sleep_and_wake(theirs: &TheirManager, id: &str) {
    let client = &theirs.client;
    let ask = async |status, is_lazy| {
        client.set_worker_status(id, StatusChangeRequest { status, is_lazy }).await.unwrap();
    };
    let is = async |status| client.worker(id).await.is_ok_and(|it| it.summary.status == status);
    let long = command("sleep", json!({ "duration_in_seconds": 1000 }));
    let job = submit(client, "any-command", long).await;
    until("the task runs", async || client.tasks(&job.id).await.unwrap()[0].status == TaskStatus::Active)
        .await;
    ask(WorkerStatus::Asleep, false).await;
    until("asleep at once", async || is(WorkerStatus::Asleep).await).await;
    assert_eq!(client.tasks(&job.id).await.unwrap()[0].status, TaskStatus::Queued);
    client.set_job_status(&job.id, JobStatus::CancelRequested, "enough").await.unwrap();
    ask(WorkerStatus::Awake, false).await;
    until("awake", async || is(WorkerStatus::Awake).await).await;
    ask(WorkerStatus::Asleep, true).await;
    until("asleep when it is done", async || is(WorkerStatus::Asleep).await).await;
    ask(WorkerStatus::Awake, false).await;
    until("awake", async || is(WorkerStatus::Awake).await).await;
    outcome(PAIR, "sleep at once (task requeued) and lazily, wake", "ok");
}

/// The Manager thinks it lost the Worker: 409, which stock Workers never recover from.
async fn forgotten(theirs: &TheirManager, home: &Path, id: &str) {
    let stored: Value =
        serde_json::from_slice(&std::fs::read(home.join("worker-credentials.json")).unwrap()).unwrap();
    let text = |key: &str| stored[key].as_str().unwrap().to_owned();
    let credentials = WorkerCredentials { worker_id: text("worker_id"), secret: text("worker_secret") };
    let other = WorkerClient::new(&theirs.url, None).unwrap().with_credentials(&credentials);
    other.state_changed(WorkerStatus::Error).await.unwrap();
    until("awake again", async || {
        theirs.client.worker(id).await.is_ok_and(|it| it.summary.status == WorkerStatus::Awake)
    })
    .await;
    outcome(PAIR, "409 (Manager counts it as in error): heals itself", "ok");
}
