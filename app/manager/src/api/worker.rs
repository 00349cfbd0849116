//! What Workers ask and report.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use flamenco::wire::{
    MayKeepRunning, RegisteredWorker, TaskStatus, TaskUpdate, WorkerRegistration, WorkerSignOn,
    WorkerStateChange, WorkerStateChanged, WorkerStatus,
};
use rusqlite::params;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Peer;
use super::answer::{Answer, Body, Done, Id};
use crate::Audience;
use crate::farm::Farm;
use crate::last_rendered;
use crate::records::{TaskRow, WorkerRow};
use crate::refusal::Refusal;
use crate::states::{Heard, Offer, Turn, type_list};

/// A Worker's id and secret, not yet checked.
#[derive(Clone)]
pub(crate) struct Credentials {
    uuid: String,
    secret: String,
}

impl FromRequestParts<Arc<Farm>> for Credentials {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Farm>) -> Result<Self, Refusal> {
        let basic = parts.headers.get_all(header::AUTHORIZATION).iter().find_map(|it| {
            let (scheme, encoded) = it.to_str().ok()?.split_once(' ')?;
            let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
            let (uuid, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
            scheme.eq_ignore_ascii_case("basic").then(|| Self { uuid: uuid.into(), secret: secret.into() })
        });
        basic.ok_or_else(not_a_worker)
    }
}

fn not_a_worker() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "security requirements failed: unknown worker or wrong secret")
}

/// Secrets are 256 random bits made by the Worker, so a plain hash cannot be guessed back.
fn hash(uuid: &str, secret: &str) -> Vec<u8> {
    Sha256::digest(format!("{uuid}:{secret}")).to_vec()
}

/// Runs `act` for the Worker that `who` proves to be, who has been heard of with that.
pub(crate) async fn worker_turn<T: Send + 'static>(
    farm: &Arc<Farm>,
    who: Credentials,
    act: impl FnOnce(&Turn<'_>, &WorkerRow) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    farm.turn(move |turn| {
        let worker = WorkerRow::by_uuid(turn.db, &who.uuid)?
            .filter(|it| it.secret_hash == hash(&who.uuid, &who.secret))
            .ok_or_else(not_a_worker)?;
        WorkerRow::save_seen(turn.db, worker.id, turn.now)?;
        act(turn, &worker)
    })
    .await
}

pub(super) async fn register(
    State(farm): State<Arc<Farm>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Body(wanted): Body<WorkerRegistration>,
) -> Answer<RegisteredWorker> {
    if wanted.secret.is_empty() {
        return Err(Refusal::bad_request("a worker needs a secret"));
    }
    let registered = farm.turn(move |turn| {
        let uuid = Uuid::new_v4().to_string();
        let address = peer.ip().to_string();
        turn.db
            .prepare_cached(
                "INSERT INTO workers (uuid, secret_hash, name, address, platform, task_types, created, updated)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                uuid,
                hash(&uuid, &wanted.secret),
                wanted.name,
                address,
                wanted.platform,
                type_list(&wanted.supported_task_types),
                turn.now,
                turn.now,
            ])?;
        Ok(RegisteredWorker {
            uuid,
            name: wanted.name,
            address,
            status: WorkerStatus::Registered,
            platform: wanted.platform,
            software: String::new(),
            supported_task_types: wanted.supported_task_types,
        })
    });
    Ok(Json(registered.await?))
}

pub(super) async fn sign_on(
    State(farm): State<Arc<Farm>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    who: Credentials,
    Body(wanted): Body<WorkerSignOn>,
) -> Answer<WorkerStateChange> {
    let address = peer.ip().to_string();
    let answer = worker_turn(&farm, who, move |turn, worker| Ok(turn.sign_on(worker, &wanted, &address)?));
    Ok(Json(WorkerStateChange { status_requested: answer.await? }))
}

pub(super) async fn sign_off(State(farm): State<Arc<Farm>>, who: Credentials) -> Done {
    worker_turn(&farm, who, |turn, worker| Ok(turn.sign_off(worker)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn state(State(farm): State<Arc<Farm>>, who: Credentials) -> Result<Response, Refusal> {
    let request = worker_turn(&farm, who, |_, worker| Ok(worker.request)).await?;
    Ok(match request {
        Some(request) => Json(WorkerStateChange { status_requested: request.status }).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

pub(super) async fn state_changed(
    State(farm): State<Arc<Farm>>,
    who: Credentials,
    Body(now): Body<WorkerStateChanged>,
) -> Done {
    if matches!(now.status, WorkerStatus::Unknown | WorkerStatus::Registered) {
        return Err(Refusal::bad_request("that is no worker status"));
    }
    worker_turn(&farm, who, move |turn, worker| Ok(turn.worker_changed(worker, now.status)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl IntoResponse for Offer {
    fn into_response(self) -> Response {
        match self {
            Self::Task(task) => Json(task).into_response(),
            Self::Nothing => StatusCode::NO_CONTENT.into_response(),
            Self::ChangeState(status_requested) => {
                (StatusCode::LOCKED, Json(WorkerStateChange { status_requested })).into_response()
            }
            Self::NotAwake(status) => {
                Refusal::new(StatusCode::CONFLICT, format!("worker is not awake but {status:?}"))
                    .into_response()
            }
        }
    }
}

pub(super) async fn task(State(farm): State<Arc<Farm>>, who: Credentials) -> Result<Offer, Refusal> {
    offer(&farm, who).await
}

pub(super) async fn offer(farm: &Arc<Farm>, who: Credentials) -> Result<Offer, Refusal> {
    let (offer, platform) =
        worker_turn(farm, who, |turn, worker| Ok((turn.offer(worker)?, worker.platform.clone()))).await?;
    Ok(match offer {
        Offer::Task(mut task) => {
            for command in &mut task.commands {
                farm.config.variables.expand_parameters(
                    Audience::Workers,
                    &platform,
                    &mut command.parameters,
                );
            }
            Offer::Task(task)
        }
        other => other,
    })
}

pub(super) async fn task_update(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    who: Credentials,
    Body(update): Body<TaskUpdate>,
) -> Done {
    if matches!(update.task_status, Some(TaskStatus::SoftFailed | TaskStatus::Unknown)) {
        return Err(Refusal::bad_request("a worker cannot give a task that status"));
    }
    let missing = Refusal::not_found("task", &id);
    let heard = worker_turn(&farm, who, move |turn, worker| Ok(turn.hear(worker, &id, &update)?));
    let conflict = |message: String| Err(Refusal::new(StatusCode::CONFLICT, message));
    match heard.await? {
        Heard::Taken => Ok(StatusCode::NO_CONTENT),
        Heard::NoSuchTask => Err(missing),
        Heard::NotTheirs => conflict("the task is not assigned to this worker".into()),
        Heard::Over(status) => {
            conflict(format!("the task is {status} and no longer this worker's to change"))
        }
    }
}

pub(super) async fn may_i_run(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    who: Credentials,
) -> Answer<MayKeepRunning> {
    let answer = worker_turn(&farm, who, move |turn, worker| Ok(turn.may_keep_running(worker, &id)?));
    Ok(Json(answer.await?))
}

/// The largest picture a Worker may send for a preview.
const MAX_PREVIEW_BYTES: u64 = 25 << 20;

pub(super) async fn output_produced(
    State(farm): State<Arc<Farm>>,
    Id(id): Id,
    who: Credentials,
    headers: HeaderMap,
    request: Request,
) -> Done {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let Some(n_bytes) = text(header::CONTENT_LENGTH).and_then(|it| it.parse::<u64>().ok()) else {
        return Err(Refusal::new(StatusCode::LENGTH_REQUIRED, "say how many bytes follow"));
    };
    if n_bytes > MAX_PREVIEW_BYTES {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "a preview has at most 25 MiB"));
    }
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let Some(format) = last_rendered::format_of(content_type) else {
        let message = format!("a preview is image/jpeg or image/png, not {content_type:?}");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    };
    let job_uuid = worker_turn(&farm, who, move |turn, _| {
        let task = TaskRow::by_uuid(turn.db, &id)?.ok_or_else(|| Refusal::not_found("task", &id))?;
        Ok(task.job_uuid)
    })
    .await?;
    let Ok(permit) = Arc::clone(&farm.previews).try_acquire_owned() else {
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "previews come faster than they are scaled"));
    };
    let bytes: Bytes = axum::body::to_bytes(request.into_body(), MAX_PREVIEW_BYTES as usize)
        .await
        .map_err(|error| Refusal::bad_request(format!("the preview did not arrive whole: {error}")))?;
    tokio::spawn(async move {
        last_rendered::update(&farm, job_uuid, bytes, format).await;
        drop(permit);
    });
    Ok(StatusCode::ACCEPTED)
}
