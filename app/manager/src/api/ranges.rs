//! Files over HTTP, whole or in part (RFC 9110 §13, §14; one range a request).

use std::io::SeekFrom;
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::refusal::Refusal;

const BUFFER_BYTES: usize = 256 << 10;

/// The bytes asked for: first and number.
#[derive(Debug, PartialEq, Eq)]
enum Span {
    Whole,
    Part { first: u64, n_bytes: u64 },
    OutOfReach,
}

/// Answers with the file at `path`. `etag` (without quotes) names its content.
///
/// # Errors
/// 404 when there is no such file.
pub(crate) async fn serve(path: &Path, headers: &HeaderMap, etag: Option<&str>) -> Result<Response, Refusal> {
    let missing = |_| Refusal::new(StatusCode::NOT_FOUND, "no such file");
    let mut file = File::open(path).await.map_err(missing)?;
    let metadata = file.metadata().await.map_err(missing)?;
    if !metadata.is_file() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no such file"));
    }
    let quoted = etag.map(|etag| format!("\"{etag}\""));
    let text = |name: header::HeaderName| headers.get(name).and_then(|it| it.to_str().ok());
    let is_known = |quoted: &String| {
        text(header::IF_NONE_MATCH)
            .is_some_and(|known| known.split(',').any(|it| it.trim() == quoted || it.trim() == "*"))
    };
    let mut response = if quoted.as_ref().is_some_and(is_known) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        // A part of another content is of no use.
        let is_same = text(header::IF_RANGE).is_none_or(|wanted| Some(wanted) == quoted.as_deref());
        let range = text(header::RANGE).filter(|_| is_same);
        let size = metadata.len();
        match span(range, size) {
            Span::Whole => part(file, size, StatusCode::OK),
            Span::Part { first, n_bytes } => {
                file.seek(SeekFrom::Start(first)).await.map_err(missing)?;
                let mut response = part(file, n_bytes, StatusCode::PARTIAL_CONTENT);
                let range = format!("bytes {first}-{}/{size}", first + n_bytes - 1);
                insert(&mut response, header::CONTENT_RANGE, &range);
                response
            }
            Span::OutOfReach => {
                let message = format!("the file has {size} bytes");
                let mut response = Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, message).into_response();
                insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
                return Ok(response);
            }
        }
    };
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    insert(&mut response, header::CONTENT_TYPE, content_type(path));
    if let Some(quoted) = quoted {
        insert(&mut response, header::ETAG, &quoted);
    }
    Ok(response)
}

fn part(file: File, n_bytes: u64, status: StatusCode) -> Response {
    let stream = ReaderStream::with_capacity(file.take(n_bytes), BUFFER_BYTES);
    let mut response = (status, Body::from_stream(stream)).into_response();
    insert(&mut response, header::CONTENT_LENGTH, &n_bytes.to_string());
    response
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// What cannot be read as one byte range is answered with the whole file, as the standard asks.
fn span(range: Option<&str>, size: u64) -> Span {
    let Some((first, last)) = range.and_then(|it| it.strip_prefix("bytes=")?.split_once('-')) else {
        return Span::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let (first, last) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last),
        (Ok(first), Err(_)) if last.is_empty() => (first, u64::MAX),
        (Err(_), Ok(0)) if first.is_empty() => return Span::OutOfReach,
        (Err(_), Ok(n_bytes)) if first.is_empty() => (size.saturating_sub(n_bytes), u64::MAX),
        _ => return Span::Whole,
    };
    if first >= size {
        return Span::OutOfReach;
    }
    Span::Part { first, n_bytes: last.min(size - 1) - first + 1 }
}

fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "glb" => "model/gltf-binary",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ten_bytes() {
        let part = |first, n_bytes| Span::Part { first, n_bytes };
        for (range, expect) in [
            ("bytes=0-9", part(0, 10)),
            ("bytes=4-", part(4, 6)),
            ("bytes=4-100", part(4, 6)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-30", part(0, 10)),
            ("bytes=10-", Span::OutOfReach),
            ("bytes=-0", Span::OutOfReach),
            ("bytes=5-4", Span::Whole),
            ("bytes=0-1,4-5", Span::Whole),
            ("bytes=-", Span::Whole),
            ("lines=1-2", Span::Whole),
            ("bytes=18446744073709551615-", Span::OutOfReach),
        ] {
            assert_eq!(span(Some(range), 10), expect, "{range}");
        }
        assert_eq!(span(Some("bytes=0-"), 0), Span::OutOfReach);
        assert_eq!(span(None, 0), Span::Whole);
    }
}
