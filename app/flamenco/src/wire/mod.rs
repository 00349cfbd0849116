//! Shapes of `/api/v3` as they travel. Optional fields are left out, never `null`; unknown words
//! read as `Unknown`; unknown fields are ignored.

mod info;
mod job;
mod job_type;
mod shaman;
mod task;
#[cfg(test)]
mod tests;
mod words;
mod worker;

pub use info::{
    Configuration, Error, FarmStatusReport, FlamencoVersion, PathCheckInput, PathCheckResult, SecurityError,
    SharedStorageLocation, Variable, Variables,
};
pub use job::{
    BlocklistEntry, Job, JobDeletionInfo, JobList, JobMassDeletion, JobPriorityChange, JobStatusChange,
    JobStorage, JobTagChange, LastRendered, Metadata, Settings, SubmittedJob,
};
pub use job_type::{EvalInfo, JobSetting, JobType, JobTypes};
pub use shaman::{
    ShamanCheckout, ShamanCheckoutResult, ShamanFile, ShamanFileWithStatus, ShamanRequirements,
    ShamanRequirementsAnswer, ShamanSingleFileStatus,
};
pub use task::{
    AssignedTask, Command, MayKeepRunning, Task, TaskList, TaskLogInfo, TaskStatusChange, TaskSummary,
    TaskUpdate, TaskWorker,
};
pub use words::{
    Audience, FarmStatus, JobStatus, SettingSubtype, SettingType, SettingVisibility, ShamanFileStatus,
    TaskStatus, WorkerStatus,
};
pub use worker::{
    RegisteredWorker, StatusChangeRequest, Worker, WorkerList, WorkerRegistration, WorkerSignOn,
    WorkerSleepSchedule, WorkerStateChange, WorkerStateChanged, WorkerSummary, WorkerTag, WorkerTagChange,
    WorkerTagList, WorkerTask,
};

/// RFC 3339 with up to nanoseconds, as received. A never-set one is `0001-01-01T00:00:00Z`.
pub type Timestamp = String;

/// The operating system's name as the protocol writes it.
pub fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// Sent by some programs where the list is meant to be empty.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + serde::Deserialize<'de>,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(deserializer)?.unwrap_or_default())
}
