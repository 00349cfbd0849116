use flamenco::wire::{StatusChangeRequest, WorkerStatus, WorkerSummary, WorkerTag};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::json;
use crate::clock::Moment;

#[derive(Clone, Debug)]
pub(crate) struct WorkerRow {
    pub id: i64,
    pub uuid: String,
    pub secret_hash: Vec<u8>,
    pub name: String,
    pub address: String,
    pub platform: String,
    pub software: String,
    pub status: WorkerStatus,
    pub is_timed_out: bool,
    pub request: Option<StatusChangeRequest>,
    pub last_seen: Option<Moment>,
    pub task_types: Vec<String>,
    pub can_restart: bool,
}

const SELECT: &str = "SELECT id, uuid, secret_hash, name, address, platform, software, status, is_timed_out,
    status_requested, is_request_lazy, last_seen, task_types, can_restart FROM workers";

impl WorkerRow {
    /// Deleted Workers are not found.
    pub(crate) fn by_uuid(db: &Connection, uuid: &str) -> rusqlite::Result<Option<Self>> {
        db.prepare_cached(&format!("{SELECT} WHERE uuid = ? AND deleted_at IS NULL"))?
            .query_row([uuid], Self::read)
            .optional()
    }

    /// Every Worker that is not deleted, oldest first.
    pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<Self>> {
        db.prepare_cached(&format!("{SELECT} WHERE deleted_at IS NULL ORDER BY id"))?
            .query_map([], Self::read)?
            .collect()
    }

    pub(crate) fn save_seen(db: &Connection, id: i64, now: Moment) -> rusqlite::Result<()> {
        db.prepare_cached("UPDATE workers SET last_seen = ? WHERE id = ?")?.execute(params![now, id])?;
        Ok(())
    }

    pub(crate) fn save_status(
        db: &Connection,
        id: i64,
        status: WorkerStatus,
        now: Moment,
    ) -> rusqlite::Result<()> {
        db.prepare_cached("UPDATE workers SET status = ?, is_timed_out = 0, updated = ? WHERE id = ?")?
            .execute(params![status.as_str(), now, id])?;
        Ok(())
    }

    /// `None` drops a waiting request.
    pub(crate) fn save_request(
        db: &Connection,
        id: i64,
        request: Option<StatusChangeRequest>,
    ) -> rusqlite::Result<()> {
        let status = request.map(|it| it.status.as_str());
        let is_lazy = request.is_some_and(|it| it.is_lazy);
        db.prepare_cached("UPDATE workers SET status_requested = ?, is_request_lazy = ? WHERE id = ?")?
            .execute(params![status, is_lazy, id])?;
        Ok(())
    }

    pub(crate) fn summary(&self) -> WorkerSummary {
        WorkerSummary {
            id: self.uuid.clone(),
            name: self.name.clone(),
            status: self.status,
            status_change: self.request,
            last_seen: self.last_seen.map(Moment::wire),
            version: self.software.clone(),
            can_restart: self.can_restart,
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let requested: Option<String> = row.get(9)?;
        let is_lazy = row.get(10)?;
        Ok(Self {
            id: row.get(0)?,
            uuid: row.get(1)?,
            secret_hash: row.get(2)?,
            name: row.get(3)?,
            address: row.get(4)?,
            platform: row.get(5)?,
            software: row.get(6)?,
            status: WorkerStatus::from_word(row.get_ref(7)?.as_str()?),
            is_timed_out: row.get(8)?,
            request: requested
                .map(|word| StatusChangeRequest { status: WorkerStatus::from_word(&word), is_lazy }),
            last_seen: row.get(11)?,
            task_types: json(row.get_ref(12)?.as_str()?),
            can_restart: row.get(13)?,
        })
    }
}

pub(crate) fn tags_of(db: &Connection, worker_id: i64) -> rusqlite::Result<Vec<WorkerTag>> {
    db.prepare_cached(
        "SELECT t.uuid, t.name, t.description FROM worker_tags t
         JOIN worker_tag_membership m ON m.tag_id = t.id WHERE m.worker_id = ? ORDER BY t.name",
    )?
    .query_map([worker_id], |row| {
        Ok(WorkerTag {
            id: row.get(0)?,
            name: row.get(1)?,
            description: row.get::<_, Option<String>>(2)?.filter(|it| !it.is_empty()),
        })
    })?
    .collect()
}
