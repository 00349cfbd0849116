use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flamenco::wire;
use serde::de::DeserializeOwned;

/// A request that is not granted, in the protocol's shape.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no such {what}: {id}"))
    }

    /// The fault is ours: it goes to the log, and the caller learns what to expect.
    pub(crate) fn internal(what: &str, error: impl std::fmt::Display) -> Self {
        tracing::error!("{what}: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, format!("{what}: {error}"))
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the farm's database is busy; try again in a second",
            ),
            _ => Self::internal("the farm's database failed", error),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = wire::Error { code: i32::from(self.status.as_u16()), message: self.message };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// What a handler answers.
pub(super) type Answer<T> = Result<Json<T>, Refusal>;

/// The usual answer to a change.
pub(super) type Done = Result<StatusCode, Refusal>;

/// A JSON body; anything else is a bad request.
pub(super) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match Json::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::BytesRejection(error)) => Err(Refusal::new(error.status(), error.body_text())),
            Err(error) => Err(Refusal::bad_request(error.body_text())),
        }
    }
}

/// The `{…}` of a path; what does not parse is a bad request.
pub(super) struct Segments<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(it)| Self(it)).map_err(|error| Refusal::bad_request(error.body_text()))
    }
}

/// The `{id}` of a path: a lower-case UUID of 36 characters.
pub(super) struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Segments(id) = Segments::<String>::from_request_parts(parts, state).await?;
        check_id(id).map(Self)
    }
}

pub(super) fn check_id(id: String) -> Result<String, Refusal> {
    let is_canonical = uuid::Uuid::try_parse(&id).is_ok_and(|uuid| uuid.to_string() == id);
    if is_canonical { Ok(id) } else { Err(Refusal::bad_request(format!("{id:?} is not a UUID"))) }
}
