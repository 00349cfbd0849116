use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flamenco::wire::{Job, JobStatus};
use flamenco::{Client, ClientError, Limit, Meter};
use tokio::sync::{Notify, Semaphore};

use super::bundle::{ModelFiles, lay_out, trace};
use super::collect::{collect, why_failed, write_receipt};
use super::hand_over::{Order, Sent, check, find_job, hand_over, models_of};
use super::hashing::{cancel_on_drop, hash_cached};
use super::on_storage::{Storage, folder_of_copies};
use super::source::Source;
use super::store::{BundleFile, Plan, Store};
use super::upload::{check_out, upload};
use crate::error::UploadError;
use crate::{ChoicesStore, Farm, FarmError, FarmPlace, Home, Submission, SubmissionId, SubmissionState};

/// Takes one submission from where it stands to its end. May be dropped anywhere.
pub(crate) struct Drive {
    pub(crate) home: Home,
    pub(crate) store: Store,
    pub(crate) stirred: Arc<Notify>,
    pub(crate) shared: Shared,
    pub(crate) id: SubmissionId,
    pub(crate) farm: Option<Farm>,
    /// Whether the job may be on the farm although no journal says so.
    pub(crate) sent: Sent,
    pub(crate) pace: Pace,
    pub(crate) is_embedded: bool,
    /// Where results are fetched from, once there are any.
    pub(crate) source: Option<Source>,
    /// Steps completed when results were last asked for.
    pub(crate) collected_at: Option<i64>,
}

/// What all submissions share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// One bundle is read and hashed at a time: both load the disk.
    pub(crate) hashing: Arc<Semaphore>,
    /// How fast everything together goes up.
    pub(crate) limit: Arc<Limit>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { hashing: Arc::new(Semaphore::new(1)), limit: Arc::default() }
    }
}

/// How long a submission waits for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Between two looks at a running job.
    pub(crate) watch: Duration,
    /// After the first failure; doubled with each further one.
    pub(crate) first_pause: Duration,
    /// A Manager that got a job a moment ago may still be compiling it.
    pub(crate) look_again: Duration,
}

impl Pace {
    pub(crate) fn at(place: &FarmPlace) -> Self {
        let watch = match place {
            FarmPlace::Embedded => Duration::from_secs(1),
            FarmPlace::Studio { .. } => Duration::from_secs(5),
        };
        Self { watch, first_pause: Duration::from_secs(1), look_again: Duration::from_secs(2) }
    }
}

pub(crate) enum Next {
    /// The journal says how.
    Step,
    /// Nothing to do before this time has passed or something stirs.
    Wait(Duration),
    Over,
}

/// Another process may hold, cancel or reorder.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const PROGRESS_BYTES: u64 = 16 << 20;
/// What may be lasting trouble is tried this often in a row before it is the outcome.
const TRIES: u32 = 6;

impl Drive {
    pub(crate) async fn run(mut self) {
        let mut pause = self.pace.first_pause;
        let mut n_failures = 0;
        loop {
            match self.step().await {
                Ok(Next::Step) => (pause, n_failures) = (self.pace.first_pause, 0),
                Ok(Next::Wait(period)) => {
                    (pause, n_failures) = (self.pace.first_pause, 0);
                    self.rest(period).await;
                }
                Ok(Next::Over) => return,
                Err(error) => {
                    n_failures += 1;
                    // Found again, or started again, at the next try.
                    (self.farm, self.source) = (None, None);
                    if !self.goes_on_after(&error, n_failures) {
                        return;
                    }
                    self.rest(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn rest(&self, period: Duration) {
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = self.stirred.notified() => {}
        }
    }

    /// Writes the trouble down, for people. False: it is the outcome.
    fn goes_on_after(&self, error: &FarmError, n_failures: u32) -> bool {
        let state = self.store.get(&self.id).map(|submission| submission.state);
        let is_temporary = match state {
            // The job goes on whatever happens here, and a full disk can be emptied.
            Ok(SubmissionState::Running) => true,
            Ok(SubmissionState::Collecting) => error.is_transient() || n_failures < TRIES,
            // The embedded farm started anew, and has a new token.
            Ok(_) if n_failures < TRIES && self.is_embedded => {
                error.is_transient()
                    || matches!(error, FarmError::Manager(ClientError::Refused { status: 401, .. }))
            }
            Ok(_) => error.is_transient(),
            Err(_) => false,
        };
        let written = if is_temporary {
            self.store.note(&self.id, Some(&format!("{error}. Trying again.")))
        } else {
            self.store.fail(&self.id, &error.to_string())
        };
        match written {
            Ok(()) => is_temporary,
            Err(trouble) => {
                tracing::error!(submission = %self.id, %error, "the outbox cannot be written: {trouble}");
                false
            }
        }
    }

    pub(crate) async fn step(&mut self) -> Result<Next, FarmError> {
        let submission = self.store.get(&self.id)?;
        if self.store.wants_cancel(&self.id)? && submission.job_id.is_none() && !submission.state.is_over() {
            return self.cancel_unsent(&submission).await;
        }
        let is_unsent = submission.state < SubmissionState::Submitting;
        if is_unsent && (self.store.is_held(&self.id)? || !self.store.is_its_turn(&self.id)?) {
            return Ok(Next::Wait(LOOK_PERIOD));
        }
        match submission.state {
            SubmissionState::Waiting => {
                self.store.enter(&self.id, SubmissionState::Bundling)?;
                Ok(Next::Step)
            }
            SubmissionState::Bundling => {
                // Without its Manager a submission is made ready all the same.
                let storage = self.storage(&submission.place).await.unwrap_or_default();
                self.unless_stopped(self.bundle(&submission, storage)).await
            }
            SubmissionState::Uploading => {
                let client = self.client(&submission.place).await?;
                let storage = self.storage(&submission.place).await?;
                self.unless_stopped(self.upload(&client, &submission, storage)).await
            }
            SubmissionState::Submitting => {
                let client = self.client(&submission.place).await?;
                let storage = self.storage(&submission.place).await?;
                let sent = std::mem::replace(&mut self.sent, Sent::Perhaps);
                let plan = self.store.plan(&self.id)?;
                let order = Order::new(&submission, &plan, self.store.bundle(&self.id)?, storage.as_ref());
                hand_over(&client, &self.store, &order, sent, self.pace.look_again).await?;
                Ok(Next::Step)
            }
            SubmissionState::Running => self.watch(&submission).await,
            SubmissionState::Collecting => self.finish(&submission).await,
            SubmissionState::Done | SubmissionState::Failed | SubmissionState::Cancelled => Ok(Next::Over),
        }
    }

    async fn client(&mut self, place: &FarmPlace) -> Result<Client, FarmError> {
        let farm = match self.farm.take() {
            Some(farm) => farm,
            None => Farm::connect(&self.home, place).await?,
        };
        let client = farm.client().clone();
        self.farm = Some(farm);
        Ok(client)
    }

    /// What of a studio's storage is reached from here. A farm of this machine has none to share.
    async fn storage(&mut self, place: &FarmPlace) -> Result<Option<Storage>, FarmError> {
        match place {
            FarmPlace::Embedded => Ok(None),
            FarmPlace::Studio { .. } => {
                let client = self.client(place).await?;
                Ok(Some(Storage::of(&client, &self.home).await?))
            }
        }
    }

    /// Long steps are dropped when the artist thinks better of it, holds them or has another go first.
    async fn unless_stopped(
        &self,
        work: impl Future<Output = Result<Next, FarmError>>,
    ) -> Result<Next, FarmError> {
        let may_go_on = || {
            let id = &self.id;
            let store = &self.store;
            Ok::<_, FarmError>(!store.wants_cancel(id)? && !store.is_held(id)? && store.is_its_turn(id)?)
        };
        let stopped = async {
            while may_go_on().unwrap_or(false) {
                self.rest(LOOK_PERIOD).await;
            }
        };
        tokio::select! {
            result = work => result,
            () = stopped => Ok(Next::Step),
        }
    }

    async fn cancel_unsent(&mut self, submission: &Submission) -> Result<Next, FarmError> {
        if submission.state == SubmissionState::Submitting && self.sent == Sent::Perhaps {
            let client = self.client(&submission.place).await?;
            if let Some(job) = find_job(&client, &self.id, self.pace.look_again).await? {
                self.store.hand_over(&self.id, &job)?;
                return Ok(Next::Step);
            }
        }
        self.store.enter(&self.id, SubmissionState::Cancelled)?;
        Ok(Next::Over)
    }

    async fn bundle(&self, submission: &Submission, storage: Option<Storage>) -> Result<Next, FarmError> {
        let plan = self.store.plan(&self.id)?;
        let _turn = self.shared.hashing.acquire().await.map_err(|_| FarmError::Closed)?;
        let (ctx, _guard) = cancel_on_drop();
        let (store, id, models) = (self.store.clone(), self.id.clone(), submission.models.clone());
        let choices = ChoicesStore::of(&self.home);
        let work = move || -> Result<(), FarmError> {
            let traced = |model: &PathBuf| trace(model, choices.get(model).relinks, &ctx);
            let traced: Vec<ModelFiles> = models.iter().map(traced).collect();
            let placed = lay_out(&traced, &plan.files);
            if let Some(places) = storage.and_then(|it| it.places(&traced, &placed, &models)) {
                store.set_places(&id, &places)?;
                store.set_bundle(&id, &[])?;
                return store.enter(&id, SubmissionState::Uploading);
            }
            let sizes = placed.iter().filter_map(|it| std::fs::metadata(&it.source).ok());
            let n_total: u64 = sizes.map(|found| found.len()).sum();
            let (mut n_done, mut n_told) = (0, 0);
            let mut files = Vec::with_capacity(placed.len());
            for it in placed {
                let hashed = hash_cached(&store, &it.source, &ctx, &mut |n_bytes| {
                    n_done += n_bytes;
                    if n_done - n_told >= PROGRESS_BYTES {
                        n_told = n_done;
                        // A number for people; the next one tells it as well.
                        let _ = store.progress(&id, n_done, n_total);
                    }
                })?;
                files.push(BundleFile {
                    path: it.path,
                    source: it.source,
                    model_index: it.model_index,
                    size: hashed.size,
                    sha: hashed.sha,
                });
            }
            store.set_bundle(&id, &files)?;
            store.progress(&id, 0, 0)?;
            store.enter(&id, SubmissionState::Uploading)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done.map(|()| Next::Step),
            Err(_) => {
                Err(FarmError::Invalid("reading the files stopped unexpectedly. Please report this.".into()))
            }
        }
    }

    async fn upload(
        &self,
        client: &Client,
        submission: &Submission,
        storage: Option<Storage>,
    ) -> Result<Next, FarmError> {
        let plan = self.store.plan(&self.id)?;
        // A job that the farm would refuse need not move a byte.
        let files = self.store.bundle(&self.id)?;
        let thought_of = Plan { checkout: Some("check".into()), ..plan.clone() };
        check(client, &Order::new(submission, &thought_of, files.clone(), storage.as_ref())).await?;
        if !files.is_empty() && plan.checkout.is_none() && plan.places.is_none() {
            let meter = Meter::new(Arc::clone(&self.shared.limit));
            let outcome = self.bring(client, submission, storage, &files, &meter).await;
            self.store.set_sent(&self.id, files.iter().map(|it| it.size).sum(), meter.n_sent())?;
            match outcome {
                Ok(()) => {}
                Err(UploadError::Farm(error)) => return Err(error),
                Err(UploadError::Changed(path)) => return self.hash_again(&path),
            }
        }
        self.store.enter(&self.id, SubmissionState::Submitting)?;
        Ok(Next::Step)
    }

    /// The bundle, to where the farm's Workers find it.
    async fn bring(
        &self,
        client: &Client,
        submission: &Submission,
        storage: Option<Storage>,
        files: &[BundleFile],
        meter: &Meter,
    ) -> Result<(), UploadError> {
        let configuration = client.configuration().await?;
        if configuration.is_first_run {
            let what =
                "this Manager has no storage yet; finish its setup in its own web page, then try again";
            return Err(FarmError::Invalid(what.into()).into());
        }
        if configuration.shaman_enabled {
            upload(client, &self.store, &self.id, files, meter).await?;
            let checkout = check_out(client, &self.store, &self.id, &submission.name, files).await?;
            return Ok(self.store.set_checkout(&self.id, &checkout)?);
        }
        let folder = folder_of_copies(submission);
        let there = storage.unwrap_or_default().copy(&self.store, &self.id, &folder, files, meter).await?;
        let places = models_of(files.to_vec(), &submission.models, &there);
        Ok(self.store.set_places(&self.id, &places)?)
    }

    /// Once; a file that changes under our eyes again is being worked on.
    fn hash_again(&self, path: &std::path::Path) -> Result<Next, FarmError> {
        self.store.forget_hash(path)?;
        if self.store.count_rehash(&self.id)? > 1 {
            let what = "the file keeps changing while it is sent. Save it, then submit again";
            return Err(FarmError::Invalid(format!("{what}: {}", path.display())));
        }
        self.store.enter(&self.id, SubmissionState::Bundling)?;
        Ok(Next::Step)
    }

    async fn watch(&mut self, submission: &Submission) -> Result<Next, FarmError> {
        let client = self.client(&submission.place).await?;
        let job_id = submission.job_id.as_deref().unwrap_or_default();
        let job = match client.job(job_id).await {
            Ok(job) => job,
            Err(ClientError::Refused { status: 404, .. }) => {
                self.store.fail(&self.id, "the job was deleted on the farm")?;
                return Ok(Next::Over);
            }
            Err(error) => return Err(error.into()),
        };
        self.store.set_job(&self.id, &job)?;
        if submission.note.is_some() {
            self.store.note(&self.id, None)?;
        }
        if job.status.is_over() {
            self.store.enter(&self.id, SubmissionState::Collecting)?;
            return Ok(Next::Step);
        }
        if self.store.wants_cancel(&self.id)? && job.status.can_cancel() {
            client.set_job_status(job_id, JobStatus::CancelRequested, "cancelled by its submitter").await?;
            return Ok(Next::Step);
        }
        if self.collected_at != Some(job.steps_completed) && job.steps_completed > 0 {
            self.collect(&client, submission, &job).await?;
            self.collected_at = Some(job.steps_completed);
        }
        Ok(Next::Wait(self.pace.watch))
    }

    /// False: what the job makes is not reached from here.
    async fn collect(
        &mut self,
        client: &Client,
        submission: &Submission,
        job: &Job,
    ) -> Result<bool, FarmError> {
        if self.source.is_none() {
            self.source = Source::of(client, &self.home, job).await?;
        }
        let Some(source) = &mut self.source else { return Ok(false) };
        let outputs = source.outputs(client, &self.store, job).await?;
        let plan = self.store.plan(&self.id)?;
        collect(source, &outputs, &self.home, &self.store, submission, &plan).await?;
        Ok(true)
    }

    /// The last results, the receipt, and how it all came out.
    async fn finish(&mut self, submission: &Submission) -> Result<Next, FarmError> {
        let client = self.client(&submission.place).await?;
        let job = match client.job(submission.job_id.as_deref().unwrap_or_default()).await {
            Ok(job) if !job.status.is_over() => {
                // Requeued in the meantime.
                self.store.enter(&self.id, SubmissionState::Running)?;
                return Ok(Next::Step);
            }
            other => other?,
        };
        let is_reached = self.collect(&client, submission, &job).await?;
        let lost = match &mut self.source {
            Some(source) => write_receipt(&client, source, &self.store.get(&self.id)?, &job).await?,
            None => Vec::new(),
        };
        match job.status {
            JobStatus::Completed => self.store.enter(&self.id, SubmissionState::Done)?,
            JobStatus::Canceled => self.store.enter(&self.id, SubmissionState::Cancelled)?,
            _ => self.store.fail(&self.id, &why_failed(&client, &job).await)?,
        }
        if !is_reached {
            self.store.note(&self.id, Some(&where_results_lie(client.url(), &job.settings)))?;
        } else if !lost.is_empty() {
            let what = "tasks completed without leaving these; requeue them";
            self.store.note(&self.id, Some(&format!("{what}: {}", lost.join(", "))))?;
        }
        Ok(Next::Over)
    }
}

/// A Manager of others names a path on its own storage, and that is all there is.
fn where_results_lie(manager: &str, settings: &flamenco::wire::Settings) -> String {
    let named = ["output_path", "render_output_path", "render_output"];
    match named.into_iter().find_map(|key| settings.get(key)?.as_str()) {
        Some(path) => format!(
            "the results lie on the farm's storage, which is not reached from here: {path}. Say where it \
             is with: kiln storage --manager {manager} add FOLDER-THERE FOLDER-HERE"
        ),
        None => "this Manager hands out no files; look for the results on its storage".into(),
    }
}
