use std::time::Duration;

use flamenco::wire::{JobStatus, StatusChangeRequest, TaskStatus, WorkerStatus};

use super::bench::{Bench, MISC};
use super::*;
use crate::records::{JobRow, TaskRow, WorkerRow};

/// `text` with one word many times: `active: failed queued*9`.
fn spread(text: &str) -> String {
    let words = text.split_whitespace().map(|word| match word.split_once('*') {
        Some((word, n)) => vec![word; n.parse().unwrap()].join(" "),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_tasks_change_moves_its_job() {
    // Before; the first task becomes; after.
    for (before, status, after) in [
        ("completed: completed completed", "queued", "queued: queued queued"),
        ("active: active queued", "queued", "active: queued queued"),
        ("failed: failed canceled", "queued", "failed: queued canceled"),
        ("queued: queued queued", "active", "active: active queued"),
        ("failed: canceled canceled", "active", "active: active canceled"),
        ("cancel-requested: queued", "active", "cancel-requested: active"),
        ("pause-requested: active paused", "soft-failed", "active: soft-failed paused"),
        ("active: active queued", "soft-failed", "active: soft-failed queued"),
        ("active: active completed", "completed", "completed: completed completed"),
        ("active: active queued", "completed", "active: completed queued"),
        ("queued: active queued", "completed", "active: completed queued"),
        ("pause-requested: active paused", "completed", "paused: completed paused"),
        ("pause-requested: active active", "completed", "pause-requested: completed active"),
        ("pause-requested: active completed", "completed", "completed: completed completed"),
        ("active: active queued*9", "failed", "failed: failed canceled*9"),
        ("active: active queued*10", "failed", "active: failed queued*10"),
        ("queued: active queued*10", "failed", "active: failed queued*10"),
        ("active: active failed*8 queued*82", "failed", "active: failed failed*8 queued*82"),
        ("active: active failed*9 queued*90", "failed", "failed: failed failed*9 canceled*90"),
        ("active: active failed*9 queued*91", "failed", "active: failed failed*9 queued*91"),
        ("pause-requested: active paused*10", "failed", "paused: failed paused*10"),
        ("active: active completed canceled", "canceled", "canceled: canceled completed canceled"),
        ("active: active soft-failed", "canceled", "active: canceled soft-failed"),
        ("pause-requested: active queued", "canceled", "paused: canceled queued"),
        ("pause-requested: active paused", "paused", "paused: paused paused"),
        ("active: active queued", "paused", "active: paused queued"),
        // Flamenco would leave these active for ever.
        ("active: active completed*10", "failed", "failed: failed completed*10"),
        ("active: active failed completed*10", "completed", "failed: completed failed completed*10"),
    ] {
        let bench = Bench::new();
        let job = bench.job(&spread(before));
        let first = &bench.tasks(job)[0];
        bench.turn(|turn| turn.set_task_status(first, TaskStatus::from_word(status), "because"));
        assert_eq!(bench.text(job), spread(after), "{before}, {status}");
    }
}

#[test]
fn a_jobs_change_moves_its_tasks() {
    let mixed = "active queued soft-failed paused failed canceled completed";
    for (before, status, after) in [
        ("active", "active", &format!("active: {mixed}")),
        ("active", "completed", &format!("completed: {mixed}")),
        ("active", "paused", &format!("paused: {mixed}")),
        ("active", "cancel-requested", &"canceled: canceled*3 paused failed canceled completed".to_owned()),
        ("active", "failed", &"failed: canceled*3 paused failed canceled completed".to_owned()),
        (
            "active",
            "pause-requested",
            &"pause-requested: active paused*3 failed canceled completed".to_owned(),
        ),
        ("failed", "requeueing", &"queued: active queued*5 completed".to_owned()),
        ("completed", "requeueing", &"queued: queued*7".to_owned()),
        ("under-construction", "requeueing", &format!("requeueing: {mixed}")),
        ("paused", "queued", &format!("queued: {mixed}")),
    ] {
        let bench = Bench::new();
        let job = bench.job(&format!("{before}: {mixed}"));
        let row = JobRow::by_id(&bench.db, job).unwrap();
        bench.turn(|turn| turn.set_job_status(&row, JobStatus::from_word(status), "because"));
        assert_eq!(bench.text(job), spread(after), "{before} to {status}");
    }
}

#[test]
fn a_jobs_change_goes_on_where_nothing_holds_it() {
    for (before, status, after) in [
        ("active: queued soft-failed completed", "pause-requested", "paused: paused paused completed"),
        ("paused: completed completed", "queued", "completed: completed completed"),
        ("canceled: completed canceled", "requeueing", "queued: completed queued"),
        ("failed: completed completed", "requeueing", "completed: completed completed"),
        // Flamenco would leave these as asked, and for ever.
        ("completed: completed completed", "active", "completed: completed completed"),
        ("failed: failed canceled", "queued", "failed: failed canceled"),
    ] {
        let bench = Bench::new();
        let job = bench.job(before);
        let row = JobRow::by_id(&bench.db, job).unwrap();
        bench.turn(|turn| turn.set_job_status(&row, JobStatus::from_word(status), "because"));
        assert_eq!(bench.text(job), after, "{before} to {status}");
    }
}

#[test]
fn steps_follow_the_statuses() {
    let bench = Bench::new();
    let job = bench.job("active: active completed canceled");
    let steps = || {
        let row = JobRow::by_id(&bench.db, job).unwrap();
        (row.steps_completed, row.steps_total)
    };
    assert_eq!(steps(), (4, 6));
    bench.turn(|turn| bench.tasks(job)[0].save_steps(turn.db, 99));
    assert_eq!(steps(), (5, 6));
    bench.turn(|turn| turn.set_task_status(&bench.tasks(job)[0], TaskStatus::Queued, "again"));
    assert_eq!(steps(), (3, 6));
    let row = JobRow::by_id(&bench.db, job).unwrap();
    bench.turn(|turn| turn.set_job_status(&row, JobStatus::CancelRequested, "enough"));
    let row = JobRow::by_id(&bench.db, job).unwrap();
    assert_eq!(row.activity, r#"Changed to status "canceled": all tasks were canceled"#);
    bench.turn(|turn| turn.set_job_status(&row, JobStatus::Requeueing, "again"));
    assert_eq!(steps(), (2, 6));
}

#[test]
fn jobs_left_between_two_statuses_go_on() {
    for (before, after) in [
        ("cancel-requested: active queued", "canceled: canceled canceled"),
        ("requeueing: failed completed", "queued: queued completed"),
        ("pause-requested: queued completed", "paused: paused completed"),
        ("pause-requested: active completed", "pause-requested: active completed"),
        ("active: active", "active: active"),
    ] {
        let bench = Bench::new();
        let job = bench.job(before);
        bench.turn(|turn| turn.push_stuck_jobs());
        assert_eq!(bench.text(job), after, "{before}");
    }
}

#[test]
fn what_waits_for_a_failed_task_ends_the_job() {
    let bench = Bench::new();
    let job = bench.job(&spread("active: active queued*11"));
    let tasks = bench.tasks(job);
    let depend = |task: usize, on: usize| {
        let (task, on) = (tasks[task].id, tasks[on].id);
        bench.db.execute("INSERT INTO task_dependencies VALUES (?, ?)", [task, on]).unwrap();
    };
    // Everything waits for the first task, directly or through another.
    (1..6).for_each(|n| depend(n, 0));
    (6..12).for_each(|n| depend(n, n - 1));
    bench.turn(|turn| turn.set_task_status(&tasks[0], TaskStatus::Failed, "broken"));
    assert_eq!(bench.text(job), spread("failed: failed canceled*11"));
    let activity = JobRow::by_id(&bench.db, job).unwrap().activity;
    assert!(activity.contains("no task is left that can run: 1 of 12 failed, and 11 wait"), "{activity}");
}

#[test]
fn one_worker_tries_twice_and_the_job_lives_by_the_ten_percent() {
    let bench = Bench::new();
    let alone = bench.worker("alone", MISC);
    let small = bench.job("queued: queued");
    assert_eq!(bench.take_and_fail(&alone), Some((1, TaskStatus::SoftFailed)));
    assert_eq!(bench.take_and_fail(&alone), Some((1, TaskStatus::Failed)));
    assert_eq!(bench.text(small), "failed: failed");

    // Three bad models in a hundred: not even the block on the Worker's third failure stops the rest.
    let big = bench.job(&spread("queued: queued*100"));
    for n in 1..=3 {
        assert_eq!(bench.take_and_fail(&alone), Some((n, TaskStatus::SoftFailed)));
    }
    for n in 4..=100 {
        assert_eq!(bench.take_and_complete(&alone), Some(n));
    }
    for n in 1..=3 {
        assert_eq!(bench.take_and_fail(&alone), Some((n, TaskStatus::Failed)));
    }
    assert_eq!(bench.take(&alone), None);
    assert_eq!(bench.text(big), spread("failed: failed*3 completed*97"));
    let activity = JobRow::by_id(&bench.db, big).unwrap().activity;
    assert!(activity.contains("3 of 100 tasks failed, the others are completed"), "{activity}");
}

#[test]
fn two_workers_try_both() {
    let bench = Bench::new();
    let (a, b) = (bench.worker("a", MISC), bench.worker("b", MISC));
    let job = bench.job(&spread("queued: queued completed*10"));
    assert_eq!(bench.take_and_fail(&a), Some((1, TaskStatus::SoftFailed)));
    assert_eq!(bench.take(&a), None, "somebody else is there to try");
    assert_eq!(bench.take_and_fail(&b), Some((1, TaskStatus::SoftFailed)));
    assert_eq!(bench.take_and_fail(&b), Some((1, TaskStatus::Failed)), "three tries, as on a large farm");
    assert_eq!(bench.text(job), spread("failed: failed completed*10"));
}

#[test]
fn three_of_four_workers_decide() {
    let bench = Bench::new();
    let workers = ["a", "b", "c", "d"].map(|name| bench.worker(name, MISC));
    let job = bench.job(&spread("queued: queued completed*10 paused"));
    assert_eq!(bench.take_and_fail(&workers[0]), Some((1, TaskStatus::SoftFailed)));
    assert_eq!(bench.take_and_fail(&workers[1]), Some((1, TaskStatus::SoftFailed)));
    assert_eq!(bench.take_and_fail(&workers[2]), Some((1, TaskStatus::Failed)));
    assert_eq!(bench.text(job), spread("active: failed completed*10 paused"));
}

#[test]
fn workers_that_cannot_help_do_not_count() {
    for change in
        ["deleted_at = 1", "status = 'offline'", "status = 'error'", r#"task_types = '["blender"]'"#]
    {
        let bench = Bench::new();
        let (a, _) = (bench.worker("a", MISC), bench.worker("b", MISC));
        bench.set_worker("b", change);
        bench.job("queued: queued");
        assert_eq!(bench.take_and_fail(&a), Some((1, TaskStatus::SoftFailed)), "{change}");
        assert_eq!(bench.take_and_fail(&a), Some((1, TaskStatus::Failed)), "{change}");
    }
}

#[test]
fn a_worker_is_blocked_at_its_third_failure_if_another_is_left() {
    let bench = Bench::new();
    let (a, b) = (bench.worker("a", MISC), bench.worker("b", MISC));
    let job = bench.job(&spread("queued: queued*40"));
    let n_blocks =
        || bench.db.query_row("SELECT COUNT(*) FROM job_blocks", [], |row| row.get::<_, i64>(0)).unwrap();
    bench.take_and_fail(&a);
    bench.take_and_fail(&a);
    assert_eq!(n_blocks(), 0, "the second failure is one too early");
    bench.take_and_fail(&a);
    assert_eq!(n_blocks(), 1);
    assert_eq!(bench.take(&a), None);
    for n in 1..=3 {
        assert_eq!(bench.take_and_fail(&b), Some((n, TaskStatus::SoftFailed)));
    }
    assert_eq!(n_blocks(), 1, "the last able worker is not blocked");
    assert_eq!(bench.take_and_complete(&b), Some(4));
    assert!(bench.text(job).starts_with("active: "));
}

#[test]
fn blocking_a_worker_gives_its_lost_tasks_to_others() {
    let bench = Bench::new();
    let a = bench.worker("a", MISC);
    let job = bench.job(&spread("queued: queued*3 completed*40"));
    bench.set_worker("a", "status = 'awake'");
    // Alone, it fails the first task for good.
    let first = bench.tasks(job)[0].id;
    bench.take_and_fail(&a);
    bench
        .db
        .execute("UPDATE tasks SET status = 'failed', worker_id = ? WHERE id = ?", [a.id, first])
        .unwrap();
    let b = bench.worker("b", MISC);
    bench.take_and_fail(&a);
    bench.take_and_fail(&a);
    assert_eq!(bench.text(job), spread("active: queued soft-failed*2 completed*40"));
    assert_eq!(bench.take_and_complete(&b), Some(1));
}

#[test]
fn a_soft_failure_does_not_undo_a_pause() {
    let bench = Bench::new();
    let (a, _) = (bench.worker("a", MISC), bench.worker("b", MISC));
    let job = bench.job("queued: queued queued");
    assert_eq!(bench.take(&a), Some(1));
    let row = JobRow::by_id(&bench.db, job).unwrap();
    bench.turn(|turn| turn.set_job_status(&row, JobStatus::PauseRequested, "lunch"));
    assert_eq!(bench.text(job), "pause-requested: active paused");
    bench.turn(|turn| turn.task_failed(&bench.tasks(job)[0], &a, "Failed"));
    assert_eq!(bench.text(job), "paused: paused paused");
}

#[test]
fn what_a_worker_left_in_a_pausing_job_does_not_keep_it_from_pausing() {
    let bench = Bench::new();
    let worker = bench.worker("w", MISC);
    let job = bench.job("queued: queued queued");
    bench.take(&worker);
    let row = JobRow::by_id(&bench.db, job).unwrap();
    bench.turn(|turn| turn.set_job_status(&row, JobStatus::PauseRequested, "lunch"));
    // The Worker's program crashed; started again, it asks for something new.
    assert_eq!(bench.take(&worker), None);
    assert_eq!(bench.text(job), "paused: paused paused");
}

#[test]
fn who_sleeps_is_not_waited_for_with_the_second_try() {
    let bench = Bench::new();
    let (a, _) = (bench.worker("a", MISC), bench.worker("b", MISC));
    let job = bench.job(&spread("queued: queued completed*10"));
    bench.set_worker("b", "status = 'asleep'");
    assert_eq!(bench.take_and_fail(&a), Some((1, TaskStatus::SoftFailed)));
    assert_eq!(bench.take_and_fail(&a), Some((1, TaskStatus::SoftFailed)));
    assert_eq!(bench.take(&a), None);
    let why = |bench: &Bench| bench.turn(|turn| turn.why_not(&bench.tasks(job)[0]));
    let reasons: Vec<String> = why(&bench).workers.into_iter().map(|it| it.reason).collect();
    assert_eq!(reasons[0], "failed it 2 times");
    assert!(reasons[1].starts_with("is asleep, last heard of "), "{}", reasons[1]);

    // Gone for good, it is no hope any more.
    bench.set_worker("b", "deleted_at = 1");
    bench.turn(|turn| turn.check_timeouts());
    assert_eq!(bench.text(job), spread("failed: failed completed*10"));
}

#[test]
fn tasks_come_by_job_priority_task_priority_and_age() {
    let bench = Bench::new();
    let worker = bench.worker("w", r#"["misc", "render"]"#);
    let (low, high) = (bench.job("queued:"), bench.job("queued:"));
    bench.db.execute("UPDATE jobs SET priority = 80 WHERE id = ?", [high]).unwrap();
    bench.task(low, 1, "queued", "misc", 99);
    bench.task(high, 2, "queued", "misc", 50);
    bench.task(high, 3, "soft-failed", "render", 50);
    bench.task(high, 4, "queued", "misc", 70);
    bench.task(high, 5, "paused", "misc", 99);
    bench.task(high, 6, "queued", "Misc", 99);
    let order: Vec<i64> = std::iter::from_fn(|| bench.take_and_complete(&worker)).collect();
    assert_eq!(order, [4, 2, 3, 1]);
}

#[test]
fn a_task_waits_for_what_it_needs() {
    let bench = Bench::new();
    let worker = bench.worker("w", MISC);
    let job = bench.job("queued: queued queued");
    let tasks = bench.tasks(job);
    bench.db.execute("INSERT INTO task_dependencies VALUES (?, ?)", [tasks[0].id, tasks[1].id]).unwrap();
    let order: Vec<i64> = std::iter::from_fn(|| bench.take_and_complete(&worker)).collect();
    assert_eq!(order, [2, 1]);
}

#[test]
fn only_running_jobs_and_matching_tags_are_worked_on() {
    let bench = Bench::new();
    let (tagged, plain) = (bench.worker("tagged", MISC), bench.worker("plain", MISC));
    for status in ["paused", "pause-requested", "failed", "canceled", "under-construction", "requeueing"] {
        bench.job(&format!("{status}: queued"));
    }
    let gone = bench.job("queued: queued");
    bench.db.execute("UPDATE jobs SET delete_requested_at = 1 WHERE id = ?", [gone]).unwrap();
    assert_eq!(bench.take(&plain), None);

    bench.db.execute("INSERT INTO worker_tags (id, uuid, name) VALUES (7, 't', 'gpu')", []).unwrap();
    bench.db.execute("INSERT INTO worker_tag_membership VALUES (7, ?)", [tagged.id]).unwrap();
    let job = bench.job("queued: queued");
    bench.db.execute("UPDATE jobs SET tag_id = 7 WHERE id = ?", [job]).unwrap();
    assert_eq!(bench.take(&plain), None);
    assert_eq!(bench.take(&tagged), Some(1));
}

#[test]
fn a_worker_gets_its_unfinished_task_again() {
    let bench = Bench::new();
    let worker = bench.worker("w", MISC);
    bench.job("queued: queued queued");
    assert_eq!((bench.take(&worker), bench.take(&worker)), (Some(1), Some(1)));
    bench.turn(|turn| turn.worker_changed(&worker, WorkerStatus::Asleep));
    let task = TaskRow::latest_of(&bench.db, worker.id).unwrap().unwrap();
    assert_eq!((task.status, task.index_in_job), (TaskStatus::Queued, 1));
}

#[test]
fn a_silent_worker_is_in_error_and_its_task_is_free() {
    let bench = Bench::new();
    let worker = bench.worker("w", MISC);
    let job = bench.job("queued: queued");
    bench.take(&worker);
    bench.pass(Duration::from_secs(59));
    bench.turn(|turn| turn.check_timeouts());
    assert_eq!(bench.again("w").status, WorkerStatus::Awake);
    bench.pass(Duration::from_secs(2));
    bench.turn(|turn| turn.check_timeouts());
    let worker = bench.again("w");
    assert_eq!((worker.status, worker.is_timed_out), (WorkerStatus::Error, true));
    assert_eq!(bench.text(job), "active: queued");
}

#[test]
fn an_untouched_task_has_failed() {
    let bench = Bench::new();
    let worker = bench.worker("w", MISC);
    let job = bench.job("queued: queued");
    bench.take(&worker);
    bench.pass(Duration::from_secs(601));
    bench.turn(|turn| WorkerRow::save_seen(turn.db, worker.id, turn.now));
    bench.turn(|turn| turn.check_timeouts());
    assert_eq!(bench.text(job), "failed: failed");
    let activity = bench.tasks(job)[0].activity.clone();
    assert_eq!(activity, "Task timed out: worker w did not touch it for 600 s");
}

#[test]
fn the_time_without_a_manager_counts_for_nobody() {
    let bench = Bench::new();
    let worker = bench.worker("w", MISC);
    let job = bench.job("queued: queued");
    bench.take(&worker);
    bench.pass(Duration::from_secs(9000));
    bench.turn(|turn| heard_of_everybody(turn.db, turn.now));
    bench.turn(|turn| turn.check_timeouts());
    assert_eq!(bench.text(job), "active: active");
    assert_eq!(bench.again("w").status, WorkerStatus::Awake);
}

#[test]
fn signing_off_remembers_what_the_worker_was() {
    let asked = |status, is_lazy| Some(StatusChangeRequest { status, is_lazy });
    use WorkerStatus::{Asleep, Awake, Offline};
    for (status, request, expect) in [
        ("awake", None, asked(Awake, false)),
        ("asleep", asked(Offline, true), asked(Asleep, false)),
        ("awake", asked(Asleep, true), asked(Asleep, true)),
        ("error", None, None),
    ] {
        let bench = Bench::new();
        bench.worker("w", MISC);
        bench.set_worker("w", &format!("status = '{status}'"));
        let worker = WorkerRow { request, ..bench.again("w") };
        bench.turn(|turn| turn.sign_off(&worker));
        let worker = bench.again("w");
        assert_eq!((worker.status, worker.request), (Offline, expect), "{status} {request:?}");
    }
}

#[test]
fn logs_say_what_the_manager_did() {
    let bench = Bench::new();
    let worker = bench.worker("w", MISC);
    let job = bench.job("queued: queued");
    bench.take_and_complete(&worker);
    let task = &bench.tasks(job)[0];
    let log = bench.files.as_ref().unwrap().log_tail(&task.job_uuid, &task.uuid).unwrap().unwrap();
    let expect = [
        "Task assigned to worker w (w)",
        "task task-1-1 changed status queued -> active",
        "task task-1-1 changed status active -> completed",
    ];
    for (line, expect) in log.lines().zip(expect) {
        assert!(line.ends_with(expect), "{line}");
    }
    assert_eq!(log.lines().count(), 3);
}
