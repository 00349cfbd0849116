use reqwest::Method;

use super::{Client, segment};
use crate::ClientError;
use crate::wire::{BlocklistEntry, WorkerSleepSchedule, WorkerTag};

/// What whoever runs a farm sees to.
impl Client {
    /// When a Worker sleeps; `None` where nobody has said.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn sleep_schedule(&self, worker: &str) -> Result<Option<WorkerSleepSchedule>, ClientError> {
        self.get_optional(&schedule_of(worker)).await
    }

    /// Times are `HH:MM` in the Manager's local time.
    ///
    /// # Errors
    /// 400 for days and times that are none; and see [`ClientError`].
    pub async fn set_sleep_schedule(
        &self,
        worker: &str,
        schedule: &WorkerSleepSchedule,
    ) -> Result<(), ClientError> {
        self.post(&schedule_of(worker), schedule).await?;
        Ok(())
    }

    /// Makes a tag; the Manager chooses its id where there is none.
    ///
    /// # Errors
    /// 400 when there is one of that name; and see [`ClientError`].
    pub async fn create_worker_tag(&self, tag: &WorkerTag) -> Result<(), ClientError> {
        self.post("/api/v3/worker-mgt/tags", tag).await?;
        Ok(())
    }

    /// Takes a tag away from the farm, and so from its Workers and jobs.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn delete_worker_tag(&self, id: &str) -> Result<(), ClientError> {
        let path = format!("/api/v3/worker-mgt/tag/{}", segment(id));
        self.send_ok(self.request(Method::DELETE, &path)).await?;
        Ok(())
    }

    /// Forgets a Worker. One that still runs signs on anew.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn delete_worker(&self, id: &str) -> Result<(), ClientError> {
        let path = format!("/api/v3/worker-mgt/workers/{}", segment(id));
        self.send_ok(self.request(Method::DELETE, &path)).await?;
        Ok(())
    }

    /// Workers that get no more tasks of a type from a job.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn blocklist(&self, job: &str) -> Result<Vec<BlocklistEntry>, ClientError> {
        // Nothing stands for an empty list with some Managers.
        let list: Option<Option<Vec<BlocklistEntry>>> = self.get_optional(&blocklist_of(job)).await?;
        Ok(list.flatten().unwrap_or_default())
    }

    /// Lets Workers take those tasks again.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn unblock(&self, job: &str, entries: &[BlocklistEntry]) -> Result<(), ClientError> {
        self.send_ok(self.request(Method::DELETE, &blocklist_of(job)).json(entries)).await?;
        Ok(())
    }
}

fn schedule_of(worker: &str) -> String {
    format!("/api/v3/worker-mgt/workers/{}/sleep-schedule", segment(worker))
}

fn blocklist_of(job: &str) -> String {
    format!("/api/v3/jobs/{}/blocklist", segment(job))
}
