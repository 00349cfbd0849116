//! From what somebody submits to a job with tasks in the database.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use flamenco::kiln::{self, DryRun};
use flamenco::wire::{Job, JobStatus, SubmittedJob, TaskStatus};
use rusqlite::{OptionalExtension, ToSql, params};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Moment;
use crate::farm::Farm;
use crate::job_types::{Compiled, CompiledTask, Draft, DraftStorage, planned};
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

/// Compiles a submission. `deliver` gets the job, or the refusal: 412 when the job type changed since
/// it was fetched; 400 with the script's own words, or when what it made is no job. Blocks for as
/// long as the job type runs, and a while longer.
pub(crate) fn prepare<T>(
    farm: &Farm,
    mut submitted: SubmittedJob,
    deliver: impl FnOnce(Result<Prepared, Refusal>) -> T,
) -> T {
    if let Err(refusal) = check(farm, &submitted) {
        return deliver(Err(refusal));
    }
    let texts = submitted.settings.values_mut().filter_map(|it| match it {
        Value::String(text) => Some(text),
        _ => None,
    });
    let texts = texts.chain(submitted.metadata.values_mut());
    farm.config.variables.fold_paths(&submitted.submitter_platform, texts);

    let (uuid, created) = (Uuid::new_v4().to_string(), Moment::now());
    let draft = draft(&uuid, created, &submitted);
    farm.job_types.compile(&draft, |compiled| {
        let prepared =
            compiled.map_err(|error| Refusal::bad_request(error.to_string())).and_then(|compiled| {
                check_tasks(&compiled.tasks)?;
                Ok(Prepared { uuid, created, submitted, compiled })
            });
        deliver(prepared)
    })
}

fn check(farm: &Farm, submitted: &SubmittedJob) -> Result<(), Refusal> {
    if submitted.initial_status == Some(JobStatus::Unknown) {
        return Err(Refusal::bad_request("initial_status is no job status"));
    }
    if submitted.name.trim().is_empty() {
        return Err(Refusal::bad_request("the job has no name"));
    }
    check_type(farm, submitted)
}

impl Prepared {
    pub(crate) fn as_dry_run(&self) -> DryRun {
        planned(&self.submitted.job_type, &self.compiled)
    }
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

/// There must be some, with an order in which they can run.
fn check_tasks(tasks: &[CompiledTask]) -> Result<(), Refusal> {
    if tasks.is_empty() {
        return Err(Refusal::bad_request("the job type made no tasks; is something left empty?"));
    }
    let mut n_waiting_for: Vec<usize> = tasks.iter().map(|it| it.dependencies.len()).collect();
    let mut ready: Vec<usize> = (0..tasks.len()).filter(|&place| n_waiting_for[place] == 0).collect();
    if ready.len() == tasks.len() {
        return Ok(());
    }
    let mut dependents = vec![Vec::new(); tasks.len()];
    for (place, task) in tasks.iter().enumerate() {
        for &needed in &task.dependencies {
            dependents[needed].push(place);
        }
    }
    let mut n_ran = 0;
    while let Some(done) = ready.pop() {
        n_ran += 1;
        for &dependent in &dependents[done] {
            n_waiting_for[dependent] -= 1;
            if n_waiting_for[dependent] == 0 {
                ready.push(dependent);
            }
        }
    }
    if n_ran < tasks.len() {
        return Err(Refusal::bad_request("tasks of the job wait for each other in a circle"));
    }
    Ok(())
}

fn insert_job(turn: &Turn<'_>, prepared: &Prepared) -> Result<i64, Refusal> {
    let Prepared { uuid, created, submitted, compiled } = prepared;
    let metadata: BTreeMap<&String, String> =
        compiled.metadata.iter().map(|(key, value)| (key, as_text(value))).collect();
    let checkout = submitted.storage.as_ref().and_then(|it| it.shaman_checkout_id.as_ref());
    turn.db
        .prepare_cached(
            "INSERT INTO jobs (uuid, name, job_type, priority, status, activity, settings, metadata,
               shaman_checkout, tag_id, steps_total, created, updated)
             VALUES (?, ?, ?, ?, 'under-construction', 'Job was submitted', ?, ?, ?, ?, ?, ?, ?)",
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
            compiled.tasks.iter().map(|it| it.commands.n_steps()).fold(0, i64::saturating_add),
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
    let tasks = &prepared.compiled.tasks;
    let first_id: i64 = turn
        .db
        .prepare_cached("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'tasks'), 0) + 1")?
        .query_row([], |row| row.get(0))?;
    let mut index = 0;
    for some in tasks.chunks(TASKS_AT_ONCE) {
        insert_some(turn, some, (first_id, index), job_id, prepared)?;
        index += some.len() as i64;
    }
    let mut depend = turn
        .db
        .prepare_cached("INSERT OR IGNORE INTO task_dependencies (task_id, dependency_id) VALUES (?, ?)")?;
    for (task, id) in tasks.iter().zip(first_id..) {
        for needed in &task.dependencies {
            depend.execute(params![id, first_id + *needed as i64])?;
        }
    }
    Ok(())
}

/// Rows in one statement: half the time of one by one.
const TASKS_AT_ONCE: usize = 50;

fn insert_some(
    turn: &Turn<'_>,
    tasks: &[CompiledTask],
    (first_id, first_index): (i64, i64),
    job_id: i64,
    prepared: &Prepared,
) -> Result<(), Refusal> {
    const COLUMNS: &str =
        "(job_id, job_priority, status, created, updated, id, uuid, index_in_job, name, task_type,
        priority, commands, steps_total)";
    /// What all rows share is bound once: 1 to 4.
    const ROW: &str = "(?1, ?2, ?3, ?4, ?4, ?, ?, ?, ?, ?, ?, ?, ?)";
    let rows = [ROW].repeat(tasks.len()).join(",");
    let mut insert = turn.db.prepare_cached(&format!("INSERT INTO tasks {COLUMNS} VALUES {rows}"))?;
    let mut column = 1..;
    let mut bind = |value: &dyn ToSql| match column.next() {
        Some(n) => insert.raw_bind_parameter(n, value),
        None => Ok(()),
    };
    bind(&job_id)?;
    bind(&prepared.submitted.priority)?;
    bind(&TaskStatus::Queued.as_str())?;
    bind(&prepared.created)?;
    for (task, index) in tasks.iter().zip(first_index..) {
        bind(&(first_id + index))?;
        bind(&task.uuid)?;
        bind(&(index + 1))?;
        bind(&task.name)?;
        bind(&task.task_type)?;
        bind(&(task.priority as i32))?;
        bind(&task.commands.as_json())?;
        bind(&task.commands.n_steps())?;
    }
    insert.raw_execute()?;
    Ok(())
}

/// Metadata holds strings only, whatever a script puts there.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::internal("the job cannot be stored", error))
}
