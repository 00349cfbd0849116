//! Workers as people see and steer them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use flamenco::wire::{StatusChangeRequest, Worker, WorkerList, WorkerStatus, WorkerTask};

use super::answer::{Answer, Body, Done, Id};
use crate::farm::Farm;
use crate::records::{TaskRow, WorkerRow, tags_of};
use crate::refusal::Refusal;
use crate::states::Turn;

pub(super) async fn list(State(farm): State<Arc<Farm>>) -> Answer<WorkerList> {
    let workers = farm.read(WorkerRow::all).await?;
    Ok(Json(WorkerList { workers: workers.iter().map(WorkerRow::summary).collect() }))
}

pub(super) async fn get(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<Worker> {
    let missing = Refusal::not_found("worker", &id);
    let found = farm.read(move |db| {
        let Some(worker) = WorkerRow::by_uuid(db, &id)? else { return Ok(None) };
        let task = TaskRow::latest_of(db, worker.id)?;
        let tags = tags_of(db, worker.id)?;
        Ok(Some((worker, task, tags)))
    });
    let (worker, task, tags) = found.await?.ok_or(missing)?;
    Ok(Json(Worker {
        summary: worker.summary(),
        ip_address: worker.address,
        platform: worker.platform,
        supported_task_types: worker.task_types,
        task: task.map(|it| WorkerTask { job_id: it.job_uuid.clone(), summary: it.summary() }),
        tags: (!tags.is_empty()).then_some(tags),
    }))
}

/// Runs `act` on the Worker in one turn.
pub(super) async fn change(
    farm: &Arc<Farm>,
    id: String,
    act: impl FnOnce(&Turn<'_>, &WorkerRow) -> Result<(), Refusal> + Send + 'static,
) -> Done {
    farm.turn(move |turn| {
        let worker = WorkerRow::by_uuid(turn.db, &id)?.ok_or_else(|| Refusal::not_found("worker", &id))?;
        turn.wake_workers();
        act(turn, &worker)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete(State(farm): State<Arc<Farm>>, Id(id): Id) -> Done {
    change(&farm, id, |turn, worker| Ok(turn.delete_worker(worker)?)).await
}

pub(super) async fn set_status(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(wanted): Body<StatusChangeRequest>,
) -> Done {
    if matches!(wanted.status, WorkerStatus::Unknown | WorkerStatus::Registered) {
        return Err(Refusal::bad_request("that is no worker status"));
    }
    change(&farm, id, move |turn, worker| {
        if wanted.status == WorkerStatus::Restart && !worker.can_restart {
            return Err(Refusal::new(StatusCode::PRECONDITION_FAILED, "this worker cannot restart itself"));
        }
        Ok(turn.worker_wanted(worker, wanted)?)
    })
    .await
}
