//! Settings and views are written down soon after they have changed, off the UI thread, so that a crash
//! costs nobody more than the last moments.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use work::{Lane, Pool, WorkHandle, WorkState};

use crate::model::ViewBook;
use crate::settings::Settings;

/// What changes again within this time is written once.
const QUIET: Duration = Duration::from_millis(1500);

pub(crate) struct Keeper {
    /// `None`: nothing is kept, as in tests without a home.
    folder: Option<PathBuf>,
    settings: Settings,
    views: u64,
    changed_at: Option<Instant>,
    writing: Option<WorkHandle<()>>,
}

impl Keeper {
    /// `settings` and `views` as they were read.
    pub(crate) fn new(folder: Option<PathBuf>, settings: &Settings, views: &ViewBook) -> Self {
        let (settings, views) = (settings.clone(), views.revision());
        Self { folder, settings, views, changed_at: None, writing: None }
    }

    /// Never waits. Returns when to call again.
    pub(crate) fn step(
        &mut self,
        settings: &Settings,
        views: &ViewBook,
        pool: &Pool,
        now: Instant,
    ) -> Option<Duration> {
        let folder = self.folder.as_ref()?;
        if self.settings != *settings || self.views != views.revision() {
            self.settings.clone_from(settings);
            self.views = views.revision();
            self.changed_at = Some(now);
        }
        if let Some(writing) = self.writing.take()
            && matches!(writing.poll(), WorkState::Running(_))
        {
            // The pool calls when it is done.
            self.writing = Some(writing);
            return None;
        }
        let left = QUIET.saturating_sub(now.saturating_duration_since(self.changed_at?));
        if !left.is_zero() {
            return Some(left);
        }
        self.changed_at = None;
        let (folder, settings, views) = (folder.clone(), settings.clone(), views.clone());
        self.writing = Some(pool.spawn(Lane::Bulk, "keep settings", move |_| {
            let kept = settings.save(&folder).and_then(|()| views.save(&folder));
            kept.inspect_err(|error| {
                tracing::warn!("settings were not saved ({error}): {}", folder.display())
            })
        }));
        None
    }

    /// Writes what has not been written yet, before the window goes.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub(crate) fn finish(&mut self, settings: &Settings, views: &ViewBook) -> io::Result<()> {
        let Some(folder) = self.folder.take() else { return Ok(()) };
        if let Some(writing) = self.writing.take() {
            // Whatever became of it, all is written once more.
            let _ = writing.wait();
        }
        settings.save(&folder)?;
        views.save(&folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_written_once_it_has_settled() {
        let folder = tempfile::tempdir().unwrap();
        let (mut settings, views) = (Settings::default(), ViewBook::default());
        let pool = Pool::new(|| {});
        let mut keeper = Keeper::new(Some(folder.path().to_owned()), &settings, &views);
        let start = Instant::now();
        assert_eq!(keeper.step(&settings, &views, &pool, start), None);
        settings.left_open = false;
        assert_eq!(keeper.step(&settings, &views, &pool, start), Some(QUIET));
        settings.right_open = false;
        assert_eq!(keeper.step(&settings, &views, &pool, start + QUIET / 2), Some(QUIET));
        assert_eq!(keeper.step(&settings, &views, &pool, start + QUIET), Some(QUIET / 2));
        assert_eq!(Settings::load(folder.path()), Settings::default());
        assert_eq!(keeper.step(&settings, &views, &pool, start + 2 * QUIET), None);
        keeper.writing.take().unwrap().wait().unwrap();
        assert_eq!(Settings::load(folder.path()), settings);
        settings.strip_open = false;
        keeper.finish(&settings, &views).unwrap();
        assert_eq!(Settings::load(folder.path()), settings);
    }
}
