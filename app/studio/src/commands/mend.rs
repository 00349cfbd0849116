use std::path::Path;

use analysis::{Effect, Finding, Mend, Rule};
use convert::{Step, StepReceipt};
use work::Lane;

use super::MendCommand;
use crate::model::{Conversion, DocId, Document, Export, Exported, Mended, Model, Severity, State, Wish};
use crate::rooms::Rooms;
use crate::view::{Leaving, View};
use crate::{loading, text};

/// Mends the model on stage in memory, takes back, and writes the result.
pub(crate) fn run(command: MendCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    match command {
        MendCommand::Mend(rule) => mend_rule(rule, model, rooms),
        MendCommand::MendOpen => {
            if let Some(at) = view.issues.at {
                mend_rule(at.rule, model, rooms);
            }
        }
        MendCommand::MendSafe => mend("Mend all that is safe", steps_for(model, is_safe), model, rooms),
        MendCommand::MendAll => mend("Mend all", steps_for(model, |_| true), model, rooms),
        MendCommand::Undo => step(-1, model, view, rooms),
        MendCommand::Redo => step(1, model, view, rooms),
        MendCommand::GoTo(n) => go_to(n, model, view, rooms),
        MendCommand::Stop => {
            if let Some(document) = model.current_mut() {
                document.history.stop();
            }
        }
        MendCommand::SaveDialog => {
            if let Some(document) = model.current() {
                let stem = document.path.file_stem().unwrap_or_default().to_string_lossy();
                rooms.dialogs.save_mended(model.last_folder.as_deref(), &format!("{stem}-mended.glb"));
            }
        }
        MendCommand::Save(path) => save(&path, model, rooms),
        MendCommand::Stay => view.leaving = None,
        MendCommand::Leave => match view.leaving.take() {
            Some(Leaving::Document(doc)) => super::file::close(doc, model, view, rooms),
            Some(Leaving::All) => super::file::close_all(model, view, rooms),
            // The window asks again, and is answered by what was said here.
            Some(Leaving::Window) => view.may_close = true,
            None => {}
        },
    }
}

/// What mends a finding, unless it takes a person's choice.
pub(crate) fn step_of(mend: Mend) -> Option<Step> {
    // Only somebody who knows the model knows its size.
    let needs_choice = mend == Mend::Units;
    Step::all().into_iter().find(|step| step.id() == mend.id()).filter(|_| !needs_choice)
}

/// Whether mending it changes nothing that is seen.
pub(crate) fn is_safe(finding: &Finding) -> bool {
    finding.mend.is_some_and(|mend| mend.effect == Effect::Unseen)
}

/// How many findings can be mended by themselves, of those that `wanted` keeps.
pub(crate) fn n_mendable(document: &Document, wanted: impl Fn(&Finding) -> bool) -> usize {
    let findings = document.shown_report().into_iter().flat_map(|report| &report.findings);
    let can_be = |finding: &&Finding| finding.mend.and_then(|mend| step_of(mend.step)).is_some();
    findings.filter(can_be).filter(|finding| wanted(finding)).count()
}

/// Each step once, in the order in which they make sense.
fn steps_for(model: &Model, wanted: impl Fn(&Finding) -> bool) -> Vec<Step> {
    let report = model.current().and_then(|document| document.shown_report());
    let findings = || report.into_iter().flat_map(|report| &report.findings).filter(|f| wanted(f));
    let is_asked =
        |step: &Step| findings().any(|f| f.mend.and_then(|m| step_of(m.step)).as_ref() == Some(step));
    Step::all().into_iter().filter(is_asked).collect()
}

fn mend_rule(rule: Rule, model: &mut Model, rooms: &Rooms) {
    let report = model.current().and_then(|document| document.shown_report());
    let Some((finding, report)) = report.and_then(|report| Some((report.finding(rule)?, report))) else {
        return;
    };
    let Some(step) = rule.mend().and_then(|(mend, _)| step_of(mend)) else { return };
    // One step may mend several findings, and is then called by its own name.
    let n_mended = report
        .findings
        .iter()
        .filter(|other| other.mend.map(|m| m.step) == finding.mend.map(|m| m.step))
        .count();
    let title = if n_mended > 1 { step.title().to_owned() } else { format!("Mend {}", finding.title) };
    mend(&title, vec![step], model, rooms);
}

fn mend(title: &str, steps: Vec<Step>, model: &mut Model, rooms: &Rooms) {
    let Some(document) = model.current_mut() else { return };
    let Some(loaded) = document.load.value().cloned().filter(|_| !steps.is_empty()) else { return };
    let name = document.name();
    document.history.mend(Wish { title: title.to_owned(), steps }, &loaded, &name, &rooms.pool);
}

fn step(by: isize, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let shown = model.current().map(|document| document.history.shown());
    if let Some(n) = shown.and_then(|n| n.checked_add_signed(by)) {
        go_to(n, model, view, rooms);
    }
}

fn go_to(n: usize, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let Some(document) = model.current_mut() else { return };
    let (doc, name) = (document.id, document.name());
    if let Some(state) = document.history.go_to(n, &name, &rooms.pool) {
        show(doc, state, model, view, rooms);
    }
}

/// What was mended since the last frame. Called once a frame; never waits.
pub(crate) fn take_in(model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let mended: Vec<(DocId, Mended)> =
        model.documents.iter_mut().filter_map(|d| Some((d.id, d.history.poll()?))).collect();
    for (doc, mended) in mended {
        match mended {
            Mended::State { state, is_new } => {
                show(doc, state, model, view, rooms);
                let change = model.document(doc).and_then(|d| d.history.changes.get(d.history.shown() - 1));
                if let Some(line) = change.map(|change| what_changed(&change.receipts)).filter(|_| is_new) {
                    model.notify(Severity::Good, format!("{line}; Ctrl+Z takes it back"));
                }
            }
            Mended::Nothing(notes) => {
                let why = notes.into_iter().next().map(|note| format!(": {note}")).unwrap_or_default();
                model.notify(Severity::Info, format!("Nothing could be mended{why}"));
            }
            Mended::Failed(reason) => model.notify(Severity::Error, format!("It was not mended: {reason}")),
        }
    }
}

/// "Faces turned: 1,272, parts removed: 3".
pub(crate) fn what_changed(receipts: &[StepReceipt]) -> String {
    let changes = receipts.iter().flat_map(|receipt| &receipt.changes);
    let lines: Vec<String> = changes.map(|(what, n)| format!("{what}: {}", text::count(*n))).collect();
    if lines.is_empty() { "Nothing changed".into() } else { text::sentence(&lines.join(", ")) }
}

/// Puts another state of a document in the place of the one before.
fn show(doc: DocId, state: State, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    if model.current == Some(doc) {
        let n_nodes = state.loaded.import.scene.nodes.len();
        view.selected_node = view.selected_node.filter(|node| *node < n_nodes);
        rooms.stage.probe.forget();
    }
    loading::show(doc, state, model, &mut rooms.stage, &rooms.pool);
}

/// Does to the file what was done to the model, and writes the result beside it with its receipt.
fn save(path: &Path, model: &mut Model, rooms: &Rooms) {
    let Some(document) = model.current() else { return };
    // A name without an ending is a GLB.
    let target = if path.extension().is_some() { path.to_owned() } else { path.with_extension("glb") };
    let (doc, source, options) = (document.id, document.path.clone(), document.read_options());
    let (plan, n_changes) = (document.history.plan(), document.history.shown());
    let out = target.clone();
    let work = rooms.pool.spawn(Lane::Bulk, "save the mended model", move |ctx| {
        // As the command does it. What is mended is published by nobody: that is said in a plan.
        let drawer = capture::Drawer::default();
        let receipt = publish::convert_and_publish(&source, &out, &plan, &options, &drawer, ctx)?.receipt;
        let size = text::n_bytes(receipt.output.as_ref().map_or(0, |output| output.n_bytes));
        let conversion = Conversion { source: doc, plan, receipt, saves: Some(n_changes), result: None };
        let text = format!("The mended model is saved as {} ({size})", out.display());
        Ok::<_, publish::PublishError>(Exported { text, conversion: Some(Box::new(conversion)) })
    });
    model.export = Some(Export { label: "Saving".into(), target, work });
}
