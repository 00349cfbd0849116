use flamenco::wire::{JobStatus, StatusChangeRequest, TaskStatus, WorkerStatus};
use serde_json::json;

use crate::judge::{ANY, OurManager, TheirWorker, command, log, submit, until_job};
use crate::{outcome, until};

const PAIR: &str = "their Worker → our Manager";

#[tokio::test]
async fn their_worker_serves_our_manager() {
    let ours = OurManager::start(&[ANY]).await;
    let client = ours.client.clone();
    let home = ours.path("their-worker");
    let echo = json!({ "message": "hi", "sleep_duration_seconds": 1, "sleep_repeats": 1 });
    let job = submit(&client, "echo-sleep-test", echo).await;
    let Some(mut worker) = TheirWorker::start(&ours.url, &home) else { return };
    until_job(&client, &job.id, JobStatus::Completed).await;
    assert!(log(&client, &job.id, 0).await.contains("echo: \"hi\""));
    let id = client.workers().await.unwrap()[0].id.clone();
    let seen = client.worker(&id).await.unwrap();
    outcome(PAIR, "register, sign on, echo and sleep, log", &seen.summary.version);

    let exec = |script: &str| command("exec", json!({ "exe": "sh", "args": ["-c", script] }));
    let good = submit(&client, "any-command", exec("echo out")).await;
    until_job(&client, &good.id, JobStatus::Completed).await;
    assert!(log(&client, &good.id, 0).await.contains(" > out\n"));
    let bad = submit(&client, "any-command", exec("exit 3")).await;
    until_job(&client, &bad.id, JobStatus::Failed).await;
    let text = log(&client, &bad.id, 0).await;
    assert_eq!(text.matches("Task assigned to worker").count(), 2, "alone, it tries twice: {text}");
    outcome(PAIR, "exec that works; exec that fails is tried twice", "ok");

    std::fs::write(ours.path("src.txt"), "copied").unwrap();
    let copy = json!({ "src": ours.path("src.txt"), "dest": ours.path("deep/dest.txt") });
    let job = submit(&client, "any-command", command("copy-file", copy)).await;
    until_job(&client, &job.id, JobStatus::Completed).await;
    preview(&ours).await;

    let long = command("sleep", json!({ "duration_in_seconds": 1000 }));
    let job = submit(&client, "any-command", long).await;
    let is_active = async || client.tasks(&job.id).await.unwrap()[0].status == TaskStatus::Active;
    until("the task runs", is_active).await;
    let ask = async |status, is_lazy| {
        client.set_worker_status(&id, StatusChangeRequest { status, is_lazy }).await.unwrap();
    };
    let is = async |status| client.worker(&id).await.is_ok_and(|it| it.summary.status == status);
    ask(WorkerStatus::Asleep, false).await;
    until("asleep at once", async || is(WorkerStatus::Asleep).await).await;
    assert_eq!(client.tasks(&job.id).await.unwrap()[0].status, TaskStatus::Queued);
    ask(WorkerStatus::Awake, false).await;
    until("the task runs again", is_active).await;
    outcome(PAIR, "423 and sleep at once, task requeued, wake, task again", "ok");

    // Killed in the middle: what it gets first is its own task.
    worker.kill();
    let Some(mut worker) = TheirWorker::start(&ours.url, &home) else { return };
    until("its task again", async || {
        log(&client, &job.id, 0).await.matches("slept").count() == 0
            && is(WorkerStatus::Awake).await
            && is_active().await
    })
    .await;
    outcome(PAIR, "killed in a task: gets it again", "ok");

    client.delete_job(&job.id).await.unwrap();
    until("the job is gone", async || client.job(&job.id).await.is_err()).await;
    let next = submit(&client, "any-command", exec("echo next")).await;
    until_job(&client, &next.id, JobStatus::Completed).await;
    outcome(PAIR, "job deleted under it: drops the task, goes on with the next", "ok");

    ask(WorkerStatus::Asleep, true).await;
    until("asleep lazily", async || is(WorkerStatus::Asleep).await).await;
    ask(WorkerStatus::Offline, false).await;
    until("offline", async || is(WorkerStatus::Offline).await).await;
    until("its end", async || worker.has_ended()).await;
    outcome(PAIR, "lazy sleep, sent offline, signs off and ends", "ok");
}

async fn preview(ours: &OurManager) {
    let picture = ours.path("0001.png");
    image::RgbImage::from_pixel(64, 32, image::Rgb([200, 30, 30])).save(&picture).unwrap();
    let lines = format!("echo \"Saved: '{}'\"; echo 'Time: 00:01.00'", picture.display());
    std::fs::write(ours.path("fake.sh"), lines).unwrap();
    let parameters = json!({ "exe": "sh", "exeArgs": ours.path("fake.sh"), "blendfile": "" });
    let settings = json!({
        "name": "blender-render", "kind": "blender", "steps": 1, "parameters": parameters.to_string(),
    });
    let job = submit(&ours.client, "any-command", settings).await;
    until_job(&ours.client, &job.id, JobStatus::Completed).await;
    until("a preview", async || ours.client.last_rendered(&job.id).await.unwrap().is_some()).await;
    outcome(PAIR, "copy-file; blender-render: step, preview as JPEG", "ok");
}
