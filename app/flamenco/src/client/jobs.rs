use reqwest::Method;

use super::{Client, segment};
use crate::ClientError;
use crate::kiln::{self, WhyNot};
use crate::wire::{
    Job, JobList, JobPriorityChange, JobStatus, JobStatusChange, JobTagChange, JobType, JobTypes,
    LastRendered, SubmittedJob, Task, TaskList, TaskStatus, TaskStatusChange, TaskSummary,
};

/// Jobs, tasks and job types.
impl Client {
    /// # Errors
    /// See [`ClientError`].
    pub async fn job_types(&self) -> Result<Vec<JobType>, ClientError> {
        Ok(self.get::<JobTypes>("/api/v3/jobs/types").await?.job_types)
    }

    /// # Errors
    /// 404 for a type the Manager does not have.
    pub async fn job_type(&self, name: &str) -> Result<JobType, ClientError> {
        self.get(&format!("/api/v3/jobs/type/{}", segment(name))).await
    }

    /// Every job of the farm, in no order.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn jobs(&self) -> Result<Vec<Job>, ClientError> {
        match self.get::<JobList>("/api/v3/jobs").await {
            Ok(list) => Ok(list.jobs),
            // Managers before 3.6 list through a query.
            Err(ClientError::Refused { status: 404 | 405, .. }) => {
                let nothing = serde_json::json!({});
                Ok(self.post_for::<JobList>("/api/v3/jobs/query", &nothing).await?.jobs)
            }
            Err(error) => Err(error),
        }
    }

    /// # Errors
    /// 404 once the job is deleted.
    pub async fn job(&self, id: &str) -> Result<Job, ClientError> {
        self.get(&format!("/api/v3/jobs/{}", segment(id))).await
    }

    /// Compiles without keeping anything.
    ///
    /// # Errors
    /// 400 with the compiler's complaint; 412 when the job type has changed.
    pub async fn check_job(&self, job: &SubmittedJob) -> Result<(), ClientError> {
        self.post("/api/v3/jobs/check", job).await?;
        Ok(())
    }

    /// Sent once, never repeated: a job submitted twice runs twice. After [`ClientError::Lost`] look
    /// for the job in [`Self::jobs`] before sending again.
    ///
    /// # Errors
    /// As [`Self::check_job`].
    pub async fn submit_job(&self, job: &SubmittedJob) -> Result<Job, ClientError> {
        self.post_for("/api/v3/jobs", job).await
    }

    /// `CancelRequested`, `PauseRequested` and `Requeueing` (again, or on) are what a client asks for.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn set_job_status(&self, id: &str, status: JobStatus, reason: &str) -> Result<(), ClientError> {
        let change = JobStatusChange { status, reason: reason.into() };
        self.post(&format!("/api/v3/jobs/{}/setstatus", segment(id)), &change).await?;
        Ok(())
    }

    /// `priority` is 0 to 100.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn set_job_priority(&self, id: &str, priority: i32) -> Result<(), ClientError> {
        let change = JobPriorityChange { priority };
        self.post(&format!("/api/v3/jobs/{}/setpriority", segment(id)), &change).await?;
        Ok(())
    }

    /// Lets only Workers with this tag run the job; `None`: all may.
    ///
    /// # Errors
    /// 406 for a tag that the farm does not have.
    pub async fn set_job_tag(&self, id: &str, tag: Option<&str>) -> Result<(), ClientError> {
        let change = JobTagChange { id: tag.map(str::to_owned), name: None };
        self.post(&format!("/api/v3/jobs/{}/settag", segment(id)), &change).await?;
        Ok(())
    }

    /// Asks for deletion, which happens in the background. A job that is gone already is no error.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn delete_job(&self, id: &str) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE, &format!("/api/v3/jobs/{}", segment(id)));
        match self.send_ok(request).await {
            Ok(_) | Err(ClientError::Refused { status: 404, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// In the job's own order.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn tasks(&self, job: &str) -> Result<Vec<TaskSummary>, ClientError> {
        let mut tasks = self.get::<TaskList>(&format!("/api/v3/jobs/{}/tasks", segment(job))).await?.tasks;
        tasks.sort_by_key(|task| task.index_in_job);
        Ok(tasks)
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn task(&self, id: &str) -> Result<Task, ClientError> {
        self.get(&format!("/api/v3/tasks/{}", segment(id))).await
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn set_task_status(
        &self,
        id: &str,
        status: TaskStatus,
        reason: &str,
    ) -> Result<(), ClientError> {
        let change = TaskStatusChange { status, reason: reason.into() };
        self.post(&format!("/api/v3/tasks/{}/setstatus", segment(id)), &change).await?;
        Ok(())
    }

    /// Where the job's newest preview is; `None` before the first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn last_rendered(&self, job: &str) -> Result<Option<LastRendered>, ClientError> {
        self.get_optional(&format!("/api/v3/jobs/{}/last-rendered", segment(job))).await
    }

    /// Why a task does not run, Worker by Worker; `None` on a Manager that is not ours.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn why_not(&self, task: &str) -> Result<Option<WhyNot>, ClientError> {
        match self.get(&format!("{}/tasks/{}/why-not", kiln::BASE, segment(task))).await {
            Ok(why) => Ok(Some(why)),
            Err(
                ClientError::Refused { status: 300..=399 | 404 | 405, .. } | ClientError::Malformed { .. },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
