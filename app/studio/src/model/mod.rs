//! What the user would miss: the open models, their reports, the farm. No toolkit, no GPU.

mod conversion;
mod document;
mod farm;
mod history;
mod issues;
mod kept;
mod picture;
mod preparation;
mod request;
mod views;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::inspector::Sheet;
use crate::marks::MarkSheet;

pub use conversion::{Conversion, Exported};
pub(crate) use document::missing_of;
pub use document::{DocId, Document, Loaded, PassPictures, Survey};
pub use farm::{
    FarmLink, FarmModel, FarmRow, FarmSearch, JobResults, JobRow, LastRendered, ResultFile, SearchState,
    Submission, TaskLog, TaskRow, WorkerRow,
};
pub use history::{Change, History, Mended, State, Wish};
pub use issues::{IssueStop, neighbor, position, stops};
pub(crate) use kept::Kept;
pub use picture::Picture;
pub use preparation::{Check, Plan, Preparation, SceneFile};
pub use request::Request;
pub(crate) use views::SavedPose;
pub use views::ViewBook;

#[derive(Default)]
pub struct Model {
    pub documents: Vec<Document>,
    pub current: Option<DocId>,
    /// What was dropped and is not read, with the reason.
    pub unread: Vec<Unread>,
    pub notices: Vec<Notice>,
    /// Folders still being walked.
    pub n_scans: usize,
    pub export: Option<Export>,
    /// What was converted here, newest last.
    pub conversions: Vec<Conversion>,
    pub farm: FarmModel,
    pub machine: Machine,
    /// Of the material that is looked into.
    pub sheet: Sheet,
    /// Faces coloured over the picture.
    pub marks: MarkSheet,
    pub last_folder: Option<PathBuf>,
    /// Where each model was looked at last, and its saved views.
    pub views: ViewBook,
    /// The first model of what is being opened goes on stage.
    pub awaits_choice: bool,
    next_doc: u64,
}

/// A file of a drop that is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub path: PathBuf,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub severity: Severity,
    pub text: String,
    /// What a click on it opens in the file manager.
    pub reveal: Option<PathBuf>,
    pub since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Good,
    Info,
    Error,
}

/// A file being written on the user's wish.
pub struct Export {
    pub label: String,
    pub target: PathBuf,
    pub work: work::WorkHandle<Exported>,
}

/// What is known about where the window runs.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Why files cannot be dropped here, if so.
    pub no_drop_reason: Option<&'static str>,
    pub gpu: Option<String>,
    /// Why nothing can be drawn, if so.
    pub gpu_error: Option<String>,
}

impl Model {
    pub fn document(&self, id: DocId) -> Option<&Document> {
        self.documents.iter().find(|d| d.id == id)
    }

    pub fn document_mut(&mut self, id: DocId) -> Option<&mut Document> {
        self.documents.iter_mut().find(|d| d.id == id)
    }

    pub fn current(&self) -> Option<&Document> {
        self.document(self.current?)
    }

    pub fn current_mut(&mut self) -> Option<&mut Document> {
        self.document_mut(self.current?)
    }

    /// The model on stage, once it is read.
    pub fn loaded(&self) -> Option<&Loaded> {
        self.current()?.load.value().map(AsRef::as_ref)
    }

    /// Adds a file to the list, or finds it there.
    pub fn add_document(&mut self, path: PathBuf, n_bytes: Option<u64>) -> DocId {
        if let Some(known) = self.documents.iter().find(|d| d.path == path) {
            return known.id;
        }
        self.next_doc += 1;
        let id = DocId(self.next_doc);
        let mut document = Document::new(id, path);
        document.n_bytes = n_bytes;
        self.documents.push(document);
        id
    }

    /// Models whose mends no file holds, of all or of one.
    pub fn unsaved(&self, of: Option<DocId>) -> Vec<&Document> {
        let wanted = self.documents.iter().filter(|d| of.is_none_or(|doc| doc == d.id));
        wanted.filter(|document| document.history.is_unsaved()).collect()
    }

    /// Good news goes by itself, trouble stays until it is dismissed. Returns when to ask again.
    pub fn drop_old_notices(&mut self, now: Instant) -> Option<Duration> {
        const SHOWN: Duration = Duration::from_secs(8);
        let left = |n: &Notice| SHOWN.saturating_sub(now.saturating_duration_since(n.since));
        self.notices.retain(|n| n.severity == Severity::Error || !left(n).is_zero());
        self.notices.iter().filter(|n| n.severity != Severity::Error).map(left).min()
    }

    /// The `step`-th neighbour of the current model, round the list.
    pub fn neighbor(&self, step: isize) -> Option<DocId> {
        let n = self.documents.len() as isize;
        let at = self.documents.iter().position(|d| Some(d.id) == self.current)? as isize;
        self.documents.get((at + step).rem_euclid(n) as usize).map(|d| d.id)
    }

    pub fn notify(&mut self, severity: Severity, text: impl Into<String>) {
        self.add_notice(severity, text, None);
    }

    pub fn add_notice(&mut self, severity: Severity, text: impl Into<String>, reveal: Option<PathBuf>) {
        /// More would hide the picture.
        const MAX_NOTICES: usize = 4;
        let notice = Notice { severity, text: text.into(), reveal, since: Instant::now() };
        self.notices.retain(|n| n.text != notice.text);
        self.notices.push(notice);
        if self.notices.len() > MAX_NOTICES {
            self.notices.remove(0);
        }
    }
}
