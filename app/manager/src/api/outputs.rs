use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use flamenco::kiln::Outputs;

use super::answer::{Answer, Id, Segments, check_id};
use super::{jobs, ranges};
use crate::database::blocking;
use crate::farm::Farm;
use crate::outputs::{self, Results};
use crate::refusal::Refusal;
use crate::shaman::FilePath;

pub(super) async fn list(State(farm): State<Arc<Farm>>, Id(id): Id) -> Answer<Outputs> {
    let Some(results) = results(&farm, &id).await? else { return Ok(Json(Outputs::default())) };
    let job_id = results.job_id;
    let (outputs, fresh) = blocking(move || results.list()).await;
    if !fresh.is_empty() {
        farm.turn(move |turn| Ok(outputs::remember(turn.db, job_id, &fresh)?)).await?;
    }
    Ok(Json(Outputs { outputs }))
}

pub(super) async fn file(
    State(farm): State<Arc<Farm>>,
    Segments((id, path)): Segments<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = check_id(id)?;
    let path = FilePath::parse(&path)?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "the job has no such result, or not yet");
    let results = results(&farm, &id).await?.ok_or_else(missing)?;
    let found = blocking(move || results.find(path.as_str())).await;
    let (full, hashed) = found.ok_or_else(missing)?;
    ranges::serve(&full, &headers, Some(&hashed.sha256)).await
}

async fn results(farm: &Arc<Farm>, id: &str) -> Result<Option<Results>, Refusal> {
    let job = jobs::find(farm, id).await?;
    let variables = farm.config.variables.clone();
    farm.read(move |db| Results::of_job(db, &job, &variables)).await
}
