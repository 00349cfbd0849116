mod bucket;
mod bundle;
mod chunks;
mod collect;
mod drive;
mod hand_over;
pub(crate) mod hashing;
mod on_storage;
mod pump;
mod queue;
mod results_folder;
mod rows;
mod source;
mod store;
#[cfg(test)]
mod tests;
mod upload;
mod whereabouts;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flamenco::wire::SubmittedJob;
use tokio::sync::Notify;
use work::WorkCtx;

use crate::{ChoicesStore, Farm, FarmError, Home, NewSubmission, Submission, SubmissionId};
use drive::Pace;
use hand_over::Order;
use store::Store;

pub use pump::PumpUntil;
pub(crate) use source::folder_of_results;
pub use whereabouts::ResultsPlace;
pub(crate) use whereabouts::where_results_come_from;

/// The durable list of what was fired off, in `<data>/outbox.sqlite`. Several processes may have it
/// open; one at a time pumps. Clones share everything.
#[derive(Clone)]
pub struct Outbox {
    home: Home,
    store: Store,
    /// Something new is to be done.
    stirred: Arc<Notify>,
    /// Another than what suits each farm.
    pace: Option<Pace>,
}

/// A file of a submission that is only thought of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileToSend {
    /// Where it goes on the farm: relative, slashes.
    pub path: String,
    pub source: PathBuf,
    pub n_bytes: u64,
}

impl Outbox {
    /// Opens it, made when missing.
    ///
    /// # Errors
    /// When the data folder cannot be used.
    pub fn open(home: &Home) -> Result<Self, FarmError> {
        let store = Store::open(&home.data().join("outbox.sqlite"))?;
        Ok(Self { home: home.clone(), store, stirred: Arc::default(), pace: None })
    }

    /// Writes a submission down; sends nothing, needs no farm, and takes milliseconds.
    ///
    /// # Errors
    /// [`FarmError::Invalid`] when it could never be sent: no name, a path that is no text or is not
    /// there, a priority out of range. When the outbox cannot be written.
    pub fn submit(&self, mut new: NewSubmission) -> Result<SubmissionId, FarmError> {
        new.name = new.name.trim().to_owned();
        if new.name.is_empty() {
            return Err(FarmError::Invalid("the job needs a name".into()));
        }
        if !(0..=100).contains(&new.priority) {
            return Err(FarmError::Invalid(format!("a priority of {} is not within 0 to 100", new.priority)));
        }
        for path in new.models.iter_mut().chain(&mut new.files) {
            *path = sendable(path)?;
        }
        new.destination = new.destination.as_deref().map(absolute_text).transpose()?;
        let id = SubmissionId::new();
        self.store.insert(&id, &new)?;
        self.stirred.notify_waiters();
        Ok(id)
    }

    /// Asks `farm` whether it would take this, without sending a byte of it and without keeping it.
    ///
    /// # Errors
    /// [`FarmError::Invalid`] with the job type's own words when it would not; when the farm cannot
    /// be asked.
    pub async fn check(farm: &Farm, new: &NewSubmission) -> Result<(), FarmError> {
        hand_over::check(farm.client(), &thought_of(new, &SubmissionId::new())).await
    }

    /// A submission as it would be sent, though where its models lie is made up.
    pub(crate) async fn as_job(farm: &Farm, new: &NewSubmission) -> Result<SubmittedJob, FarmError> {
        hand_over::as_job(farm.client(), &thought_of(new, &SubmissionId::new())).await
    }

    /// What a submission was made of, to be sent again or changed first.
    ///
    /// # Errors
    /// When there is no such submission, or the outbox cannot be read.
    pub fn again(&self, id: &SubmissionId) -> Result<NewSubmission, FarmError> {
        let (sent, plan) = (self.store.get(id)?, self.store.plan(id)?);
        Ok(NewSubmission {
            name: sent.name,
            job_type: sent.job_type,
            settings: plan.settings,
            models: sent.models,
            files: plan.files,
            destination: plan.destination,
            priority: plan.priority,
            worker_tag: plan.worker_tag,
            is_paused: plan.is_paused,
            place: sent.place,
        })
    }

    /// The files that would be sent for `models`, with what they need. Blocks: models are read.
    pub fn files_to_send(&self, models: &[PathBuf], further: &[PathBuf], ctx: &WorkCtx) -> Vec<FileToSend> {
        let choices = ChoicesStore::of(&self.home);
        let traced = |model: &PathBuf| bundle::trace(model, choices.get(model).relinks, ctx);
        let models: Vec<_> = models.iter().map(traced).collect();
        let of_size = |it: bundle::Placed| FileToSend {
            n_bytes: std::fs::metadata(&it.source).map_or(0, |found| found.len()),
            path: it.path,
            source: it.source,
        };
        bundle::lay_out(&models, further).into_iter().map(of_size).collect()
    }

    /// Everything in the outbox, newest first.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn list(&self) -> Result<Vec<Submission>, FarmError> {
        self.store.list()
    }

    /// # Errors
    /// When there is no such submission, or the outbox cannot be read.
    pub fn get(&self, id: &SubmissionId) -> Result<Submission, FarmError> {
        self.store.get(id)
    }

    /// Asks for the end; whoever pumps sees to it, also when the job is on the farm already. Results
    /// that came home stay.
    ///
    /// # Errors
    /// When there is no such submission, or the outbox cannot be written.
    pub fn cancel(&self, id: &SubmissionId) -> Result<(), FarmError> {
        self.store.ask_cancel(id)?;
        self.stirred.notify_waiters();
        Ok(())
    }

    /// Takes up a submission that is over: from its beginning, or, once a job exists, watching that
    /// job again (after it was requeued).
    ///
    /// # Errors
    /// When there is no such submission, or the outbox cannot be written.
    pub fn reopen(&self, id: &SubmissionId) -> Result<(), FarmError> {
        self.store.reopen(id)?;
        self.stirred.notify_waiters();
        Ok(())
    }

    /// Strikes a submission that is over off the list. Neither its job nor its results are touched.
    ///
    /// # Errors
    /// [`FarmError::Invalid`] while it is under way.
    pub fn forget(&self, id: &SubmissionId) -> Result<(), FarmError> {
        if !self.store.get(id)?.state.is_over() {
            return Err(FarmError::Invalid("the submission is under way; cancel it first".into()));
        }
        self.store.remove(id)
    }

    /// The submission that a job on a farm came from.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn of_job(&self, job_id: &str) -> Result<Option<SubmissionId>, FarmError> {
        self.store.of_job(job_id)
    }

    /// Differs once anything in the outbox has changed, here or in another process.
    pub(crate) fn stamp(&self) -> Result<(i64, u64), FarmError> {
        self.store.stamp()
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }
}

fn thought_of<'a>(new: &'a NewSubmission, id: &'a SubmissionId) -> Order<'a> {
    let name = |model: &PathBuf| {
        format!("{{jobs}}/check/{}", model.file_name().unwrap_or_default().to_string_lossy())
    };
    Order {
        id,
        name: &new.name,
        job_type: &new.job_type,
        settings: &new.settings,
        priority: new.priority,
        worker_tag: new.worker_tag.as_deref(),
        is_paused: new.is_paused,
        checkout: Some("check"),
        storage: None,
        models: new.models.iter().map(name).collect(),
    }
}

fn sendable(path: &Path) -> Result<PathBuf, FarmError> {
    let path = absolute_text(path)?;
    match std::fs::metadata(&path) {
        Ok(found) if found.is_file() => Ok(path),
        Ok(_) => Err(FarmError::Invalid(format!("this is not a file, choose a model: {}", path.display()))),
        Err(error) => Err(FarmError::file("the file cannot be sent", &path)(error)),
    }
}

fn absolute_text(path: &Path) -> Result<PathBuf, FarmError> {
    let path = std::path::absolute(path).map_err(FarmError::file("the path cannot be followed", path))?;
    if path.to_str().is_none() {
        let what = "the path has bytes that are no text; rename the file or folder";
        return Err(FarmError::Invalid(format!("{what}: {}", path.display())));
    }
    Ok(path)
}
