use std::convert::Infallible;
use std::time::Duration;

use flamenco::wire::{WorkerRegistration, WorkerSignOn, WorkerStatus, platform};
use flamenco::{ClientError, NextTask, WorkerClient, WorkerCredentials};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::commands::RunMarks;
use crate::credentials::{CredentialsFile, new_secret};
use crate::home::Home;
use crate::pace::{Backoff, Pace, jittered};
use crate::previews::Previews;
use crate::scratch::ScratchFolders;
use crate::stop::{Stop, stop_pair};
use crate::task::Bench;
use crate::upstream::Upstream;
use crate::wakefulness::Wakefulness;
use crate::{WorkerConfig, WorkerError};

/// Why a Worker ended in peace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Its caller asked for it.
    Shutdown,
    /// The Manager asked for it.
    Offline,
    /// The Manager asked for it, and for a new start.
    Restart,
}

/// Works until `shutdown` is ready or the Manager sends the Worker home. A Manager that is away, also
/// at the start, is waited for.
///
/// On return every program has ended and the Manager knows, if it can be reached within 8 seconds;
/// what it has not been told waits in the home folder for the next run.
///
/// # Errors
/// The home folder cannot be used, or is in use; the address makes no sense; the Manager does not
/// take the Worker or its token.
pub async fn run(config: WorkerConfig, shutdown: impl Future) -> Result<Exit, WorkerError> {
    let home = Home::open(config.home.clone())?;
    let client = WorkerClient::new(&config.manager_url, config.token.as_deref())?;
    let upstream = Upstream::new(home.queue()?, config.home.clone())?;
    let (stop, stopped) = stop_pair();
    let (line, line_end) = watch::channel(None);
    let previews = Previews::default();
    let wakefulness = Wakefulness::new(config.holds_off_sleep);
    let mut session = Session {
        config,
        client,
        line,
        credentials: home.credentials(),
        marks: home.run_marks()?,
        scratch: home.scratch()?,
        wakefulness,
        pace: Pace::FLAMENCO,
        upstream: upstream.clone(),
        previews: &previews,
        shutdown: stopped,
    };
    let stop_when_asked = async {
        shutdown.await;
        stop.stop();
        std::future::pending::<Infallible>().await
    };
    let exit = tokio::select! {
        exit = session.run() => exit,
        error = upstream.deliver(line_end.clone()) => Err(error),
        never = previews.deliver(line_end) => match never {},
        never = stop_when_asked => match never {},
    };
    if exit.is_err() {
        // The session was cut off, perhaps in the middle of a task.
        home.run_marks()?;
        home.scratch()?;
    }
    exit
}

struct Session<'a> {
    config: WorkerConfig,
    client: WorkerClient,
    line: watch::Sender<Option<WorkerClient>>,
    credentials: CredentialsFile,
    marks: RunMarks,
    scratch: ScratchFolders,
    wakefulness: Wakefulness,
    pace: Pace,
    upstream: Upstream,
    previews: &'a Previews,
    shutdown: Stop,
}

/// What ends the talk at hand.
enum Halt {
    Shutdown,
    /// The Manager does not know our credentials.
    Stranger(String),
    Error(WorkerError),
}

impl From<WorkerError> for Halt {
    fn from(error: WorkerError) -> Self {
        Self::Error(error)
    }
}

const FLUSH_LIMIT: Duration = Duration::from_secs(5);
const SIGN_OFF_LIMIT: Duration = Duration::from_secs(3);

impl Session<'_> {
    async fn run(&mut self) -> Result<Exit, WorkerError> {
        let exit = match self.work().await {
            Ok(exit) => exit,
            Err(Halt::Shutdown) => Exit::Shutdown,
            Err(Halt::Stranger(message)) => return Err(WorkerError::NotTaken(message)),
            Err(Halt::Error(error)) => return Err(error),
        };
        self.sign_off().await;
        Ok(exit)
    }

    async fn work(&mut self) -> Result<Exit, Halt> {
        let info = self.insist(|| self.client.info()).await?;
        if info.is_some_and(|info| info.long_poll) {
            self.pace = Pace::KILN;
        }
        let mut wanted = self.sign_on().await?;
        loop {
            let next = match wanted {
                WorkerStatus::Awake => {
                    let next = self.awake().await;
                    self.wakefulness.release();
                    next
                }
                WorkerStatus::Offline => return Ok(Exit::Offline),
                WorkerStatus::Restart => return Ok(Exit::Restart),
                // A word that we cannot follow must not make us take tasks.
                _ => self.asleep().await,
            };
            wanted = match next {
                Err(Halt::Stranger(message)) => {
                    tracing::warn!("the Manager does not know this Worker any more ({message})");
                    self.pause(Backoff::new().next()).await?;
                    self.sign_on().await?
                }
                next => next?,
            };
        }
    }

    /// Registers first where that is needed. Returns the status that the Manager wants.
    async fn sign_on(&mut self) -> Result<WorkerStatus, Halt> {
        if let Some(credentials) = self.credentials.load() {
            self.use_credentials(credentials);
            match self.announce_self().await {
                Err(Halt::Stranger(_)) => {}
                answer => return answer,
            }
        }
        let credentials = self.register().await?;
        self.credentials.store(&credentials)?;
        self.use_credentials(credentials);
        self.announce_self().await
    }

    async fn announce_self(&self) -> Result<WorkerStatus, Halt> {
        let sign_on = WorkerSignOn {
            name: self.config.name.clone(),
            supported_task_types: self.config.task_types.clone(),
            software_version: self.config.software_version.clone(),
            can_restart: Some(self.config.can_restart),
        };
        let wanted = self.insist(|| self.client.sign_on(&sign_on)).await?;
        tracing::info!("signed on as {}; wanted {wanted}", self.config.name);
        // Only now: what an earlier run left in the queue must not be refused for old credentials.
        self.line.send_replace(Some(self.client.clone()));
        Ok(wanted)
    }

    async fn register(&self) -> Result<WorkerCredentials, Halt> {
        let registration = WorkerRegistration {
            name: self.config.name.clone(),
            secret: new_secret(),
            platform: platform().into(),
            supported_task_types: self.config.task_types.clone(),
        };
        let client = self.client.with_credentials(&WorkerCredentials::default());
        let registered = self.insist(|| client.register(&registration)).await?;
        Ok(WorkerCredentials { worker_id: registered.uuid, secret: registration.secret })
    }

    fn use_credentials(&mut self, credentials: WorkerCredentials) {
        self.client = self.client.with_credentials(&credentials);
    }

    /// Runs tasks until another status is wanted.
    async fn awake(&self) -> Result<WorkerStatus, Halt> {
        self.announce(WorkerStatus::Awake).await?;
        let mut backoff = Backoff::new();
        loop {
            // A task counts as ours until the Manager has its end; asking before would give it again.
            self.unless_shutdown(self.upstream.drained()).await?;
            let next = self.unless_shutdown(self.client.next_task(self.pace.long_poll)).await?;
            if !matches!(next, Ok(NextTask::Run(_))) {
                self.wakefulness.release();
            }
            let wait = match next {
                Ok(NextTask::Run(task)) => {
                    backoff.reset();
                    self.wakefulness.hold();
                    self.bench().run(&task).await?;
                    self.pace.after_task
                }
                Ok(NextTask::Nothing) => {
                    backoff.reset();
                    jittered(self.pace.idle)
                }
                Ok(NextTask::Change(wanted)) => {
                    self.pause(Backoff::new().next()).await?;
                    return Ok(wanted);
                }
                Ok(NextTask::NotAwake) => {
                    // It thought us gone, or has forgotten; it only needs to be told.
                    self.announce(WorkerStatus::Awake).await?;
                    backoff.next()
                }
                Err(error) => {
                    passing(error, &backoff)?;
                    backoff.next()
                }
            };
            self.pause(wait).await?;
        }
    }

    /// Waits until another status is wanted.
    async fn asleep(&self) -> Result<WorkerStatus, Halt> {
        let mut backoff = Backoff::new();
        let mut is_announced = false;
        loop {
            if !is_announced {
                self.announce(WorkerStatus::Asleep).await?;
                is_announced = true;
            }
            let wait = match self.unless_shutdown(self.client.requested_state()).await? {
                Ok(Some(wanted)) if wanted != WorkerStatus::Asleep => return Ok(wanted),
                Ok(_) => {
                    backoff.reset();
                    jittered(self.pace.asleep)
                }
                Err(error) => {
                    passing(error, &backoff)?;
                    // After a gap the Manager may have written us off; say again where we are.
                    is_announced = false;
                    backoff.next()
                }
            };
            self.pause(wait).await?;
        }
    }

    async fn announce(&self, status: WorkerStatus) -> Result<(), Halt> {
        self.insist(|| self.client.state_changed(status)).await
    }

    /// Flushes what waits and says goodbye, as far as the Manager listens.
    async fn sign_off(&self) {
        if self.line.borrow().is_none() {
            return;
        }
        if timeout(FLUSH_LIMIT, self.upstream.drained()).await.is_err() {
            tracing::warn!("the Manager is away; what it has not been told waits for the next start");
        }
        match timeout(SIGN_OFF_LIMIT, self.client.sign_off()).await {
            Ok(Ok(())) => tracing::info!("signed off"),
            Ok(Err(error)) => tracing::warn!("not signed off: {error}"),
            Err(_) => tracing::warn!("not signed off: the Manager does not answer"),
        }
    }

    /// Repeats a call until there is a clear answer.
    async fn insist<T, C>(&self, call: impl Fn() -> C) -> Result<T, Halt>
    where
        C: Future<Output = Result<T, ClientError>>,
    {
        let mut backoff = Backoff::new();
        loop {
            match self.unless_shutdown(call()).await? {
                Ok(answer) => return Ok(answer),
                Err(error) => passing(error, &backoff)?,
            }
            self.pause(backoff.next()).await?;
        }
    }

    async fn pause(&self, wait: Duration) -> Result<(), Halt> {
        self.unless_shutdown(tokio::time::sleep(wait)).await
    }

    async fn unless_shutdown<T>(&self, work: impl Future<Output = T>) -> Result<T, Halt> {
        tokio::select! {
            () = self.shutdown.wait() => Err(Halt::Shutdown),
            done = work => Ok(done),
        }
    }

    fn bench(&self) -> Bench<'_> {
        Bench {
            client: &self.client,
            upstream: &self.upstream,
            previews: self.previews,
            marks: &self.marks,
            scratch: &self.scratch,
            pace: self.pace,
            shutdown: &self.shutdown,
        }
    }
}

/// Nothing for what patience may mend; the reason to halt for the rest.
fn passing(error: ClientError, backoff: &Backoff) -> Result<(), Halt> {
    if matches!(error, ClientError::Untrusted { .. }) {
        return Err(WorkerError::Manager(error).into());
    }
    match error.status() {
        Some(400) => Err(WorkerError::NotTaken(error.to_string()).into()),
        Some(401) => Err(WorkerError::WrongToken.into()),
        Some(403) => Err(Halt::Stranger(error.to_string())),
        _ if backoff.is_fresh() => {
            tracing::warn!("{error}; trying again");
            Ok(())
        }
        _ => {
            tracing::debug!("{error}; still trying");
            Ok(())
        }
    }
}
