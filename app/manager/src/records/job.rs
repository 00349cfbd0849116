use flamenco::kiln::SUBMISSION_KEY;
use flamenco::wire::{Job, JobStatus, JobStorage, Metadata, Settings};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::json;
use crate::clock::Moment;

/// A job without its settings and metadata, which may be megabytes and which only people ask for.
#[derive(Clone, Debug)]
pub(crate) struct JobRow {
    pub id: i64,
    pub uuid: String,
    pub name: String,
    pub job_type: String,
    pub priority: i32,
    pub status: JobStatus,
    pub activity: String,
    pub shaman_checkout: Option<String>,
    pub tag_uuid: Option<String>,
    pub created: Moment,
    pub updated: Moment,
    pub delete_requested_at: Option<Moment>,
    pub steps_completed: i64,
    pub steps_total: i64,
}

const SELECT: &str =
    "SELECT j.id, j.uuid, j.name, j.job_type, j.priority, j.status, j.activity, j.shaman_checkout,
       t.uuid, j.created, j.updated, j.delete_requested_at, j.steps_completed, j.steps_total
     FROM jobs j LEFT JOIN worker_tags t ON t.id = j.tag_id";

/// The same with everything.
const SELECT_WHOLE: &str =
    "SELECT j.id, j.uuid, j.name, j.job_type, j.priority, j.status, j.activity, j.shaman_checkout,
       t.uuid, j.created, j.updated, j.delete_requested_at, j.steps_completed, j.steps_total,
       j.settings, j.metadata
     FROM jobs j LEFT JOIN worker_tags t ON t.id = j.tag_id";
const SETTINGS: usize = 14;
const METADATA: usize = 15;

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
        let mut of_status = db.prepare_cached(&format!("{SELECT} WHERE j.status = ?"))?;
        let mut jobs = Vec::new();
        for status in statuses {
            for job in of_status.query_map([status.as_str()], Self::read)? {
                jobs.push(job?);
            }
        }
        jobs.sort_by_key(|job: &Self| job.id);
        Ok(jobs)
    }

    /// Jobs that wait to be deleted.
    pub(crate) fn to_delete(db: &Connection) -> rusqlite::Result<Vec<Self>> {
        db.prepare_cached(&format!("{SELECT} WHERE j.delete_requested_at IS NOT NULL ORDER BY j.id"))?
            .query_map([], Self::read)?
            .collect()
    }

    /// What the job type left of the settings.
    pub(crate) fn settings(&self, db: &Connection) -> rusqlite::Result<Settings> {
        db.prepare_cached("SELECT settings FROM jobs WHERE id = ?")?
            .query_row([self.id], |row| Ok(json(&row.get::<_, String>(0)?)))
    }

    /// The job as people see it.
    pub(crate) fn wire_by_uuid(db: &Connection, uuid: &str) -> rusqlite::Result<Option<Job>> {
        let sql = format!("{SELECT_WHOLE} WHERE j.uuid = ?");
        db.prepare_cached(&sql)?.query_row([uuid], Self::read_wire).optional()
    }

    /// Every job as people see it, oldest first: the text of a [`flamenco::wire::JobList`]. Settings
    /// and metadata go through as they are kept, since reading ten thousand of them takes longer than
    /// all the rest.
    pub(crate) fn list_as_json(db: &Connection) -> rusqlite::Result<String> {
        let mut all = db.prepare_cached(&format!("{SELECT_WHOLE} ORDER BY j.id"))?;
        let mut rows = all.query([])?;
        let mut list = String::from(r#"{"jobs":["#);
        while let Some(row) = rows.next()? {
            if !list.ends_with('[') {
                list.push(',');
            }
            let job = Self::read(row)?.wire(Settings::new(), Metadata::new());
            let job = serde_json::to_string(&job)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            list.push_str(job.strip_suffix('}').unwrap_or(&job));
            for (name, column) in [("settings", SETTINGS), ("metadata", METADATA)] {
                let kept = row.get_ref(column)?.as_str()?;
                if kept != "{}" {
                    list.push_str(&format!(r#","{name}":{kept}"#));
                }
            }
            list.push('}');
        }
        list.push_str("]}");
        Ok(list)
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

    fn wire(self, settings: Settings, metadata: Metadata) -> Job {
        let storage = self.shaman_checkout.map(|id| JobStorage { shaman_checkout_id: Some(id) });
        Job {
            id: self.uuid,
            name: self.name,
            job_type: self.job_type,
            priority: self.priority,
            settings,
            metadata,
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

    fn read_wire(row: &Row<'_>) -> rusqlite::Result<Job> {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        Ok(Self::read(row)?.wire(json(text(SETTINGS)?), json(text(METADATA)?)))
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            uuid: row.get(1)?,
            name: row.get(2)?,
            job_type: row.get(3)?,
            priority: row.get(4)?,
            status: JobStatus::from_word(row.get_ref(5)?.as_str()?),
            activity: row.get(6)?,
            shaman_checkout: row.get(7)?,
            tag_uuid: row.get(8)?,
            created: row.get(9)?,
            updated: row.get(10)?,
            delete_requested_at: row.get(11)?,
            steps_completed: row.get(12)?,
            steps_total: row.get(13)?,
        })
    }
}
