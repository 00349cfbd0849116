use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;

use crate::kiln;
use crate::wire::{
    self, AssignedTask, MayKeepRunning, RegisteredWorker, TaskUpdate, WorkerRegistration, WorkerSignOn,
    WorkerStateChange, WorkerStateChanged, WorkerStatus,
};

/// A Worker's end of the line to its Manager. Nothing is retried here: what an answer means for the
/// Worker is the Worker's business. Clones share connections.
#[derive(Clone)]
pub struct WorkerClient {
    http: Client,
    manager: Url,
    credentials: WorkerCredentials,
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

#[derive(Debug, thiserror::Error)]
pub enum WorkerCallError {
    #[error("this is not an address of a Manager; one looks like http://host:8080/: {0}")]
    Address(String),
    /// No answer came: nobody there, cut off, or too slow.
    #[error("the Manager cannot be reached: {0}")]
    Unreachable(String),
    /// An answer other than the protocol's good ones.
    #[error("the Manager refuses ({status}): {message}")]
    Refused { status: u16, message: String },
    /// A good answer that cannot be read; something else than a Manager may be listening there.
    #[error("the Manager's answer cannot be understood: {0}")]
    Garbled(String),
}

impl WorkerCallError {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

type CallResult<T> = Result<T, WorkerCallError>;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Beyond the wait that a long poll asks for.
const LONG_POLL_MARGIN: Duration = Duration::from_secs(15);

impl WorkerClient {
    /// `manager_url` may be a bare `host:port`. `user_agent` tells the Manager's log who calls.
    ///
    /// # Errors
    /// [`WorkerCallError::Address`] for what is not the address of an HTTP server, or for a token
    /// that no header can carry.
    pub fn new(manager_url: &str, token: Option<&str>, user_agent: &str) -> CallResult<Self> {
        let manager = parse_address(manager_url)?;
        let address_error = |_| WorkerCallError::Address(manager_url.into());
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token)
                .map_err(|_| WorkerCallError::Address("the farm's token has odd characters".into()))?;
            value.set_sensitive(true);
            headers.insert(kiln::TOKEN_HEADER, value);
        }
        // An error says that the program has chosen its provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .default_headers(headers)
            .user_agent(user_agent)
            .connect_timeout(CONNECT_LIMIT)
            .timeout(ANSWER_LIMIT);
        if is_loopback(&manager) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(address_error)?;
        Ok(Self { http, manager, credentials: WorkerCredentials::default() })
    }

    /// The same line, with what the Manager knows this Worker by.
    #[must_use]
    pub fn with_credentials(&self, credentials: WorkerCredentials) -> Self {
        Self { credentials, ..self.clone() }
    }

    /// `None` for a Manager that is not ours.
    pub async fn info(&self) -> CallResult<Option<kiln::Info>> {
        match check(self.request(Method::GET, &format!("{}/info", kiln::BASE))?).await {
            // What is not our Manager may send any page for a path that it does not know.
            Ok(answer) => Ok(json(answer).await.ok()),
            Err(WorkerCallError::Refused { status, .. }) if (400..500).contains(&status) && status != 401 => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Each call makes a new Worker, also under the same name.
    pub async fn register(&self, registration: &WorkerRegistration) -> CallResult<RegisteredWorker> {
        json(check(self.post("worker/register-worker")?.json(registration)).await?).await
    }

    /// Returns the status that the Manager wants.
    pub async fn sign_on(&self, sign_on: &WorkerSignOn) -> CallResult<WorkerStatus> {
        status_requested(check(self.post("worker/sign-on")?.json(sign_on)).await?).await
    }

    /// The Manager requeues a task that this Worker still has.
    pub async fn sign_off(&self) -> CallResult<()> {
        check(self.post("worker/sign-off")?).await.map(drop)
    }

    pub async fn state_changed(&self, status: WorkerStatus) -> CallResult<()> {
        check(self.post("worker/state-changed")?.json(&WorkerStateChanged { status })).await.map(drop)
    }

    /// The status that the Manager wants, if it wants another.
    pub async fn requested_state(&self) -> CallResult<Option<WorkerStatus>> {
        let answer = check(self.request(Method::GET, "/api/v3/worker/state")?).await?;
        if answer.status() == 204 { Ok(None) } else { status_requested(answer).await.map(Some) }
    }

    /// With `wait` only for a Manager whose [`kiln::Info::long_poll`] is set: it answers as soon as
    /// there is something to say, or after that time.
    pub async fn next_task(&self, wait: Option<Duration>) -> CallResult<NextTask> {
        let request = match wait {
            None => self.post("worker/task")?,
            Some(wait) => self
                .request(Method::POST, &format!("{}/worker/task", kiln::BASE))?
                .query(&[("wait_secs", wait.as_secs())])
                .timeout(wait + LONG_POLL_MARGIN),
        };
        let answer = send(request).await?;
        match answer.status().as_u16() {
            200 => json(answer).await.map(|task| NextTask::Run(Box::new(task))),
            204 => Ok(NextTask::Nothing),
            409 => Ok(NextTask::NotAwake),
            423 => status_requested(answer).await.map(NextTask::Change),
            _ => Err(refusal(answer).await),
        }
    }

    pub async fn update_task(&self, task_id: &str, update: &TaskUpdate) -> CallResult<()> {
        check(self.post_task(task_id, "")?.json(update)).await.map(drop)
    }

    /// Also tells the Manager that Worker and task are alive.
    pub async fn may_keep_running(&self, task_id: &str) -> CallResult<MayKeepRunning> {
        let path = format!("/api/v3/worker/task/{}/may-i-run", segment(task_id));
        json(check(self.request(Method::GET, &path)?).await?).await
    }

    /// Hands in a finished picture, at most 25 MiB, as the job's latest.
    pub async fn output_produced(
        &self,
        task_id: &str,
        kind: PreviewKind,
        picture: Vec<u8>,
    ) -> CallResult<()> {
        let content_type = match kind {
            PreviewKind::Jpeg => "image/jpeg",
            PreviewKind::Png => "image/png",
        };
        let request = self.post_task(task_id, "/output-produced")?.header(CONTENT_TYPE, content_type);
        check(request.body(picture)).await.map(drop)
    }

    fn post(&self, path: &str) -> CallResult<RequestBuilder> {
        self.request(Method::POST, &format!("/api/v3/{path}"))
    }

    fn post_task(&self, task_id: &str, rest: &str) -> CallResult<RequestBuilder> {
        self.request(Method::POST, &format!("/api/v3/worker/task/{}{rest}", segment(task_id)))
    }

    fn request(&self, method: Method, path: &str) -> CallResult<RequestBuilder> {
        let url = self.manager.join(path).map_err(|_| WorkerCallError::Address(path.into()))?;
        let WorkerCredentials { worker_id, secret } = &self.credentials;
        Ok(self.http.request(method, url).basic_auth(worker_id, Some(secret)))
    }
}

fn parse_address(address: &str) -> CallResult<Url> {
    let error = || WorkerCallError::Address(address.into());
    let address = address.trim();
    let with_scheme = match address.split_once("://") {
        Some(("http" | "https", _)) => address.to_owned(),
        Some(_) => return Err(error()),
        None => format!("http://{address}"),
    };
    let url = Url::parse(&with_scheme).map_err(|_| error())?;
    if url.has_host() { Ok(url) } else { Err(error()) }
}

/// A proxy named in the environment has no way to this machine's own loopback.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn segment(text: &str) -> impl std::fmt::Display + '_ {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
}

async fn send(request: RequestBuilder) -> CallResult<Response> {
    request.send().await.map_err(|error| WorkerCallError::Unreachable(describe(&error)))
}

async fn check(request: RequestBuilder) -> CallResult<Response> {
    let answer = send(request).await?;
    if answer.status().is_success() { Ok(answer) } else { Err(refusal(answer).await) }
}

/// Any refusal may come without a readable body; its status is what counts.
async fn refusal(answer: Response) -> WorkerCallError {
    const MESSAGE_LIMIT_CHARS: usize = 500;
    let status = answer.status().as_u16();
    let body = answer.text().await.unwrap_or_default();
    let message = serde_json::from_str(&body).map_or(body, |error: wire::SecurityError| error.message);
    WorkerCallError::Refused { status, message: message.chars().take(MESSAGE_LIMIT_CHARS).collect() }
}

async fn json<T: DeserializeOwned>(answer: Response) -> CallResult<T> {
    let body = answer.bytes().await.map_err(|error| WorkerCallError::Unreachable(describe(&error)))?;
    serde_json::from_slice(&body).map_err(|error| WorkerCallError::Garbled(error.to_string()))
}

async fn status_requested(answer: Response) -> CallResult<WorkerStatus> {
    json(answer).await.map(|change: WorkerStateChange| change.status_requested)
}

/// The HTTP library's own words name the address and leave the cause to the chain.
fn describe(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_be_short() {
        let parsed = |text| parse_address(text).map(|url| url.to_string());
        assert_eq!(parsed("farm:8080").unwrap(), "http://farm:8080/");
        assert_eq!(parsed(" https://farm/ ").unwrap(), "https://farm/");
        for wrong in ["", "ftp://farm", "http://"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn loopback_is_known() {
        for (address, expected) in
            [("127.0.0.1:1", true), ("localhost", true), ("[::1]:9", true), ("farm", false)]
        {
            assert_eq!(is_loopback(&parse_address(address).unwrap()), expected, "{address}");
        }
    }
}
