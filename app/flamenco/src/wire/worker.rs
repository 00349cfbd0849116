use serde::{Deserialize, Serialize};

use super::{TaskSummary, Timestamp, WorkerStatus, null_is_empty};

/// Body of `POST /worker/register-worker`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerRegistration {
    pub name: String,
    /// Made by the Worker; the Manager keeps only a hash.
    pub secret: String,
    pub platform: String,
    pub supported_task_types: Vec<String>,
}

impl std::fmt::Debug for WorkerRegistration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerRegistration").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredWorker {
    pub uuid: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub status: WorkerStatus,
    #[serde(default)]
    pub platform: String,
    #[serde(default)]
    pub software: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub supported_task_types: Vec<String>,
}

/// Body of `POST /worker/sign-on`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerSignOn {
    pub name: String,
    pub supported_task_types: Vec<String>,
    pub software_version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_restart: Option<bool>,
}

/// What the Manager wants the Worker to be; answer of sign-on, of `GET /worker/state`, and of 423.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStateChange {
    pub status_requested: WorkerStatus,
}

/// Body of `POST /worker/state-changed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStateChanged {
    pub status: WorkerStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerSummary {
    pub id: String,
    pub name: String,
    pub status: WorkerStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_change: Option<StatusChangeRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub can_restart: bool,
}

/// Both the request of `POST /worker-mgt/workers/{id}/setstatus` and the one that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChangeRequest {
    pub status: WorkerStatus,
    /// After the current task, not at once.
    pub is_lazy: bool,
}

/// `GET /worker-mgt/workers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerList {
    #[serde(default, deserialize_with = "null_is_empty")]
    pub workers: Vec<WorkerSummary>,
}

/// `GET /worker-mgt/workers/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    #[serde(flatten)]
    pub summary: WorkerSummary,
    #[serde(default)]
    pub ip_address: String,
    #[serde(default)]
    pub platform: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub supported_task_types: Vec<String>,
    /// The current task, else the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<WorkerTask>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<WorkerTag>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerTask {
    #[serde(flatten)]
    pub summary: TaskSummary,
    pub job_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerTag {
    /// May be left out when a tag is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// `GET /worker-mgt/tags`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerTagList {
    #[serde(default, deserialize_with = "null_is_empty")]
    pub tags: Vec<WorkerTag>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerTagChange {
    pub tag_ids: Vec<String>,
}

/// When a Worker sleeps, in the Manager's local time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerSleepSchedule {
    pub is_active: bool,
    /// `mo tu we th fr sa su`; empty means every day.
    pub days_of_week: String,
    /// `HH:MM`; empty means open.
    pub start_time: String,
    pub end_time: String,
}
