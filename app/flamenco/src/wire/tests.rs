use serde_json::{Value, json};

use super::*;

/// Reads `sent` and writes it again: nothing is lost, nothing becomes `null`.
fn keeps<T: serde::Serialize + serde::de::DeserializeOwned>(sent: Value) -> T {
    let value: T = serde_json::from_value(sent.clone()).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), sent);
    value
}

#[test]
fn a_job_keeps_what_a_manager_says() {
    let job: Job = keeps(json!({
        "id": "4f7b2a30-0000-4000-8000-000000000000", "name": "3Д рендеринг", "type": "simple-blender-render",
        "priority": 50, "settings": {"frames": "1-10", "chunk_size": 3, "fps": 23.976, "has_previews": false},
        "metadata": {"user.name": "artist"}, "submitter_platform": "", "storage": {"shaman_checkout_id": "robot-x7"},
        "created": "2026-04-01T10:00:00.123456789Z", "updated": "0001-01-01T00:00:00Z",
        "status": "pause-requested", "activity": "", "steps_completed": 1, "steps_total": 10
    }));
    assert_eq!(job.status, JobStatus::PauseRequested);
}

#[test]
fn optional_fields_are_left_out() {
    for empty in [
        serde_json::to_value(TaskUpdate::default()).unwrap(),
        serde_json::to_value(JobTagChange::default()).unwrap(),
        serde_json::to_value(JobStorage::default()).unwrap(),
    ] {
        assert_eq!(empty, json!({}));
    }
    let setting =
        JobSetting { key: "size".into(), setting_type: SettingType::Int32, ..JobSetting::default() };
    assert_eq!(serde_json::to_value(setting).unwrap(), json!({"key": "size", "type": "int32"}));
}

#[test]
fn a_worker_is_one_flat_object() {
    let worker: Worker = keeps(json!({
        "id": "w", "name": "host7", "status": "asleep", "version": "3.9", "can_restart": false,
        "status_change": {"status": "awake", "is_lazy": true}, "ip_address": "127.0.0.1", "platform": "linux",
        "supported_task_types": ["misc"],
        "task": {"id": "t", "name": "render-1", "status": "active", "index_in_job": 1, "priority": 50,
            "task_type": "blender", "updated": "2026-04-01T10:00:00Z", "steps_completed": 0, "steps_total": 1,
            "job_id": "j"}
    }));
    assert_eq!(worker.task.unwrap().summary.status, TaskStatus::Active);
    let fresh: RegisteredWorker = serde_json::from_value(json!({"uuid": "w", "status": ""})).unwrap();
    assert_eq!(fresh.status, WorkerStatus::Registered);
}

#[test]
fn a_newer_or_older_manager_is_understood() {
    let newer = json!({"id": "t", "name": "n", "status": "dreaming", "mood": {"x": 1}});
    let task: Task = serde_json::from_value(newer).unwrap();
    assert_eq!((task.status, task.commands.len()), (TaskStatus::Unknown, 0));
    let null_list: JobList = serde_json::from_value(json!({"jobs": null})).unwrap();
    assert!(null_list.jobs.is_empty());
    let old: Job = serde_json::from_value(
        json!({"id": "j", "name": "n", "type": "t", "status": "active", "metadata": null}),
    )
    .unwrap();
    assert_eq!((old.steps_total, old.metadata.len()), (0, 0));
}

#[test]
fn every_word_reads_as_itself() {
    fn check<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(all: &[T]) {
        for word in all {
            let text = serde_json::to_value(word).unwrap();
            assert_eq!(&serde_json::from_value::<T>(text).unwrap(), word);
        }
    }
    check(JobStatus::ALL);
    check(TaskStatus::ALL);
    check(WorkerStatus::ALL);
    check(FarmStatus::ALL);
    check(ShamanFileStatus::ALL);
    check(SettingSubtype::ALL);
    check(SettingVisibility::ALL);
    assert_eq!(serde_json::to_value(ShamanFileStatus::Missing).unwrap(), json!("unknown"));
}
