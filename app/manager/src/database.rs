use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::ManagerError;

const SCHEMA_VERSION: i64 = 2;

/// The farm's memory: one SQLite connection, so that every change of state is one after the other
/// and whole. Clones share it.
#[derive(Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens or makes the database. Whatever a killed program left half done is rolled back.
    pub(crate) fn open(path: &Path) -> Result<Self, ManagerError> {
        let failed = |source| ManagerError::Database { path: path.into(), source };
        let mut connection = Connection::open(path).map_err(failed)?;
        prepare(&connection).map_err(failed)?;
        let version = schema_version(&mut connection).map_err(failed)?;
        if version > SCHEMA_VERSION {
            return Err(ManagerError::Newer { path: path.into(), found: version, known: SCHEMA_VERSION });
        }
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `act` alone in a transaction on a blocking thread; an error rolls everything back.
    /// It runs to its end even when the asker goes away.
    pub(crate) async fn run<T, E>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<rusqlite::Error> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        blocking(move || {
            // A panic in here unwinds through the transaction, which rolls back: the rest is sound.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = act(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }
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

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(20))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A submitted job survives the power cord, not only the program; one machine's farm writes little.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// The version found, after making the tables of a new database and changing those of an old one.
fn schema_version(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        0 => transaction.execute_batch(include_str!("schema.sql"))?,
        1 => transaction.execute_batch(include_str!("schema_2.sql"))?,
        _ => return Ok(found),
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(SCHEMA_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

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
