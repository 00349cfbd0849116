use std::path::{Path, PathBuf};

use formats::relink;
use work::Lane;

use super::FilesCommand;
use crate::loading;
use crate::model::{DocId, Document, Model, Request, Severity};
use crate::rooms::Rooms;
use crate::text;

/// Finds what a model lacks, or passes it over. What is said is remembered for this model.
pub(crate) fn run(command: FilesCommand, model: &mut Model, rooms: &mut Rooms) {
    match command {
        FilesCommand::FindDialog(doc, named) => {
            rooms.dialogs.find_file(folder_of(model, doc).as_deref(), doc, named);
        }
        FilesCommand::Relink(doc, named, path) => relink(doc, named, path, model, rooms),
        FilesCommand::Unlink(doc, named) => change(doc, model, rooms, |document| {
            document.choices.relinks.remove(&named);
        }),
        FilesCommand::SearchDialog(doc) => {
            rooms.dialogs.search_folder(folder_of(model, doc).as_deref(), doc);
        }
        FilesCommand::SearchIn(doc, folder) => search(doc, folder, model, rooms),
        FilesCommand::CancelSearch(doc) => {
            if let Some(document) = model.document_mut(doc) {
                document.search.cancel();
            }
        }
        FilesCommand::Ignore(doc, named) => {
            if let Some(document) = model.document_mut(doc) {
                document.choices.ignored.insert(named);
            }
            remember(doc, model, rooms);
        }
        FilesCommand::Heed(doc, named) => {
            if let Some(document) = model.document_mut(doc) {
                document.choices.ignored.remove(&named);
            }
            remember(doc, model, rooms);
        }
    }
}

/// What searches have found since the last frame becomes part of the model.
pub(crate) fn take_in(model: &mut Model, rooms: &mut Rooms) {
    let mut ended = Vec::new();
    for document in &mut model.documents {
        if document.search.poll() {
            ended.push((document.id, std::mem::take(&mut document.search)));
        }
    }
    for (doc, search) in ended {
        let relinks = match search {
            Request::Ready(relinks) => relinks,
            Request::Failed { reason, .. } => {
                model.notify(Severity::Error, format!("The search ended early: {reason}"));
                continue;
            }
            _ => continue,
        };
        let n_missing = model.document(doc).map_or(0, |document| document.missing().len());
        let n_found = relinks.found.len();
        let folders = text::counted(relinks.n_folders, "folder", "folders");
        let mut news = format!("{n_found} of {n_missing} missing files found in {folders}");
        if let Some(first) = relinks.doubtful.first() {
            news +=
                &format!("; several different files are called {first}, the one that fits best was taken");
        }
        if relinks.is_cut_short {
            news += "; the folder is too large to be searched whole";
        }
        model.notify(if n_found > 0 { Severity::Good } else { Severity::Info }, news);
        if n_found > 0 {
            change(doc, model, rooms, |document| document.choices.relinks.extend(relinks.found));
        }
    }
}

/// Files that are missing as well often lie where one of them was found.
fn relink(doc: DocId, named: String, path: PathBuf, model: &mut Model, rooms: &mut Rooms) {
    let folder = path.parent().map(Path::to_owned);
    model.last_folder.clone_from(&folder);
    change(doc, model, rooms, |document| {
        let others = document.missing().into_iter().filter(|other| *other != named);
        for other in others.collect::<Vec<_>>() {
            let bare = other.rsplit(['/', '\\']).next().unwrap_or(&other);
            let beside = folder.as_ref().map(|folder| folder.join(bare)).filter(|path| path.is_file());
            document.choices.relinks.extend(beside.map(|path| (other.clone(), path)));
        }
        document.choices.relinks.insert(named, path);
    });
}

fn search(doc: DocId, folder: PathBuf, model: &mut Model, rooms: &mut Rooms) {
    model.last_folder = Some(folder.clone());
    let Some(document) = model.document_mut(doc) else { return };
    let Some(loaded) = document.load.value().cloned() else { return };
    let ignored = document.choices.ignored.clone();
    document.search.start(rooms.pool.spawn(Lane::Interactive, "search", move |ctx| {
        let mut wanted = loaded.import.dependencies.clone();
        wanted.retain(|dependency| !ignored.contains(&dependency.named));
        relink::search(&wanted, &folder, ctx)
    }));
}

/// Changes what is said about a document's files, and reads it anew; the camera stays.
fn change(doc: DocId, model: &mut Model, rooms: &mut Rooms, apply: impl FnOnce(&mut Document)) {
    let is_current = model.current == Some(doc);
    let Some(document) = model.document_mut(doc) else { return };
    apply(document);
    document.n_reloads += 1;
    document.survey = Request::Idle;
    if is_current {
        loading::read(document, &rooms.pool);
    } else {
        document.load = Request::Idle;
        rooms.stage.forget(doc);
    }
    remember(doc, model, rooms);
}

fn remember(doc: DocId, model: &mut Model, rooms: &Rooms) {
    let (Some(store), Some(document)) = (&rooms.choices, model.document(doc)) else { return };
    if let Err(error) = store.set(&document.path, &document.choices) {
        model.notify(Severity::Error, format!("The choice is not remembered after closing ({error})"));
    }
}

fn folder_of(model: &Model, doc: DocId) -> Option<PathBuf> {
    let path = &model.document(doc)?.path;
    path.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned)
}
