//! What was mended since a model was read, newest last. Nothing of it touches the file: each change is
//! a new state of the scene in memory, and can be taken back.

use std::sync::Arc;

use analysis::Report;
use convert::{Plan, Step, StepReceipt};
use serde::{Deserialize, Serialize};
use work::{Cancelled, Lane, Pool, WorkCtx, WorkError, WorkHandle, WorkState};

use super::Loaded;

/// Scenes of earlier and later states kept in memory; others are worked out anew when asked for.
const N_KEPT_STATES: usize = 4;

/// A model as it is after some changes.
#[derive(Clone)]
pub struct State {
    pub loaded: Arc<Loaded>,
    /// As found, once it was checked.
    pub report: Option<Arc<Report>>,
}

/// What was asked for, as it outlives the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    pub title: String,
    pub steps: Vec<Step>,
}

/// One change and what came of it.
pub struct Change {
    pub wish: Wish,
    /// Empty until it was made again after a restart.
    pub receipts: Vec<StepReceipt>,
    state: Option<State>,
}

#[derive(Default)]
pub struct History {
    /// As the file has it.
    base: Option<State>,
    pub changes: Vec<Change>,
    /// How many of the changes the shown scene has.
    shown: usize,
    /// How many the file has that was written last.
    saved: usize,
    mending: Option<Mending>,
}

struct Mending {
    title: String,
    work: WorkHandle<Vec<Made>>,
    /// How many of the known changes stand before what is being made.
    after: usize,
    /// How many are to be shown if it comes to nothing that is kept.
    goal: usize,
    is_new: bool,
}

struct Made {
    wish: Wish,
    receipts: Vec<StepReceipt>,
    /// Of the last one alone.
    loaded: Option<Arc<Loaded>>,
}

/// What came of mending.
pub enum Mended {
    /// To be shown; and whether somebody asked for something new.
    State {
        state: State,
        is_new: bool,
    },
    /// Nothing was to be done; what the steps had to say.
    Nothing(Vec<String>),
    Failed(String),
}

impl History {
    /// A file was read, perhaps once more: what was mended is mended again, on it.
    pub fn begin(&mut self, loaded: &Arc<Loaded>, name: &str, pool: &Pool) {
        self.base = Some(State { loaded: Arc::clone(loaded), report: None });
        self.changes.iter_mut().for_each(|change| change.state = None);
        self.mending = None;
        let target = std::mem::take(&mut self.shown);
        // Nothing is kept that could be shown at once.
        let _ = self.go_to(target, name, pool);
    }

    /// For a model that was mended before the window was started anew.
    pub fn resume(&mut self, wishes: Vec<Wish>, saved: usize) {
        self.shown = wishes.len();
        self.saved = saved;
        self.changes =
            wishes.into_iter().map(|wish| Change { wish, receipts: Vec::new(), state: None }).collect();
    }

    /// What is shown, as wishes.
    pub fn wishes(&self) -> Vec<Wish> {
        self.changes[..self.target()].iter().map(|change| change.wish.clone()).collect()
    }

    /// Everything that was done, as one plan from the file to what is shown.
    pub fn plan(&self) -> Plan {
        let steps = self.changes[..self.shown].iter().flat_map(|change| change.wish.steps.clone());
        Plan { name: "mended".into(), steps: steps.collect(), ..Plan::default() }
    }

    pub fn shown(&self) -> usize {
        self.shown
    }

    /// What was found in the file itself.
    pub fn file_report(&self) -> Option<&Arc<Report>> {
        self.base.as_ref()?.report.as_ref()
    }

    pub fn saved(&self) -> usize {
        self.saved
    }

    pub fn is_unsaved(&self) -> bool {
        self.target() != self.saved
    }

    /// A file with the first `n` changes was written.
    pub fn mark_saved(&mut self, n: usize) {
        self.saved = n;
    }

    pub fn can_undo(&self) -> bool {
        self.mending.is_none() && self.shown > 0
    }

    pub fn can_redo(&self) -> bool {
        self.mending.is_none() && self.shown < self.changes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.mending.is_none()
    }

    /// What is being made, and how far.
    pub fn mending(&self) -> Option<(&str, work::Progress)> {
        self.mending.as_ref().map(|mending| (mending.title.as_str(), mending.work.progress()))
    }

    pub fn stop(&mut self) {
        self.mending = None;
    }

    /// Frees the scenes; what was done is remembered and made again when the file is read.
    pub fn free(&mut self) {
        self.shown = self.target();
        self.mending = None;
        self.base = None;
        self.changes.iter_mut().for_each(|change| change.state = None);
    }

    /// Runs steps on what is shown.
    pub fn mend(&mut self, wish: Wish, loaded: &Arc<Loaded>, name: &str, pool: &Pool) {
        let (after, title) = (self.shown, wish.title.clone());
        let work = make(Arc::clone(loaded), vec![wish], name.to_owned(), pool);
        self.mending = Some(Mending { title, work, after, goal: after, is_new: true });
    }

    /// The state after `n` changes: at once if it is kept, or later by [`History::poll`].
    pub fn go_to(&mut self, n: usize, name: &str, pool: &Pool) -> Option<State> {
        let n = n.min(self.changes.len());
        if n == self.shown {
            return None;
        }
        if let Some(state) = self.kept(n) {
            self.mending = None;
            self.shown = n;
            return Some(state);
        }
        let (from, base) = (0..n).rev().find_map(|i| Some((i, self.kept(i)?)))?;
        let wishes = self.changes[from..n].iter().map(|change| change.wish.clone()).collect();
        let work = make(base.loaded, wishes, name.to_owned(), pool);
        self.mending =
            Some(Mending { title: "Mending again".into(), work, after: from, goal: n, is_new: false });
        None
    }

    /// Remembers the report of what is shown.
    pub fn keep_report(&mut self, report: &Arc<Report>) {
        let state = match self.shown {
            0 => self.base.as_mut(),
            n => self.changes.get_mut(n - 1).and_then(|change| change.state.as_mut()),
        };
        if let Some(state) = state {
            state.report = Some(Arc::clone(report));
        }
    }

    /// Takes in what was made. Never waits.
    pub fn poll(&mut self) -> Option<Mended> {
        let made = match self.mending.as_ref()?.work.poll() {
            WorkState::Running(_) => return None,
            WorkState::Done(made) => made,
            WorkState::Taken => Err(WorkError::Cancelled),
        };
        let mending = self.mending.take()?;
        let made = match made {
            Ok(made) => made,
            Err(WorkError::Cancelled) => return None,
            Err(error) => return Some(Mended::Failed(error.to_string())),
        };
        let receipts = || made.iter().flat_map(|made| &made.receipts);
        if mending.is_new && receipts().all(|receipt| receipt.changes.is_empty()) {
            return Some(Mended::Nothing(receipts().flat_map(|r| r.notes.clone()).collect()));
        }
        if mending.is_new {
            self.changes.truncate(mending.after);
            // What was written before it is no part of this any more.
            if self.saved > mending.after {
                self.saved = usize::MAX;
            }
        }
        let state = State { loaded: made.last()?.loaded.clone()?, report: None };
        self.shown = mending.after + made.len();
        for (i, Made { wish, receipts, .. }) in made.into_iter().enumerate() {
            let change = Change { wish, receipts, state: None };
            match self.changes.get_mut(mending.after + i) {
                Some(known) => *known = change,
                None => self.changes.push(change),
            }
        }
        self.changes[self.shown - 1].state = Some(state.clone());
        self.forget_far_states();
        Some(Mended::State { state, is_new: mending.is_new })
    }

    /// Where it will stand when what is being made again is there.
    fn target(&self) -> usize {
        self.mending.as_ref().map_or(self.shown, |mending| mending.goal)
    }

    fn kept(&self, n: usize) -> Option<State> {
        match n {
            0 => self.base.clone(),
            n => self.changes.get(n - 1)?.state.clone(),
        }
    }

    fn forget_far_states(&mut self) {
        let shown = self.shown;
        for (i, change) in self.changes.iter_mut().enumerate() {
            if (i + 1).abs_diff(shown) >= N_KEPT_STATES {
                change.state = None;
            }
        }
    }
}

fn make(base: Arc<Loaded>, wishes: Vec<Wish>, name: String, pool: &Pool) -> WorkHandle<Vec<Made>> {
    pool.spawn(Lane::Interactive, "mend", move |ctx: &WorkCtx| -> Result<_, Cancelled> {
        let mut import = base.import.clone();
        let mut made = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let plan = Plan { steps: wish.steps.clone(), ..Plan::default() };
            let receipts = convert::apply(&plan, &mut import.scene, ctx)?;
            made.push(Made { wish, receipts, loaded: None });
        }
        ctx.stage("measuring");
        if let Some(last) = made.last_mut() {
            last.loaded = Some(Arc::new(Loaded::new(import, &name, base.is_whole)));
        }
        Ok(made)
    })
}
