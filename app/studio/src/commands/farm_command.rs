use std::path::PathBuf;

use flamenco::wire::{BlocklistEntry, WorkerSleepSchedule, WorkerStatus};

use crate::model::JobRow;
use crate::settings::FarmEntry;

#[derive(Clone, Debug, PartialEq)]
pub enum FarmCommand {
    Connect,
    /// Looks at another farm. Empty: the embedded farm of this machine.
    UseManager(String),
    AddFarm(FarmEntry),
    RemoveFarm(String),
    /// Asks the network who is there.
    FindManagers,
    ChooseJobType(String),
    Submit,
    SubmitAll,
    /// Fills the form with what a job, or a submission, was made of.
    SendAgain(String),
    UsePreset(String),
    KeepPreset(String),
    ForgetPreset(String),
    ChooseResultsFolder,
    UseResultsFolder(PathBuf),
    /// Asks for the path of a setting; true: for a folder.
    ChooseField(String, bool),
    SetField(String, PathBuf),
    Cancel(String),
    Pause(String),
    /// Runs it again, or goes on with it.
    Requeue(String),
    Delete(String),
    /// Makes frames of a job anew.
    MakeFramesAgain(String, String),
    SetPriority(String, i32),
    SetTag(String, Option<String>),
    /// Of the tasks that are marked, or the one that is looked into.
    RequeueTasks,
    CancelTasks,
    SetWorker {
        worker: String,
        status: WorkerStatus,
        /// After its task.
        is_lazy: bool,
    },
    ToggleWorkerTag(String, String),
    /// Makes a tag of this name and gives it to a Worker.
    CreateTag(String, String),
    /// When a Worker sleeps.
    SetSchedule(String, WorkerSleepSchedule),
    /// Strikes a Worker off the farm's list.
    ForgetWorker(String),
    /// Opens what is known of a Worker.
    LookIntoWorker(Option<String>),
    /// Lets Workers take tasks of a job again.
    Unblock(String, Vec<BlocklistEntry>),
    /// Jobs that are over and have not changed for so many days.
    DeleteOldJobs(u32),
    SelectJob(Option<String>),
    SelectTask(Option<String>),
    ToSelectedJob(JobStep),
    OpenResults(String),
    DiscardSubmission(String),
    RetrySubmission(String),
    /// Nothing of it is sent until it is released; false releases it.
    HoldSubmission(String, bool),
    /// Nothing at all is sent; false goes on.
    HoldAll(bool),
    ToggleHoldAll,
    /// Bytes a second of all uploads together; `None`: as fast as they go.
    LimitUploads(Option<u64>),
    /// The field for it is shown, or hidden.
    ToggleUploadLimit,
    /// Sends a submission right before another, or last.
    SendBefore(String, Option<String>),
    /// Asks for the path of a field of the storage form, by its number; true: for a folder.
    ChooseStorage(usize, bool),
    SetStorage(usize, PathBuf),
    /// What the storage form says from now on leads to the storage of the chosen farm.
    ReachStorage,
    /// The folder there that was mapped.
    ForgetStorage(String),
    Refresh,
}

/// What can be done to the job that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobStep {
    Pause,
    Cancel,
    Requeue,
}

impl JobStep {
    pub(crate) fn applies_to(self, job: &JobRow) -> bool {
        match self {
            Self::Pause => job.status.can_pause() && !job.is_over(),
            Self::Cancel => job.status.can_cancel() && !job.is_over(),
            Self::Requeue => job.status.can_requeue(),
        }
    }

    pub(crate) fn command(self, job: String) -> FarmCommand {
        match self {
            Self::Pause => FarmCommand::Pause(job),
            Self::Cancel => FarmCommand::Cancel(job),
            Self::Requeue => FarmCommand::Requeue(job),
        }
    }
}

/// About the page of a job, which fills the middle of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageCommand {
    PlayFrames,
    /// So many frames on among those that are home.
    StepFrames(i64),
    LastRendered,
    MakeFrameAgain,
    NextTask,
    PreviousTask,
    /// Marks or unmarks the task that is looked into.
    MarkTask,
    NextJob,
    PreviousJob,
    /// Asks whether the job is to be deleted.
    AskToDelete,
    Close,
}
