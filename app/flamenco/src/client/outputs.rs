use std::time::Duration;

use reqwest::header::{ETAG, IF_RANGE, RANGE};
use reqwest::{Method, Response};

use super::{Client, TRANSFER_LIMIT, parse, refusal, segment};
use crate::ClientError;
use crate::client_error::without_query;
use crate::kiln::{self, DryRun, Output, Outputs, RunAgain, RunsAgain};
use crate::wire::SubmittedJob;

/// A file on its way down.
pub struct Download {
    pub(super) response: Response,
    /// Where in the file the first chunk belongs; 0 when the Manager starts over.
    pub offset: u64,
}

/// Between two chunks; a Manager that is silent for longer is gone.
const CHUNK_WAIT: Duration = Duration::from_secs(60);

/// Finished files, which only our own Manager hands out.
impl Client {
    /// Files of completed tasks so far. Refused with 404 by a Manager that is not ours.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn outputs(&self, job: &str) -> Result<Vec<Output>, ClientError> {
        Ok(self.get::<Outputs>(&format!("{}/jobs/{}/outputs", kiln::BASE, segment(job))).await?.outputs)
    }

    /// Makes frames or whole tasks of a job anew; the old files are moved aside. Only our own Manager
    /// can.
    ///
    /// # Errors
    /// 400 when the job has no such frame or task, 409 while it runs; and see [`ClientError`].
    pub async fn run_again(&self, job: &str, wish: &RunAgain) -> Result<RunsAgain, ClientError> {
        let path = format!("{}/jobs/{}/run-again", kiln::BASE, segment(job));
        parse(self.send_ok(self.request(Method::POST, &path).json(wish)).await?).await
    }

    /// The tasks that would be made of a submission. Only our own Manager tells.
    ///
    /// # Errors
    /// 400 with the job type's own words; and see [`ClientError`].
    pub async fn dry_run(&self, job: &SubmittedJob) -> Result<DryRun, ClientError> {
        let path = format!("{}/jobs/dry-run", kiln::BASE);
        parse(self.send_ok(self.request(Method::POST, &path).json(job)).await?).await
    }

    /// One file from byte `offset` on. If the file's content is no longer `output.sha256`, it is sent
    /// from its start, which [`Download::offset`] tells.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn download(&self, job: &str, output: &Output, offset: u64) -> Result<Download, ClientError> {
        let path = format!("{}/jobs/{}/outputs/{}", kiln::BASE, segment(job), segments(&output.path));
        self.download_at(&path, output, offset).await
    }

    /// Every file below `folder` of what a results server shows; slashes.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn files(&self, folder: &str) -> Result<Vec<Output>, ClientError> {
        let request =
            self.request(Method::GET, &format!("{}/files", kiln::BASE)).query(&[("folder", folder)]);
        // New files are read once to tell their hashes.
        let request = request.timeout(Duration::from_secs(600));
        Ok(parse::<Outputs>(self.send_ok(request).await?).await?.outputs)
    }

    /// As [`Self::download`], from a results server's `folder`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn download_file(
        &self,
        folder: &str,
        output: &Output,
        offset: u64,
    ) -> Result<Download, ClientError> {
        let folder = if folder.is_empty() { String::new() } else { format!("{}/", segments(folder)) };
        let path = format!("{}/files/{folder}{}", kiln::BASE, segments(&output.path));
        self.download_at(&path, output, offset).await
    }

    async fn download_at(&self, path: &str, output: &Output, offset: u64) -> Result<Download, ClientError> {
        let mut request = self.request(Method::GET, path).timeout(TRANSFER_LIMIT);
        if offset > 0 {
            request = request
                .header(RANGE, format!("bytes={offset}-"))
                .header(IF_RANGE, format!("\"{}\"", output.sha256));
        }
        let response = match tokio::time::timeout(CHUNK_WAIT, self.send(request)).await {
            Ok(response) => response?,
            Err(_) => {
                return Err(ClientError::Lost {
                    url: self.url().into(),
                    cause: "no answer for a minute".into(),
                });
            }
        };
        match response.status().as_u16() {
            200 => Ok(Download { response, offset: 0 }),
            206 => Ok(Download { response, offset }),
            _ => Err(refusal(response).await),
        }
    }
}

fn segments(path: &str) -> String {
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

impl Download {
    /// The Manager's hash of what it sends, if it says.
    pub fn etag(&self) -> Option<&str> {
        self.response.headers().get(ETAG)?.to_str().ok().map(|etag| etag.trim_matches('"'))
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks or falls silent for a minute.
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + Send + use<>>, ClientError> {
        match tokio::time::timeout(CHUNK_WAIT, self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| ClientError::of_transport(&error)),
            Err(_) => Err(ClientError::Lost {
                url: without_query(self.response.url()),
                cause: "nothing came for a minute".into(),
            }),
        }
    }
}
