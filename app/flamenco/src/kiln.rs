//! Our extension beside the protocol, under `/api/kiln/v1`. A Manager of others answers 404 there.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::wire::Timestamp;

/// Base path of the extension.
pub const BASE: &str = "/api/kiln/v1";

/// Header that carries the token of `farm.json`; stands beside a Worker's Basic credentials.
pub const TOKEN_HEADER: &str = "x-kiln-token";

/// What Workers of other machines join a farm with: it lets them register and nothing else. Made of the
/// farm's own token, which cannot be found from it.
pub fn join_token(token: &str) -> String {
    let sha = Sha256::digest(format!("kiln join {token}"));
    sha.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// Where a submission's own id stands in a job's metadata.
pub const SUBMISSION_KEY: &str = "kiln.submission";

/// `GET info`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    pub name: String,
    pub version: String,
    /// `POST worker/task?wait_secs=N` answers as soon as there is work.
    #[serde(default)]
    pub long_poll: bool,
    /// Finished files can be listed and fetched.
    #[serde(default)]
    pub outputs: bool,
    /// Files may come in pieces, of which only the unknown ones are sent.
    #[serde(default)]
    pub chunks: bool,
}

/// A piece of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// SHA-256, lower-case hex.
    pub sha: String,
    pub size: u32,
}

/// Asked with `POST chunks/missing`, answered with those that must be sent; asked with
/// `POST files/{sha}/{size}/assemble`, where they are the file's, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunks {
    pub chunks: Vec<Chunk>,
}

/// What stands before each piece in the body of `POST chunks`: its SHA-256 and its length, four bytes,
/// little-endian.
pub const PACK_HEAD_BYTES: usize = 36;

/// No piece is longer.
pub const MAX_CHUNK_BYTES: u32 = 4 << 20;

/// No body of `POST chunks` is longer.
pub const MAX_PACK_BYTES: u64 = 32 << 20;

/// A file in a job's output folder whose task is completed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Relative to the job's output folder, slashes.
    pub path: String,
    pub size: u64,
    pub mtime: Timestamp,
    /// Lower-case hex; also the ETag of the file.
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
}

/// `GET jobs/{id}/outputs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outputs {
    #[serde(default)]
    pub outputs: Vec<Output>,
}

/// `GET tasks/{id}/why-not`: why a task is not running.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyNot {
    pub task_id: String,
    /// One sentence about the task itself.
    pub summary: String,
    #[serde(default)]
    pub workers: Vec<WorkerWhyNot>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerWhyNot {
    pub worker_id: String,
    pub worker_name: String,
    /// The Worker gets the task when it asks next.
    pub may_run: bool,
    /// What follows the Worker's name in a sentence.
    pub reason: String,
}

/// `POST jobs/{id}/run-again`: which parts of a job are made anew. The old files are moved aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunAgain {
    /// Such as `1-3,7`; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub frames: String,
    /// Whole tasks, with everything they wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_ids: Vec<String>,
}

/// What [`RunAgain`] has set going.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsAgain {
    /// Queued again: the chosen ones, and what was made of their files.
    #[serde(default)]
    pub task_ids: Vec<String>,
    /// Relative to the job's output folder, slashes.
    #[serde(default)]
    pub moved: Vec<String>,
    /// The folder that the old files lie in now, on the farm's machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
}

/// `POST jobs/dry-run`, which takes what `POST /api/v3/jobs` takes: the tasks that would be made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    pub job_type: String,
    /// As the script left them.
    #[serde(default)]
    pub settings: crate::wire::Settings,
    #[serde(default)]
    pub tasks: Vec<PlannedTask>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlannedTask {
    pub name: String,
    pub task_type: String,
    pub priority: i32,
    pub steps: i64,
    /// Places in the list of tasks, from 0.
    #[serde(default)]
    pub depends_on: Vec<usize>,
    pub commands: Vec<crate::wire::Command>,
}

/// The 32 bytes of a lower-case hex SHA-256; `None` when it is none.
pub fn sha_of_hex(hex: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut sha = [0; 32];
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if pairs.len() != sha.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in sha.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(sha)
}
