use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use flamenco::wire::{JobType, JobTypes};

use super::answer::{Answer, Segments};
use crate::database::blocking;
use crate::farm::Farm;
use crate::refusal::Refusal;

pub(super) async fn list(State(farm): State<Arc<Farm>>) -> Json<JobTypes> {
    let types = farm.job_types.clone();
    Json(JobTypes { job_types: blocking(move || types.list()).await })
}

pub(super) async fn get(State(farm): State<Arc<Farm>>, Segments(name): Segments<String>) -> Answer<JobType> {
    let types = farm.job_types.clone();
    let found = blocking({
        let name = name.clone();
        move || types.get(&name)
    });
    found.await.map(Json).ok_or_else(|| Refusal::not_found("job type", &name))
}
