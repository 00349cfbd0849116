use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use work::{Lane, Pool};

use super::FileCommand;
use crate::model::{DocId, Export, Exported, Model, Severity};
use crate::rooms::Rooms;
use crate::view::{Leaving, View};
use crate::{intake, loading};

/// Files that come within this time of each other were dropped together.
const SAME_DROP: Duration = Duration::from_millis(500);

/// Opens, closes and writes.
pub(crate) fn run(command: FileCommand, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    match command {
        FileCommand::OpenDialog => rooms.dialogs.open_models(model.last_folder.as_deref()),
        FileCommand::OpenFolderDialog => rooms.dialogs.open_folder(model.last_folder.as_deref()),
        FileCommand::Open(paths) => open(paths, model, rooms),
        FileCommand::Select(doc) => select(doc, model, view, rooms),
        FileCommand::SelectNext => step(1, model, view, rooms),
        FileCommand::SelectPrevious => step(-1, model, view, rooms),
        FileCommand::Close(doc) => ask_or_close(doc, model, view, rooms),
        FileCommand::CloseCurrent => {
            if let Some(doc) = model.current {
                ask_or_close(doc, model, view, rooms);
            }
        }
        FileCommand::CloseAll if !model.unsaved(None).is_empty() => view.leaving = Some(Leaving::All),
        FileCommand::CloseAll => close_all(model, view, rooms),
        FileCommand::Reload => {
            if let Some(document) = model.current_mut() {
                document.n_reloads += 1;
                loading::read(document, &rooms.pool);
            }
        }
        FileCommand::CancelLoad(doc) => {
            if let Some(document) = model.document_mut(doc) {
                document.load.cancel();
            }
        }
        FileCommand::SaveThumbnailsDialog => rooms.dialogs.save_thumbnails(model.last_folder.as_deref()),
        FileCommand::SaveThumbnails(folder) => save_thumbnails(folder, model, rooms),
        FileCommand::OpenPictureForm => {
            view.picture.is_open = true;
            view.picture.shown_px = rooms.stage.shown_px().unwrap_or(view.picture.shown_px);
        }
        FileCommand::SavePictureDialog => {
            if let Some(document) = model.current() {
                let stem = document.path.file_stem().unwrap_or_default().to_string_lossy();
                let name = format!("{stem}-{}.png", view.pass.pass().name());
                rooms.dialogs.save_picture(model.last_folder.as_deref(), &name);
            }
        }
        FileCommand::SavePicture(path) => save_picture(path, model, view, rooms),
        FileCommand::ConvertDialog => {
            if let Some(document) = model.current() {
                let stem = document.path.file_stem().unwrap_or_default().to_string_lossy();
                rooms.dialogs.convert(model.last_folder.as_deref(), &format!("{stem}-kiln.glb"));
            }
        }
        FileCommand::Convert(target) => convert(target, model, &rooms.pool),
        FileCommand::CancelExport => {
            if let Some(export) = &model.export {
                export.work.cancel();
            }
        }
        FileCommand::ShowInFolder => {
            if let Some(document) = model.current() {
                reveal(&document.path.clone(), model);
            }
        }
        FileCommand::Reveal(path) => reveal(&path, model),
        FileCommand::OpenFile(path) => open_with_system(&path, model),
        FileCommand::DismissNotice(i) => {
            if i < model.notices.len() {
                model.notices.remove(i);
            }
        }
        FileCommand::DismissUnread => model.unread.clear(),
    }
}

/// Lists what was dropped. Folders are walked off this thread; files appear at once.
fn open(paths: Vec<PathBuf>, model: &mut Model, rooms: &mut Rooms) {
    let paths: Vec<_> = paths.into_iter().map(|p| std::path::absolute(&p).unwrap_or(p)).collect();
    if let Some(first) = paths.first() {
        model.last_folder = first.parent().map(Path::to_owned);
    }
    let is_same_drop = rooms.opened_at.is_some_and(|at| at.elapsed() < SAME_DROP);
    rooms.opened_at = Some(Instant::now());
    if !is_same_drop {
        model.unread.clear();
        model.awaits_choice = true;
    }
    model.n_scans += 1;
    let choices = rooms.choices.clone();
    rooms.intakes.push(rooms.pool.spawn(Lane::Interactive, "look through", move |ctx| {
        let mut intake = intake::collect(&paths, ctx)?;
        intake.choices = choices.map(|store| store.load()).unwrap_or_default();
        Ok::<_, work::Cancelled>(intake)
    }));
}

/// What the walks since the last frame have found joins the list; the first new one goes on stage.
pub(crate) fn take_in(model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let mut found = Vec::new();
    rooms.intakes.retain(|work| match work.poll() {
        work::WorkState::Running(_) => true,
        work::WorkState::Done(Ok(intake)) => {
            found.push(intake);
            false
        }
        work::WorkState::Done(Err(_)) | work::WorkState::Taken => false,
    });
    model.n_scans = rooms.intakes.len();
    for intake in found {
        let mut added = Vec::with_capacity(intake.models.len());
        for (path, n_bytes) in intake.models {
            let choices = intake.choices.of(&path);
            let doc = model.add_document(path, n_bytes);
            if let Some(document) = model.document_mut(doc).filter(|d| d.load.is_idle()) {
                document.choices = choices;
            }
            added.push(doc);
        }
        model.unread.extend(intake.unread);
        if let Some(&first) = added.first()
            && std::mem::take(&mut model.awaits_choice)
        {
            select(first, model, view, rooms);
        }
    }
}

pub(crate) fn select(doc: DocId, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    if model.current != Some(doc) {
        view.selected_node = None;
        view.issues.at = None;
        view.tape.clear();
        rooms.stage.probe.forget();
        view.outliner.collapsed.clear();
        if let (Some(loaded), true) =
            (model.document(doc).and_then(|d| d.load.value()), rooms.stage.upload_of(doc).is_some())
        {
            loading::look_at(loaded, loading::last_pose(doc, model), &mut rooms.stage);
        }
    }
    loading::select(doc, model, &rooms.pool);
}

fn step(by: isize, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    if let Some(doc) = model.neighbor(by) {
        select(doc, model, view, rooms);
    }
}

fn ask_or_close(doc: DocId, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    if model.unsaved(Some(doc)).is_empty() {
        close(doc, model, view, rooms);
    } else {
        view.leaving = Some(Leaving::Document(doc));
    }
}

pub(crate) fn close_all(model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let all: Vec<_> = model.documents.iter().map(|d| d.id).collect();
    model.current = None;
    all.into_iter().for_each(|doc| close(doc, model, view, rooms));
    model.unread.clear();
}

pub(crate) fn close(doc: DocId, model: &mut Model, view: &mut View, rooms: &mut Rooms) {
    let next = model.neighbor(1).filter(|&n| n != doc);
    model.documents.retain(|d| d.id != doc);
    rooms.stage.forget(doc);
    rooms.watch.forget(doc);
    if model.current == Some(doc) {
        model.current = None;
        view.selected_node = None;
        view.issues.at = None;
        if let Some(next) = next {
            select(next, model, view, rooms);
        }
    }
}

fn save_thumbnails(folder: PathBuf, model: &mut Model, rooms: &Rooms) {
    let (Some(document), Some((gpu, renderer))) = (model.current(), rooms.stage.tools()) else { return };
    let path = document.path.clone();
    let read = document.read_options();
    let target = folder.clone();
    let work = rooms.pool.spawn(Lane::Bulk, "save thumbnails", move |ctx| {
        let options = capture::ThumbnailOptions { read, ..Default::default() };
        capture::thumbnails(&path, &target, &options, &gpu, &renderer, ctx).map(|report| {
            let n = report.files.len();
            Exported::told(format!("{n} files written to {}", target.display()))
        })
    });
    model.export = Some(Export { label: "Saving thumbnails".into(), target: folder, work });
}

/// What the window shows, drawn anew at the size that was asked for.
fn save_picture(path: PathBuf, model: &mut Model, view: &View, rooms: &Rooms) {
    let [width_px, height_px] = view.picture.size_px();
    let shown = model.current().and_then(|document| {
        let (scene, from) = rooms.stage.shown(document.id, [width_px, height_px])?;
        Some((document.path.clone(), scene, from))
    });
    let (Some((source, scene, from)), Some((gpu, renderer))) = (shown, rooms.stage.tools()) else {
        return;
    };
    // A name without an ending is a PNG.
    let target = if path.extension().is_some() { path } else { path.with_extension("png") };
    let pass = view.pass.pass();
    let look = view.light.look(rooms.light.environment());
    let still = render::StillOptions { look, ..render::StillOptions::new(width_px, height_px, &[]) };
    let mut still = view.modes.shown(view.pass).of_still(still);
    // As in the window, which knows what the model spans and not what is seen of it.
    still.modes.depth_range = still.modes.depth_range.or_else(|| rooms.stage.depth_span());
    still.walls = rooms.stage.walls();
    if view.picture.is_transparent {
        still.background = render::Background::Transparent;
    } else if view.light.is_before_surroundings() {
        still.background = render::Background::Surroundings { blur: view.light.surroundings_blur };
    }
    let out = target.clone();
    let work = rooms.pool.spawn(Lane::Bulk, "save picture", move |ctx| {
        let subject = (source.as_path(), &scene, &from);
        let tools = (&gpu, &*renderer);
        capture::picture(subject, &out, capture::Modality::Pass(pass), &still, tools, ctx).map(|()| {
            let size = format!("{width_px} × {height_px}");
            Exported::told(format!("Picture of {size} pixels saved as {}", out.display()))
        })
    });
    model.export = Some(Export { label: "Saving the picture".into(), target, work });
}

fn convert(target: PathBuf, model: &mut Model, pool: &Pool) {
    let Some(document) = model.current() else { return };
    let path = document.path.clone();
    let out = target.clone();
    let options = document.read_options();
    // As it is shown: with what was mended.
    let plan = convert::Plan { name: "as-is".into(), ..document.history.plan() };
    let work = pool.spawn(Lane::Bulk, "convert", move |ctx| {
        let drawer = capture::Drawer::default();
        publish::convert_and_publish(&path, &out, &plan, &options, &drawer, ctx).map(|made| {
            let size = crate::text::n_bytes(made.receipt.output.map_or(0, |output| output.n_bytes));
            Exported::told(format!("Converted to {} ({size})", out.display()))
        })
    });
    model.export = Some(Export { label: "Converting".into(), target, work });
}

/// Says how writing ended.
pub(crate) fn finish_export(model: &mut Model, view: &mut View) {
    let Some(export) = &model.export else { return };
    let work::WorkState::Done(result) = export.work.poll() else { return };
    let reveal = Some(export.target.clone());
    model.export = None;
    match result {
        Ok(exported) => {
            model.add_notice(Severity::Good, exported.text, reveal);
            if let Some(conversion) = exported.conversion {
                super::convert::arrive(*conversion, model, view);
            }
        }
        Err(work::WorkError::Cancelled) => model.notify(Severity::Info, "Stopped; nothing was written"),
        Err(error) => model.notify(Severity::Error, error.to_string()),
    }
}

/// Opens a folder, or the folder of a file, in the system's file manager.
pub(crate) fn reveal(path: &Path, model: &mut Model) {
    // A model in an archive lies in the archive's folder.
    let folder = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(path);
    open_with_system(folder, model);
}

fn open_with_system(path: &Path, model: &mut Model) {
    if let Err(error) = open::that_detached(path) {
        let text = format!("No program could be started for it ({error}): {}", path.display());
        model.notify(Severity::Error, text);
    }
}
