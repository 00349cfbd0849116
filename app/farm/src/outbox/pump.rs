use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};

use super::Outbox;
use super::drive::{Drive, Pace, Shared};
use super::hand_over::Sent;
use crate::farm_json::try_lock;
use crate::{FarmError, FarmPlace, SubmissionId, SubmissionState};

/// How long to pump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PumpUntil {
    /// The farm has these jobs, or cannot get them: the sender may leave.
    HandedOver(Vec<SubmissionId>),
    /// These are over, their results at home.
    Over(Vec<SubmissionId>),
    /// Nothing is left to do.
    Empty,
    /// Told to stop.
    Stopped,
}

/// Other processes write to the same outbox.
const LOOK_PERIOD: Duration = Duration::from_millis(500);
const AFTER_TROUBLE: Duration = Duration::from_secs(2);

impl Outbox {
    /// Works on everything in the outbox until `until` holds or `stop` ends. While another process
    /// pumps, waits for that one's results, and takes over when it ends. May be dropped at any time.
    ///
    /// What goes wrong with one submission is written into it, and not returned.
    ///
    /// # Errors
    /// When the outbox cannot be used.
    pub async fn pump(
        &self,
        until: &PumpUntil,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), FarmError> {
        tokio::pin!(stop);
        let path = self.home().data().join("outbox.lock");
        let _lock = loop {
            if self.has_reached(until)? {
                return Ok(());
            }
            if let Some(lock) = try_lock(&path)? {
                break lock;
            }
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = tokio::time::sleep(LOOK_PERIOD) => {}
            }
        };
        let shared = Shared::default();
        let mut under_way = BTreeMap::<SubmissionId, Id>::new();
        let mut drives = JoinSet::new();
        loop {
            let stirred = self.stirred.notified();
            if self.has_reached(until)? {
                break;
            }
            shared.limit.set(self.upload_limit()?);
            for id in self.store.unfinished()? {
                if let Entry::Vacant(place) = under_way.entry(id) {
                    let drive = self.drive(place.key(), shared.clone())?;
                    place.insert(drives.spawn(drive.run()).id());
                }
            }
            tokio::select! {
                () = &mut stop => break,
                () = stirred => {}
                () = tokio::time::sleep(LOOK_PERIOD) => {}
                Some(ended) = drives.join_next_with_id() => {
                    let (id, is_panic) = match &ended {
                        Ok((id, ())) => (*id, false),
                        Err(error) => (error.id(), error.is_panic()),
                    };
                    if is_panic && let Some((submission, _)) = under_way.iter().find(|(_, task)| **task == id) {
                        self.store.fail(submission, "the work on it stopped unexpectedly. Please report this.")?;
                    }
                    under_way.retain(|_, task| *task != id);
                }
            }
        }
        drives.shutdown().await;
        Ok(())
    }

    /// Works on everything in the outbox for as long as the program runs. What stops it, such as a
    /// full disk under the outbox itself, goes to `tell`, and is tried again.
    pub async fn keep_pumping(&self, tell: impl Fn(&FarmError)) {
        loop {
            if let Err(error) = self.pump(&PumpUntil::Stopped, std::future::pending()).await {
                tell(&error);
            }
            tokio::time::sleep(AFTER_TROUBLE).await;
        }
    }

    pub(super) fn drive(&self, id: &SubmissionId, shared: Shared) -> Result<Drive, FarmError> {
        // Found in that state, somebody else brought it there, and may have sent it.
        let submission = self.store.get(id)?;
        let is_submitting = submission.state == SubmissionState::Submitting;
        Ok(Drive {
            home: self.home.clone(),
            store: self.store.clone(),
            stirred: Arc::clone(&self.stirred),
            shared,
            id: id.clone(),
            farm: None,
            sent: if is_submitting { Sent::Perhaps } else { Sent::Never },
            pace: self.pace.unwrap_or_else(|| Pace::at(&submission.place)),
            is_embedded: submission.place == FarmPlace::Embedded,
            source: None,
            collected_at: None,
        })
    }

    fn has_reached(&self, until: &PumpUntil) -> Result<bool, FarmError> {
        let all = |ids: &[SubmissionId], holds: fn(SubmissionState) -> bool| {
            for id in ids {
                if !holds(self.store.get(id)?.state) {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        match until {
            PumpUntil::HandedOver(ids) => all(ids, SubmissionState::is_handed_over),
            PumpUntil::Over(ids) => all(ids, SubmissionState::is_over),
            PumpUntil::Empty => Ok(self.store.unfinished()?.is_empty()),
            PumpUntil::Stopped => Ok(false),
        }
    }
}
