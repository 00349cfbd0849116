//! Our extension beside the protocol, under `/api/kiln/v1`. A Manager of others answers 404 there.

use serde::{Deserialize, Serialize};

use crate::wire::Timestamp;

/// Base path of the extension.
pub const BASE: &str = "/api/kiln/v1";

/// Header that carries the token of `farm.json`; stands beside a Worker's Basic credentials.
pub const TOKEN_HEADER: &str = "x-kiln-token";

/// Where a submission's own id stands in a job's metadata.
pub const SUBMISSION_KEY: &str = "kiln.submission";

/// `GET info`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    pub name: String,
    pub version: String,
    /// `POST worker/task?wait_secs=N` answers as soon as there is work.
    #[serde(default)]
    pub long_poll: bool,
    /// Finished files can be listed and fetched.
    #[serde(default)]
    pub outputs: bool,
}

/// A file in a job's output folder whose task is completed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Relative to the job's output folder, slashes.
    pub path: String,
    pub size: u64,
    pub mtime: Timestamp,
    /// Lower-case hex; also the ETag of the file.
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
}

/// `GET jobs/{id}/outputs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outputs {
    #[serde(default)]
    pub outputs: Vec<Output>,
}

/// `GET tasks/{id}/why-not`: why a task is not running.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyNot {
    pub task_id: String,
    /// One sentence about the task itself.
    pub summary: String,
    #[serde(default)]
    pub workers: Vec<WorkerWhyNot>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerWhyNot {
    pub worker_id: String,
    pub worker_name: String,
    /// The Worker gets the task when it asks next.
    pub may_run: bool,
    /// What follows the Worker's name in a sentence.
    pub reason: String,
}
