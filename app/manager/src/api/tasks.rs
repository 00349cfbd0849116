use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use flamenco::wire::{Task, TaskList, TaskLogInfo, TaskStatus, TaskStatusChange};

use super::answer::{Answer, Body, Done, Id};
use crate::database::blocking;
use crate::farm::Farm;
use crate::job_files::JobFiles;
use crate::records::TaskRow;
use crate::refusal::Refusal;

/// An unknown job has no tasks.
pub(super) async fn of_job(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<TaskList> {
    let tasks = farm.read(move |db| TaskRow::of_job(db, &id)).await?;
    Ok(Json(TaskList { tasks: tasks.into_iter().map(TaskRow::summary).collect() }))
}

pub(super) async fn get(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<Task> {
    let task = find(&farm, &id).await?;
    let failed_by = farm.read(move |db| TaskRow::failed_by(db, task.id)).await?;
    Ok(Json(task.wire(failed_by)))
}

async fn find(farm: &Farm, id: &str) -> Result<TaskRow, Refusal> {
    let uuid = id.to_owned();
    let task = farm.read(move |db| TaskRow::by_uuid(db, &uuid)).await?;
    task.ok_or_else(|| Refusal::not_found("task", id))
}

pub(super) async fn log(State(farm): State<Arc<Farm>>, Id(id): Id) -> Result<Response, Refusal> {
    let task = find(&farm, &id).await?;
    let Some(size) = farm.files.log_size(&task.job_uuid, &id) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let url = format!("/job-files/{}", JobFiles::log_path(&task.job_uuid, &id));
    Ok(Json(TaskLogInfo { task_id: id, job_id: task.job_uuid, url, size }).into_response())
}

pub(super) async fn log_tail(State(farm): State<Arc<Farm>>, Id(id): Id) -> Result<Response, Refusal> {
    let task = find(&farm, &id).await?;
    let files = farm.files.clone();
    let tail = blocking(move || files.log_tail(&task.job_uuid, &task.uuid)).await;
    match tail.map_err(|error| Refusal::internal("the task's log cannot be read", error))? {
        Some(text) => Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

pub(super) async fn set_status(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(wanted): Body<TaskStatusChange>,
) -> Done {
    if wanted.status == TaskStatus::Unknown {
        return Err(Refusal::bad_request("that is no task status"));
    }
    farm.turn(move |turn| {
        let task = TaskRow::by_uuid(turn.db, &id)?.ok_or_else(|| Refusal::not_found("task", &id))?;
        Ok(turn.task_wanted(&task, wanted.status, &wanted.reason)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
