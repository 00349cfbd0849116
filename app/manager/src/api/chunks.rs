use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use flamenco::kiln::{self, MAX_CHUNK_BYTES, MAX_PACK_BYTES};
use futures_util::StreamExt;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::answer::{Answer, Body, Done, Segments};
use crate::database::blocking;
use crate::farm::Farm;
use crate::refusal::Refusal;
use crate::shaman::{AssembleError, Chunk, Content, NameError};

impl From<AssembleError> for Refusal {
    fn from(error: AssembleError) -> Self {
        let status = match &error {
            AssembleError::Missing(_) => StatusCode::CONFLICT,
            AssembleError::Other => StatusCode::EXPECTATION_FAILED,
            AssembleError::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

pub(super) async fn missing(
    State(farm): State<Arc<Farm>>,
    Body(wanted): Body<kiln::Chunks>,
) -> Answer<kiln::Chunks> {
    let wanted = parse(&wanted)?;
    let missing = blocking(move || farm.shaman.missing_chunks(&wanted)).await;
    let missing = missing.map_err(|error| Refusal::internal("the stored pieces cannot be read", error))?;
    let told = |(sha, size): &Chunk| kiln::Chunk { sha: crate::job_types::hex(sha), size: *size };
    Ok(Json(kiln::Chunks { chunks: missing.iter().map(told).collect() }))
}

/// A pack of pieces.
pub(super) async fn receive(State(farm): State<Arc<Farm>>, request: Request) -> Done {
    let full = |error| Refusal::internal("the pieces cannot be stored", error);
    let arriving = farm.shaman.new_pack();
    let outcome = async {
        let mut file = File::create_new(arriving.path()).await.map_err(full)?;
        let mut body = request.into_body().into_data_stream();
        let mut n_bytes = 0;
        while let Some(bytes) = body.next().await {
            let bytes =
                bytes.map_err(|error| Refusal::bad_request(format!("the upload broke off: {error}")))?;
            n_bytes += bytes.len() as u64;
            if n_bytes > MAX_PACK_BYTES {
                return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "these are too many pieces at once"));
            }
            file.write_all(&bytes).await.map_err(full)?;
        }
        file.flush().await.map_err(full)
    };
    outcome.await?;
    match blocking(move || farm.shaman.take_pack(arriving)).await {
        Ok(()) => Ok(StatusCode::OK),
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof
            ) =>
        {
            Err(Refusal::new(StatusCode::EXPECTATION_FAILED, error.to_string()))
        }
        Err(error) => Err(full(error)),
    }
}

pub(super) async fn assemble(
    State(farm): State<Arc<Farm>>,
    Segments((sha, size)): Segments<(String, u64)>,
    Body(chunks): Body<kiln::Chunks>,
) -> Done {
    let content = Content::parse(&sha, size)?;
    let chunks = parse(&chunks)?;
    blocking(move || farm.shaman.assemble(&content, &chunks)).await?;
    Ok(StatusCode::OK)
}

fn parse(chunks: &kiln::Chunks) -> Result<Vec<Chunk>, Refusal> {
    let one = |it: &kiln::Chunk| {
        if it.size > MAX_CHUNK_BYTES {
            return Err(Refusal::bad_request(format!(
                "a piece of {} bytes is longer than any may be",
                it.size
            )));
        }
        let sha = kiln::sha_of_hex(&it.sha).ok_or_else(|| NameError::Checksum(it.sha.clone()))?;
        Ok((sha, it.size))
    };
    chunks.chunks.iter().map(one).collect()
}
