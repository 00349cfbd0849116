use std::path::PathBuf;

use flamenco::wire::{JobStatus, JobType, TaskStatus};

use super::{Picture, Request};

/// The farm as it was last heard of.
#[derive(Default)]
pub struct FarmModel {
    pub link: FarmLink,
    pub job_types: Vec<JobType>,
    /// What the form starts with, if the farm has it.
    pub preferred_job_type: String,
    /// What is on its way to the Manager, or could not get there.
    pub submissions: Vec<Submission>,
    /// Newest first.
    pub jobs: Vec<JobRow>,
    pub workers: Vec<WorkerRow>,
    /// The job whose tasks these are.
    pub tasks_of: String,
    pub tasks: Vec<TaskRow>,
    pub log: Option<TaskLog>,
    /// Newest job first.
    pub results: Vec<JobResults>,
}

/// How the window stands with a Manager.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FarmLink {
    #[default]
    Off,
    Connecting,
    Ready {
        url: String,
        /// Name and version, as it calls itself.
        name: String,
        is_embedded: bool,
    },
    /// It answered before and does not now; what is shown may be old.
    Lost {
        url: String,
        reason: String,
    },
    Failed(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    pub id: String,
    pub name: String,
    /// In words.
    pub state: String,
    pub fraction: Option<f32>,
    pub failure: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    pub id: String,
    pub name: String,
    pub status: JobStatus,
    /// What its submission has to say, such as why it failed.
    pub note: Option<String>,
    pub has_results: bool,
    pub n_done: u64,
    pub n_total: u64,
    /// Seconds since the job was made.
    pub age_secs: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    pub id: String,
    pub name: String,
    pub status: TaskStatus,
    pub worker: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRow {
    pub id: String,
    pub name: String,
    pub status: String,
    /// May take a task now.
    pub is_ready: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLog {
    pub task: String,
    /// The last of them, if there are very many.
    pub lines: Vec<String>,
}

/// What came home of one job.
pub struct JobResults {
    pub submission: String,
    pub job: String,
    pub name: String,
    pub folder: PathBuf,
    pub files: Vec<ResultFile>,
    /// More may come.
    pub is_coming: bool,
    pub failure: Option<String>,
}

pub struct ResultFile {
    pub path: PathBuf,
    /// Relative to the job's folder.
    pub name: String,
    pub n_bytes: u64,
    pub sha256: String,
    /// Only of pictures.
    pub preview: Request<Picture>,
}

impl FarmModel {
    pub fn job_type(&self, name: &str) -> Option<&JobType> {
        self.job_types.iter().find(|t| t.name == name)
    }

    /// There is a form to send. The Manager itself may be away: the outbox waits for it.
    pub fn can_submit(&self) -> bool {
        !self.job_types.is_empty()
    }

    pub fn n_active_jobs(&self) -> usize {
        self.jobs.iter().filter(|j| !j.is_over()).count()
            + self.submissions.iter().filter(|s| s.failure.is_none()).count()
    }
}

impl FarmLink {
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }
}

impl JobRow {
    /// No Worker will touch it again unless someone asks.
    pub fn is_over(&self) -> bool {
        matches!(self.status, JobStatus::Completed | JobStatus::Failed | JobStatus::Canceled)
    }

    pub fn fraction(&self) -> Option<f32> {
        match self.status {
            JobStatus::Completed => Some(1.0),
            _ if self.n_total > 0 => Some(self.n_done as f32 / self.n_total as f32),
            _ => None,
        }
    }
}

impl ResultFile {
    pub fn is_picture(&self) -> bool {
        let extension = self.path.extension().unwrap_or_default().to_ascii_lowercase();
        ["png", "jpg", "jpeg", "webp"].iter().any(|e| extension == *e)
    }

    pub fn is_model(&self) -> bool {
        formats::format_of(&self.path).is_some_and(|f| f.is_readable())
    }
}
