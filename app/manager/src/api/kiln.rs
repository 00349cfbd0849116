//! The extension: who this Manager is, and waiting for a task instead of asking again and again.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use flamenco::kiln::{Info, RunAgain, RunsAgain, WhyNot};
use flamenco::wire::SubmittedJob;
use serde::Deserialize;
use tokio::time::Instant;

use super::answer::{Answer, Body, Id};
use super::jobs;
use super::worker::{Credentials, offer};
use crate::farm::Farm;
use crate::job_types::task_graph_as_svg;
use crate::outputs;
use crate::records::TaskRow;
use crate::refusal::Refusal;
use crate::states::Offer;

pub(super) async fn info() -> Json<Info> {
    Json(Info {
        name: "Kiln".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        long_poll: true,
        outputs: true,
        chunks: true,
    })
}

/// Why a task is not running, Worker by Worker.
pub(super) async fn why_not(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<WhyNot> {
    let answer = farm.turn(move |turn| {
        let task = TaskRow::by_uuid(turn.db, &id)?.ok_or_else(|| Refusal::not_found("task", &id))?;
        Ok(turn.why_not(&task)?)
    });
    Ok(Json(answer.await?))
}

/// The tasks that would be made of a submission; with `?as=svg` as a picture.
pub(super) async fn dry_run(
    State(farm): State<Arc<Farm>>,
    shape: Result<Query<Shape>, QueryRejection>,
    Body(submitted): Body<SubmittedJob>,
) -> Result<Response, Refusal> {
    let Query(shape) = shape.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let title = format!("{} ({})", submitted.name, submitted.job_type);
    let dry_run = jobs::prepare(&farm, submitted).await?.as_dry_run();
    Ok(match shape.wanted.as_deref() {
        None | Some("json") => Json(dry_run).into_response(),
        Some("svg") => {
            let svg = task_graph_as_svg(&title, &dry_run);
            ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
        }
        Some(other) => return Err(Refusal::bad_request(format!("as={other} is not known; use json or svg"))),
    })
}

#[derive(Deserialize)]
pub(super) struct Shape {
    #[serde(default, rename = "as")]
    wanted: Option<String>,
}

/// Makes chosen frames or tasks of a job anew.
pub(super) async fn run_again(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    Body(wish): Body<RunAgain>,
) -> Answer<RunsAgain> {
    let variables = farm.config.variables.clone();
    let answer =
        jobs::change(&farm, id, move |turn, job| outputs::run_again(turn, job, &wish, &variables)).await?;
    Ok(Json(answer))
}

/// Asks whoever runs this farm to end it. Jobs go on at its next start.
pub(super) async fn shutdown(State(farm): State<Arc<Farm>>) -> StatusCode {
    farm.end_asked.cancel();
    StatusCode::ACCEPTED
}

#[derive(Deserialize)]
pub(super) struct Wait {
    #[serde(default)]
    wait_secs: u64,
}

/// Answers like `/worker/task`, but where that would say "nothing" waits for news first.
pub(super) async fn wait_for_task(
    State(farm): State<Arc<Farm>>,
    wait: Result<Query<Wait>, QueryRejection>,
    who: Credentials,
) -> Result<Offer, Refusal> {
    let Query(wait) = wait.map_err(|error| Refusal::bad_request(error.body_text()))?;
    // A Worker that waits is silent meanwhile; it must be heard of well before it counts as lost.
    let longest = farm.config.timings.worker_timeout / 2;
    let deadline = Instant::now() + Duration::from_secs(wait.wait_secs).min(longest);
    let mut news = farm.news();
    loop {
        news.mark_unchanged();
        let found = offer(&farm, who.clone()).await?;
        if !matches!(found, Offer::Nothing) {
            return Ok(found);
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return Ok(found) },
            () = tokio::time::sleep_until(deadline) => return Ok(found),
            () = farm.stop.cancelled() => return Ok(found),
        }
    }
}
