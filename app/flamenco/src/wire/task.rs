use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{TaskStatus, Timestamp, null_is_empty};

/// A Worker as a task names it. All fields empty: nobody has taken the task yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskWorker {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSummary {
    pub id: String,
    pub name: String,
    pub status: TaskStatus,
    /// From 1, in order of creation.
    #[serde(default)]
    pub index_in_job: i64,
    #[serde(default)]
    pub priority: i32,
    #[serde(default)]
    pub task_type: String,
    #[serde(default)]
    pub updated: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<TaskWorker>,
    #[serde(default)]
    pub steps_completed: i64,
    #[serde(default)]
    pub steps_total: i64,
}

/// `GET /jobs/{id}/tasks`: in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskList {
    #[serde(default, deserialize_with = "null_is_empty")]
    pub tasks: Vec<TaskSummary>,
}

/// `GET /tasks/{id}`: variables in commands are not replaced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub id: String,
    #[serde(default)]
    pub created: Timestamp,
    #[serde(default)]
    pub updated: Timestamp,
    #[serde(default)]
    pub job_id: String,
    #[serde(default)]
    pub index_in_job: i64,
    pub name: String,
    pub status: TaskStatus,
    #[serde(default)]
    pub priority: i32,
    #[serde(default)]
    pub task_type: String,
    #[serde(default)]
    pub activity: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub commands: Vec<Command>,
    #[serde(default)]
    pub steps_completed: i64,
    #[serde(default)]
    pub steps_total: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<TaskWorker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_touched: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_by_workers: Option<Vec<TaskWorker>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Command {
    pub name: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub parameters: Map<String, Value>,
    /// 0: exactly one step, on success.
    #[serde(default, alias = "totalStepCount", deserialize_with = "whole")]
    pub total_step_count: i64,
}

/// JavaScript, which makes commands, has one kind of number; `3.0` and `3` are the same count.
fn whole<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(f64::deserialize(deserializer)? as i64)
}

/// Answer 200 of `POST /worker/task`: variables are replaced for the asking Worker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssignedTask {
    pub uuid: String,
    pub job: String,
    pub name: String,
    pub status: TaskStatus,
    pub priority: i32,
    pub job_priority: i32,
    pub job_type: String,
    pub task_type: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub commands: Vec<Command>,
    #[serde(default)]
    pub steps_completed: i64,
    #[serde(default)]
    pub steps_total: i64,
}

/// Body of `POST /worker/task/{id}`: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskUpdate {
    #[serde(rename = "taskStatus", default, skip_serializing_if = "Option::is_none")]
    pub task_status: Option<TaskStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Appended to the task's log as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_completed: Option<i64>,
}

/// `GET /worker/task/{id}/may-i-run`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MayKeepRunning {
    #[serde(rename = "mayKeepRunning")]
    pub may_keep_running: bool,
    #[serde(default)]
    pub reason: String,
    #[serde(rename = "statusChangeRequested", default)]
    pub status_change_requested: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStatusChange {
    pub status: TaskStatus,
    pub reason: String,
}

/// `GET /tasks/{id}/log`: where the whole log is, on the same host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskLogInfo {
    pub task_id: String,
    pub job_id: String,
    pub url: String,
    #[serde(default)]
    pub size: u64,
}
