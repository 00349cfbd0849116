use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, Method};

use super::{Client, Meter, TRANSFER_LIMIT, parse, refusal, segment};
use crate::ClientError;
use crate::kiln::{self, Chunk, Chunks};

/// What became of a file whose pieces were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assembled {
    Stored,
    /// Ask again which pieces are missing.
    Incomplete,
    /// The pieces make another file than was said: it has changed.
    Changed,
}

/// Handed to the connection at once.
const GULP_BYTES: usize = 64 << 10;

/// Files in pieces, which only our own Manager takes.
impl Client {
    /// Which of `chunks` the Manager does not have, each once.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn missing_chunks(&self, chunks: Vec<Chunk>) -> Result<Vec<Chunk>, ClientError> {
        let request = self
            .request(Method::POST, &format!("{}/chunks/missing", kiln::BASE))
            .timeout(Duration::from_secs(300))
            .json(&Chunks { chunks });
        Ok(parse::<Chunks>(self.send_ok(request).await?).await?.chunks)
    }

    /// Sends a pack: each piece behind its head ([`kiln::PACK_HEAD_BYTES`]). False: one of them is not
    /// what its head says.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn send_pack(&self, pack: Vec<u8>, meter: &Meter) -> Result<bool, ClientError> {
        let n_bytes = pack.len();
        let meter = meter.clone();
        let gulps: Vec<Vec<u8>> = pack.chunks(GULP_BYTES).map(<[u8]>::to_vec).collect();
        let gulps = stream::iter(gulps).then(move |gulp| {
            let meter = meter.clone();
            async move {
                meter.pass(gulp.len()).await;
                Ok::<_, std::io::Error>(gulp)
            }
        });
        let request = self
            .request(Method::POST, &format!("{}/chunks", kiln::BASE))
            .timeout(TRANSFER_LIMIT)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, n_bytes)
            .body(Body::wrap_stream(gulps));
        let response = self.send(request).await?;
        match response.status().as_u16() {
            200..=299 => Ok(true),
            417 => Ok(false),
            _ => Err(refusal(response).await),
        }
    }

    /// Has a file put together from pieces that the Manager has.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn assemble(&self, sha: &str, size: u64, chunks: Vec<Chunk>) -> Result<Assembled, ClientError> {
        let request = self
            .request(Method::POST, &format!("{}/files/{}/{size}/assemble", kiln::BASE, segment(sha)))
            // A film's worth of bytes is read and written on the other side.
            .timeout(Duration::from_secs(3600))
            .json(&Chunks { chunks });
        let response = self.send(request).await?;
        match response.status().as_u16() {
            200..=299 => Ok(Assembled::Stored),
            409 => Ok(Assembled::Incomplete),
            417 => Ok(Assembled::Changed),
            _ => Err(refusal(response).await),
        }
    }
}
