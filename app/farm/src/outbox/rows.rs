//! Between rows of the outbox's database and what they stand for.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use flamenco::wire::JobStatus;
use rusqlite::types::Type;
use rusqlite::{Connection, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::FarmPlace;
use crate::submission::{ResultFile, Submission, SubmissionId, SubmissionState};

pub(super) type Sql<T> = rusqlite::Result<T>;

pub(super) fn submission_of(row: &Row<'_>) -> Sql<Submission> {
    let word: String = row.get(5)?;
    let state = SubmissionState::ALL.into_iter().find(|it| it.as_str() == word);
    let state = state.ok_or_else(|| rusqlite::Error::InvalidColumnType(5, word, Type::Text))?;
    let (steps_completed, steps_total): (i64, i64) = (row.get(10)?, row.get(11)?);
    let (n_done, n_total): (i64, i64) = (row.get(12)?, row.get(13)?);
    let share = |done: i64, total: i64| (total > 0).then(|| (done as f32 / total as f32).clamp(0.0, 1.0));
    let progress = match state {
        SubmissionState::Bundling | SubmissionState::Uploading | SubmissionState::Collecting => {
            share(n_done, n_total)
        }
        SubmissionState::Running => share(steps_completed, steps_total),
        SubmissionState::Done => Some(1.0),
        _ => None,
    };
    Ok(Submission {
        id: SubmissionId(row.get(0)?),
        name: row.get(1)?,
        job_type: row.get(2)?,
        place: from_json::<FarmPlace>(row, 3)?,
        models: from_json(row, 4)?,
        state,
        error: row.get(6)?,
        note: row.get(7)?,
        progress,
        n_bytes: unsigned(n_done),
        n_bytes_total: unsigned(n_total),
        n_files: 0,
        job_id: row.get(8)?,
        job_status: row.get::<_, Option<String>>(9)?.map(|word| JobStatus::from_word(&word)),
        steps_completed,
        steps_total,
        results_dir: row.get::<_, Option<String>>(14)?.map(PathBuf::from),
        results: Vec::new(),
        created_secs: row.get(15)?,
        updated_secs: row.get(16)?,
        is_held: row.get(17)?,
        n_bytes_bundle: unsigned(row.get(18)?),
        n_bytes_sent: unsigned(row.get(19)?),
    })
}

pub(super) fn results_of(db: &Connection, id: &SubmissionId) -> Sql<Vec<ResultFile>> {
    let mut select =
        db.prepare_cached("SELECT name, path, size, sha FROM result_files WHERE submission = ?1")?;
    let files = select.query_map([&id.0], |row| {
        Ok(ResultFile {
            name: row.get(0)?,
            path: PathBuf::from(row.get::<_, String>(1)?),
            n_bytes: unsigned(row.get(2)?),
            sha256: row.get(3)?,
        })
    })?;
    files.collect()
}

pub(super) fn n_files_of(db: &Connection, id: &SubmissionId) -> Sql<usize> {
    let mut count = db.prepare_cached("SELECT COUNT(*) FROM bundle_files WHERE submission = ?1")?;
    let n: i64 = count.query_row([&id.0], |row| row.get(0))?;
    Ok(usize::try_from(n).unwrap_or(0))
}

pub(super) fn json(value: &impl Serialize) -> Sql<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Sql<T> {
    let text: String = row.get(column)?;
    let wrong = |error: serde_json::Error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    };
    serde_json::from_str(&text).map_err(wrong)
}

/// Paths are checked to be text before they come here.
pub(super) fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

pub(super) fn now_secs() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    signed(since.as_secs())
}
