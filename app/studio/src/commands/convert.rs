use std::path::{Path, PathBuf};

use convert::{Plan, Step};
use farm::NewSubmission;
use work::{Lane, WorkState};

use super::ConvertCommand;
use crate::conversion_view::{ConvertPage, JOB_TYPE, RunOn};
use crate::draft::Draft;
use crate::model::{Conversion, Export, Exported, FarmLink, Model, Severity};
use crate::rooms::Rooms;
use crate::view::{Sizes, Tab, View, WipeView};
use crate::{receipt_text, text};

/// A plan's file that was asked for.
pub(crate) enum PlanFile {
    Opened(Plan),
    Saved(PathBuf),
}

/// Why a plan did not run.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("a file of that name is there; choose another name, or replace it: {}", .0.display())]
    Exists(PathBuf),
    #[error(transparent)]
    Publish(#[from] publish::PublishError),
}

/// Edits, keeps and runs plans.
pub(crate) fn run(command: ConvertCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let folder = model.last_folder.clone();
    match command {
        ConvertCommand::UsePlan(name) => match Plan::find(&name) {
            Ok(plan) => view.convert.draft = Draft::of(plan),
            Err(error) => model.notify(Severity::Error, error.to_string()),
        },
        ConvertCommand::AddStep(id) => {
            if let Some(step) = Step::all().into_iter().find(|step| step.id() == id) {
                view.convert.draft.add(step);
                open(ConvertPage::Plan, view);
            }
        }
        ConvertCommand::OpenPlanDialog => rooms.dialogs.open_plan(folder.as_deref()),
        ConvertCommand::OpenPlan(path) => {
            let read = move |_: &work::WorkCtx| Plan::read(&path).map(PlanFile::Opened);
            rooms.plan_file = Some(rooms.pool.spawn(Lane::Interactive, "read a plan", read));
        }
        ConvertCommand::SavePlanDialog => {
            let name = format!("{}.toml", view.convert.draft.name());
            rooms.dialogs.save_plan(folder.as_deref(), &name);
        }
        ConvertCommand::SavePlan(path) => save_plan(path, view, rooms),
        ConvertCommand::ChooseFolderDialog => rooms.dialogs.result_folder(folder.as_deref()),
        ConvertCommand::UseFolder(folder) => view.convert.folder = folder.display().to_string(),
        ConvertCommand::RunOn(run_on) => {
            view.convert.run_on = run_on;
            if run_on == RunOn::Farm && matches!(model.farm.link, FarmLink::Off) {
                rooms.farm.connect(model);
            }
        }
        ConvertCommand::Run => match view.convert.run_on {
            RunOn::ThisMachine => run_here(model, view, rooms),
            RunOn::Farm => send(model, view, rooms),
        },
        ConvertCommand::ShowPage(page) => open(page, view),
        ConvertCommand::ShowReceipt(i) => {
            view.convert.receipt = Some(i);
            open(ConvertPage::Receipt, view);
        }
        ConvertCommand::Compare => compare(model, view, rooms),
        ConvertCommand::ToggleChanges => view.convert.shows_changes = !view.convert.shows_changes,
    }
}

fn open(page: ConvertPage, view: &mut View) {
    view.convert.page = page;
    view.tab = Tab::Convert;
    view.right_open = true;
}

fn save_plan(path: PathBuf, view: &mut View, rooms: &mut Rooms) {
    // A name without an ending is a TOML file.
    let path = if path.extension().is_some() { path } else { path.with_extension("toml") };
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let plan = Plan { name: name.clone(), ..view.convert.draft.plan() };
    view.convert.draft.saved_as(name);
    rooms.plan_file = Some(rooms.pool.spawn(Lane::Interactive, "save a plan", move |_| {
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let text = if is_json { serde_json::to_string_pretty(&plan)? } else { plan.to_toml() };
        std::fs::write(&path, text).map(|()| PlanFile::Saved(path))
    }));
}

/// A plan's file that was read or written. Called once a frame; never waits.
pub(crate) fn take_in(model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let Some(WorkState::Done(done)) = rooms.plan_file.as_ref().map(|work| work.poll()) else { return };
    rooms.plan_file = None;
    match done {
        Ok(PlanFile::Opened(plan)) => {
            view.convert.draft = Draft::of(plan);
            open(ConvertPage::Plan, view);
        }
        Ok(PlanFile::Saved(path)) => {
            model.add_notice(Severity::Good, format!("The plan is saved as {}", path.display()), Some(path));
        }
        Err(error) => model.notify(Severity::Error, error.to_string()),
    }
}

fn run_here(model: &mut Model, view: &View, rooms: &Rooms) {
    let Some(document) = model.current() else { return };
    let (target, plan) = (view.convert.target(document), view.convert.plan(document));
    let n_changes = document.history.shown();
    let (doc, source, options) = (document.id, document.path.clone(), document.read_options());
    let (out, replaces) = (target.clone(), view.convert.replaces);
    let label = format!("Converting by {}:", plan.name);
    let work = rooms.pool.spawn(Lane::Bulk, "convert", move |ctx| -> Result<_, RunError> {
        if !replaces && out.exists() {
            return Err(RunError::Exists(out));
        }
        let drawer = capture::Drawer::default();
        let made = publish::convert_and_publish(&source, &out, &plan, &options, &drawer, ctx)?;
        let receipt = made.receipt;
        let size = text::n_bytes(receipt.output.as_ref().map_or(0, |output| output.n_bytes));
        let places = match made.published.len() {
            0 => String::new(),
            n => format!(", published to {}", text::counted(n, "place", "places")),
        };
        let told = format!("Converted to {} ({size}){places}", out.display());
        let saves = (n_changes > 0).then_some(n_changes);
        let conversion = Conversion { source: doc, plan, receipt, saves, result: None };
        Ok(Exported { text: told, conversion: Some(Box::new(conversion)) })
    });
    model.export = Some(Export { label, target, work });
}

/// What was converted here is listed and shown beside its original.
pub(crate) fn arrive(mut conversion: Conversion, model: &mut Model, view: &mut View) {
    let source = conversion.source;
    if let Some(n_changes) = conversion.saves
        && let Some(document) = model.document_mut(source)
    {
        document.history.mark_saved(n_changes);
    }
    if let Some(output) = &conversion.receipt.output {
        conversion.result = Some(model.add_document(output.path.clone(), Some(output.n_bytes)));
    }
    let result = conversion.result;
    model.conversions.push(conversion);
    view.convert.receipt = None;
    if model.current == Some(source) {
        split(result, view);
        open(ConvertPage::Receipt, view);
    }
}

fn split(result: Option<crate::model::DocId>, view: &mut View) {
    let beside = WipeView::beside(view.pass);
    // Lines around what is selected would lie over what differs.
    view.selected_node = None;
    view.issues.at = None;
    view.wipe = Some(WipeView { pass: view.pass, doc: result, sizes: Sizes::True, ..beside });
}

/// Puts the original on stage and its result beside it.
fn compare(model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let i = view.convert.receipt.unwrap_or(model.conversions.len().saturating_sub(1));
    let Some(conversion) = model.conversions.get(i) else { return };
    let (source, result) = (conversion.source, conversion.result);
    let is_listed = |doc| model.document(doc).is_some();
    if !is_listed(source) || !result.is_some_and(is_listed) {
        model.notify(Severity::Info, "One of the two is no longer in the list; open it to compare");
        return;
    }
    super::file::select(source, model, view, rooms);
    split(result, view);
}

/// The farm does it, with the same plan.
fn send(model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let Some(document) = model.current() else { return };
    if let Some(problem) = view.convert.farm_problem(model, document) {
        model.notify(Severity::Error, problem);
        return;
    }
    let stem = document.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let plan = view.convert.draft.name();
    let mut new = NewSubmission::new(format!("{stem} – {plan}"), JOB_TYPE, vec![document.path.clone()]);
    for (key, value) in view.convert.farm_settings(document) {
        new.settings.insert(key.into(), value.into());
    }
    new.place = view.farm.place();
    let folder = view.convert.folder.trim();
    new.destination = (!folder.is_empty()).then(|| Path::new(folder).to_owned());
    rooms.farm.submit(new);
    view.tab = Tab::Farm;
}

/// The receipt in view, for the clipboard.
pub(crate) fn receipt_in_view(model: &Model, view: &View) -> Option<String> {
    let i = view.convert.receipt.unwrap_or(model.conversions.len().checked_sub(1)?);
    Some(receipt_text::receipt_text(&model.conversions.get(i)?.receipt))
}
