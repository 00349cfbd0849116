use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, Response};

use crate::wire::{
    AssignedTask, MayKeepRunning, RegisteredWorker, TaskUpdate, WorkerRegistration, WorkerSignOn,
    WorkerStateChange, WorkerStateChanged, WorkerStatus,
};
use crate::{Client, ClientError, kiln, parse, refusal};

/// A Worker's end of the line to its Manager. Nothing is retried here: what an answer means for the
/// Worker is the Worker's business. Clones share connections.
#[derive(Clone)]
pub struct WorkerClient {
    client: Client,
}

/// What a Manager knows a Worker by. Empty before it has registered.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WorkerCredentials {
    pub worker_id: String,
    pub secret: String,
}

impl std::fmt::Debug for WorkerCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerCredentials").field("worker_id", &self.worker_id).finish_non_exhaustive()
    }
}

/// Answer to "what shall I do?".
#[derive(Clone, Debug, PartialEq)]
pub enum NextTask {
    Run(Box<AssignedTask>),
    Nothing,
    /// Change to this status first (423).
    Change(WorkerStatus),
    /// The Manager's books do not say that this Worker is awake (409).
    NotAwake,
}

/// A kind of picture that a Manager takes as a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviewKind {
    Jpeg,
    Png,
}

/// Beyond the wait that a long poll asks for.
const LONG_POLL_MARGIN: Duration = Duration::from_secs(15);

impl WorkerClient {
    /// # Errors
    /// An unusable address, or a token that no header can carry.
    pub fn new(manager_url: &str, token: Option<&str>) -> Result<Self, ClientError> {
        let client = Client::new(manager_url)?;
        let client = match token {
            Some(token) => client.with_token(token)?,
            None => client,
        };
        Ok(Self { client }.with_credentials(&WorkerCredentials::default()))
    }

    /// The same line, with what the Manager knows this Worker by.
    #[must_use]
    pub fn with_credentials(&self, credentials: &WorkerCredentials) -> Self {
        Self { client: self.client.clone().with_basic(&credentials.worker_id, &credentials.secret) }
    }

    /// `None` for a Manager that is not ours.
    pub async fn info(&self) -> Result<Option<kiln::Info>, ClientError> {
        self.client.kiln_info().await
    }

    /// Each call makes a new Worker, also under the same name.
    pub async fn register(&self, registration: &WorkerRegistration) -> Result<RegisteredWorker, ClientError> {
        self.client.post_for("/api/v3/worker/register-worker", registration).await
    }

    /// Returns the status that the Manager wants.
    pub async fn sign_on(&self, sign_on: &WorkerSignOn) -> Result<WorkerStatus, ClientError> {
        status_requested(self.client.post("/api/v3/worker/sign-on", sign_on).await?).await
    }

    /// The Manager requeues a task that this Worker still has.
    pub async fn sign_off(&self) -> Result<(), ClientError> {
        self.client.send_ok(self.post("/api/v3/worker/sign-off")).await.map(drop)
    }

    pub async fn state_changed(&self, status: WorkerStatus) -> Result<(), ClientError> {
        self.client.post("/api/v3/worker/state-changed", &WorkerStateChanged { status }).await.map(drop)
    }

    /// The status that the Manager wants, if it wants another.
    pub async fn requested_state(&self) -> Result<Option<WorkerStatus>, ClientError> {
        let answer = self.client.send_ok(self.get("/api/v3/worker/state")).await?;
        if answer.status() == 204 { Ok(None) } else { status_requested(answer).await.map(Some) }
    }

    /// With `wait` only for a Manager whose [`kiln::Info::long_poll`] is set: it answers as soon as
    /// there is something to say, or after that time.
    pub async fn next_task(&self, wait: Option<Duration>) -> Result<NextTask, ClientError> {
        let request = match wait {
            None => self.post("/api/v3/worker/task"),
            Some(wait) => self
                .post(&format!("{}/worker/task", kiln::BASE))
                .query(&[("wait_secs", wait.as_secs())])
                .timeout(wait + LONG_POLL_MARGIN),
        };
        let answer = self.client.send(request).await?;
        match answer.status().as_u16() {
            200 => parse(answer).await.map(|task| NextTask::Run(Box::new(task))),
            204 => Ok(NextTask::Nothing),
            409 => Ok(NextTask::NotAwake),
            423 => status_requested(answer).await.map(NextTask::Change),
            _ => Err(refusal(answer).await),
        }
    }

    pub async fn update_task(&self, task_id: &str, update: &TaskUpdate) -> Result<(), ClientError> {
        self.client.post(&task_path(task_id, ""), update).await.map(drop)
    }

    /// Also tells the Manager that Worker and task are alive.
    pub async fn may_keep_running(&self, task_id: &str) -> Result<MayKeepRunning, ClientError> {
        parse(self.client.send_ok(self.get(&task_path(task_id, "/may-i-run"))).await?).await
    }

    /// Hands in a finished picture, at most 25 MiB, as the job's latest.
    pub async fn output_produced(
        &self,
        task_id: &str,
        kind: PreviewKind,
        picture: Vec<u8>,
    ) -> Result<(), ClientError> {
        let content_type = match kind {
            PreviewKind::Jpeg => "image/jpeg",
            PreviewKind::Png => "image/png",
        };
        let request = self.post(&task_path(task_id, "/output-produced"));
        self.client.send_ok(request.header(CONTENT_TYPE, content_type).body(picture)).await.map(drop)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.request(Method::GET, path)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.request(Method::POST, path)
    }
}

/// A task's id is a UUID; whatever else comes stays within its part of the path.
fn task_path(task_id: &str, rest: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-');
    format!("/api/v3/worker/task/{}{rest}", utf8_percent_encode(task_id, ESCAPED))
}

async fn status_requested(answer: Response) -> Result<WorkerStatus, ClientError> {
    parse(answer).await.map(|change: WorkerStateChange| change.status_requested)
}
