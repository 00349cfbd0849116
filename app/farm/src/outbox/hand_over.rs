use std::path::PathBuf;
use std::time::Duration;

use flamenco::wire::{Job, JobStatus, JobStorage, JobType, Metadata, Settings, SubmittedJob, platform};
use flamenco::{Client, ClientError, kiln};

use super::bundle::flat;
use super::on_storage::Storage;
use super::store::{BundleFile, Plan, Store};
use crate::form::model_setting;
use crate::{FarmError, Form, Submission, SubmissionId};

/// Whether the job may be on the farm already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Never,
    /// By this process or one that died.
    Perhaps,
}

/// What a job is made of, whether it waits in the outbox or is only thought of.
pub(crate) struct Order<'a> {
    pub(crate) id: &'a SubmissionId,
    pub(crate) name: &'a str,
    pub(crate) job_type: &'a str,
    pub(crate) settings: &'a Settings,
    pub(crate) priority: i32,
    pub(crate) worker_tag: Option<&'a str>,
    pub(crate) is_paused: bool,
    pub(crate) checkout: Option<&'a str>,
    /// For words that all of a studio's machines understand.
    pub(crate) storage: Option<&'a Storage>,
    /// Where the farm finds each model.
    pub(crate) models: Vec<String>,
}

impl<'a> Order<'a> {
    pub(crate) fn new(
        submission: &'a Submission,
        plan: &'a Plan,
        bundle: Vec<BundleFile>,
        storage: Option<&'a Storage>,
    ) -> Self {
        let checkout = plan.checkout.as_deref().filter(|_| plan.places.is_none());
        let models = match &plan.places {
            Some(places) => places.clone(),
            None => {
                let folder = format!("{{jobs}}/{}", checkout.unwrap_or_default());
                models_of(bundle, &submission.models, &folder)
            }
        };
        Self {
            id: &submission.id,
            name: &submission.name,
            job_type: &submission.job_type,
            settings: &plan.settings,
            priority: plan.priority,
            worker_tag: plan.worker_tag.as_deref(),
            is_paused: plan.is_paused,
            checkout,
            storage,
            models,
        }
    }
}

/// In the order in which the artist named them, below the `folder` in which the bundle lies.
pub(crate) fn models_of(mut files: Vec<BundleFile>, models: &[PathBuf], folder: &str) -> Vec<String> {
    files.retain(|file| file.model_index.is_some());
    files.sort_by_key(|file| file.model_index);
    let place = |file: BundleFile| {
        // Of a model in an archive the archive is sent; the rest of its path leads inside.
        let model = file.model_index.and_then(|i| models.get(i as usize));
        let inside =
            model.and_then(|model| flat(model).strip_prefix(&file.source).map(|it| it.to_owned()).ok());
        let inside = inside.map(|it| it.to_string_lossy().replace('\\', "/")).unwrap_or_default();
        let border = if inside.is_empty() { "" } else { "/" };
        format!("{folder}/{}{border}{inside}", file.path)
    };
    files.into_iter().map(place).collect()
}

/// Hands the job over exactly once: whoever may have sent it before looks for it first.
pub(crate) async fn hand_over(
    client: &Client,
    store: &Store,
    order: &Order<'_>,
    sent: Sent,
    look_again: Duration,
) -> Result<(), FarmError> {
    if sent == Sent::Perhaps
        && let Some(job) = find_job(client, order.id, look_again).await?
    {
        return store.hand_over(order.id, &job);
    }
    let job_type = job_type(client, order.job_type).await?;
    let job = submitted_job(order, &job_type)?;
    match client.submit_job(&job).await {
        Ok(job) => store.hand_over(order.id, &job),
        // The job type changed under us; the next try takes the new one.
        Err(ClientError::Refused { status: 412, .. }) => Err(FarmError::JobTypeChanged(job_type.name)),
        Err(ClientError::Refused { status: 400 | 404..=406 | 409 | 413 | 422, message }) => {
            Err(FarmError::Invalid(format!("the farm does not take the job: {message}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// What would be sent, as the farm's job type is now.
pub(crate) async fn as_job(client: &Client, order: &Order<'_>) -> Result<SubmittedJob, FarmError> {
    submitted_job(order, &job_type(client, order.job_type).await?)
}

/// Compiles the job on the farm without keeping it; where the models lie may be made up.
pub(crate) async fn check(client: &Client, order: &Order<'_>) -> Result<(), FarmError> {
    let job = as_job(client, order).await?;
    match client.check_job(&job).await {
        Err(ClientError::Refused { status: 400, message }) => {
            Err(FarmError::Invalid(format!("the farm would not take the job: {message}")))
        }
        Err(ClientError::Refused { status: 412, .. }) => Err(FarmError::JobTypeChanged(job.job_type)),
        other => Ok(other?),
    }
}

/// The job of this submission, if the farm has it; looked for twice, `look_again` apart.
pub(crate) async fn find_job(
    client: &Client,
    id: &SubmissionId,
    look_again: Duration,
) -> Result<Option<Job>, FarmError> {
    let mut is_second_look = false;
    loop {
        let jobs = client.jobs().await?;
        let of_ours = |job: &Job| job.metadata.get(kiln::SUBMISSION_KEY).is_some_and(|it| it == id.as_str());
        if let Some(job) = jobs.into_iter().find(of_ours) {
            return Ok(Some(job));
        }
        if is_second_look {
            return Ok(None);
        }
        is_second_look = true;
        tokio::time::sleep(look_again).await;
    }
}

async fn job_type(client: &Client, name: &str) -> Result<JobType, FarmError> {
    match client.job_type(name).await {
        Err(ClientError::Refused { status: 404, .. }) => {
            let names: Vec<String> = client.job_types().await?.into_iter().map(|it| it.name).collect();
            let names = names.join(", ");
            Err(FarmError::Invalid(format!("this farm has no job type {name}; it has {names}")))
        }
        other => Ok(other?),
    }
}

fn submitted_job(order: &Order<'_>, job_type: &JobType) -> Result<SubmittedJob, FarmError> {
    let mut form = Form::of(job_type);
    for key in order.settings.keys() {
        if form.field_mut(key).is_none() {
            return Err(FarmError::Invalid(format!("the job type {} has no setting {key}", job_type.name)));
        }
    }
    form.fill(order.settings);
    let problems: Vec<String> = form.problems().into_iter().map(|problem| problem.message).collect();
    if !problems.is_empty() {
        return Err(FarmError::Invalid(format!("the settings do not fit: {}", problems.join("; "))));
    }
    let mut settings = form.settings();
    if let Some(storage) = order.storage {
        storage.fold(&mut settings);
    }
    place_models(&mut settings, order, job_type)?;
    let mut metadata = Metadata::new();
    metadata.insert(kiln::SUBMISSION_KEY.to_owned(), order.id.to_string());
    if let Some(user) = ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok()) {
        metadata.insert("user.name".to_owned(), user);
    }
    Ok(SubmittedJob {
        name: order.name.to_owned(),
        job_type: job_type.name.clone(),
        type_etag: Some(job_type.etag.clone()).filter(|etag| !etag.is_empty()),
        priority: order.priority,
        settings,
        metadata,
        submitter_platform: platform().into(),
        storage: order.checkout.map(|it| JobStorage { shaman_checkout_id: Some(it.to_owned()) }),
        worker_tag: order.worker_tag.map(str::to_owned),
        initial_status: order.is_paused.then_some(JobStatus::Paused),
    })
}

/// Tells the job where on the farm its models are.
fn place_models(settings: &mut Settings, order: &Order<'_>, job_type: &JobType) -> Result<(), FarmError> {
    let name = &job_type.name;
    let setting = match model_setting(job_type) {
        None if order.models.is_empty() => return Ok(()),
        None => return Err(FarmError::Invalid(format!("the job type {name} takes no models"))),
        Some(setting) if !order.models.is_empty() => setting,
        Some(setting) if setting.required == Some(true) => {
            return Err(FarmError::Invalid(format!("the job type {name} needs a model")));
        }
        Some(_) => return Ok(()),
    };
    if setting.key != "models" && order.models.len() > 1 {
        return Err(FarmError::Invalid(format!("the job type {name} takes one model at a time")));
    }
    settings.insert(setting.key.clone(), order.models.join("\n").into());
    Ok(())
}
