//! Parts of a job made anew. Blender leaves alone what is there, so the old files go aside first; what
//! was made of them (the video of the frames) is made again too.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use flamenco::kiln::{RunAgain, RunsAgain};
use flamenco::wire::{JobStatus, TaskStatus};
use rusqlite::Connection;

use super::{Root, paths_in, root, stems_in};
use crate::Audience;
use crate::job_types::frames_of_range;
use crate::records::{JobRow, TaskRow};
use crate::refusal::Refusal;
use crate::states::Turn;
use crate::variables::{MANAGER_PLATFORM, Variables};

/// Queues what `wish` names, and moves its files into a folder beside the results.
///
/// # Errors
/// 400 when the job has no such frame or task; 409 while something of it runs, or the job is paused or
/// between two statuses; 500 when a file cannot be moved: then nothing has changed.
pub(crate) fn run_again(
    turn: &Turn<'_>,
    job: &JobRow,
    wish: &RunAgain,
    variables: &Variables,
) -> Result<RunsAgain, Refusal> {
    if !matches!(
        job.status,
        JobStatus::Completed
            | JobStatus::Failed
            | JobStatus::Canceled
            | JobStatus::Active
            | JobStatus::Queued
    ) {
        return Err(conflict(format!("the job is {}; let it go on first", job.status)));
    }
    let expand = |text: &str| variables.expand(Audience::Workers, MANAGER_PLATFORM, text);
    let folder = root(&job.settings(turn.db)?, &expand);
    let tasks = TaskRow::of_job(turn.db, &job.uuid)?;
    let chosen = choose(&tasks, wish, folder.as_ref(), &expand)?;
    let all = with_dependents(turn.db, &chosen.task_ids)?;
    let again: Vec<&TaskRow> = tasks.iter().filter(|it| all.contains(&it.id)).collect();
    if let Some(running) = again.iter().find(|it| it.status == TaskStatus::Active) {
        return Err(conflict(format!("{:?} is being worked on now", running.name)));
    }
    let mut answer =
        RunsAgain { task_ids: again.iter().map(|it| it.uuid.clone()).collect(), ..RunsAgain::default() };
    if let Some(Root { folder, .. }) = &folder {
        let mut stems = chosen.stems;
        let mut paths = BTreeSet::new();
        for task in again.iter().filter(|it| !chosen.by_frame.contains(&it.id)) {
            for command in task.commands() {
                paths.extend(paths_in(&command, folder, &expand));
                stems.extend(stems_in(&command, folder, &expand).into_iter().map(|(_, stem)| stem));
            }
        }
        let files = existing(Path::new(folder), &paths, &stems);
        answer.moved_to = move_aside(Path::new(folder), &files)?;
        answer.moved = files;
    }
    let ids: Vec<i64> = again.iter().map(|it| it.id).collect();
    turn.queue_again(job, &ids)?;
    Ok(answer)
}

fn conflict(message: String) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, message)
}

#[derive(Default)]
struct Chosen {
    task_ids: BTreeSet<i64>,
    /// Of these, only some frames are made anew.
    by_frame: HashSet<i64>,
    stems: BTreeSet<String>,
}

fn choose(
    tasks: &[TaskRow],
    wish: &RunAgain,
    folder: Option<&Root>,
    expand: &impl Fn(&str) -> String,
) -> Result<Chosen, Refusal> {
    let mut chosen = Chosen::default();
    if !wish.frames.trim().is_empty() {
        let frames = frames_of_range(&wish.frames).ok_or_else(|| {
            Refusal::bad_request(format!("{:?} are no frames; write them like 1-3,7", wish.frames))
        })?;
        let mut missing: BTreeSet<u32> = frames.into_iter().collect();
        let wanted = missing.clone();
        for task in tasks {
            let root = folder.map(|it| it.folder.as_str()).unwrap_or_default();
            for (frame, stem) in task.commands().iter().flat_map(|it| stems_in(it, root, expand)) {
                if wanted.contains(&frame) {
                    missing.remove(&frame);
                    chosen.task_ids.insert(task.id);
                    chosen.by_frame.insert(task.id);
                    chosen.stems.insert(stem);
                }
            }
        }
        if let Some(frame) = missing.first() {
            return Err(Refusal::bad_request(format!("no task of this job renders frame {frame}")));
        }
    }
    for uuid in &wish.task_ids {
        let task = tasks.iter().find(|it| it.uuid == *uuid);
        let task = task.ok_or_else(|| Refusal::bad_request(format!("the job has no task {uuid}")))?;
        chosen.task_ids.insert(task.id);
        chosen.by_frame.remove(&task.id);
    }
    if chosen.task_ids.is_empty() {
        return Err(Refusal::bad_request("name frames or tasks to be made again"));
    }
    Ok(chosen)
}

/// The tasks, and all that were made of theirs.
fn with_dependents(db: &Connection, tasks: &BTreeSet<i64>) -> rusqlite::Result<BTreeSet<i64>> {
    let mut dependents =
        db.prepare_cached("SELECT task_id FROM task_dependencies WHERE dependency_id = ?")?;
    let mut all = tasks.clone();
    let mut fresh: Vec<i64> = tasks.iter().copied().collect();
    while let Some(task) = fresh.pop() {
        for dependent in dependents.query_map([task], |row| row.get(0))? {
            let dependent = dependent?;
            if all.insert(dependent) {
                fresh.push(dependent);
            }
        }
    }
    Ok(all)
}

/// What is there of `paths`, and every file whose path without extension is among `stems`.
fn existing(root: &Path, paths: &BTreeSet<String>, stems: &BTreeSet<String>) -> Vec<String> {
    let is_there =
        |path: &str| std::fs::symlink_metadata(root.join(path)).is_ok_and(|it| it.is_file() || it.is_dir());
    let mut found: BTreeSet<String> = paths.iter().filter(|path| is_there(path)).cloned().collect();
    let folder_of =
        |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let folders: BTreeSet<String> = stems.iter().map(|stem| folder_of(stem)).collect();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else { continue };
        for name in entries.filter_map(|it| it.ok()?.file_name().into_string().ok()) {
            let path = format!("{folder}{name}");
            let is_of_frame = path.rsplit_once('.').is_some_and(|(stem, _)| stems.contains(stem));
            if is_of_frame && is_there(&path) {
                found.insert(path);
            }
        }
    }
    // A folder takes along what is in it.
    let all = found.clone();
    let is_inside = |path: &String| path.match_indices('/').any(|(end, _)| all.contains(&path[..end]));
    found.into_iter().filter(|path| !is_inside(path)).collect()
}

/// Into a new folder `ROOT-before-TIME`; back again when one of them cannot go.
fn move_aside(root: &Path, files: &[String]) -> Result<Option<String>, Refusal> {
    if files.is_empty() {
        return Ok(None);
    }
    let aside = new_folder(root).map_err(|error| Refusal::internal("no folder for the old files", error))?;
    for (n_moved, path) in files.iter().enumerate() {
        let (from, to) = (root.join(path), aside.join(path));
        let moved =
            to.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::rename(&from, &to));
        if let Err(error) = moved {
            for path in &files[..n_moved] {
                // It lay there a moment ago.
                let _ = std::fs::rename(aside.join(path), root.join(path));
            }
            return Err(Refusal::internal("an old file cannot be moved aside", error));
        }
    }
    Ok(Some(aside.to_string_lossy().into_owned()))
}

fn new_folder(root: &Path) -> std::io::Result<PathBuf> {
    let stamp = jiff::Zoned::now().strftime("%Y-%m-%d_%H%M%S").to_string();
    let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for n in 1.. {
        let number = if n == 1 { String::new() } else { format!("-{n}") };
        let folder = root.with_file_name(format!("{name}-before-{stamp}{number}"));
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
    Err(std::io::Error::other("no name is free"))
}
