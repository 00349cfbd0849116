use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use flamenco::wire::{
    BlocklistEntry, Job, JobDeletionInfo, JobMassDeletion, JobPriorityChange, JobStatus, JobStatusChange,
    JobTagChange, SubmittedJob,
};
use rusqlite::{OptionalExtension, params};

use super::answer::{Answer, Body, Done, Id};
use crate::clock::Moment;
use crate::deletion;
use crate::farm::Farm;
use crate::last_rendered;
use crate::records::JobRow;
use crate::refusal::Refusal;
use crate::states::Turn;
use crate::submission::{self, Prepared};

pub(super) async fn list(State(farm): State<Arc<Farm>>) -> Result<Response, Refusal> {
    let jobs = farm.read(JobRow::list_as_json).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], jobs).into_response())
}

pub(super) async fn get(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<Job> {
    let missing = Refusal::not_found("job", &id);
    farm.read(move |db| JobRow::wire_by_uuid(db, &id)).await?.map(Json).ok_or(missing)
}

pub(super) async fn find(farm: &Farm, id: &str) -> Result<JobRow, Refusal> {
    let uuid = id.to_owned();
    let job = farm.read(move |db| JobRow::by_uuid(db, &uuid)).await?;
    job.ok_or_else(|| Refusal::not_found("job", id))
}

/// Runs `act` on the job in one turn.
pub(super) async fn change<T: Send + 'static>(
    farm: &Arc<Farm>,
    id: String,
    act: impl FnOnce(&Turn<'_>, &JobRow) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    farm.turn(move |turn| {
        let job = JobRow::by_uuid(turn.db, &id)?.ok_or_else(|| Refusal::not_found("job", &id))?;
        act(turn, &job)
    })
    .await
}

pub(super) async fn submit(
    State(farm): State<Arc<Farm>>,
    Body(submitted): Body<SubmittedJob>,
) -> Answer<Job> {
    let prepared = prepare(&farm, submitted).await?;
    let job = farm.turn(move |turn| submission::store(turn, prepared)).await?;
    tracing::info!("job {} ({}) was submitted", job.name, job.id);
    Ok(Json(job))
}

pub(super) async fn check(State(farm): State<Arc<Farm>>, Body(submitted): Body<SubmittedJob>) -> Done {
    prepare(&farm, submitted).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn prepare(farm: &Arc<Farm>, submitted: SubmittedJob) -> Result<Prepared, Refusal> {
    let (send, prepared) = tokio::sync::oneshot::channel();
    tokio::task::spawn_blocking({
        let farm = Arc::clone(farm);
        // Nobody has to wait for it.
        move || submission::prepare(&farm, submitted, |prepared| drop(send.send(prepared)))
    });
    // The engine ends scripts itself; this holds where a single native call of it takes for ever.
    let limit = 2 * farm.config.timings.script_limit;
    match tokio::time::timeout(limit, prepared).await {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(_)) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the job could not be compiled")),
        Err(_) => Err(Refusal::bad_request("the job type takes too long and cannot be stopped")),
    }
}

pub(super) async fn set_status(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(wanted): Body<JobStatusChange>,
) -> Done {
    if wanted.status == JobStatus::Unknown {
        return Err(Refusal::bad_request("that is no job status"));
    }
    change(&farm, id, move |turn, job| Ok(turn.job_wanted(job, wanted.status, &wanted.reason)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn set_priority(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(wanted): Body<JobPriorityChange>,
) -> Done {
    if !(0..=100).contains(&wanted.priority) {
        return Err(Refusal::bad_request("the priority is a number from 0 to 100"));
    }
    change(&farm, id, move |turn, job| Ok(turn.set_job_priority(job, wanted.priority)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn set_tag(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(wanted): Body<JobTagChange>,
) -> Done {
    change(&farm, id, move |turn, job| {
        let tag_id: Option<i64> = match wanted.id.as_ref().or(wanted.name.as_ref()) {
            None => None,
            Some(word) => {
                let found = turn
                    .db
                    .prepare_cached("SELECT id FROM worker_tags WHERE uuid = ?1 OR name = ?1")?
                    .query_row([word], |row| row.get(0))
                    .optional()?;
                Some(found.ok_or_else(|| {
                    Refusal::new(StatusCode::NOT_ACCEPTABLE, format!("there is no worker tag {word}"))
                })?)
            }
        };
        turn.wake_workers();
        turn.db
            .prepare_cached("UPDATE jobs SET tag_id = ?, updated = ? WHERE id = ?")?
            .execute(params![tag_id, turn.now, job.id])?;
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete(State(farm): State<Arc<Farm>>, Id(id): Id) -> Done {
    change(&farm, id, |turn, job| Ok(deletion::request(turn, job)?)).await?;
    farm.deletions.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn mass_delete(
    State(farm): State<Arc<Farm>>,
    Body(selection): Body<JobMassDeletion>,
) -> Done {
    let Some(limit) = Moment::parse(&selection.last_updated_max) else {
        return Err(Refusal::bad_request("last_updated_max is no RFC 3339 time"));
    };
    farm.turn(move |turn| {
        let old: Vec<JobRow> =
            JobRow::all(turn.db)?.into_iter().filter(|job| job.updated <= limit.ceil_second()).collect();
        if old.is_empty() {
            return Err(Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "no job is that old"));
        }
        old.iter().try_for_each(|job| Ok(deletion::request(turn, job)?))
    })
    .await?;
    farm.deletions.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn what_would_delete_do(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
) -> Answer<JobDeletionInfo> {
    let job = find(&farm, &id).await?;
    let is_erased = farm.read(move |db| deletion::erases_checkout(db, &job)).await?;
    Ok(Json(JobDeletionInfo { shaman_checkout: is_erased }))
}

pub(super) async fn last_rendered(State(farm): State<Arc<Farm>>, Id(id): Id) -> Result<Response, Refusal> {
    find(&farm, &id).await?;
    Ok(preview_of(&farm, Some(&id)))
}

pub(super) async fn latest_preview(State(farm): State<Arc<Farm>>) -> Result<Response, Refusal> {
    let latest = farm.read(last_rendered::latest_job).await?;
    Ok(preview_of(&farm, latest.as_deref()))
}

fn preview_of(farm: &Farm, job_uuid: Option<&str>) -> Response {
    match job_uuid.and_then(|uuid| last_rendered::info(&farm.files, uuid)) {
        Some(info) => Json(info).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

pub(super) async fn blocklist(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<Vec<BlocklistEntry>> {
    let job = find(&farm, &id).await?;
    let entries = farm.read(move |db| {
        db.prepare_cached(
            "SELECT w.uuid, b.task_type, w.name FROM job_blocks b JOIN workers w ON w.id = b.worker_id
             WHERE b.job_id = ? ORDER BY w.id, b.task_type",
        )?
        .query_map([job.id], |row| {
            Ok(BlocklistEntry { worker_id: row.get(0)?, task_type: row.get(1)?, worker_name: row.get(2)? })
        })?
        .collect()
    });
    Ok(Json(entries.await?))
}

pub(super) async fn unblock(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(entries): Body<Vec<BlocklistEntry>>,
) -> Done {
    if entries.is_empty() {
        return Err(Refusal::bad_request("name the entries to remove"));
    }
    change(&farm, id, move |turn, job| {
        let mut remove = turn.db.prepare_cached(
            "DELETE FROM job_blocks WHERE job_id = ? AND task_type = ?
             AND worker_id = (SELECT id FROM workers WHERE uuid = ?)",
        )?;
        for entry in &entries {
            remove.execute(params![job.id, entry.task_type, entry.worker_id])?;
        }
        turn.wake_workers();
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
