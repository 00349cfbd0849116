//! What was mended and is in no file yet lies on the disk, as lists of steps: a window that is killed
//! loses nothing of it. Each window has a file of its own, which it holds by a lock; a window that
//! starts takes over those that nobody holds.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use work::{Lane, Pool, WorkHandle, WorkState};

use crate::model::{Document, Model, Wish};

/// What was mended of a model, and how much of it was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mends {
    model: PathBuf,
    wishes: Vec<Wish>,
    saved: usize,
}

impl Mends {
    pub(crate) fn of(document: &Document) -> Self {
        let history = &document.history;
        Self { model: document.path.clone(), wishes: history.wishes(), saved: history.saved() }
    }

    /// To the models that are listed; it is made again when they are read. What was mended since stays
    /// as it is. Returns how many got something back.
    pub(crate) fn give_back(list: &mut Vec<Self>, model: &mut Model) -> usize {
        let mut n_back = 0;
        list.retain(|mends| {
            let Some(document) = model.documents.iter_mut().find(|d| d.path == mends.model) else {
                return true;
            };
            if document.history.is_empty() {
                document.history.resume(mends.wishes.clone(), mends.saved);
                n_back += 1;
            }
            false
        });
        n_back
    }
}

pub(crate) struct Journal {
    path: PathBuf,
    /// Held as long as the window lives.
    _lock: File,
    /// What is on the disk, or about to be.
    written: Vec<Mends>,
    /// Of windows that ended: waits until its model is opened.
    left: Vec<Mends>,
    writing: Option<WorkHandle<()>>,
}

/// Of models that nobody opened again, no more than this are remembered.
const MOST_LEFT: usize = 200;

impl Journal {
    /// `folder`: of the program's data. Takes over what ended windows left.
    ///
    /// # Errors
    /// A folder that cannot be made or written.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let folder = folder.join("unsaved");
        fs::create_dir_all(&folder)?;
        let name = (0..)
            .map(|n| format!("{}-{n}", std::process::id()))
            .find_map(|name| Some((hold(&folder.join(format!("{name}.lock")))?, name)));
        let (lock, name) = name.ok_or(io::ErrorKind::AlreadyExists)?;
        let path = folder.join(format!("{name}.json"));
        let mut left = Vec::new();
        for other in folder.read_dir()?.flatten().map(|entry| entry.path()) {
            let is_journal = other.extension().is_some_and(|e| e == "json");
            let lock = other.with_extension("lock");
            let is_own = other == path;
            if !is_journal || !(is_own || lock_is_free(&lock)) {
                continue;
            }
            let kept =
                fs::read(&other).ok().and_then(|bytes| serde_json::from_slice::<Vec<Mends>>(&bytes).ok());
            left.extend(kept.into_iter().flatten());
            left.truncate(MOST_LEFT);
            // First into the own file: nothing is lost whatever happens here.
            write(&path, &left)?;
            if !is_own {
                // What cannot be removed is taken over again, which does no harm.
                let _ = fs::remove_file(&other);
                let _ = fs::remove_file(&lock);
            }
        }
        Ok(Self { path, _lock: lock, written: left.clone(), left, writing: None })
    }

    /// Once a frame; never waits. Returns how many models got back what was mended before.
    pub(crate) fn step(&mut self, model: &mut Model, pool: &Pool) -> usize {
        let n_back = if self.left.is_empty() { 0 } else { Mends::give_back(&mut self.left, model) };
        if let Some(writing) = &self.writing
            && matches!(writing.poll(), WorkState::Running(_))
        {
            return n_back;
        }
        let unsaved = model.documents.iter().filter(|document| document.history.is_unsaved());
        let now: Vec<Mends> = unsaved.map(Mends::of).chain(self.left.iter().cloned()).collect();
        self.writing = None;
        if now != self.written {
            self.written.clone_from(&now);
            let path = self.path.clone();
            self.writing = Some(pool.spawn(Lane::Interactive, "keep mends", move |_| {
                write(&path, &now)
                    .inspect_err(|error| tracing::warn!("mends were not kept ({error}): {}", path.display()))
            }));
        }
        n_back
    }

    /// The window goes, and whoever closed it was asked: only what waits for its model stays.
    pub(crate) fn finish(&mut self) {
        if let Some(writing) = self.writing.take() {
            // Whatever became of it, it is written or removed once more.
            let _ = writing.wait();
        }
        let gone =
            if self.left.is_empty() { fs::remove_file(&self.path) } else { write(&self.path, &self.left) };
        if let Err(error) =
            gone.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
        {
            tracing::warn!("what waits to be mended again was not kept ({error}): {}", self.path.display());
        }
    }
}

/// `None` where somebody else holds it.
fn hold(path: &Path) -> Option<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path).ok()?;
    file.try_lock().is_ok().then_some(file)
}

fn lock_is_free(path: &Path) -> bool {
    hold(path).is_some()
}

fn write(path: &Path, mends: &[Mends]) -> io::Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, serde_json::to_vec(mends)?)?;
    fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        Wish { title: "Mend all".into(), steps: convert::Step::all() }
    }

    fn mended(path: &str) -> Model {
        let mut model = Model::default();
        let doc = model.add_document(path.into(), None);
        model.document_mut(doc).unwrap().history.resume(vec![wish(), wish()], 1);
        model
    }

    #[test]
    fn a_killed_window_leaves_its_mends_to_the_next_and_a_closed_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::new(|| {});
        let mut first = Journal::open(folder.path()).unwrap();
        let mut model = mended("/models/chair.glb");
        first.step(&mut model, &pool);
        first.writing.take().unwrap().wait().unwrap();
        // Somebody works beside it, and takes nothing from it.
        assert_eq!(Journal::open(folder.path()).unwrap().left, []);
        // Killed: nothing is finished, the lock goes with the process.
        drop(first);
        let mut second = Journal::open(folder.path()).unwrap();
        let mut model = Model::default();
        assert_eq!(second.step(&mut model, &pool), 0);
        let doc = model.add_document("/models/chair.glb".into(), None);
        assert_eq!(second.step(&mut model, &pool), 1);
        let history = &model.document(doc).unwrap().history;
        assert_eq!((history.wishes(), history.saved()), (vec![wish(), wish()], 1));
        second.finish();
        drop(second);
        assert_eq!(Journal::open(folder.path()).unwrap().left, []);
    }

    #[test]
    fn what_nobody_opened_waits_on() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::new(|| {});
        let mut first = Journal::open(folder.path()).unwrap();
        first.step(&mut mended("/models/chair.glb"), &pool);
        first.writing.take().unwrap().wait().unwrap();
        drop(first);
        for _ in 0..2 {
            let mut next = Journal::open(folder.path()).unwrap();
            next.step(&mut Model::default(), &pool);
            next.finish();
        }
        assert_eq!(Journal::open(folder.path()).unwrap().left.len(), 1);
    }
}
