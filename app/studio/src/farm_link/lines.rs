//! A line to each farm that is watched; one of them is chosen.

use std::sync::Arc;

use farm::{FarmPlace, FarmSnapshot, Focus, Monitor, Outbox};

use super::{Wake, rows};
use crate::model::{FarmRow, Model};
use crate::settings::FarmEntry;
use crate::view::FarmView;

#[derive(Default)]
pub(super) struct Lines {
    lines: Vec<Line>,
    chosen: usize,
}

struct Line {
    place: FarmPlace,
    monitor: Monitor,
    shown: Option<Arc<FarmSnapshot>>,
}

impl Lines {
    /// Watches what `view` lists, and nothing else; lines that are there stay.
    pub(super) fn follow(&mut self, view: &FarmView, outbox: &Outbox, wake: &Wake) {
        let mut places = vec![FarmPlace::Embedded];
        places.extend(view.farms.iter().map(|farm| view.place_of(&farm.url)));
        let wanted = view.place();
        if !places.contains(&wanted) {
            places.push(wanted.clone());
        }
        if places.iter().eq(self.lines.iter().map(|line| &line.place)) {
            self.choose(&wanted);
            return;
        }
        let mut before = std::mem::take(&mut self.lines);
        for place in places {
            let line = match before.iter().position(|line| line.place == place) {
                Some(at) => before.swap_remove(at),
                None => {
                    let wake = Arc::clone(wake);
                    let monitor = Monitor::start(outbox.clone(), place.clone(), move || wake());
                    Line { place, monitor, shown: None }
                }
            };
            self.lines.push(line);
        }
        self.choose(&wanted);
    }

    fn choose(&mut self, wanted: &FarmPlace) {
        let at = self.lines.iter().position(|line| line.place == *wanted).unwrap_or(0);
        if at != self.chosen {
            self.chosen = at;
            self.forget_shown();
        }
    }

    /// The chosen farm's.
    pub(super) fn monitor(&self) -> Option<&Monitor> {
        self.lines.get(self.chosen).map(|line| &line.monitor)
    }

    /// The chosen farm is taken in anew.
    pub(super) fn forget_shown(&mut self) {
        if let Some(line) = self.lines.get_mut(self.chosen) {
            line.shown = None;
        }
    }

    /// Tells the farms what is looked at.
    pub(super) fn look(&self, focus: &Focus) {
        for (i, line) in self.lines.iter().enumerate() {
            // The others are asked now and then, so that the list of farms is true.
            let rarely = Focus { is_visible: false, ..Focus::default() };
            line.monitor.set_focus(if i == self.chosen { focus.clone() } else { rarely });
        }
    }

    /// The chosen farm's newest state, if it is another than before; brings the list of farms up to
    /// date.
    pub(super) fn news(&mut self, farms: &[FarmEntry], model: &mut Model) -> Option<Arc<FarmSnapshot>> {
        let mut news = None;
        let mut is_new = self.lines.len() != model.farm.farms.len();
        for (i, line) in self.lines.iter_mut().enumerate() {
            let snapshot = line.monitor.snapshot();
            if line.shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, &snapshot)) {
                continue;
            }
            is_new = true;
            line.shown = Some(Arc::clone(&snapshot));
            if i == self.chosen {
                news = Some(snapshot);
            }
        }
        if is_new {
            model.farm.farms = self.lines.iter().map(|line| row(line, farms)).collect();
        }
        news
    }

    /// The chosen farm's newest state.
    pub(super) fn snapshot(&self) -> Option<&Arc<FarmSnapshot>> {
        self.lines.get(self.chosen)?.shown.as_ref()
    }
}

fn row(line: &Line, farms: &[FarmEntry]) -> FarmRow {
    let url = match &line.place {
        FarmPlace::Embedded => String::new(),
        FarmPlace::Studio { url, .. } => url.clone(),
    };
    let named = farms.iter().find(|farm| url.ends_with(&farm.url) && !farm.url.is_empty());
    let name = match (&line.place, named.map(|farm| farm.name.trim()).filter(|name| !name.is_empty())) {
        (FarmPlace::Embedded, _) => "This machine".to_owned(),
        (_, Some(name)) => name.to_owned(),
        (_, None) => url.trim_start_matches("http://").trim_end_matches('/').to_owned(),
    };
    let snapshot = line.shown.clone().unwrap_or_default();
    let n_active_jobs = snapshot.jobs.iter().filter(|job| !job.job.status.is_over()).count();
    let link = rows::link_of(&snapshot, false, &crate::model::FarmLink::Off);
    FarmRow { name, url: named.map_or(url, |farm| farm.url.clone()), link, n_active_jobs }
}
