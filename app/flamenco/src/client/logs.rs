use reqwest::Method;
use reqwest::header::RANGE;

use super::{Client, refusal, segment};
use crate::ClientError;
use crate::wire::{LastRendered, TaskLogInfo};

/// A piece of a task's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogChunk {
    pub text: Vec<u8>,
    /// Ask from here next time.
    pub next_offset: u64,
}

/// One answer brings at most this much; ask again for the rest.
const CHUNK_LIMIT: u64 = 1 << 20;

/// Task logs. They grow; what was read once never changes.
impl Client {
    /// `None` while the task has no log.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn task_log_info(&self, task: &str) -> Result<Option<TaskLogInfo>, ClientError> {
        self.get_optional(&format!("/api/v3/tasks/{}/log", segment(task))).await
    }

    /// The last 2 KB at most, from the start of a line.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn task_log_tail(&self, task: &str) -> Result<String, ClientError> {
        let path = format!("/api/v3/tasks/{}/logtail", segment(task));
        let response = self.send_ok(self.request(Method::GET, &path)).await?;
        response.text().await.map_err(|error| ClientError::of_transport(&error))
    }

    /// At most 1 MiB of the log from byte `offset`; empty at its end.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn task_log_from(&self, log: &TaskLogInfo, offset: u64) -> Result<LogChunk, ClientError> {
        let end = offset.saturating_add(CHUNK_LIMIT - 1);
        let path = host_path(&log.url);
        let request = self.request(Method::GET, &path).header(RANGE, format!("bytes={offset}-{end}"));
        let mut response = self.send(request).await?;
        // A Manager without ranges sends everything; what is known already is passed over.
        let mut to_skip = match response.status().as_u16() {
            206 => 0,
            200 => offset,
            416 | 204 => return Ok(LogChunk { text: Vec::new(), next_offset: offset }),
            _ => return Err(refusal(response).await),
        };
        let mut text = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| ClientError::of_transport(&error))? {
            let skip = to_skip.min(chunk.len() as u64);
            to_skip -= skip;
            let room = (CHUNK_LIMIT as usize).saturating_sub(text.len());
            text.extend(chunk.iter().skip(skip as usize).take(room));
            if text.len() as u64 >= CHUNK_LIMIT {
                break;
            }
        }
        let next_offset = offset + text.len() as u64;
        Ok(LogChunk { text, next_offset })
    }
}

/// Pictures that Workers sent while they rendered.
impl Client {
    /// The bytes of a preview: of those that the Manager keeps, the largest that is not beyond
    /// `suffix` in the list, such as `last-rendered.jpg`. It always has the same address.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn last_rendered_picture(
        &self,
        last: &LastRendered,
        suffix: &str,
    ) -> Result<Vec<u8>, ClientError> {
        const MAX_N_BYTES: usize = 32 << 20;
        let first = last.suffixes.first().map_or("last-rendered.jpg", String::as_str);
        let suffix = last.suffixes.iter().find(|it| *it == suffix).map_or(first, String::as_str);
        let path = format!("{}/{suffix}", host_path(&last.base).trim_end_matches('/'));
        let response = self.send_ok(self.request(Method::GET, &path)).await?;
        super::read_limited(response, MAX_N_BYTES).await
    }
}

/// The Manager names logs by path on its own host; a whole URL is cut down to that.
fn host_path(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(url) => url.path().to_owned(),
        Err(_) => format!("/{}", url.trim_start_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_only_ever_fetched_from_its_own_manager() {
        assert_eq!(host_path("/job-files/a.txt"), "/job-files/a.txt");
        assert_eq!(host_path("job-files/a.txt"), "/job-files/a.txt");
        assert_eq!(host_path("http://elsewhere.example/job-files/a.txt"), "/job-files/a.txt");
    }
}
