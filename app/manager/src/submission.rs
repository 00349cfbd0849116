//! From what somebody submits to a job with tasks in the database.

use std::collections::{BTreeMap, HashMap};

use axum::http::StatusCode;
use flamenco::kiln;
use flamenco::wire::{Job, JobStatus, SubmittedJob, TaskStatus};
use rusqlite::{OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Moment;
use crate::farm::Farm;
use crate::job_types::{Compiled, CompiledTask, Draft, DraftStorage};
use crate::records::JobRow;
use crate::refusal::Refusal;
use crate::states::Turn;

/// A job that compiles, not yet in the database.
pub(crate) struct Prepared {
    uuid: String,
    created: Moment,
    submitted: SubmittedJob,
    compiled: Compiled,
}

/// Compiles a submission. Blocks for as long as its job type runs.
///
/// # Errors
/// 412 when the job type changed since it was fetched; 400 with the script's own words, or when
/// what it made is no job.
pub(crate) fn prepare(farm: &Farm, mut submitted: SubmittedJob) -> Result<Prepared, Refusal> {
    if submitted.initial_status == Some(JobStatus::Unknown) {
        return Err(Refusal::bad_request("initial_status is no job status"));
    }
    if submitted.name.trim().is_empty() {
        return Err(Refusal::bad_request("the job has no name"));
    }
    check_type(farm, &submitted)?;
    let texts = submitted.settings.values_mut().filter_map(|it| match it {
        Value::String(text) => Some(text),
        _ => None,
    });
    let texts = texts.chain(submitted.metadata.values_mut());
    farm.config.variables.fold_paths(&submitted.submitter_platform, texts);

    let (uuid, created) = (Uuid::new_v4().to_string(), Moment::now());
    let draft = draft(&uuid, created, &submitted);
    let compiled = farm.job_types.compile(&draft).map_err(|error| Refusal::bad_request(error.to_string()))?;
    check_tasks(&compiled.tasks)?;
    Ok(Prepared { uuid, created, submitted, compiled })
}

/// Puts the job and all its tasks into the database and lets it start.
///
/// # Errors
/// 400 when the worker tag does not exist.
pub(crate) fn store(turn: &Turn<'_>, prepared: Prepared) -> Result<Job, Refusal> {
    let job = store_row(turn, prepared)?;
    JobRow::wire_by_uuid(turn.db, &job.uuid)?.ok_or_else(|| Refusal::not_found("job", &job.uuid))
}

fn store_row(turn: &Turn<'_>, prepared: Prepared) -> Result<JobRow, Refusal> {
    // Whoever lost our answer asks again under the same id: one wish, one job.
    if let Some(submission) = prepared.submitted.metadata.get(kiln::SUBMISSION_KEY)
        && let Some(job) = JobRow::by_submission(turn.db, submission)?
    {
        return Ok(job);
    }
    let status = prepared.submitted.initial_status.unwrap_or(JobStatus::Queued);
    let job_id = insert_job(turn, &prepared)?;
    insert_tasks(turn, job_id, &prepared)?;
    JobRow::sum_steps(turn.db, job_id)?;
    turn.set_job_status(&JobRow::by_id(turn.db, job_id)?, status, "job was submitted")?;
    Ok(JobRow::by_id(turn.db, job_id)?)
}

fn check_type(farm: &Farm, submitted: &SubmittedJob) -> Result<(), Refusal> {
    let name = &submitted.job_type;
    let Some(job_type) = farm.job_types.get(name) else {
        return Err(Refusal::bad_request(format!("job type {name:?} not found, or its script is broken")));
    };
    match &submitted.type_etag {
        Some(etag) if *etag != job_type.etag => {
            let message = format!("job type {name:?} has changed since it was fetched; fetch it again");
            Err(Refusal::new(StatusCode::PRECONDITION_FAILED, message))
        }
        _ => Ok(()),
    }
}

fn draft(uuid: &str, created: Moment, submitted: &SubmittedJob) -> Draft {
    let checkout = submitted.storage.as_ref().and_then(|it| it.shaman_checkout_id.clone());
    Draft {
        job_id: uuid.into(),
        name: submitted.name.clone(),
        job_type: submitted.job_type.clone(),
        priority: submitted.priority.into(),
        status: JobStatus::UnderConstruction.to_string(),
        created: created.wire(),
        settings: submitted.settings.clone(),
        metadata: submitted.metadata.clone(),
        storage: DraftStorage { shaman_checkout_id: checkout.unwrap_or_default() },
        worker_tag_uuid: submitted.worker_tag.clone().unwrap_or_default(),
    }
}

/// Ids must be of this job, and the tasks must have an order in which they can run.
fn check_tasks(tasks: &[CompiledTask]) -> Result<(), Refusal> {
    let mut n_waiting_for: HashMap<&str, usize> = HashMap::new();
    let mut dependents: HashMap<&str, Vec<&str>> = HashMap::new();
    for task in tasks {
        let is_new = n_waiting_for.insert(&task.uuid, task.dependencies.len()).is_none();
        if !is_new || Uuid::try_parse(&task.uuid).is_err() {
            return Err(Refusal::bad_request(format!("the task {:?} was added twice", task.name)));
        }
    }
    for task in tasks {
        for needed in &task.dependencies {
            if !n_waiting_for.contains_key(needed.as_str()) {
                let message = format!("the task {:?} depends on one that is not in its job", task.name);
                return Err(Refusal::bad_request(message));
            }
            dependents.entry(needed).or_default().push(&task.uuid);
        }
    }
    let mut ready: Vec<&str> =
        tasks.iter().filter(|it| it.dependencies.is_empty()).map(|it| it.uuid.as_str()).collect();
    let mut n_ran = 0;
    while let Some(done) = ready.pop() {
        n_ran += 1;
        for dependent in dependents.remove(done).unwrap_or_default() {
            if let Some(n) = n_waiting_for.get_mut(dependent) {
                *n -= 1;
                if *n == 0 {
                    ready.push(dependent);
                }
            }
        }
    }
    match (tasks.is_empty(), n_ran == tasks.len()) {
        (true, _) => Err(Refusal::bad_request("the job type made no tasks; is something left empty?")),
        (false, false) => Err(Refusal::bad_request("tasks of the job wait for each other in a circle")),
        _ => Ok(()),
    }
}

fn insert_job(turn: &Turn<'_>, prepared: &Prepared) -> Result<i64, Refusal> {
    let Prepared { uuid, created, submitted, compiled } = prepared;
    let metadata: BTreeMap<&String, String> =
        compiled.metadata.iter().map(|(key, value)| (key, as_text(value))).collect();
    let checkout = submitted.storage.as_ref().and_then(|it| it.shaman_checkout_id.as_ref());
    turn.db
        .prepare_cached(
            "INSERT INTO jobs (uuid, name, job_type, priority, status, activity, settings, metadata,
               shaman_checkout, tag_id, created, updated)
             VALUES (?, ?, ?, ?, 'under-construction', 'Job was submitted', ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            uuid,
            submitted.name,
            submitted.job_type,
            submitted.priority,
            to_json(&compiled.settings)?,
            to_json(&metadata)?,
            checkout.filter(|it| !it.is_empty()),
            tag_id(turn, submitted.worker_tag.as_deref())?,
            created,
            created,
        ])?;
    Ok(turn.db.last_insert_rowid())
}

fn tag_id(turn: &Turn<'_>, uuid: Option<&str>) -> Result<Option<i64>, Refusal> {
    let Some(uuid) = uuid.filter(|it| !it.is_empty()) else { return Ok(None) };
    let id = turn
        .db
        .query_row("SELECT id FROM worker_tags WHERE uuid = ?", [uuid], |row| row.get(0))
        .optional()?;
    id.map(Some).ok_or_else(|| Refusal::bad_request(format!("there is no worker tag {uuid}")))
}

fn insert_tasks(turn: &Turn<'_>, job_id: i64, prepared: &Prepared) -> Result<(), Refusal> {
    let (created, tasks) = (prepared.created, &prepared.compiled.tasks);
    let mut insert = turn.db.prepare_cached(
        "INSERT INTO tasks (uuid, job_id, index_in_job, name, task_type, priority, job_priority, status,
           commands, steps_total, created, updated)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut ids: HashMap<&str, i64> = HashMap::new();
    for (index, task) in tasks.iter().enumerate() {
        let steps: i64 = task.commands.iter().map(|it| it.total_step_count.max(1)).sum();
        insert.execute(params![
            task.uuid,
            job_id,
            index as i64 + 1,
            task.name,
            task.task_type,
            task.priority as i32,
            prepared.submitted.priority,
            TaskStatus::Queued.as_str(),
            to_json(&task.commands)?,
            steps,
            created,
            created,
        ])?;
        ids.insert(&task.uuid, turn.db.last_insert_rowid());
    }
    let mut depend = turn
        .db
        .prepare_cached("INSERT OR IGNORE INTO task_dependencies (task_id, dependency_id) VALUES (?, ?)")?;
    for task in tasks {
        for needed in &task.dependencies {
            depend.execute(params![ids.get(task.uuid.as_str()), ids.get(needed.as_str())])?;
        }
    }
    Ok(())
}

/// Metadata holds strings only, whatever a script puts there.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::internal("the job cannot be stored", error))
}
