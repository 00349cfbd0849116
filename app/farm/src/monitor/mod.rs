mod administration;
mod answer;
mod follow;
mod look;
mod schedule;
mod snapshot;
mod speed;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use flamenco::Client;
use flamenco::kiln::RunAgain;
use flamenco::wire::{JobStatus, JobType, TaskStatus};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use crate::{
    Farm, FarmError, FarmPlace, Form, NewSubmission, Outbox, Rehearsal, StorageMap, StorageStore,
    reach_storage,
};
use follow::Follower;

pub use answer::Answer;
pub use snapshot::{
    FarmJob, FarmLink, FarmSnapshot, LastPicture, ManagerInfo, OpenJob, OpenLog, OpenTask, OpenWorker,
    OutboxState,
};

/// Watches one farm and the outbox for a window. Nothing here waits: the window reads the newest
/// snapshot, asks, and is woken when there is something new. Dropping it ends the watch.
pub struct Monitor {
    line: Line,
    place: FarmPlace,
    snapshot: watch::Receiver<Arc<FarmSnapshot>>,
    focus: watch::Sender<Focus>,
    follower: AbortHandle,
}

/// What the window looks at; decides what is asked, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focus {
    /// The job whose tasks are wanted.
    pub job: Option<String>,
    /// The task whose log is wanted.
    pub log_of: Option<String>,
    /// The Worker whose sleep schedule is wanted.
    pub worker: Option<String>,
    /// False while nobody looks: everything is asked rarely.
    pub is_visible: bool,
}

impl Default for Focus {
    fn default() -> Self {
        Self { job: None, log_of: None, worker: None, is_visible: true }
    }
}

/// What both the follower and single questions need.
#[derive(Clone)]
struct Line {
    outbox: Outbox,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Ask everything now.
    refresh: Arc<Notify>,
}

impl Monitor {
    /// Starts watching `place`; an embedded farm that does not run is not started by this. `wake` is
    /// called for every new snapshot and answer, from another thread.
    pub fn start(outbox: Outbox, place: FarmPlace, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let line = Line { outbox, wake: Arc::new(wake), refresh: Arc::default() };
        let (focus, focus_seen) = watch::channel(Focus::default());
        let first = FarmSnapshot { place: place.clone(), ..FarmSnapshot::default() };
        let (publish, snapshot) = watch::channel(Arc::new(first));
        let follower = Follower::new(line.clone(), place.clone(), focus_seen, publish);
        let follower = work::runtime().spawn(follower.run()).abort_handle();
        Self { line, place, snapshot, focus, follower }
    }

    /// The newest state. Never waits.
    pub fn snapshot(&self) -> Arc<FarmSnapshot> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// For async code: changes with every new snapshot.
    pub fn snapshots(&self) -> watch::Receiver<Arc<FarmSnapshot>> {
        self.snapshot.clone()
    }

    pub fn place(&self) -> &FarmPlace {
        &self.place
    }

    /// What is looked at from now on.
    pub fn set_focus(&self, focus: Focus) {
        self.focus.send_if_modified(|current| {
            let is_new = *current != focus;
            *current = focus;
            is_new
        });
    }

    pub fn refresh(&self) {
        self.line.refresh.notify_one();
    }

    /// Every job type of the farm. Starts an embedded farm that does not run.
    pub fn job_types(&self) -> Answer<Vec<JobType>> {
        self.ask(|client, _| async move { Ok(client.job_types().await?) })
    }

    /// As [`Self::job_types`], as forms to fill in.
    pub fn forms(&self) -> Answer<Vec<Form>> {
        self.ask(|client, _| async move { Ok(client.job_types().await?.iter().map(Form::of).collect()) })
    }

    /// Cancels a job of the farm, ours or not.
    pub fn cancel_job(&self, job: &str) -> Answer<()> {
        let job = job.to_owned();
        self.ask(|client, outbox| async move {
            if let Some(submission) = outbox.of_job(&job)? {
                outbox.cancel(&submission)?;
            }
            Ok(client.set_job_status(&job, JobStatus::CancelRequested, "cancelled in Kiln").await?)
        })
    }

    /// Lets running tasks end, and starts no more.
    pub fn pause_job(&self, job: &str) -> Answer<()> {
        let job = job.to_owned();
        self.ask(|client, _| async move {
            Ok(client.set_job_status(&job, JobStatus::PauseRequested, "paused in Kiln").await?)
        })
    }

    /// Runs what failed, was cancelled or paused again; a completed job runs again as a whole. Results
    /// of a job of ours come home as before.
    pub fn requeue_job(&self, job: &str) -> Answer<()> {
        let job = job.to_owned();
        self.ask(|client, outbox| async move {
            client.set_job_status(&job, JobStatus::Requeueing, "requeued in Kiln").await?;
            match outbox.of_job(&job)? {
                Some(submission) => outbox.reopen(&submission),
                None => Ok(()),
            }
        })
    }

    /// Deletes a job from the farm. Results that came home stay.
    pub fn delete_job(&self, job: &str) -> Answer<()> {
        let job = job.to_owned();
        self.ask(|client, _| async move { Ok(client.delete_job(&job).await?) })
    }

    /// `priority` is 0 to 100.
    pub fn set_job_priority(&self, job: &str, priority: i32) -> Answer<()> {
        let job = job.to_owned();
        self.ask(move |client, _| async move { Ok(client.set_job_priority(&job, priority).await?) })
    }

    /// Lets only Workers with a tag of this id run the job.
    pub fn set_job_tag(&self, job: &str, tag: Option<String>) -> Answer<()> {
        let job = job.to_owned();
        self.ask(move |client, _| async move { Ok(client.set_job_tag(&job, tag.as_deref()).await?) })
    }

    /// Runs tasks again, or none of them any more; those that are refused are told together.
    pub fn set_tasks(&self, tasks: Vec<String>, status: TaskStatus) -> Answer<()> {
        let reason = if status == TaskStatus::Canceled { "cancelled in Kiln" } else { "requeued in Kiln" };
        self.ask(move |client, outbox| async move {
            let mut jobs = std::collections::BTreeSet::new();
            for task in &tasks {
                client.set_task_status(task, status, reason).await?;
                jobs.insert(client.task(task).await?.job_id);
            }
            // What they make anew comes home as before.
            for job in jobs.iter().filter(|_| status == TaskStatus::Queued) {
                if let Some(submission) = outbox.of_job(job)? {
                    outbox.reopen(&submission)?;
                }
            }
            Ok(())
        })
    }

    /// Makes frames of a job anew, such as `7` or `1-3`; the old files are moved aside. Only farms of
    /// ours can.
    pub fn make_frames_again(&self, job: &str, frames: String) -> Answer<()> {
        let job = job.to_owned();
        self.ask(move |client, outbox| async move {
            client.run_again(&job, &RunAgain { frames, ..RunAgain::default() }).await?;
            match outbox.of_job(&job)? {
                Some(submission) => outbox.reopen(&submission),
                None => Ok(()),
            }
        })
    }

    /// Whether the farm would take this, before a byte of it is sent.
    pub fn check(&self, new: NewSubmission) -> Answer<()> {
        self.ask_farm(new, |farm, new| async move { Outbox::check(&farm, &new).await })
    }

    /// The tasks that the farm would make of this; `None`: it does not tell.
    pub fn rehearse(&self, new: NewSubmission) -> Answer<Option<Rehearsal>> {
        self.ask_farm(new, |farm, new| async move { Outbox::rehearse(&farm, &new).await })
    }

    fn ask_farm<T, W>(
        &self,
        new: NewSubmission,
        work: impl FnOnce(Farm, NewSubmission) -> W + Send + 'static,
    ) -> Answer<T>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, FarmError>> + Send,
    {
        let line = self.line.clone();
        Answer::of(async move {
            let result = match Farm::connect(line.outbox.home(), &new.place).await {
                Ok(farm) => work(farm, new).await,
                Err(error) => Err(error),
            };
            (result, line.wake)
        })
    }

    /// Says where the storage of this farm is reached from here; answers how many submissions are
    /// looked at again for their results.
    pub fn reach_storage(&self, map: StorageMap) -> Answer<usize> {
        let line = self.line.clone();
        Answer::of(async move {
            let result = reach_storage(&line.outbox, map).await;
            line.refresh.notify_one();
            (result, line.wake)
        })
    }

    /// Forgets how a folder of this farm's storage is reached.
    pub fn forget_storage(&self, there: String) -> Answer<()> {
        self.ask(move |client, outbox| async move {
            StorageStore::of(outbox.home()).remove(client.url(), &there).map(drop)
        })
    }

    fn ask<T, W>(&self, work: impl FnOnce(Client, Outbox) -> W + Send + 'static) -> Answer<T>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, FarmError>> + Send,
    {
        let (line, place) = (self.line.clone(), self.place.clone());
        Answer::of(async move {
            let result = match Farm::connect(line.outbox.home(), &place).await {
                Ok(farm) => work(farm.client().clone(), line.outbox.clone()).await,
                Err(error) => Err(error),
            };
            line.refresh.notify_one();
            (result, line.wake)
        })
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.follower.abort();
    }
}
