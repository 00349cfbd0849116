use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, Method};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use super::{Client, Meter, TRANSFER_LIMIT, parse, refusal, segment};
use crate::ClientError;
use crate::wire::{
    ShamanCheckout, ShamanCheckoutResult, ShamanFile, ShamanFileStatus, ShamanFileWithStatus,
    ShamanRequirements, ShamanRequirementsAnswer, ShamanSingleFileStatus,
};

/// What became of one upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uploaded {
    Stored,
    /// Somebody else is sending the same file; come back to it later.
    Deferred,
    /// The bytes sent do not have the promised size and hash: the file has changed.
    Changed,
}

/// Files by content.
impl Client {
    /// Which of `files` the Manager does not hold.
    ///
    /// # Errors
    /// 503 where the Manager takes no files.
    pub async fn shaman_requirements(
        &self,
        files: &[ShamanFile],
    ) -> Result<Vec<ShamanFileWithStatus>, ClientError> {
        let request = ShamanRequirements { files: files.to_vec() };
        let request = self
            .request(Method::POST, "/api/v3/shaman/checkout/requirements")
            .timeout(Duration::from_secs(300))
            .json(&request);
        let answer: ShamanRequirementsAnswer = parse(self.send_ok(request).await?).await?;
        Ok(answer.files)
    }

    /// # Errors
    /// See [`ClientError`].
    pub async fn shaman_status(&self, sha: &str, size: u64) -> Result<ShamanFileStatus, ClientError> {
        let answer: ShamanSingleFileStatus =
            self.get(&format!("/api/v3/shaman/files/{}/{size}", segment(sha))).await?;
        Ok(answer.status)
    }

    /// Sends the file at `path` as `file`, through `meter`.
    ///
    /// # Errors
    /// When the file cannot be read, or see [`ClientError`]. A connection closed on us may mean that
    /// somebody else finished the same file: ask [`Self::shaman_requirements`] again.
    pub async fn shaman_upload(
        &self,
        file: &ShamanFile,
        path: &Path,
        can_defer: bool,
        meter: &Meter,
    ) -> Result<Uploaded, ClientError> {
        let body = body(path, file.size, meter).await.map_err(|error| ClientError::File {
            path: path.display().to_string(),
            cause: format!("the file cannot be opened ({error})"),
        })?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let request = self
            .request(Method::POST, &format!("/api/v3/shaman/files/{}/{}", segment(&file.sha), file.size))
            // A slow line may need hours; a dead one is noticed by the system.
            .timeout(TRANSFER_LIMIT)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, file.size)
            .header("X-Shaman-Can-Defer-Upload", if can_defer { "true" } else { "false" })
            .header("X-Shaman-Original-Filename", encoded_word(&name))
            .body(body);
        let response = self.send(request).await?;
        match response.status().as_u16() {
            // 208 is a success too: somebody was faster.
            200..=299 => Ok(Uploaded::Stored),
            425 => Ok(Uploaded::Deferred),
            417 => Ok(Uploaded::Changed),
            _ => Err(refusal(response).await),
        }
    }

    /// Lays the files out under a new folder; every file must be stored. Use the returned path.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn shaman_checkout(&self, checkout: &ShamanCheckout) -> Result<String, ClientError> {
        let request = self
            .request(Method::POST, "/api/v3/shaman/checkout/create")
            .timeout(Duration::from_secs(300))
            .json(checkout);
        let answer: ShamanCheckoutResult = parse(self.send_ok(request).await?).await?;
        Ok(answer.checkout_path)
    }
}

/// What fits one piece is read at once: for thousands of small files the pieces cost more than the
/// bytes.
async fn body(path: &Path, size: u64, meter: &Meter) -> std::io::Result<Body> {
    let mut source = tokio::fs::File::open(path).await?.take(size);
    if size <= PIECE as u64 {
        let mut bytes = Vec::with_capacity(size as usize);
        source.read_to_end(&mut bytes).await?;
        meter.pass(bytes.len()).await;
        return Ok(bytes.into());
    }
    let meter = meter.clone();
    let pieces = ReaderStream::with_capacity(source, PIECE).then(move |piece| {
        let meter = meter.clone();
        async move {
            if let Ok(piece) = &piece {
                meter.pass(piece.len()).await;
            }
            piece
        }
    });
    Ok(Body::wrap_stream(pieces))
}

const PIECE: usize = 256 << 10;

/// Plain ASCII as it is, everything else as one RFC 2047 encoded word.
fn encoded_word(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && !name.contains("=?");
    if is_plain { name.to_owned() } else { format!("=?utf-8?b?{}?=", STANDARD.encode(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_travel_as_one_line_of_ascii() {
        assert_eq!(encoded_word("robot arm.glb"), "robot arm.glb");
        assert_eq!(encoded_word("stół.obj"), "=?utf-8?b?c3TDs8WCLm9iag==?=");
        assert_eq!(encoded_word("a\nb"), "=?utf-8?b?YQpi?=");
    }
}
