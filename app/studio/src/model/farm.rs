use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use farm::{JobPreset, OpenTask, OpenWorker, OutboxState, ResultsPlace, StorageMap};
use flamenco::discovery::FoundManager;
use flamenco::wire::{BlocklistEntry, JobStatus, JobType, TaskStatus, WorkerStatus, WorkerTag};

use super::{Picture, Preparation, Request};

/// The farm as it was last heard of.
#[derive(Default)]
pub struct FarmModel {
    /// Every farm that is watched, this machine's own first.
    pub farms: Vec<FarmRow>,
    pub search: FarmSearch,
    /// Of the chosen one, as is all that follows but the submissions and results.
    pub link: FarmLink,
    pub job_types: Vec<JobType>,
    /// What the form starts with, if the farm has it.
    pub preferred_job_type: String,
    pub presets: BTreeMap<String, JobPreset>,
    pub preparation: Preparation,
    /// Ways to the farm's storage that this user has told.
    pub storage: Arc<Vec<StorageMap>>,
    pub outbox: Arc<OutboxState>,
    /// What is on its way to the Manager, in the order in which it is sent, or could not get there.
    pub submissions: Vec<Submission>,
    /// Newest first.
    pub jobs: Vec<JobRow>,
    pub workers: Vec<WorkerRow>,
    pub tags: Vec<WorkerTag>,
    /// The Worker that is looked into.
    pub worker: Option<OpenWorker>,
    /// The job whose tasks these are.
    pub tasks_of: String,
    pub tasks: Vec<TaskRow>,
    /// Workers that get no more of them.
    pub blocklist: Arc<Vec<BlocklistEntry>>,
    /// Where the job's results come from.
    pub results_place: ResultsPlace,
    /// The task that is looked into.
    pub task: Option<Arc<OpenTask>>,
    pub log: Option<TaskLog>,
    pub last_rendered: LastRendered,
    /// Newest job first.
    pub results: Vec<JobResults>,
}

/// A search for Managers on the network.
#[derive(Default)]
pub struct FarmSearch {
    pub state: SearchState,
    pub found: Vec<FoundManager>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SearchState {
    #[default]
    Idle,
    Running,
    Over,
    Failed(String),
}

/// A farm in the list of farms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarmRow {
    /// As somebody called it.
    pub name: String,
    /// Empty: this machine's own.
    pub url: String,
    pub link: FarmLink,
    pub n_active_jobs: usize,
}

/// The newest picture of the job that is looked at.
#[derive(Default)]
pub struct LastRendered {
    pub job: String,
    /// As it came.
    pub bytes: Option<Arc<[u8]>>,
    pub picture: Request<Picture>,
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
        /// Results come home over this line.
        hands_out: bool,
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
    /// Read or sent so far, and in all; zero where nothing is counted.
    pub n_bytes: u64,
    pub n_bytes_total: u64,
    pub n_files: usize,
    /// `None` before it can be told.
    pub bytes_per_sec: Option<f64>,
    /// Somebody wants it to wait here.
    pub is_held: bool,
    /// Where it goes.
    pub farm: String,
    pub failure: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    pub id: String,
    pub name: String,
    pub job_type: String,
    pub status: JobStatus,
    /// Why it is in its status, in the Manager's words.
    pub activity: String,
    pub priority: i32,
    /// Id of the tag whose Workers may run it.
    pub tag: Option<String>,
    /// The submission of this machine that it came from.
    pub submission: Option<String>,
    /// Seconds until it is done, at the speed of late.
    pub left_secs: Option<u64>,
    /// What its submission has to say, such as why it failed.
    pub note: Option<String>,
    pub has_results: bool,
    pub n_done: u64,
    pub n_total: u64,
    /// Seconds since the job was made.
    pub age_secs: Option<u64>,
    /// Seconds since anything about it changed.
    pub unchanged_secs: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    pub id: String,
    pub name: String,
    pub status: TaskStatus,
    pub worker: String,
    pub n_done: u64,
    pub n_total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRow {
    pub id: String,
    pub name: String,
    pub status: WorkerStatus,
    /// What it was asked to become, and whether after its task.
    pub wish: Option<(WorkerStatus, bool)>,
    /// What it runs now, and of which job.
    pub task: Option<(String, String)>,
    /// Ids.
    pub tags: Vec<String>,
    pub version: String,
    pub platform: String,
    pub address: String,
    pub task_types: Vec<String>,
    pub can_restart: bool,
    /// Seconds since it was heard of.
    pub seen_secs: Option<u64>,
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

    /// What the farm at `url` is called.
    pub fn chosen_name<'a>(&'a self, url: &'a str) -> &'a str {
        self.farms.iter().find(|farm| farm.url == url).map_or(url, |farm| farm.name.as_str())
    }

    pub fn job(&self, id: &str) -> Option<&JobRow> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// Jobs that are over and have not changed for so many days.
    pub fn jobs_older_than(&self, days: u32) -> impl Iterator<Item = &JobRow> {
        let secs = u64::from(days) * 24 * 3600;
        self.jobs.iter().filter(move |job| job.is_over() && job.unchanged_secs.is_some_and(|it| it >= secs))
    }

    /// What came home of a job.
    pub fn results_of(&self, job: &JobRow) -> Option<&JobResults> {
        let is_its = |it: &&JobResults| it.job == job.id || Some(&it.submission) == job.submission.as_ref();
        self.results.iter().find(is_its)
    }

    /// As people call it; ids that are not known stay ids.
    pub fn tag_name<'a>(&'a self, id: &'a str) -> &'a str {
        let found = self.tags.iter().find(|tag| tag.id.as_deref() == Some(id));
        found.map_or(id, |tag| tag.name.as_str())
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

impl JobResults {
    /// Pictures, in the order in which they are shown.
    pub fn frames(&self) -> impl Iterator<Item = &ResultFile> {
        self.files.iter().filter(|file| file.is_picture())
    }
}

impl ResultFile {
    /// The number that Blender put into a frame's name: the last one before its end.
    pub fn frame_number(&self) -> Option<u32> {
        frame_of(&self.name)
    }

    pub fn is_picture(&self) -> bool {
        let extension = self.path.extension().unwrap_or_default().to_ascii_lowercase();
        ["png", "jpg", "jpeg", "webp"].iter().any(|e| extension == *e)
    }

    pub fn is_model(&self) -> bool {
        formats::format_of(&self.path).is_some_and(|f| f.is_readable())
    }
}

fn frame_of(name: &str) -> Option<u32> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let end = stem.rfind(|it: char| it.is_ascii_digit())? + 1;
    let head = stem.get(..end)?;
    let before = head.trim_end_matches(|it: char| it.is_ascii_digit());
    head.get(before.len()..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_know_their_numbers() {
        let numbers = ["000012.png", "shot_3_0040.exr", "v2_0007_beauty.png", "cover.png"].map(frame_of);
        assert_eq!(numbers, [Some(12), Some(40), Some(7), None]);
    }
}
