use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flamenco::wire::{JobStatus, TaskStatus};

use super::{FarmLink, FarmSnapshot, Focus, Monitor};
use crate::studio_of_tests::Studio;
use crate::{FarmPlace, Home, Outbox, PumpUntil};

const DEADLINE: Duration = Duration::from_secs(20);

async fn until(monitor: &Monitor, what: &str, holds: impl Fn(&FarmSnapshot) -> bool) -> Arc<FarmSnapshot> {
    let mut snapshots = monitor.snapshots();
    let found = tokio::time::timeout(DEADLINE, snapshots.wait_for(|it| holds(it))).await;
    match found {
        Ok(found) => Arc::clone(&found.unwrap()),
        Err(_) => panic!("never saw {what}: {:?}", monitor.snapshot()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_sees_the_job_its_tasks_and_their_log() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let n_wakes = Arc::new(AtomicUsize::new(0));
    let wakes = Arc::clone(&n_wakes);
    let monitor = Monitor::start(outbox.clone(), studio.place(), move || {
        wakes.fetch_add(1, Ordering::Relaxed);
    });
    let connected = until(&monitor, "the Manager", |it| it.link == FarmLink::Connected).await;
    assert!(connected.manager.as_ref().is_some_and(|it| it.hands_out_results));
    let forms = monitor.forms().wait().await.unwrap();
    assert!(forms.iter().any(|form| form.job_type == "kiln-convert" && form.takes_models()));

    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let id = outbox.submit(studio.submission(&[model])).unwrap();
    outbox.pump(&PumpUntil::HandedOver(vec![id.clone()]), std::future::pending()).await.unwrap();
    monitor.refresh();
    let seen = until(&monitor, "the job", |it| !it.jobs.is_empty()).await;
    assert_eq!(seen.jobs[0].submission.as_ref(), Some(&id));
    let job = seen.jobs[0].job.id.clone();

    let worker = studio.worker().await;
    let task = worker.next().await;
    worker.report(&task, TaskStatus::Active, "reading robot.obj").await;
    let focus = Focus { job: Some(job.clone()), log_of: Some(task.uuid.clone()), ..Focus::default() };
    monitor.set_focus(focus);
    until(&monitor, "the log", |it| {
        it.open_log.as_ref().is_some_and(|log| log.text.contains("reading robot"))
    })
    .await;
    until(&monitor, "the task", |it| {
        it.open_job
            .as_ref()
            .is_some_and(|open| open.tasks.iter().any(|task| task.status == TaskStatus::Active))
    })
    .await;

    monitor.cancel_job(&job).wait().await.unwrap();
    until(&monitor, "the end", |it| it.jobs[0].job.status == JobStatus::Canceled).await;
    assert!(n_wakes.load(Ordering::Relaxed) > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_farm_that_went_away_stays_in_sight() {
    let studio = Studio::open().await;
    let outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let id = outbox.submit(studio.submission(&[model])).unwrap();
    outbox.pump(&PumpUntil::HandedOver(vec![id]), std::future::pending()).await.unwrap();
    let monitor = Monitor::start(outbox, studio.place(), || {});
    until(&monitor, "the job", |it| !it.jobs.is_empty()).await;
    studio.close().await;
    monitor.refresh();
    let away = until(&monitor, "that it is away", |it| it.is_stale).await;
    assert!(matches!(away.link, FarmLink::Away { .. }));
    assert_eq!(away.jobs.len(), 1);
    assert!(monitor.job_types().wait().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching_starts_no_farm_and_an_idle_watch_wakes_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&Home::at(folder.path())).unwrap();
    let n_wakes = Arc::new(AtomicUsize::new(0));
    let wakes = Arc::clone(&n_wakes);
    let monitor = Monitor::start(outbox, FarmPlace::Embedded, move || {
        wakes.fetch_add(1, Ordering::Relaxed);
    });
    until(&monitor, "that nothing runs", |it| it.link == FarmLink::NotRunning).await;
    for _ in 0..5 {
        monitor.refresh();
        let mut snapshots = monitor.snapshots();
        snapshots.mark_unchanged();
        let nothing = tokio::time::timeout(Duration::from_millis(20), snapshots.changed()).await;
        assert!(nothing.is_err(), "the same state was published again");
    }
    assert_eq!(n_wakes.load(Ordering::Relaxed), 1);
    assert!(!folder.path().join("data/farm/farm.log").exists());
}
