//! Faces that are coloured over the picture: the places of findings, and what a conversion changed.
//! Worked out on the pool; the thread that draws only projects what is there.

mod changes;
mod hidden;
mod surface;

use std::sync::Arc;

use analysis::{Report, Severity};
use scene::Scene;
use work::{Cancelled, Lane, Pool, WorkCtx};

pub use changes::Changes;
pub use hidden::Hidden;
pub use surface::{FaceSet, MAX_TRIANGLES, Patch};

use crate::model::{Conversion, DocId, IssueStop, Kept, Loaded, Model};
use crate::view::{Sizes, View};
use crate::viewport::{Pose, Stage};

/// What a patch of colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Problem(Severity),
    /// A conversion took it away.
    Gone,
    /// A conversion made it, moved it or turned it.
    Made,
}

/// Faces in one colour, and their border.
#[derive(Clone, Debug)]
pub struct Marked {
    pub tone: Tone,
    /// The place that is looked at, among others that are marked as well.
    pub is_chosen: bool,
    pub patch: Patch,
}

/// All that is coloured, the most important last so that it lies on top.
#[derive(Clone, Debug, Default)]
pub struct Marks(pub Vec<Marked>);

/// What the marks of a model's problems depend on: model, reading, report, what is chosen, and
/// whether all are shown.
type MarksKey = (DocId, usize, usize, Option<IssueStop>, bool);
/// What hides marks from an eye: the marks themselves, the eye, and the size of the picture.
type HiddenKey = (usize, Pose, [u32; 2]);

/// The marks in view.
#[derive(Default)]
pub struct MarkSheet {
    marks: Kept<MarksKey, Arc<Marks>>,
    hidden: Kept<HiddenKey, Arc<Hidden>>,
    changes: Kept<[(DocId, usize); 2], Arc<Changes>>,
    /// Of the original and of the result.
    hidden_changes: [Kept<HiddenKey, Arc<Hidden>>; 2],
}

impl MarkSheet {
    /// What hides the differences of the original, and of the result.
    pub fn hidden_changes(&self) -> [Option<&Hidden>; 2] {
        let Some(changes) = self.changes() else { return [None; 2] };
        let known = |i: usize, marks| {
            let hidden = self.hidden_changes[i].value.value();
            hidden.filter(|hidden| hidden.is_of(marks)).map(AsRef::as_ref)
        };
        [known(0, &changes.gone), known(1, &changes.made)]
    }

    /// Of the two models that are compared.
    pub fn changes(&self) -> Option<&Arc<Changes>> {
        self.changes.value.value().filter(|_| self.changes.is_settled())
    }

    /// With what is known of which of them lie behind something.
    pub fn shown(&self) -> Option<(&Marks, Option<&Hidden>)> {
        self.marks.of.as_ref()?;
        let marks = self.marks.value.value()?;
        let hidden = self.hidden.value.value().filter(|hidden| hidden.is_of(marks));
        Some((marks, hidden.map(AsRef::as_ref)))
    }
}

/// Keeps the marks on what the view shows. Called once a frame; never waits.
pub(crate) fn advance(model: &mut Model, view: &View, stage: &Stage, pool: &Pool) {
    let sheet = &mut model.marks;
    sheet.marks.value.poll();
    sheet.hidden.value.poll();
    sheet.changes.value.poll();
    sheet.hidden_changes.iter_mut().for_each(|hidden| {
        hidden.value.poll();
    });
    compare(model, view, stage, pool);
    let wanted = wanted(model, view);
    let sheet = &mut model.marks;
    let Some((key, loaded, report)) = wanted else {
        (sheet.marks, sheet.hidden) = (Kept::default(), Kept::default());
        return;
    };
    sheet.marks.want(&key, || {
        let (_, _, _, stop, shows_all) = key;
        pool.spawn(Lane::Interactive, "mark faces", move |ctx| {
            of_report(&loaded.import.scene, &report, stop, shows_all, ctx).map(Arc::new)
        })
    });
    if sheet.marks.is_settled()
        && sheet.hidden.is_settled()
        && let Some(marks) = sheet.marks.value.value()
    {
        hidden::want(&mut sheet.hidden, marks, key.0, stage, pool);
    }
}

/// What differs between an original and the result beside it.
fn compare(model: &mut Model, view: &View, stage: &Stage, pool: &Pool) {
    let of = view.wipe.filter(|_| view.convert.shows_changes).and_then(|wipe| {
        let (source, result) = (model.current?, wipe.doc?);
        let is_result = |c: &Conversion| c.source == source && c.result == Some(result);
        model.conversions.iter().any(is_result).then_some([source, result])
    });
    let loaded = of.map(|docs| docs.map(|doc| model.document(doc).and_then(|d| d.load.value().cloned())));
    let (Some([source, result]), Some([Some(original), Some(made)])) = (of, loaded) else {
        if of.is_none() {
            model.marks.changes = Kept::default();
            model.marks.hidden_changes = Default::default();
        }
        return;
    };
    let identity = |doc, loaded: &Arc<Loaded>| (doc, Arc::as_ptr(loaded) as usize);
    let key = [identity(source, &original), identity(result, &made)];
    model.marks.changes.want(&key, || {
        pool.spawn(Lane::Interactive, "compare faces", move |ctx| {
            Changes::between(&original.import.scene, &made.import.scene, ctx).map(Arc::new)
        })
    });
    let Some(changes) = model.marks.changes().cloned() else { return };
    // Seen from elsewhere, a result that fills the picture by itself hides other things.
    let is_seen_alike = view.wipe.is_some_and(|wipe| wipe.sizes == Sizes::True);
    let sides = [(source, &changes.gone, true), (result, &changes.made, is_seen_alike)];
    for (hidden, (doc, marks, is_wanted)) in model.marks.hidden_changes.iter_mut().zip(sides) {
        if is_wanted && hidden.is_settled() {
            hidden::want(hidden, marks, doc, stage, pool);
        }
    }
}

/// What is to be marked. A clip moves faces away from where they were checked, so nothing is while
/// one is chosen.
fn wanted(model: &Model, view: &View) -> Option<(MarksKey, Arc<Loaded>, Arc<Report>)> {
    let document = model.current()?;
    let (loaded, report) = (document.load.value()?, document.shown_report()?);
    let issues = &view.issues;
    let is_wanted = issues.shows_all || issues.at.is_some();
    if !is_wanted || view.playback.moment().is_some() {
        return None;
    }
    let identity = (Arc::as_ptr(loaded) as usize, Arc::as_ptr(report) as usize);
    let key = (document.id, identity.0, identity.1, issues.at, issues.shows_all);
    Some((key, Arc::clone(loaded), Arc::clone(report)))
}

/// The place that is looked at with its finding's other places, or all places of all findings.
fn of_report(
    scene: &Scene,
    report: &Report,
    at: Option<IssueStop>,
    shows_all: bool,
    ctx: &WorkCtx,
) -> Result<Marks, Cancelled> {
    let mut marks = Vec::new();
    let mut room = MAX_TRIANGLES;
    // What is looked at gets its room first.
    let chosen = at.and_then(|at| Some((at.finding(report)?.severity, at.place(report)?)));
    let mut mark = |severity, sets: &[FaceSet], is_chosen, room: &mut usize| {
        let patch = Patch::of(scene, sets, *room);
        *room -= patch.triangles.len().min(*room);
        if !patch.triangles.is_empty() {
            marks.push(Marked { tone: Tone::Problem(severity), is_chosen, patch });
        }
    };
    if let Some((severity, place)) = chosen {
        mark(severity, &FaceSet::of_place(place), true, &mut room);
    }
    for finding in &report.findings {
        ctx.check_cancelled()?;
        let is_open = at.is_some_and(|at| at.rule == finding.rule);
        if !is_open && !shows_all {
            continue;
        }
        let others = finding.places.iter().filter(|place| !chosen.is_some_and(|(_, it)| it == *place));
        let sets: Vec<FaceSet> = others.flat_map(FaceSet::of_place).collect();
        mark(finding.severity, &sets, false, &mut room);
    }
    marks.reverse();
    Ok(Marks(marks))
}
