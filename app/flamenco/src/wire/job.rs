use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{JobStatus, Timestamp, null_is_empty};

/// Values by setting key: strings, numbers and booleans.
pub type Settings = Map<String, Value>;

pub type Metadata = BTreeMap<String, String>;

/// Body of `POST /jobs` and `POST /jobs/check`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubmittedJob {
    pub name: String,
    #[serde(rename = "type")]
    pub job_type: String,
    /// Left out, the Manager does not check whether the job type has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_etag: Option<String>,
    pub priority: i32,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Map::is_empty")]
    pub settings: Settings,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: Metadata,
    /// A Go operating system word (see [`super::platform`]), or `manager` for the Manager's own.
    pub submitter_platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<JobStorage>,
    /// UUID of the tag whose Workers may run the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_tag: Option<String>,
    /// Queued when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_status: Option<JobStatus>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStorage {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shaman_checkout_id: Option<String>,
}

/// A job as the Manager keeps it. `settings` are what the job type's script left behind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub job_type: String,
    #[serde(default)]
    pub priority: i32,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Map::is_empty")]
    pub settings: Settings,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: Metadata,
    /// Always empty in answers, and required by the schema.
    #[serde(default)]
    pub submitter_platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<JobStorage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_tag: Option<String>,
    #[serde(default)]
    pub created: Timestamp,
    #[serde(default)]
    pub updated: Timestamp,
    pub status: JobStatus,
    #[serde(default)]
    pub activity: String,
    /// Managers before 3.8 do not count steps.
    #[serde(default)]
    pub steps_completed: i64,
    #[serde(default)]
    pub steps_total: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_requested_at: Option<Timestamp>,
}

/// `GET /jobs`: all of them, in no order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobList {
    #[serde(default, deserialize_with = "null_is_empty")]
    pub jobs: Vec<Job>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStatusChange {
    pub status: JobStatus,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPriorityChange {
    /// 0 to 100.
    pub priority: i32,
}

/// One of the two, or neither to clear the tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobTagChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMassDeletion {
    /// Jobs last updated at or before this moment go.
    pub last_updated_max: Timestamp,
}

/// `GET /jobs/{id}/what-would-delete-do`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobDeletionInfo {
    pub shaman_checkout: bool,
}

/// A Worker that gets no more tasks of one type from one job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlocklistEntry {
    pub worker_id: String,
    pub task_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_name: Option<String>,
}

/// `GET /jobs/{id}/last-rendered`: URL = host + `base` + `/` + one of `suffixes`, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRendered {
    pub base: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub suffixes: Vec<String>,
}
