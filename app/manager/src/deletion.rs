//! Deleting jobs: marked at once, done in the background, resumed after a restart. Results are
//! never deleted.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::database::blocking;
use crate::farm::Farm;
use crate::records::JobRow;
use crate::refusal::Refusal;
use crate::states::Turn;

/// What could not be deleted (a file in use) is tried again.
const RESCAN: Duration = Duration::from_secs(60);

pub(crate) fn request(turn: &Turn<'_>, job: &JobRow) -> rusqlite::Result<()> {
    turn.db
        .prepare_cached(
            "UPDATE jobs SET delete_requested_at = COALESCE(delete_requested_at, ?) WHERE id = ?",
        )?
        .execute(params![turn.now, job.id])?;
    Ok(())
}

/// Whether the job's inputs go with it: it names a checkout that Shaman made (a submission may name
/// any folder), and no other job uses it.
pub(crate) fn erases_checkout(db: &Connection, job: &JobRow) -> rusqlite::Result<bool> {
    let Some(checkout) = &job.shaman_checkout else { return Ok(false) };
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM shaman_checkouts WHERE path = ?1)
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE shaman_checkout = ?1 AND id <> ?2)",
    )?
    .query_row(params![checkout, job.id], |row| row.get(0))
}

/// Deletes marked jobs until the farm stops.
pub(crate) async fn run(farm: Arc<Farm>) {
    loop {
        match farm.read(JobRow::to_delete).await {
            Ok(jobs) => {
                for job in jobs {
                    let uuid = job.uuid.clone();
                    if let Err(refusal) = delete(&farm, job).await {
                        tracing::warn!("job {uuid} is not deleted yet: {}", refusal.message);
                    }
                }
            }
            Err(refusal) => tracing::warn!("jobs to delete cannot be found: {}", refusal.message),
        }
        tokio::select! {
            () = farm.stop.cancelled() => return,
            () = farm.deletions.notified() => {}
            () = tokio::time::sleep(RESCAN) => {}
        }
    }
}

/// Files first: a job whose rows are gone is never looked at again.
async fn delete(farm: &Arc<Farm>, job: JobRow) -> Result<(), Refusal> {
    let erases = farm
        .read({
            let job = job.clone();
            move |db| erases_checkout(db, &job)
        })
        .await?;
    let files = blocking({
        let (farm, job) = (Arc::clone(farm), job.clone());
        move || {
            if let Some(checkout) = job.shaman_checkout.filter(|_| erases) {
                farm.shaman.erase_checkout(&checkout)?;
            }
            farm.files.remove_job(&job.uuid)
        }
    });
    files.await.map_err(|error| Refusal::internal("the job's files cannot be deleted", error))?;
    farm.turn(move |turn| {
        if let Some(checkout) = job.shaman_checkout.filter(|_| erases) {
            turn.db.execute("DELETE FROM shaman_checkouts WHERE path = ?", [checkout])?;
        }
        turn.db.execute("DELETE FROM jobs WHERE id = ?", [job.id])?;
        turn.wake_workers();
        Ok(())
    })
    .await
}
