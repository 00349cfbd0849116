use std::path::Path;

use flamenco::wire::TaskUpdate;
use rusqlite::{Connection, OptionalExtension, params};

/// Task updates that the Manager has not answered yet, in the order in which they were made.
pub(crate) struct UpdateQueue {
    db: Connection,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QueuedUpdate {
    pub id: i64,
    pub task_id: String,
    pub update: TaskUpdate,
}

impl UpdateQueue {
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "normal")?;
        // AUTOINCREMENT: an id is never used twice, so an update that was dropped meanwhile cannot
        // be mistaken for a newer one.
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS task_updates (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
                task_id TEXT NOT NULL,
                payload TEXT NOT NULL
            )",
        )?;
        Ok(Self { db })
    }

    pub(crate) fn push(&self, task_id: &str, update: &TaskUpdate) -> rusqlite::Result<()> {
        let payload = serde_json::to_string(update).map_err(into_sql_error)?;
        let mut insert =
            self.db.prepare_cached("INSERT INTO task_updates (task_id, payload) VALUES (?1, ?2)")?;
        insert.execute(params![task_id, payload]).map(drop)
    }

    /// The oldest. One that can no longer be read is dropped on the way.
    pub(crate) fn first(&self) -> rusqlite::Result<Option<QueuedUpdate>> {
        loop {
            let mut oldest = self
                .db
                .prepare_cached("SELECT id, task_id, payload FROM task_updates ORDER BY id LIMIT 1")?;
            let row = oldest.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)));
            let Some((id, task_id, payload)) = row.optional()? else { return Ok(None) };
            match serde_json::from_str(&payload) {
                Ok(update) => return Ok(Some(QueuedUpdate { id, task_id, update })),
                Err(error) => {
                    tracing::warn!("a waiting update of task {task_id} is unreadable ({error}) and dropped");
                    self.remove(id)?;
                }
            }
        }
    }

    pub(crate) fn remove(&self, id: i64) -> rusqlite::Result<()> {
        self.db.execute("DELETE FROM task_updates WHERE id = ?1", [id]).map(drop)
    }

    pub(crate) fn remove_task(&self, task_id: &str) -> rusqlite::Result<()> {
        self.db.execute("DELETE FROM task_updates WHERE task_id = ?1", [task_id]).map(drop)
    }

    pub(crate) fn is_empty(&self) -> rusqlite::Result<bool> {
        self.db.query_row("SELECT NOT EXISTS (SELECT 1 FROM task_updates)", [], |row| row.get(0))
    }
}

fn into_sql_error(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) -> TaskUpdate {
        TaskUpdate { log: Some(text.into()), ..TaskUpdate::default() }
    }

    #[test]
    fn updates_outlive_the_process_and_keep_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("updates.sqlite");
        let queue = UpdateQueue::open(&path).unwrap();
        for text in ["one", "two", "three"] {
            queue.push("task", &log(text)).unwrap();
        }
        drop(queue);

        let queue = UpdateQueue::open(&path).unwrap();
        for text in ["one", "two", "three"] {
            let first = queue.first().unwrap().unwrap();
            assert_eq!((first.task_id.as_str(), &first.update), ("task", &log(text)));
            queue.remove(first.id).unwrap();
        }
        assert_eq!(queue.first().unwrap(), None);
        assert!(queue.is_empty().unwrap());
    }

    #[test]
    fn a_lost_task_takes_its_updates_along() {
        let folder = tempfile::tempdir().unwrap();
        let queue = UpdateQueue::open(&folder.path().join("updates.sqlite")).unwrap();
        for (task, text) in [("lost", "one"), ("kept", "two"), ("lost", "three")] {
            queue.push(task, &log(text)).unwrap();
        }
        queue.remove_task("lost").unwrap();
        let first = queue.first().unwrap().unwrap();
        assert_eq!(first.update, log("two"));
        queue.remove(first.id).unwrap();
        assert!(queue.is_empty().unwrap());
    }

    #[test]
    fn an_unreadable_update_does_not_block_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let queue = UpdateQueue::open(&folder.path().join("updates.sqlite")).unwrap();
        queue.db.execute("INSERT INTO task_updates (task_id, payload) VALUES ('a', '{')", []).unwrap();
        queue.push("b", &log("two")).unwrap();
        assert_eq!(queue.first().unwrap().unwrap().task_id, "b");
    }
}
