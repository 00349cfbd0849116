use std::sync::Arc;
use std::time::Duration;

use flamenco::kiln::WhyNot;
use flamenco::wire::{
    BlocklistEntry, FarmStatus, Job, Task, TaskSummary, Worker, WorkerSleepSchedule, WorkerTag,
};

use crate::{FarmPlace, ResultsPlace, StorageMap, Submission, SubmissionId};

/// Whether the farm answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FarmLink {
    /// Nothing is known yet.
    #[default]
    Looking,
    /// This machine's farm does not run; the first job starts it.
    NotRunning,
    Connected,
    /// It does not answer; what is shown is the last that was known.
    Away {
        why: String,
    },
}

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagerInfo {
    pub name: String,
    /// Flamenco's version, that of the protocol.
    pub version: String,
    /// Kiln's own, on a farm of ours.
    pub kiln_version: Option<String>,
    pub url: String,
    /// Results come home over this line.
    pub hands_out_results: bool,
}

/// A farm and the outbox at one moment. Cheap to compare with the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FarmSnapshot {
    pub place: FarmPlace,
    pub link: FarmLink,
    pub manager: Option<ManagerInfo>,
    pub status: FarmStatus,
    /// Newest first.
    pub jobs: Arc<Vec<FarmJob>>,
    /// With what they do and their tags, as far as there are not too many of them.
    pub workers: Arc<Vec<Worker>>,
    pub tags: Arc<Vec<WorkerTag>>,
    /// Of the job that [`super::Focus::job`] asks for.
    pub open_job: Option<OpenJob>,
    /// The task that [`super::Focus::log_of`] asks for.
    pub open_task: Option<Arc<OpenTask>>,
    pub open_log: Option<OpenLog>,
    /// The Worker that [`super::Focus::worker`] asks for.
    pub open_worker: Option<OpenWorker>,
    /// The outbox, newest first; also while no farm answers.
    pub submissions: Arc<Vec<Submission>>,
    pub outbox: Arc<OutboxState>,
    /// Ways to this farm's storage, as this user has told them.
    pub storage: Arc<Vec<StorageMap>>,
    /// Why the outbox cannot be read, if so.
    pub outbox_trouble: Option<String>,
    /// Jobs, Workers and status are old: the farm does not answer.
    pub is_stale: bool,
}

/// In which order the outbox sends, and what holds it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxState {
    /// What is not on its farm yet, first to be sent first.
    pub queue: Vec<SubmissionId>,
    pub holds_all: bool,
    /// Bytes a second, over all submissions; `None`: as fast as they go.
    pub upload_limit: Option<u64>,
}

/// A job on the farm.
#[derive(Clone, Debug, PartialEq)]
pub struct FarmJob {
    pub job: Job,
    /// The submission it came from, if it came from this outbox.
    pub submission: Option<SubmissionId>,
    /// What is left, at the speed of the last minutes; `None` where that cannot be told.
    pub left: Option<Duration>,
}

impl FarmJob {
    /// 0 to 1.
    pub fn progress(&self) -> f32 {
        if self.job.steps_total <= 0 {
            return 0.0;
        }
        (self.job.steps_completed as f32 / self.job.steps_total as f32).clamp(0.0, 1.0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenJob {
    pub id: String,
    /// In the job's own order.
    pub tasks: Arc<Vec<TaskSummary>>,
    /// The newest picture that a Worker sent of it.
    pub last_rendered: Option<LastPicture>,
    /// Workers that get no more tasks of a type from it.
    pub blocklist: Arc<Vec<BlocklistEntry>>,
    /// Where its results come from; of jobs from this outbox.
    pub results: ResultsPlace,
}

/// A Worker beyond what the list says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenWorker {
    pub id: String,
    /// `None`: nobody has said when it sleeps.
    pub schedule: Option<WorkerSleepSchedule>,
}

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastPicture {
    pub bytes: Arc<[u8]>,
}

/// A task in full.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenTask {
    pub task: Task,
    /// Of a task that waits, on a farm that can tell.
    pub why_not: Option<WhyNot>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenLog {
    pub task_id: String,
    /// From the beginning, or its last 2 MB.
    pub text: Arc<str>,
}
