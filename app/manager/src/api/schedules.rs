use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flamenco::wire::WorkerSleepSchedule;
use jiff::Zoned;
use rusqlite::params;

use super::answer::{Body, Done, Id};
use super::workers;
use crate::farm::Farm;
use crate::records::WorkerRow;
use crate::refusal::Refusal;
use crate::sleep;

pub(super) async fn get(State(farm): State<Arc<Farm>>, Id(id): Id) -> Result<Response, Refusal> {
    let missing = Refusal::not_found("worker", &id);
    let found = farm.read(move |db| match WorkerRow::by_uuid(db, &id)? {
        Some(worker) => sleep::schedule_of(db, worker.id).map(Some),
        None => Ok(None),
    });
    Ok(match found.await?.ok_or(missing)? {
        Some(schedule) => Json(schedule).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

pub(super) async fn set(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(schedule): Body<WorkerSleepSchedule>,
) -> Done {
    if let Some(complaint) = sleep::complaint(&schedule) {
        return Err(Refusal::bad_request(complaint));
    }
    workers::change(&farm, id, move |turn, worker| {
        turn.db.execute(
            "INSERT OR REPLACE INTO sleep_schedules (worker_id, is_active, days_of_week, start_time, end_time)
             VALUES (?, ?, ?, ?, ?)",
            params![
                worker.id,
                schedule.is_active,
                schedule.days_of_week,
                schedule.start_time,
                schedule.end_time
            ],
        )?;
        Ok(sleep::apply(turn, &Zoned::now())?)
    })
    .await
}
