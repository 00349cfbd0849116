use std::path::PathBuf;

use flamenco::wire::{JobStatus, Settings};
use serde::{Deserialize, Serialize};

use crate::FarmPlace;

/// A submission's own id, made before anything is sent; also in the job's metadata.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubmissionId(pub(crate) String);

impl SubmissionId {
    pub(crate) fn new() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// An id as printed earlier; whether it is known shows when it is used.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SubmissionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// What an artist fires off. Paths are absolute, or made so.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// Shown everywhere, and part of folder names.
    pub name: String,
    /// The job type's name, such as `kiln-thumbnails`.
    pub job_type: String,
    /// By key, as [`crate::Form::settings`] gives them; the models' places are filled in later.
    pub settings: Settings,
    /// What the job works on. Files that a model needs beside it are found and sent with it.
    pub models: Vec<PathBuf>,
    /// Further files to send along.
    pub files: Vec<PathBuf>,
    /// Where results go; by default `kiln-results/<name>` beside the first model.
    pub destination: Option<PathBuf>,
    /// 0 to 100, higher first; 50 is usual.
    pub priority: i32,
    /// Id of the tag whose Workers may run it; all may if there is none.
    pub worker_tag: Option<String>,
    /// The job waits on the farm until somebody resumes it.
    pub is_paused: bool,
    pub place: FarmPlace,
}

impl NewSubmission {
    /// With defaults for whatever need not be said.
    pub fn new(name: impl Into<String>, job_type: impl Into<String>, models: Vec<PathBuf>) -> Self {
        Self {
            name: name.into(),
            job_type: job_type.into(),
            settings: Settings::new(),
            models,
            files: Vec::new(),
            destination: None,
            priority: 50,
            worker_tag: None,
            is_paused: false,
            place: FarmPlace::Embedded,
        }
    }
}

/// How far a submission has come. Each step is written down before it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionState {
    /// Not begun.
    Waiting,
    /// Finding and hashing what must be sent.
    Bundling,
    Uploading,
    /// The job is being handed over; it may be on the farm already.
    Submitting,
    /// The farm has it; results arrive as tasks complete.
    Running,
    /// The farm is done; the last results are on their way.
    Collecting,
    /// Every result is here.
    Done,
    /// See [`Submission::error`]. Results of tasks that went well are here all the same.
    Failed,
    Cancelled,
}

impl SubmissionState {
    pub(crate) const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Bundling,
        Self::Uploading,
        Self::Submitting,
        Self::Running,
        Self::Collecting,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Bundling => "bundling",
            Self::Uploading => "uploading",
            Self::Submitting => "submitting",
            Self::Running => "running",
            Self::Collecting => "collecting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Nothing more happens by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// The job is on the farm, or was: the sender may leave.
    pub fn is_handed_over(self) -> bool {
        self >= Self::Running
    }
}

impl std::fmt::Display for SubmissionState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A submission as the outbox knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Submission {
    pub id: SubmissionId,
    pub name: String,
    pub job_type: String,
    /// Written in words: its token is nobody's business.
    #[serde(serialize_with = "in_words")]
    pub place: FarmPlace,
    pub models: Vec<PathBuf>,
    pub state: SubmissionState,
    /// Why it failed, and what to do now.
    pub error: Option<String>,
    /// What it waits for while nothing moves, such as a farm that is away.
    pub note: Option<String>,
    /// Of the present state, 0 to 1; `None` where it cannot be told.
    pub progress: Option<f32>,
    /// Read and hashed, or sent, of all that is to be; zero in other states.
    pub n_bytes: u64,
    pub n_bytes_total: u64,
    /// That belong to it; zero before they are gathered.
    pub n_files: usize,
    pub job_id: Option<String>,
    pub job_status: Option<JobStatus>,
    pub steps_completed: i64,
    pub steps_total: i64,
    /// Set once the first result is about to arrive.
    pub results_dir: Option<PathBuf>,
    /// What has arrived, complete and verified.
    pub results: Vec<ResultFile>,
    /// Seconds since 1970, UTC.
    pub created_secs: i64,
    pub updated_secs: i64,
    /// Not to be sent until released.
    pub is_held: bool,
    /// Size of everything the job needs, and how much of it was sent; the farm had the rest.
    pub n_bytes_bundle: u64,
    pub n_bytes_sent: u64,
}

fn in_words<S: serde::Serializer>(place: &FarmPlace, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(place)
}

/// A file that came home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name within the job's output folder, slashes.
    pub name: String,
    pub n_bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}
