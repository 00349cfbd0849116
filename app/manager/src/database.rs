use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use crate::ManagerError;

const SCHEMA_VERSION: i64 = 3;

/// The farm's memory. Changes are one after the other and whole; those that come while the disk is
/// busy with others share the next commit. Questions have connections of their own and see what is
/// committed. Clones share all of it.
#[derive(Clone)]
pub(crate) struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    wishes: Mutex<VecDeque<Wish>>,
    /// Held by whoever carries out what waits.
    turn: tokio::sync::Mutex<()>,
    /// Somebody will tidy up soon.
    is_tidied_soon: AtomicBool,
    n_commits: AtomicU64,
}

/// A change that waits. Carried out, it returns what tells its asker the outcome of the commit.
type Wish = Box<dyn FnOnce(&Connection) -> Tell + Send>;
type Tell = Box<dyn FnOnce(rusqlite::Result<()>) + Send>;

/// Changes in one commit; more would let the first wait for the last.
const MOST_AT_ONCE: usize = 128;

impl Database {
    /// Opens or makes the database. Whatever a killed program left half done is rolled back.
    pub(crate) fn open(path: &Path) -> Result<Self, ManagerError> {
        let failed = |source| ManagerError::Database { path: path.into(), source };
        let mut writer = Connection::open(path).map_err(failed)?;
        prepare(&writer).map_err(failed)?;
        let version = schema_version(&mut writer).map_err(failed)?;
        if version > SCHEMA_VERSION {
            return Err(ManagerError::Newer { path: path.into(), found: version, known: SCHEMA_VERSION });
        }
        let shared = Shared {
            path: path.into(),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            wishes: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            is_tidied_soon: AtomicBool::new(false),
            n_commits: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Runs `act` alone in a transaction; an error rolls back all that it did. It runs to its end
    /// even when the asker goes away, and is on the disk on return. `after` sees what is kept before
    /// the asker does, on the same thread: work for others' threads would wait for the next commit.
    pub(crate) async fn run<T, E>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        after: impl FnOnce(&mut T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<rusqlite::Error> + Send + 'static,
    {
        let (send, outcome) = tokio::sync::oneshot::channel();
        let wish: Wish = Box::new(move |db| {
            let outcome = in_savepoint(db, act);
            Box::new(move |committed| {
                let outcome = match (outcome, committed) {
                    (Ok(Ok(_)), Err(error)) => Ok(Err(error.into())),
                    (Ok(Ok(mut kept)), Ok(())) => {
                        after(&mut kept);
                        Ok(Ok(kept))
                    }
                    (outcome, _) => outcome,
                };
                // Nobody has to wait for it.
                let _ = send.send(outcome);
            })
        });
        self.shared.wishes.lock().unwrap_or_else(PoisonError::into_inner).push_back(wish);
        // On its own, so that no wish stays behind when its asker goes away.
        tokio::spawn(carry_out(Arc::clone(&self.shared)));
        match outcome.await {
            Ok(Ok(value)) => value,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // The runtime is going down, and the asker with it.
            Err(_) => std::future::pending().await,
        }
    }

    /// Asks what is committed, on a blocking thread; changes nothing.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<T> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let idle = shared.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut reader = match idle {
                Some(reader) => reader,
                None => open_reader(&shared.path)?,
            };
            // One moment of the farm, however many questions.
            let answer = {
                let moment = reader.transaction()?;
                ask(&moment)?
            };
            let mut readers = shared.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < MOST_READERS {
                readers.push(reader);
            }
            Ok(answer)
        })
        .await
    }
}

/// Connections kept for the next question; each holds a page cache.
const MOST_READERS: usize = 2;
/// Pages of the largest transactions; the memory goes back when they are done.
const WRITER_CACHE_KIB: i64 = 24 << 10;
/// A log of changes this long (64 MiB) is tidied up by whoever changes something next.
const MOST_LOG_PAGES: i64 = 16_000;
const TIDY_PERIOD: Duration = Duration::from_secs(1);

async fn carry_out(shared: Arc<Shared>) {
    let _turn = shared.turn.lock().await;
    let wishes: Vec<Wish> = {
        let mut waiting = shared.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        let n = waiting.len().min(MOST_AT_ONCE);
        waiting.drain(..n).collect()
    };
    if wishes.is_empty() {
        return;
    }
    let writing = Arc::clone(&shared);
    blocking(move || {
        let writer = writing.writer.lock().unwrap_or_else(PoisonError::into_inner);
        commit_together(&writer, wishes);
    })
    .await;
    shared.n_commits.fetch_add(1, Ordering::Relaxed);
    if !shared.is_tidied_soon.swap(true, Ordering::Relaxed) {
        tokio::spawn(tidy(Arc::clone(&shared)));
    }
}

/// Brings what was written to the log of changes into the database itself, on a connection of its
/// own, so that nobody waits for it; and gives back the memory of a large transaction.
async fn tidy(shared: Arc<Shared>) {
    // Not while Workers come and go: two who wait for the disk wait for each other.
    loop {
        let n_before = shared.n_commits.load(Ordering::Relaxed);
        tokio::time::sleep(TIDY_PERIOD).await;
        if shared.n_commits.load(Ordering::Relaxed) == n_before {
            break;
        }
    }
    shared.is_tidied_soon.store(false, Ordering::Relaxed);
    blocking(move || {
        let tidied = Connection::open(&shared.path)
            .and_then(|db| db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())));
        if let Err(error) = tidied {
            // The writer does it itself when the log grows long.
            tracing::debug!("the farm's database was not tidied up: {error}");
        }
        let writer = shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // It is memory alone that is lost when this fails.
        let _ = writer.release_memory();
    })
    .await;
}

fn commit_together(db: &Connection, wishes: Vec<Wish>) {
    let mut done: Vec<Tell> = Vec::new();
    for wish in wishes {
        let begun = if db.is_autocommit() { statement(db, "BEGIN IMMEDIATE") } else { Ok(()) };
        let tell = wish(db);
        match begun {
            Ok(()) => done.push(tell),
            Err(error) => tell(Err(error)),
        }
        // A full disk rolls back the whole transaction, with what was done before in it.
        if db.is_autocommit() {
            for tell in done.drain(..) {
                tell(Err(lost()));
            }
        }
    }
    let committed = if db.is_autocommit() { Ok(()) } else { statement(db, "COMMIT") };
    if committed.is_err() && !db.is_autocommit() {
        // It has failed already; the error of the commit is the one to tell.
        let _ = statement(db, "ROLLBACK");
    }
    for tell in done {
        tell(match &committed {
            Ok(()) => Ok(()),
            Err(rusqlite::Error::SqliteFailure(code, message)) => {
                Err(rusqlite::Error::SqliteFailure(*code, message.clone()))
            }
            Err(_) => Err(lost()),
        });
    }
}

fn lost() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
    rusqlite::Error::SqliteFailure(code, Some("the change could not be written".into()))
}

/// A panic of `act` undoes what it did and goes to its asker alone.
fn in_savepoint<T, E: From<rusqlite::Error>>(
    db: &Connection,
    act: impl FnOnce(&Connection) -> Result<T, E>,
) -> std::thread::Result<Result<T, E>> {
    if db.is_autocommit() {
        // No transaction could be begun, and the asker is told so.
        return Ok(Err(lost().into()));
    }
    if let Err(error) = statement(db, "SAVEPOINT wish") {
        return Ok(Err(error.into()));
    }
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(db)));
    let ended = match &outcome {
        Ok(Ok(_)) => statement(db, "RELEASE wish"),
        _ => statement(db, "ROLLBACK TO wish").and_then(|()| statement(db, "RELEASE wish")),
    };
    match (outcome, ended) {
        (Ok(Ok(_)), Err(error)) => Ok(Err(error.into())),
        (outcome, _) => outcome,
    }
}

fn statement(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let reader = Connection::open(path)?;
    reader.busy_timeout(Duration::from_secs(20))?;
    keep_plans(&reader)?;
    reader.set_prepared_statement_cache_capacity(STATEMENTS);
    reader.pragma_update(None, "query_only", true)?;
    Ok(reader)
}

/// `act` on a blocking thread; its panic goes on in the asker.
pub(crate) async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(act).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and the asker with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// More statements than the farm has; the usual sixteen would have each of them parsed anew.
pub(crate) const STATEMENTS: usize = 256;

/// A statement is planned once. SQLite would look at the values bound to it, such as a status that a
/// partial index is about, and plan anew with each of them: half of its time while Workers ask.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(20))?;
    keep_plans(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A submitted job survives the power cord, not only the program; one machine's farm writes little.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A job of ten thousand tasks in one transaction; what is not used is not taken.
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // Whoever waits for a commit need not wait for tidying up as well, see `tidy`.
    connection.pragma_update(None, "wal_autocheckpoint", MOST_LOG_PAGES)?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// The version found, after making the tables of a new database and changing those of an old one.
fn schema_version(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        0 => transaction.execute_batch(include_str!("schema.sql"))?,
        1 => {
            transaction.execute_batch(include_str!("schema_2.sql"))?;
            transaction.execute_batch(include_str!("schema_3.sql"))?;
        }
        2 => transaction.execute_batch(include_str!("schema_3.sql"))?,
        _ => return Ok(found),
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(SCHEMA_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    #[tokio::test]
    async fn a_refused_change_leaves_its_neighbours_alone() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("farm.sqlite")).unwrap();
        let tag = |db: &Database, name: &'static str| {
            let db = db.clone();
            async move {
                let insert = move |db: &Connection| {
                    db.execute("INSERT INTO worker_tags (uuid, name) VALUES (?1, ?1)", [name])?;
                    match name {
                        "refused" => Err(Refusal::bad_request("no")),
                        "panics" => panic!("on purpose"),
                        _ => Ok(false),
                    }
                };
                db.run(insert, |is_kept| *is_kept = true).await
            }
        };
        let panicking = tokio::spawn(tag(&db, "panics"));
        let (one, refused, two) = tokio::join!(tag(&db, "one"), tag(&db, "refused"), tag(&db, "two"));
        assert!(one.unwrap() && two.unwrap(), "what is kept is seen before its asker sees it");
        assert_eq!(refused.unwrap_err().message, "no");
        assert!(panicking.await.unwrap_err().is_panic());
        let names: Vec<String> = db
            .ask(|db| {
                db.prepare("SELECT name FROM worker_tags ORDER BY name")?
                    .query_map([], |row| row.get(0))?
                    .collect()
            })
            .await
            .unwrap();
        assert_eq!(names, ["one", "two"]);
        let write = db.ask(|db| db.execute("DELETE FROM worker_tags", [])).await;
        assert!(write.is_err(), "questions change nothing");
    }

    #[tokio::test]
    async fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("farm.sqlite")).unwrap();
        // The status is what two partial indexes are about.
        let n_plans = |db: &Connection| {
            let mut count =
                db.prepare_cached("SELECT COUNT(*) FROM tasks WHERE job_id = ? AND status = ?")?;
            for status in ["active", "soft-failed", "queued"] {
                count.query_row(rusqlite::params![1, status], |row| row.get::<_, i64>(0))?;
            }
            Ok(count.get_status(rusqlite::StatementStatus::RePrepare))
        };
        assert_eq!(db.ask(n_plans).await.unwrap(), 0, "by a reader");
        let bare = Connection::open(folder.path().join("farm.sqlite")).unwrap();
        assert!(n_plans(&bare).unwrap() > 0, "else nobody need ask for it");
        let by_writer = db.run(move |db| n_plans(db), |_| {}).await;
        assert_eq!(by_writer.map_err(|error: rusqlite::Error| error.to_string()), Ok(0), "by the writer");
    }

    #[test]
    fn a_farm_of_the_first_schema_goes_on() {
        let mut db = Connection::open_in_memory().unwrap();
        let first = include_str!("schema.sql")
            .lines()
            .filter(|line| !line.contains("job_priority") && !line.starts_with("  WHERE status IN"))
            .filter(|line| {
                !["tasks_soft", "tasks_active", "jobs_"]
                    .iter()
                    .any(|it| line.contains(&format!("INDEX {it}")))
            })
            .collect::<Vec<_>>()
            .join("\n");
        db.execute_batch(&first).unwrap();
        db.execute_batch(
            "CREATE INDEX tasks_runnable ON tasks (job_id, priority DESC, id) WHERE status IN ('queued', 'soft-failed');
             INSERT INTO jobs (id, uuid, name, job_type, priority, status, settings, metadata, created, updated)
               VALUES (1, 'j', 'old', 't', 70, 'queued', '{}', '{}', 0, 0);
             INSERT INTO tasks (uuid, job_id, index_in_job, name, task_type, priority, status, commands, steps_total,
               created, updated) VALUES ('t', 1, 1, 'task', 'misc', 50, 'queued', '[]', 1, 0, 0);
             PRAGMA user_version = 1",
        )
        .unwrap();
        assert_eq!(schema_version(&mut db).unwrap(), SCHEMA_VERSION);
        let priority: i64 = db.query_row("SELECT job_priority FROM tasks", [], |row| row.get(0)).unwrap();
        assert_eq!(priority, 70);
        let columns = |db: &Connection| -> Vec<String> {
            let mut names = db
                .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
                .unwrap();
            names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        let new = Connection::open_in_memory().unwrap();
        new.execute_batch(include_str!("schema.sql")).unwrap();
        assert_eq!(columns(&db), columns(&new));
    }
}
