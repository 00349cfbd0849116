//! Tells when a loaded model, or a file it is made of, changes on disk.
//!
//! Folders are watched rather than files: most programs save under another name and rename, which
//! ends a watch on the file itself.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::model::DocId;

/// A file counts as saved when nothing has touched it for this long.
const QUIET: Duration = Duration::from_millis(250);
/// Events waiting to be looked at; when more come, some are lost and the next save is noticed.
const QUEUE_LENGTH: usize = 1024;

pub(crate) struct Watch {
    watcher: Option<RecommendedWatcher>,
    events: Receiver<PathBuf>,
    folders: HashSet<PathBuf>,
    docs_by_file: HashMap<PathBuf, HashSet<DocId>>,
    touched: HashMap<DocId, Instant>,
}

impl Watch {
    /// `wake` is called when there may be news. Where the system offers no watching, nothing is
    /// ever reported; Ctrl+R reads anew.
    pub(crate) fn new(wake: impl Fn() + Send + 'static) -> Self {
        let (send, events) = sync_channel(QUEUE_LENGTH);
        let handler = move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            for path in event.paths {
                let _ = send.try_send(path);
            }
            wake();
        };
        let watcher = match notify::recommended_watcher(handler) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::warn!("changed files are not noticed: {error}");
                None
            }
        };
        Self {
            watcher,
            events,
            folders: HashSet::new(),
            docs_by_file: HashMap::new(),
            touched: HashMap::new(),
        }
    }

    /// Watches the files a document was read from, instead of those it was read from before.
    pub(crate) fn set_files(&mut self, doc: DocId, files: &[PathBuf]) {
        self.forget(doc);
        for file in files {
            self.docs_by_file.entry(file.clone()).or_default().insert(doc);
            if let Some(folder) = file.parent() {
                self.watch_folder(folder);
            }
        }
    }

    pub(crate) fn forget(&mut self, doc: DocId) {
        self.touched.remove(&doc);
        self.docs_by_file.retain(|_, docs| {
            docs.remove(&doc);
            !docs.is_empty()
        });
    }

    /// Documents whose files have changed and lie still; and when to ask again, if some do not yet.
    pub(crate) fn changed(&mut self, now: Instant) -> (Vec<DocId>, Option<Duration>) {
        while let Ok(path) = self.events.try_recv() {
            for &doc in self.docs_by_file.get(&path).into_iter().flatten() {
                self.touched.insert(doc, now);
            }
        }
        let (mut settled, mut wait) = (Vec::new(), None);
        self.touched.retain(|&doc, &mut at| {
            let left = QUIET.saturating_sub(now.saturating_duration_since(at));
            if left.is_zero() {
                settled.push(doc);
            } else {
                wait = Some(wait.map_or(left, |w: Duration| w.min(left)));
            }
            !left.is_zero()
        });
        settled.sort();
        (settled, wait)
    }

    fn watch_folder(&mut self, folder: &Path) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let Some(watcher) = &mut self.watcher else { return };
        // Missing files may be named in a folder of another machine.
        if !folder.is_dir() {
            return;
        }
        if self.folders.insert(folder.to_owned())
            && let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive)
        {
            tracing::warn!("changes are not noticed ({error}): {}", folder.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_over_the_file_is_a_change_of_its_document() {
        let home = tempfile::tempdir().unwrap();
        let model = home.path().join("chair.obj");
        std::fs::write(&model, b"v 0 0 0").unwrap();
        let (wake, woken) = sync_channel(16);
        let mut watch = Watch::new(move || {
            let _ = wake.try_send(());
        });
        watch.set_files(DocId(1), std::slice::from_ref(&model));
        std::fs::write(home.path().join("chair.tmp"), b"v 1 1 1").unwrap();
        std::fs::rename(home.path().join("chair.tmp"), &model).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let now = Instant::now();
            assert!(now < deadline, "no change was noticed");
            let (changed, _) = watch.changed(now + Duration::ZERO);
            if changed == [DocId(1)] {
                break;
            }
            // Woken by the watcher, or when the quiet time is over.
            let _ = woken.recv_timeout(QUIET);
        }
    }
}
