//! The farm over HTTP: one function an operation, grouped as the protocol groups them.

mod answer;
mod chunks;
mod configuration;
mod guard;
mod info;
mod job_files;
mod job_types;
mod jobs;
mod kiln;
mod openapi;
mod outputs;
mod peer;
mod ranges;
mod schedules;
mod shaman;
mod tags;
mod tasks;
mod worker;
mod workers;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::middleware;
use axum::response::Html;
use axum::routing::{delete, get, post};
use flamenco::discovery::ssdp::DESCRIPTION;

use crate::farm::Farm;
use crate::refusal::Refusal;

pub(crate) use answer::Segments;
pub(crate) use guard::{Guard, carries};
pub(crate) use peer::Peer;
pub(crate) use ranges::serve as serve_file;

/// A job of ten thousand models names them all in one setting.
const MAX_JSON_BYTES: usize = 64 << 20;

/// The farm as it shows behind a door.
pub(crate) fn router(farm: Arc<Farm>, guard: Guard) -> Router {
    let v3 = information().merge(for_workers()).merge(for_people()).merge(for_uploads());
    Router::new()
        .nest("/api/v3", v3)
        .nest(flamenco::kiln::BASE, extension())
        .route("/job-files/{*path}", get(job_files::file))
        .route(guard::PAGE, get(async || Html(include_str!("../../../../installer/studio-farm.html"))))
        .route(DESCRIPTION, get(info::description))
        .fallback(async |uri: Uri| Refusal::new(StatusCode::NOT_FOUND, format!("nothing at {}", uri.path())))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here")
        })
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .with_state(farm)
}

fn information() -> Router<Arc<Farm>> {
    Router::new()
        .route("/version", get(info::version))
        .route("/configuration", get(info::configuration))
        .route("/configuration/shared-storage/{audience}/{platform}", get(info::shared_storage))
        .route("/configuration/variables/{audience}/{platform}", get(info::variables))
        .route("/configuration/file", get(configuration::file))
        .route("/configuration/check/shared-storage", post(configuration::check_storage))
        .route(
            "/configuration/check/blender",
            get(configuration::find_blender).post(configuration::check_blender),
        )
        .route("/status", get(info::farm_status))
        .route("/openapi3.json", get(openapi::document))
        .route("/jobs/types", get(job_types::list))
        .route("/jobs/type/{name}", get(job_types::get))
}

fn for_workers() -> Router<Arc<Farm>> {
    Router::new()
        .route("/worker/register-worker", post(worker::register))
        .route("/worker/sign-on", post(worker::sign_on))
        .route("/worker/sign-off", post(worker::sign_off))
        .route("/worker/state", get(worker::state))
        .route("/worker/state-changed", post(worker::state_changed))
        .route("/worker/task", post(worker::task))
        .route("/worker/task/{id}", post(worker::task_update))
        .route("/worker/task/{id}/may-i-run", get(worker::may_i_run))
        .route("/worker/task/{id}/output-produced", post(worker::output_produced))
}

fn for_people() -> Router<Arc<Farm>> {
    Router::new()
        .route("/jobs", get(jobs::list).post(jobs::submit))
        .route("/jobs/query", post(jobs::list))
        .route("/jobs/check", post(jobs::check))
        .route("/jobs/mass-delete", delete(jobs::mass_delete))
        .route("/jobs/last-rendered", get(jobs::latest_preview))
        .route("/jobs/{id}", get(jobs::get).delete(jobs::delete))
        .route("/jobs/{id}/what-would-delete-do", get(jobs::what_would_delete_do))
        .route("/jobs/{id}/last-rendered", get(jobs::last_rendered))
        .route("/jobs/{id}/setstatus", post(jobs::set_status))
        .route("/jobs/{id}/setpriority", post(jobs::set_priority))
        .route("/jobs/{id}/settag", post(jobs::set_tag))
        .route("/jobs/{id}/tasks", get(tasks::of_job))
        .route("/jobs/{id}/blocklist", get(jobs::blocklist).delete(jobs::unblock))
        .route("/tasks/{id}", get(tasks::get))
        .route("/tasks/{id}/log", get(tasks::log))
        .route("/tasks/{id}/logtail", get(tasks::log_tail))
        .route("/tasks/{id}/setstatus", post(tasks::set_status))
        .route("/worker-mgt/workers", get(workers::list))
        .route("/worker-mgt/workers/{id}", get(workers::get).delete(workers::delete))
        .route("/worker-mgt/workers/{id}/setstatus", post(workers::set_status))
        .route("/worker-mgt/workers/{id}/settags", post(tags::set_of_worker))
        .route("/worker-mgt/workers/{id}/sleep-schedule", get(schedules::get).post(schedules::set))
        .route("/worker-mgt/tags", get(tags::list).post(tags::create))
        .route("/worker-mgt/tag/{id}", get(tags::get).put(tags::update).delete(tags::delete))
}

fn for_uploads() -> Router<Arc<Farm>> {
    Router::new()
        .route("/shaman/checkout/requirements", post(shaman::requirements))
        .route("/shaman/checkout/create", post(shaman::create))
        .route("/shaman/files/{sha}/{size}", get(shaman::status).post(shaman::upload))
}

fn extension() -> Router<Arc<Farm>> {
    Router::new()
        .route("/info", get(kiln::info))
        .route("/chunks/missing", post(chunks::missing))
        .route("/chunks", post(chunks::receive))
        .route("/files/{sha}/{size}/assemble", post(chunks::assemble))
        .route("/shutdown", post(kiln::shutdown))
        .route("/worker/task", post(kiln::wait_for_task))
        .route("/tasks/{id}/why-not", get(kiln::why_not))
        .route("/jobs/dry-run", post(kiln::dry_run))
        .route("/jobs/{id}/run-again", post(kiln::run_again))
        .route("/jobs/{id}/outputs", get(outputs::list))
        .route("/jobs/{id}/outputs/{*path}", get(outputs::file))
}
