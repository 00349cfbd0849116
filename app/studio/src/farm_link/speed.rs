use std::collections::HashMap;
use std::time::Instant;

use farm::{Submission as Sent, SubmissionState};

use crate::model::Submission;

/// How quickly uploads have gone lately.
#[derive(Default)]
pub(super) struct UploadSpeeds {
    by_submission: HashMap<String, Seen>,
}

struct Seen {
    at: Instant,
    n_bytes: u64,
    bytes_per_sec: Option<f64>,
}

/// What came in between weighs less the longer ago it is.
const SMOOTHING: f64 = 0.4;
const MIN_SECS: f64 = 0.3;

impl UploadSpeeds {
    pub(super) fn learn(&mut self, sent: &[Sent], shown: &mut [Submission], now: Instant) {
        let uploads = |it: &&Sent| it.state == SubmissionState::Uploading;
        self.by_submission.retain(|id, _| sent.iter().filter(uploads).any(|it| it.id.as_str() == id));
        for upload in sent.iter().filter(uploads) {
            let id = upload.id.as_str();
            let n_bytes = upload.n_bytes;
            let seen = self.by_submission.entry(id.to_owned());
            let seen = seen.or_insert(Seen { at: now, n_bytes, bytes_per_sec: None });
            let secs = now.duration_since(seen.at).as_secs_f64();
            if secs >= MIN_SECS {
                let newest = n_bytes.saturating_sub(seen.n_bytes) as f64 / secs;
                let before = seen.bytes_per_sec.unwrap_or(newest);
                let bytes_per_sec = Some(before + SMOOTHING * (newest - before));
                *seen = Seen { at: now, n_bytes, bytes_per_sec };
            }
            if let Some(row) = shown.iter_mut().find(|row| row.id == id) {
                row.bytes_per_sec = seen.bytes_per_sec;
            }
        }
    }
}
