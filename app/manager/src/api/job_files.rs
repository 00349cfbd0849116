use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::Segments;
use super::ranges;
use crate::farm::Farm;
use crate::refusal::Refusal;
use crate::shaman::FilePath;

/// Logs and previews as files.
pub(super) async fn file(
    State(farm): State<Arc<Farm>>,
    Segments(path): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let path = FilePath::parse(&path)?;
    ranges::serve(&farm.files.root().join(path.as_str()), &headers, None).await
}
