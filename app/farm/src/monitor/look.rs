//! What is asked about the one job and the one task that somebody looks at, and about Workers.

use flamenco::wire::{Job, TaskStatus, Worker};
use flamenco::{Client, ClientError};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::snapshot::{LastPicture, OpenTask};
use crate::outbox::where_results_come_from;
use crate::{FarmError, Home, ResultsPlace};

/// Of more Workers only the list is asked for: each costs a question of its own.
const MAX_WORKERS_IN_FULL: usize = 64;
const PARALLEL_QUESTIONS: usize = 8;
const PICTURE: &str = "last-rendered.jpg";

/// Every Worker by name, with its task and tags if somebody looks.
pub(super) async fn all_workers(client: &Client, in_full: bool) -> Result<Vec<Worker>, FarmError> {
    let mut summaries = client.workers().await?;
    summaries.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    if !in_full || summaries.len() > MAX_WORKERS_IN_FULL {
        return Ok(summaries.into_iter().map(|summary| Worker { summary, ..Worker::default() }).collect());
    }
    let in_full = summaries.into_iter().map(|summary| async move {
        match client.worker(&summary.id).await {
            Ok(worker) => Ok(worker),
            // Deleted a moment ago.
            Err(ClientError::Refused { status: 404, .. }) => Ok(Worker { summary, ..Worker::default() }),
            Err(error) => Err(error),
        }
    });
    Ok(stream::iter(in_full).buffered(PARALLEL_QUESTIONS).try_collect().await?)
}

pub(super) async fn look_at_task(client: &Client, id: &str) -> Result<OpenTask, FarmError> {
    let task = client.task(id).await?;
    let waits = matches!(task.status, TaskStatus::Queued | TaskStatus::SoftFailed | TaskStatus::Paused);
    let why_not = if waits { client.why_not(id).await? } else { None };
    Ok(OpenTask { task, why_not })
}

/// The open job's newest picture, and when it was fetched.
#[derive(Default)]
pub(super) struct Picture {
    job: String,
    /// How far the job was: a picture comes with a step.
    steps: Option<i64>,
    /// The Manager scales pictures in the background, so the first look may come too early.
    n_looks_left: u32,
    picture: Option<LastPicture>,
}

const N_LOOKS: u32 = 3;

impl Picture {
    /// Nothing where there is none; one that cannot be had is not worth an error.
    pub(super) async fn of(&mut self, client: &Client, id: &str, job: Option<&Job>) -> Option<LastPicture> {
        if self.job != id {
            *self = Self { job: id.to_owned(), ..Self::default() };
        }
        let steps = job.map(|job| job.steps_completed);
        if self.steps != steps {
            (self.steps, self.n_looks_left) = (steps, N_LOOKS);
        }
        if self.n_looks_left > 0
            && let Ok(Some(last)) = client.last_rendered(id).await
            && let Ok(bytes) = client.last_rendered_picture(&last, PICTURE).await
            && self.picture.as_ref().is_none_or(|it| *it.bytes != *bytes)
        {
            self.picture = Some(LastPicture { bytes: bytes.into() });
        }
        self.n_looks_left = self.n_looks_left.saturating_sub(1);
        self.picture.clone()
    }
}

/// Where the open job's results come from. It takes a handful of questions to tell and does not
/// change, so it is asked once.
#[derive(Default)]
pub(super) struct Whereabouts {
    job: String,
    is_over: bool,
    place: ResultsPlace,
}

impl Whereabouts {
    pub(super) async fn of(&mut self, client: &Client, home: &Home, job: Option<&Job>) -> ResultsPlace {
        let Some(job) = job else { return ResultsPlace::Unknown };
        let is_over = job.status.is_over();
        // A job that is not compiled yet does not say.
        if self.job != job.id
            || self.is_over != is_over
            || matches!(self.place, ResultsPlace::Unknown | ResultsPlace::Unsaid)
        {
            let place = where_results_come_from(client, home, job).await.unwrap_or_default();
            *self = Self { job: job.id.clone(), is_over, place };
        }
        self.place.clone()
    }
}
