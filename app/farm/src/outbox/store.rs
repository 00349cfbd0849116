use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flamenco::wire::{Job, Settings};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{
    Sql, from_json, json, n_files_of, now_secs, results_of, signed, submission_of, text_of, unsigned,
};
use crate::FarmError;
use crate::submission::{NewSubmission, ResultFile, Submission, SubmissionId, SubmissionState};

/// The outbox's database. Every call is one short transaction; clones share the connection.
#[derive(Clone)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
    path: Arc<PathBuf>,
}

/// What the pump works with, beyond what people see.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) priority: i32,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) destination: Option<PathBuf>,
    pub(crate) checkout: Option<String>,
    pub(crate) n_rehashes: u32,
    pub(crate) worker_tag: Option<String>,
    pub(crate) is_paused: bool,
    /// Where the farm finds each model, when it did not have to be uploaded.
    pub(crate) places: Option<Vec<String>>,
}

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BundleFile {
    /// In the checkout: relative, slashes.
    pub(crate) path: String,
    pub(crate) source: PathBuf,
    pub(crate) model_index: Option<u32>,
    pub(crate) size: u64,
    pub(crate) sha: String,
}

const VERSION: i64 = 4;
const SELECT: &str = "SELECT id, name, job_type, place, models, state, error, note, job_id, job_status,
    steps_completed, steps_total, n_bytes_done, n_bytes_total, results_dir, created_secs, updated_secs,
    is_held, n_bytes_bundle, n_bytes_sent FROM submissions";

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, FarmError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(FarmError::file("the folder cannot be made", folder))?;
        }
        let wrong = |source| FarmError::Outbox { path: path.into(), source };
        let mut connection = Connection::open(path).map_err(wrong)?;
        make_private(path)?;
        let version = prepare(&mut connection).map_err(wrong)?;
        if version > VERSION {
            return Err(FarmError::NewerOutbox { version, path: path.into() });
        }
        Ok(Self { connection: Arc::new(Mutex::new(connection)), path: Arc::new(path.into()) })
    }

    pub(crate) fn insert(&self, id: &SubmissionId, new: &NewSubmission) -> Result<(), FarmError> {
        self.with(|db| {
            let values = params![
                id.0,
                now_secs(),
                json(&new.place)?,
                new.name,
                new.job_type,
                new.priority,
                json(&new.settings)?,
                json(&new.models)?,
                json(&new.files)?,
                new.destination.as_deref().map(text_of),
                SubmissionState::Waiting.as_str(),
                new.worker_tag,
                new.is_paused,
            ];
            db.execute(
                "INSERT INTO submissions (id, created_secs, updated_secs, place, name, job_type, priority,
                 settings, models, files, destination, state, worker_tag, is_paused)
                 VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                values,
            )?;
            Ok(())
        })
    }

    /// Newest first.
    pub(crate) fn list(&self) -> Result<Vec<Submission>, FarmError> {
        self.with(|db| {
            let db = db.transaction()?;
            let mut select =
                db.prepare_cached(&format!("{SELECT} ORDER BY created_secs DESC, rowid DESC"))?;
            let mut found = select.query_map([], submission_of)?.collect::<Sql<Vec<_>>>()?;
            for submission in &mut found {
                submission.results = results_of(&db, &submission.id)?;
                submission.n_files = n_files_of(&db, &submission.id)?;
            }
            Ok(found)
        })
    }

    pub(crate) fn get(&self, id: &SubmissionId) -> Result<Submission, FarmError> {
        let found = self.with(|db| {
            let db = db.transaction()?;
            let mut select = db.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
            let Some(mut found) = select.query_row([&id.0], submission_of).optional()? else {
                return Ok(None);
            };
            found.results = results_of(&db, id)?;
            found.n_files = n_files_of(&db, id)?;
            Ok(Some(found))
        })?;
        found.ok_or_else(|| FarmError::UnknownSubmission(id.0.clone()))
    }

    pub(crate) fn plan(&self, id: &SubmissionId) -> Result<Plan, FarmError> {
        self.with(|db| {
            let sql = "SELECT settings, priority, files, destination, checkout, n_rehashes,
                       worker_tag, is_paused, places FROM submissions WHERE id = ?1";
            db.query_row(sql, [&id.0], |row| {
                Ok(Plan {
                    settings: from_json(row, 0)?,
                    priority: row.get(1)?,
                    files: from_json(row, 2)?,
                    destination: row.get::<_, Option<String>>(3)?.map(PathBuf::from),
                    checkout: row.get(4)?,
                    n_rehashes: row.get(5)?,
                    worker_tag: row.get(6)?,
                    is_paused: row.get(7)?,
                    places: from_json(row, 8)?,
                })
            })
        })
    }

    /// Of everything that is not over, oldest first.
    pub(crate) fn unfinished(&self) -> Result<Vec<SubmissionId>, FarmError> {
        self.with(|db| {
            let over = [SubmissionState::Done, SubmissionState::Failed, SubmissionState::Cancelled];
            let [a, b, c] = over.map(SubmissionState::as_str);
            let sql =
                "SELECT id FROM submissions WHERE state NOT IN (?1, ?2, ?3) ORDER BY created_secs, rowid";
            let mut select = db.prepare_cached(sql)?;
            select.query_map([a, b, c], |row| Ok(SubmissionId(row.get(0)?)))?.collect()
        })
    }

    /// The next step begins: what was said about the last one is forgotten.
    pub(crate) fn enter(&self, id: &SubmissionId, state: SubmissionState) -> Result<(), FarmError> {
        self.update(id, "state = ?3, error = NULL, note = NULL", &[&state.as_str()])
    }

    pub(crate) fn fail(&self, id: &SubmissionId, error: &str) -> Result<(), FarmError> {
        let state = SubmissionState::Failed.as_str();
        self.update(id, "state = ?3, error = ?4, note = NULL", &[&state, &error])
    }

    pub(crate) fn note(&self, id: &SubmissionId, note: Option<&str>) -> Result<(), FarmError> {
        self.update(id, "note = ?3", &[&note])
    }

    pub(crate) fn progress(&self, id: &SubmissionId, n_done: u64, n_total: u64) -> Result<(), FarmError> {
        self.update(id, "n_bytes_done = ?3, n_bytes_total = ?4", &[&signed(n_done), &signed(n_total)])
    }

    pub(crate) fn ask_cancel(&self, id: &SubmissionId) -> Result<(), FarmError> {
        self.update(id, "wants_cancel = 1", &[])
    }

    pub(crate) fn wants_cancel(&self, id: &SubmissionId) -> Result<bool, FarmError> {
        let sql = "SELECT wants_cancel FROM submissions WHERE id = ?1";
        self.with(|db| db.query_row(sql, [&id.0], |row| row.get(0)))
    }

    /// Back to work: from the beginning, or from the job if there is one.
    pub(crate) fn reopen(&self, id: &SubmissionId) -> Result<(), FarmError> {
        let again = "state = CASE WHEN job_id IS NULL THEN ?3 ELSE ?4 END, places = 'null',
                     error = NULL, note = NULL, wants_cancel = 0, n_rehashes = 0";
        let (waiting, running) = (SubmissionState::Waiting.as_str(), SubmissionState::Running.as_str());
        self.update(id, again, &[&waiting, &running])
    }

    pub(crate) fn remove(&self, id: &SubmissionId) -> Result<(), FarmError> {
        self.with(|db| db.execute("DELETE FROM submissions WHERE id = ?1", [&id.0]).map(|_| ()))
    }

    pub(crate) fn of_job(&self, job: &str) -> Result<Option<SubmissionId>, FarmError> {
        let sql = "SELECT id FROM submissions WHERE job_id = ?1";
        self.with(|db| db.query_row(sql, [job], |row| Ok(SubmissionId(row.get(0)?))).optional())
    }

    pub(crate) fn set_bundle(&self, id: &SubmissionId, files: &[BundleFile]) -> Result<(), FarmError> {
        self.with(|db| {
            let db = db.transaction()?;
            db.execute("DELETE FROM bundle_files WHERE submission = ?1", [&id.0])?;
            {
                let mut insert = db.prepare_cached(
                    "INSERT INTO bundle_files (submission, path, source, model_index, size, sha)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?;
                for file in files {
                    let source = text_of(&file.source);
                    insert.execute(params![
                        id.0,
                        file.path,
                        source,
                        file.model_index,
                        signed(file.size),
                        file.sha
                    ])?;
                }
            }
            db.commit()
        })
    }

    pub(crate) fn bundle(&self, id: &SubmissionId) -> Result<Vec<BundleFile>, FarmError> {
        self.with(|db| {
            let sql = "SELECT path, source, model_index, size, sha FROM bundle_files WHERE submission = ?1";
            let mut select = db.prepare_cached(sql)?;
            let files = select.query_map([&id.0], |row| {
                Ok(BundleFile {
                    path: row.get(0)?,
                    source: PathBuf::from(row.get::<_, String>(1)?),
                    model_index: row.get(2)?,
                    size: unsigned(row.get(3)?),
                    sha: row.get(4)?,
                })
            })?;
            files.collect()
        })
    }

    /// One more file changed on its way; answers how often that has happened.
    pub(crate) fn count_rehash(&self, id: &SubmissionId) -> Result<u32, FarmError> {
        self.update(id, "n_rehashes = n_rehashes + 1", &[])?;
        Ok(self.plan(id)?.n_rehashes)
    }

    /// The number of the checkout that is about to be asked for, from 1; never the same twice.
    pub(crate) fn next_checkout(&self, id: &SubmissionId) -> Result<u32, FarmError> {
        self.update(id, "n_checkouts = n_checkouts + 1", &[])?;
        let sql = "SELECT n_checkouts FROM submissions WHERE id = ?1";
        self.with(|db| db.query_row(sql, [&id.0], |row| row.get(0)))
    }

    pub(crate) fn set_checkout(&self, id: &SubmissionId, checkout: &str) -> Result<(), FarmError> {
        self.update(id, "checkout = ?3", &[&checkout])
    }

    /// Where the farm finds each model, in the artist's order; nothing is uploaded.
    pub(crate) fn set_places(&self, id: &SubmissionId, places: &[String]) -> Result<(), FarmError> {
        let places = serde_json::Value::from(places).to_string();
        self.update(id, "places = ?3", &[&places])
    }

    /// The farm has the job: from here on nothing is ever submitted again.
    pub(crate) fn hand_over(&self, id: &SubmissionId, job: &Job) -> Result<(), FarmError> {
        let running = SubmissionState::Running.as_str();
        let set = "state = ?3, job_id = ?4, job_created = ?5, error = NULL, note = NULL";
        self.update(id, set, &[&running, &job.id, &job.created])?;
        self.set_job(id, job)
    }

    pub(crate) fn set_job(&self, id: &SubmissionId, job: &Job) -> Result<(), FarmError> {
        let set = "job_status = ?3, steps_completed = ?4, steps_total = ?5";
        self.update(id, set, &[&job.status.as_str(), &job.steps_completed, &job.steps_total])
    }

    pub(crate) fn set_results_dir(&self, id: &SubmissionId, folder: &Path) -> Result<(), FarmError> {
        self.update(id, "results_dir = ?3", &[&text_of(folder)])
    }

    pub(crate) fn add_result(&self, id: &SubmissionId, file: &ResultFile) -> Result<(), FarmError> {
        self.with(|db| {
            db.execute(
                "INSERT OR REPLACE INTO result_files (submission, name, path, size, sha) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id.0, file.name, text_of(&file.path), signed(file.n_bytes), file.sha256],
            )?;
            Ok(())
        })
    }

    /// What came home so far is to be fetched again, into another folder.
    pub(crate) fn forget_results(&self, id: &SubmissionId) -> Result<(), FarmError> {
        self.with(|db| db.execute("DELETE FROM result_files WHERE submission = ?1", [&id.0]).map(|_| ()))
    }

    pub(crate) fn cached_hash(
        &self,
        path: &Path,
        size: u64,
        mtime_nanos: i64,
    ) -> Result<Option<String>, FarmError> {
        self.with(|db| {
            let sql = "SELECT sha FROM hashes WHERE path = ?1 AND size = ?2 AND mtime_nanos = ?3";
            let mut select = db.prepare_cached(sql)?;
            select.query_row(params![text_of(path), signed(size), mtime_nanos], |row| row.get(0)).optional()
        })
    }

    pub(crate) fn cache_hash(
        &self,
        path: &Path,
        size: u64,
        mtime_nanos: i64,
        sha: &str,
    ) -> Result<(), FarmError> {
        self.with(|db| {
            let sql = "INSERT OR REPLACE INTO hashes (path, size, mtime_nanos, sha) VALUES (?1, ?2, ?3, ?4)";
            db.execute(sql, params![text_of(path), signed(size), mtime_nanos, sha]).map(|_| ())
        })
    }

    pub(crate) fn forget_hash(&self, path: &Path) -> Result<(), FarmError> {
        self.with(|db| db.execute("DELETE FROM hashes WHERE path = ?1", [text_of(path)]).map(|_| ()))
    }

    /// Changes with every write, through this connection or another.
    pub(crate) fn stamp(&self) -> Result<(i64, u64), FarmError> {
        self.with(|db| {
            let elsewhere = db.query_row("PRAGMA data_version", [], |row| row.get(0))?;
            Ok((elsewhere, db.total_changes()))
        })
    }

    /// `set` numbers its values from 3.
    pub(super) fn update(
        &self,
        id: &SubmissionId,
        set: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<(), FarmError> {
        let n_changed = self.with(|db| {
            let now = now_secs();
            let mut all: Vec<&dyn rusqlite::ToSql> = vec![&id.0, &now];
            all.extend_from_slice(values);
            let sql = format!("UPDATE submissions SET updated_secs = ?2, {set} WHERE id = ?1");
            db.prepare_cached(&sql)?.execute(all.as_slice())
        })?;
        if n_changed == 0 { Err(FarmError::UnknownSubmission(id.0.clone())) } else { Ok(()) }
    }

    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Sql<T>) -> Result<T, FarmError> {
        work(&mut self.lock()).map_err(|source| FarmError::Outbox { path: self.path.to_path_buf(), source })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in the middle rolled its transaction back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Brings the tables up to date; answers the version found.
fn prepare(connection: &mut Connection) -> Sql<i64> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A lost line of the journal could mean a job sent twice; writes are few.
    connection.pragma_update(None, "synchronous", "full")?;
    // Two processes may come here at once; the second waits for the first.
    let change = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        change.execute_batch(include_str!("schema.sql"))?;
    }
    if version < 2 {
        change.execute_batch(include_str!("schema_2.sql"))?;
    }
    if version < 3 {
        change.execute_batch(include_str!("schema_3.sql"))?;
    }
    if version < 4 {
        change.execute_batch(include_str!("schema_4.sql"))?;
        change.pragma_update(None, "user_version", VERSION)?;
    }
    change.commit()?;
    Ok(version)
}

/// The database may hold a studio's token.
fn make_private(path: &Path) -> Result<(), FarmError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, private)
            .map_err(FarmError::file("the outbox cannot be kept private", path))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_of_the_first_version_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox.sqlite");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("schema.sql")).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute_batch(
            r#"INSERT INTO submissions (id, created_secs, updated_secs, place, name, job_type, priority,
               settings, models, files, state, job_id)
               VALUES ('7', 1, 2, '"embedded"', 'Robot', 'kiln-thumbnails', 50, '{}', '["/m/robot.glb"]', '[]',
               'running', 'job')"#,
        )
        .unwrap();
        drop(old);
        for _ in 0..2 {
            let store = Store::open(&path).unwrap();
            let found = store.list().unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].name.as_str(), found[0].state), ("Robot", SubmissionState::Running));
            assert_eq!((found[0].is_held, found[0].n_bytes_sent), (false, 0));
            assert!(!store.plan(&found[0].id).unwrap().is_paused);
        }
    }
}
