use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flamenco::wire::{JobStatus, TaskStatus, TaskUpdate, WorkerRegistration, WorkerSignOn, WorkerStatus};
use flamenco::{Client, NextTask, WorkerClient, WorkerCredentials};
use serde_json::json;
use tokio::task::JoinSet;

use crate::judge::{OurManager, TheirManager, submit, wish};
use crate::outcome;

const MANY: (&str, &str) = (
    "many_tasks.js",
    r#"
const JOB_TYPE = { label: "Many tasks", settings: [{ key: "n", type: "int32", required: true }] };
function compileJob(job) {
    for (let n = 0; n < job.settings.n; n++) {
        const task = author.Task("task " + n, "misc");
        const args = ["convert", "{jobs}/models/model-" + n + ".glb", "/results/model-" + n + ".glb", "--plan", "web"];
        task.addCommand(author.Command("exec", { exe: "{kiln}", args }));
        job.addTask(task);
    }
}
"#,
);

const N_TASKS: usize = 10_000;
const N_WORKERS: usize = 200;
const N_JOBS: usize = 10_000;
const RUNS: usize = 5;
const SPAN: Duration = Duration::from_secs(8);
/// What a stock Worker waits before it asks for the next task.
const AFTER_TASK: Duration = Duration::from_secs(2);

/// Takes minutes and a quiet machine, so it wants to be asked for.
#[tokio::test(flavor = "multi_thread")]
async fn both_managers_are_timed() {
    if std::env::var_os("KILN_FLAMENCO_PACE").is_none() {
        return println!("SKIPPED: KILN_FLAMENCO_PACE is not set");
    }
    let ours = OurManager::start(&[MANY]).await;
    let theirs = TheirManager::start(&[MANY]).await;
    let mut managers = vec![("our Manager", ours.client.clone(), ours.url.clone())];
    managers.extend(theirs.iter().map(|it| ("their Manager", it.client.clone(), it.url.clone())));
    for (name, client, url) in &managers {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let began = Instant::now();
            let job = submit(client, "many-tasks", json!({ "n": N_TASKS })).await;
            times.push(began.elapsed().as_secs_f64());
            client.set_job_status(&job.id, JobStatus::PauseRequested, "next").await.unwrap();
        }
        times.sort_by(f64::total_cmp);
        outcome(
            name,
            &format!("submit a job of 10,000 tasks, s (least, median of {RUNS})"),
            format!("{:.3}, {:.3}", times[0], times[RUNS / 2]),
        );
        polling(name, client, url, Duration::ZERO).await;
        polling(name, client, url, AFTER_TASK).await;
    }
    for (name, client, _) in &managers {
        listing(name, client).await;
    }
}

async fn polling(name: &str, client: &Client, url: &str, rest: Duration) {
    let mut workers = JoinSet::new();
    for n in 0..N_WORKERS {
        let line = WorkerClient::new(url, None).unwrap();
        workers.spawn(async move { enrol(line, n).await });
    }
    let workers = workers.join_all().await;
    let job = submit(client, "many-tasks", json!({ "n": 4 * N_TASKS })).await;
    let n_given = Arc::new(AtomicUsize::new(0));
    let end = Instant::now() + SPAN;
    let mut polls = JoinSet::new();
    for (n, worker) in workers.into_iter().enumerate() {
        let n_given = Arc::clone(&n_given);
        polls.spawn(async move {
            let mut waits = Vec::new();
            tokio::time::sleep(rest * n as u32 / N_WORKERS as u32).await;
            while Instant::now() < end {
                let asked = Instant::now();
                let Ok(NextTask::Run(task)) = worker.next_task(None).await else { continue };
                waits.push(asked.elapsed().as_secs_f64());
                n_given.fetch_add(1, Ordering::Relaxed);
                let done = TaskUpdate { task_status: Some(TaskStatus::Completed), ..TaskUpdate::default() };
                let _ = worker.update_task(&task.uuid, &done).await;
                tokio::time::sleep(rest).await;
            }
            waits
        });
    }
    let mut waits: Vec<f64> = polls.join_all().await.into_iter().flatten().collect();
    waits.sort_by(f64::total_cmp);
    let rate = n_given.load(Ordering::Relaxed) as f64 / SPAN.as_secs_f64();
    let at = |share: f64| waits.get((waits.len() as f64 * share) as usize).map_or(f64::NAN, |it| it * 1000.0);
    let pause = if rest.is_zero() { "without pause" } else { "with the stock pause" };
    let waits = format!("{:.1}, {:.1}", at(0.5), at(0.99));
    outcome(
        name,
        &format!("200 Workers {pause}: tasks handed out and done per second"),
        format!("{rate:.0}"),
    );
    outcome(name, &format!("200 Workers {pause}: wait for a task, ms (median, p99)"), waits);
    client.set_job_status(&job.id, JobStatus::CancelRequested, "enough").await.unwrap();
}

async fn enrol(line: WorkerClient, n: usize) -> WorkerClient {
    let registration = WorkerRegistration {
        name: format!("hand {n}"),
        secret: "5ec7e7".into(),
        platform: "linux".into(),
        supported_task_types: vec!["misc".into()],
    };
    let registered = line.register(&registration).await.unwrap();
    let line =
        line.with_credentials(&WorkerCredentials { worker_id: registered.uuid, secret: registration.secret });
    let sign_on = WorkerSignOn {
        name: registration.name,
        supported_task_types: registration.supported_task_types,
        software_version: "1".into(),
        can_restart: None,
    };
    line.sign_on(&sign_on).await.unwrap();
    line.state_changed(WorkerStatus::Awake).await.unwrap();
    line
}

async fn listing(name: &str, client: &Client) {
    let mut submits = JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        submits.spawn(async move {
            for _ in 0..N_JOBS / 8 {
                let mut job = wish("echo-sleep-test", json!({ "message": "hi", "sleep_repeats": 0 }));
                job.initial_status = Some(JobStatus::Paused);
                client.submit_job(&job).await.unwrap();
            }
        });
    }
    submits.join_all().await;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let request = client.request(flamenco::reqwest::Method::GET, "/api/v3/jobs");
        let bytes = client.send_ok(request).await.unwrap().bytes().await.unwrap();
        assert!(bytes.len() > 100 * N_JOBS);
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    outcome(name, &format!("list of 10,000 jobs, ms (median of {RUNS})"), format!("{:.0}", times[RUNS / 2]));
}
