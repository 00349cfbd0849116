use std::time::Duration;

use flamenco::wire::{Job, JobStorage, JobType, Settings, SubmittedJob, platform};
use flamenco::{Client, ClientError, kiln};

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

/// Hands the job over exactly once: whoever may have sent it before looks for it first.
pub(crate) async fn hand_over(
    client: &Client,
    store: &Store,
    submission: &Submission,
    plan: &Plan,
    sent: Sent,
    look_again: Duration,
) -> Result<(), FarmError> {
    let id = &submission.id;
    if sent == Sent::Perhaps
        && let Some(job) = find_job(client, id, look_again).await?
    {
        return store.hand_over(id, &job);
    }
    let job_type = job_type(client, &submission.job_type).await?;
    let job = submitted_job(submission, plan, &store.bundle(id)?, &job_type)?;
    match client.submit_job(&job).await {
        Ok(job) => store.hand_over(id, &job),
        // The job type changed under us; the next try takes the new one.
        Err(ClientError::Refused { status: 412, .. }) => Err(FarmError::JobTypeChanged(job_type.name)),
        Err(ClientError::Refused { status, message }) if status < 500 => {
            Err(FarmError::Invalid(format!("the farm does not take the job: {message}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// Compiles the job on the farm without keeping it; the models' places are made up.
pub(crate) async fn check(client: &Client, submission: &Submission, plan: &Plan) -> Result<(), FarmError> {
    let job_type = job_type(client, &submission.job_type).await?;
    let as_sent = |(index, model): (u32, &std::path::PathBuf)| BundleFile {
        path: model.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        source: model.clone(),
        model_index: Some(index),
        size: 0,
        sha: String::new(),
    };
    let files: Vec<BundleFile> = (0..).zip(&submission.models).map(as_sent).collect();
    let plan = Plan { checkout: Some("check".into()), ..plan.clone() };
    let job = submitted_job(submission, &plan, &files, &job_type)?;
    match client.check_job(&job).await {
        Err(ClientError::Refused { status, message }) if status < 500 => {
            Err(FarmError::Invalid(format!("the farm would not take the job: {message}")))
        }
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

fn submitted_job(
    submission: &Submission,
    plan: &Plan,
    files: &[BundleFile],
    job_type: &JobType,
) -> Result<SubmittedJob, FarmError> {
    let mut form = Form::of(job_type);
    for key in plan.settings.keys() {
        if form.field_mut(key).is_none() {
            return Err(FarmError::Invalid(format!("the job type {} has no setting {key}", job_type.name)));
        }
    }
    form.fill(&plan.settings);
    let problems: Vec<String> = form.problems().into_iter().map(|problem| problem.message).collect();
    if !problems.is_empty() {
        return Err(FarmError::Invalid(format!("the settings do not fit: {}", problems.join("; "))));
    }
    let mut settings = form.settings();
    place_models(&mut settings, plan, files, job_type)?;
    let mut metadata = std::collections::BTreeMap::new();
    metadata.insert(kiln::SUBMISSION_KEY.to_owned(), submission.id.to_string());
    if let Some(user) = ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok()) {
        metadata.insert("user.name".to_owned(), user);
    }
    Ok(SubmittedJob {
        name: submission.name.clone(),
        job_type: job_type.name.clone(),
        type_etag: Some(job_type.etag.clone()).filter(|etag| !etag.is_empty()),
        priority: plan.priority,
        settings,
        metadata,
        submitter_platform: platform().into(),
        storage: plan.checkout.clone().map(|it| JobStorage { shaman_checkout_id: Some(it) }),
        worker_tag: None,
        initial_status: None,
    })
}

/// Tells the job where on the farm its models are.
fn place_models(
    settings: &mut Settings,
    plan: &Plan,
    files: &[BundleFile],
    job_type: &JobType,
) -> Result<(), FarmError> {
    let mut models: Vec<&BundleFile> = files.iter().filter(|it| it.model_index.is_some()).collect();
    models.sort_by_key(|it| it.model_index);
    let name = &job_type.name;
    let setting = match (model_setting(job_type), &plan.checkout) {
        (None, _) if models.is_empty() => return Ok(()),
        (None, _) => return Err(FarmError::Invalid(format!("the job type {name} takes no models"))),
        (Some(setting), Some(_)) if !models.is_empty() => setting,
        (Some(setting), _) if setting.required == Some(true) => {
            return Err(FarmError::Invalid(format!("the job type {name} needs a model")));
        }
        (Some(_), _) => return Ok(()),
    };
    if setting.key != "models" && models.len() > 1 {
        return Err(FarmError::Invalid(format!("the job type {name} takes one model at a time")));
    }
    let checkout = plan.checkout.as_deref().unwrap_or_default();
    let places: Vec<String> = models.iter().map(|it| format!("{{jobs}}/{checkout}/{}", it.path)).collect();
    settings.insert(setting.key.clone(), places.join("\n").into());
    Ok(())
}
