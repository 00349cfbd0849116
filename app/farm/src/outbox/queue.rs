//! Who goes first, how fast, and what is held back.

use rusqlite::{OptionalExtension, params};

use super::Outbox;
use super::store::Store;
use crate::{FarmError, SubmissionId, SubmissionState};

const UPLOAD_LIMIT: &str = "upload-limit";
const HOLDS_ALL: &str = "holds-all";

impl Outbox {
    /// Sends nothing of a submission until it is released. What is on the farm already goes on.
    ///
    /// # Errors
    /// When there is no such submission, or the outbox cannot be written.
    pub fn hold(&self, id: &SubmissionId, is_held: bool) -> Result<(), FarmError> {
        self.store.hold(id, is_held)?;
        self.stirred.notify_waiters();
        Ok(())
    }

    /// Sends nothing at all until told otherwise; results still come home.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub fn hold_all(&self, is_held: bool) -> Result<(), FarmError> {
        self.store.set_switch(HOLDS_ALL, is_held.then_some(1))?;
        self.stirred.notify_waiters();
        Ok(())
    }

    /// # Errors
    /// When the outbox cannot be read.
    pub fn holds_all(&self) -> Result<bool, FarmError> {
        Ok(self.store.switch(HOLDS_ALL)?.is_some())
    }

    /// How fast inputs go up, over all submissions, in bytes a second; `None`: as fast as they go.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub fn set_upload_limit(&self, bytes_per_sec: Option<u64>) -> Result<(), FarmError> {
        self.store.set_switch(UPLOAD_LIMIT, bytes_per_sec.map(super::rows::signed))
    }

    /// # Errors
    /// When the outbox cannot be read.
    pub fn upload_limit(&self) -> Result<Option<u64>, FarmError> {
        Ok(self.store.switch(UPLOAD_LIMIT)?.map(super::rows::unsigned))
    }

    /// What is not on its farm yet, in the order in which it is sent.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn queue(&self) -> Result<Vec<SubmissionId>, FarmError> {
        self.store.queue()
    }

    /// Has a submission sent right before another one, or last of all.
    ///
    /// # Errors
    /// When there is no such submission, or the outbox cannot be written.
    pub fn send_before(&self, id: &SubmissionId, next: Option<&SubmissionId>) -> Result<(), FarmError> {
        self.store.send_before(id, next)?;
        self.stirred.notify_waiters();
        Ok(())
    }
}

impl Store {
    pub(super) fn hold(&self, id: &SubmissionId, is_held: bool) -> Result<(), FarmError> {
        self.update(id, "is_held = ?3", &[&is_held])
    }

    /// Whether nothing of it may be sent at present.
    pub(crate) fn is_held(&self, id: &SubmissionId) -> Result<bool, FarmError> {
        let sql = "SELECT is_held OR EXISTS (SELECT 1 FROM switches WHERE name = ?2)
                   FROM submissions WHERE id = ?1";
        self.with(|db| db.query_row(sql, [id.as_str(), HOLDS_ALL], |row| row.get(0)))
    }

    /// Whether nothing that goes to the same farm is to be sent before it. What is held, or waits for
    /// something that went wrong, lets others pass.
    pub(crate) fn is_its_turn(&self, id: &SubmissionId) -> Result<bool, FarmError> {
        let sql = "SELECT NOT EXISTS (
                SELECT 1 FROM submissions AS other, submissions AS own
                WHERE own.id = ?1 AND other.id <> own.id AND other.place = own.place
                  AND other.state IN (?2, ?3, ?4)
                  AND other.is_held = 0 AND other.wants_cancel = 0 AND other.note IS NULL
                  AND COALESCE(other.turn, other.rowid) < COALESCE(own.turn, own.rowid))";
        let [a, b, c] = UNSENT.map(SubmissionState::as_str);
        self.with(|db| db.prepare_cached(sql)?.query_row([id.as_str(), a, b, c], |row| row.get(0)))
    }

    fn queue(&self) -> Result<Vec<SubmissionId>, FarmError> {
        let sql = "SELECT id FROM submissions WHERE state IN (?1, ?2, ?3) ORDER BY COALESCE(turn, rowid)";
        self.with(|db| {
            let mut select = db.prepare_cached(sql)?;
            let ids = select.query_map(UNSENT.map(SubmissionState::as_str), |row| row.get(0))?;
            ids.map(|id| id.map(SubmissionId)).collect()
        })
    }

    fn send_before(&self, id: &SubmissionId, next: Option<&SubmissionId>) -> Result<(), FarmError> {
        let turn = self.with(|db| {
            let turn_of = "SELECT COALESCE(turn, rowid) FROM submissions WHERE id = ?1";
            let next: Option<f64> = match next {
                Some(next) => Some(db.query_row(turn_of, [&next.0], |row| row.get(0))?),
                None => None,
            };
            let before = "SELECT MAX(COALESCE(turn, rowid)) FROM submissions
                          WHERE id <> ?1 AND (?2 IS NULL OR COALESCE(turn, rowid) < ?2)";
            let before: Option<f64> = db.query_row(before, params![id.0, next], |row| row.get(0))?;
            Ok(match (before, next) {
                (Some(before), Some(next)) => f64::midpoint(before, next),
                (None, Some(next)) => next - 1.0,
                (before, None) => before.unwrap_or(0.0) + 1.0,
            })
        })?;
        self.update(id, "turn = ?3", &[&turn])
    }

    /// What was read and hashed, and how much of it had to be sent.
    pub(crate) fn set_sent(&self, id: &SubmissionId, n_bundle: u64, n_sent: u64) -> Result<(), FarmError> {
        let (n_bundle, n_sent) = (super::rows::signed(n_bundle), super::rows::signed(n_sent));
        self.update(id, "n_bytes_bundle = ?3, n_bytes_sent = n_bytes_sent + ?4", &[&n_bundle, &n_sent])
    }

    fn switch(&self, name: &str) -> Result<Option<i64>, FarmError> {
        let sql = "SELECT value FROM switches WHERE name = ?1";
        self.with(|db| db.query_row(sql, [name], |row| row.get(0)).optional())
    }

    fn set_switch(&self, name: &str, value: Option<i64>) -> Result<(), FarmError> {
        self.with(|db| match value {
            Some(value) => {
                let sql = "INSERT OR REPLACE INTO switches (name, value) VALUES (?1, ?2)";
                db.execute(sql, params![name, value]).map(|_| ())
            }
            None => db.execute("DELETE FROM switches WHERE name = ?1", [name]).map(|_| ()),
        })
    }
}

const UNSENT: [SubmissionState; 3] =
    [SubmissionState::Waiting, SubmissionState::Bundling, SubmissionState::Uploading];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Home, NewSubmission};

    fn outbox(folder: &std::path::Path) -> (Outbox, Vec<SubmissionId>) {
        let outbox = Outbox::open(&Home::at(folder)).unwrap();
        let ids = ["a", "b", "c", "d"]
            .map(|name| outbox.submit(NewSubmission::new(name, "echo-sleep-test", Vec::new())).unwrap());
        (outbox, ids.to_vec())
    }

    #[test]
    fn what_was_moved_is_sent_where_it_was_moved_to() {
        let folder = tempfile::tempdir().unwrap();
        let (outbox, ids) = outbox(folder.path());
        let order = |outbox: &Outbox| -> Vec<usize> {
            let queue = outbox.queue().unwrap();
            queue.iter().map(|id| ids.iter().position(|it| it == id).unwrap()).collect()
        };
        assert_eq!(order(&outbox), [0, 1, 2, 3]);
        outbox.send_before(&ids[3], Some(&ids[1])).unwrap();
        assert_eq!(order(&outbox), [0, 3, 1, 2]);
        outbox.send_before(&ids[2], Some(&ids[0])).unwrap();
        outbox.send_before(&ids[0], None).unwrap();
        assert_eq!(order(&outbox), [2, 3, 1, 0]);
        // Moved to where it is.
        outbox.send_before(&ids[3], Some(&ids[1])).unwrap();
        assert_eq!(order(&outbox), [2, 3, 1, 0]);
    }

    #[test]
    fn the_first_of_a_farm_goes_first_unless_it_is_held_or_in_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let (outbox, ids) = outbox(folder.path());
        let turns = || ids.iter().map(|id| outbox.store.is_its_turn(id).unwrap()).collect::<Vec<_>>();
        assert_eq!(turns(), [true, false, false, false]);
        outbox.hold(&ids[0], true).unwrap();
        assert_eq!(turns(), [true, true, false, false]);
        assert!(outbox.store.is_held(&ids[0]).unwrap());
        outbox.store.note(&ids[1], Some("the farm is away")).unwrap();
        assert_eq!(turns(), [true, true, true, false]);
        outbox.hold(&ids[0], false).unwrap();
        outbox.store.enter(&ids[0], SubmissionState::Running).unwrap();
        assert_eq!(turns()[1..], [true, true, false]);
        outbox.hold_all(true).unwrap();
        assert!(outbox.holds_all().unwrap() && outbox.store.is_held(&ids[3]).unwrap());
        outbox.hold_all(false).unwrap();
        assert!(!outbox.store.is_held(&ids[3]).unwrap());
        outbox.set_upload_limit(Some(1_000_000)).unwrap();
        assert_eq!(outbox.upload_limit().unwrap(), Some(1_000_000));
    }
}
