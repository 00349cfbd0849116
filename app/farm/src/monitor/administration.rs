//! What whoever runs a farm asks of it. All of it is Flamenco's own, so any Manager does it.

use flamenco::wire::{BlocklistEntry, StatusChangeRequest, WorkerSleepSchedule, WorkerStatus, WorkerTag};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Answer, Monitor};

const PARALLEL_DELETIONS: usize = 8;

impl Monitor {
    /// A Worker runs jobs without a tag, and those with one of its own.
    pub fn set_worker_tags(&self, worker: &str, tags: Vec<String>) -> Answer<()> {
        let worker = worker.to_owned();
        self.ask(move |client, _| async move { Ok(client.set_worker_tags(&worker, &tags).await?) })
    }

    /// Makes a tag, and gives it to a Worker that has `tags`.
    pub fn create_worker_tag(&self, name: String, worker: &str, tags: Vec<String>) -> Answer<()> {
        let worker = worker.to_owned();
        self.ask(move |client, _| async move {
            client.create_worker_tag(&WorkerTag { name: name.clone(), ..WorkerTag::default() }).await?;
            let made = client.worker_tags().await?.into_iter().find(|tag| tag.name == name);
            let all: Vec<String> = tags.into_iter().chain(made.and_then(|tag| tag.id)).collect();
            Ok(client.set_worker_tags(&worker, &all).await?)
        })
    }

    /// Asks a Worker to sleep, wake, restart or leave, after its current task if `is_lazy`.
    pub fn set_worker_status(&self, worker: &str, status: WorkerStatus, is_lazy: bool) -> Answer<()> {
        let worker = worker.to_owned();
        let change = StatusChangeRequest { status, is_lazy };
        self.ask(move |client, _| async move { Ok(client.set_worker_status(&worker, change).await?) })
    }

    /// When a Worker sleeps, in the Manager's local time.
    pub fn set_sleep_schedule(&self, worker: &str, schedule: WorkerSleepSchedule) -> Answer<()> {
        let worker = worker.to_owned();
        self.ask(move |client, _| async move { Ok(client.set_sleep_schedule(&worker, &schedule).await?) })
    }

    /// Strikes a Worker off the farm's list. One that still runs signs on anew.
    pub fn forget_worker(&self, worker: &str) -> Answer<()> {
        let worker = worker.to_owned();
        self.ask(move |client, _| async move { Ok(client.delete_worker(&worker).await?) })
    }

    /// Lets Workers take tasks of a job again that were kept from them.
    pub fn unblock(&self, job: &str, entries: Vec<BlocklistEntry>) -> Answer<()> {
        let job = job.to_owned();
        self.ask(move |client, _| async move { Ok(client.unblock(&job, &entries).await?) })
    }

    /// Deletes jobs, one by one: Flamenco's own deletion by age takes running jobs as well.
    pub fn delete_jobs(&self, jobs: Vec<String>) -> Answer<()> {
        self.ask(move |client, _| async move {
            let deletions = stream::iter(jobs).map(|job| {
                let client = client.clone();
                async move { client.delete_job(&job).await }
            });
            Ok(deletions.buffer_unordered(PARALLEL_DELETIONS).try_collect().await?)
        })
    }
}
