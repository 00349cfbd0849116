use flamenco::kiln::SUBMISSION_KEY;
use flamenco::wire::{Job, JobStatus, JobStorage, Metadata, Settings};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::json;
use crate::clock::Moment;

#[derive(Clone, Debug)]
pub(crate) struct JobRow {
    pub id: i64,
    pub uuid: String,
    pub name: String,
    pub job_type: String,
    pub priority: i32,
    pub status: JobStatus,
    pub activity: String,
    pub settings: Settings,
    pub metadata: Metadata,
    pub shaman_checkout: Option<String>,
    pub tag_uuid: Option<String>,
    pub created: Moment,
    pub updated: Moment,
    pub delete_requested_at: Option<Moment>,
    pub steps_completed: i64,
    pub steps_total: i64,
}

const SELECT: &str = "SELECT j.*, t.uuid AS tag_uuid FROM jobs j LEFT JOIN worker_tags t ON t.id = j.tag_id";

impl JobRow {
    pub(crate) fn by_uuid(db: &Connection, uuid: &str) -> rusqlite::Result<Option<Self>> {
        db.prepare_cached(&format!("{SELECT} WHERE j.uuid = ?"))?.query_row([uuid], Self::read).optional()
    }

    pub(crate) fn by_id(db: &Connection, id: i64) -> rusqlite::Result<Self> {
        db.prepare_cached(&format!("{SELECT} WHERE j.id = ?"))?.query_row([id], Self::read)
    }

    /// The job that came from a submission with this id of the submitter's own.
    pub(crate) fn by_submission(db: &Connection, submission: &str) -> rusqlite::Result<Option<Self>> {
        let sql = format!(
            "{SELECT} WHERE json_extract(j.metadata, '$.\"{SUBMISSION_KEY}\"') = ?
             AND j.delete_requested_at IS NULL ORDER BY j.id LIMIT 1"
        );
        db.prepare_cached(&sql)?.query_row([submission], Self::read).optional()
    }

    /// Oldest first.
    pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<Self>> {
        db.prepare_cached(&format!("{SELECT} ORDER BY j.id"))?.query_map([], Self::read)?.collect()
    }

    /// Jobs in one of `statuses`, oldest first.
    pub(crate) fn in_status(db: &Connection, statuses: &[JobStatus]) -> rusqlite::Result<Vec<Self>> {
        Ok(Self::all(db)?.into_iter().filter(|job| statuses.contains(&job.status)).collect())
    }

    pub(crate) fn save_status(
        db: &Connection,
        id: i64,
        status: JobStatus,
        activity: &str,
        now: Moment,
    ) -> rusqlite::Result<()> {
        db.prepare_cached("UPDATE jobs SET status = ?, activity = ?, updated = ? WHERE id = ?")?
            .execute(params![status.as_str(), activity, now, id])?;
        Ok(())
    }

    /// Makes the job's step counters the sums of its tasks'.
    pub(crate) fn sum_steps(db: &Connection, id: i64) -> rusqlite::Result<()> {
        db.prepare_cached(
            "UPDATE jobs SET (steps_completed, steps_total) =
               (SELECT COALESCE(SUM(steps_completed), 0), COALESCE(SUM(steps_total), 0)
                FROM tasks WHERE job_id = jobs.id) WHERE id = ?",
        )?
        .execute([id])?;
        Ok(())
    }

    pub(crate) fn wire(self) -> Job {
        let storage = self.shaman_checkout.map(|id| JobStorage { shaman_checkout_id: Some(id) });
        Job {
            id: self.uuid,
            name: self.name,
            job_type: self.job_type,
            priority: self.priority,
            settings: self.settings,
            metadata: self.metadata,
            submitter_platform: String::new(),
            storage,
            worker_tag: self.tag_uuid,
            created: self.created.wire(),
            updated: self.updated.wire(),
            status: self.status,
            activity: self.activity,
            steps_completed: self.steps_completed,
            steps_total: self.steps_total,
            delete_requested_at: self.delete_requested_at.map(Moment::wire),
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            uuid: row.get("uuid")?,
            name: row.get("name")?,
            job_type: row.get("job_type")?,
            priority: row.get("priority")?,
            status: JobStatus::from_word(&row.get::<_, String>("status")?),
            activity: row.get("activity")?,
            settings: json(&row.get::<_, String>("settings")?),
            metadata: json(&row.get::<_, String>("metadata")?),
            shaman_checkout: row.get("shaman_checkout")?,
            tag_uuid: row.get("tag_uuid")?,
            created: row.get("created")?,
            updated: row.get("updated")?,
            delete_requested_at: row.get("delete_requested_at")?,
            steps_completed: row.get("steps_completed")?,
            steps_total: row.get("steps_total")?,
        })
    }
}
