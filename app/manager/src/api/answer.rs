use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

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
pub(crate) struct Segments<T>(pub T);

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
