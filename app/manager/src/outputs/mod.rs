//! A job's results: files in the folder of its hidden setting `output_path`, or beside the frames of
//! `render_output_path`.
//!
//! A file belongs to the task whose command names it, a folder around it, or its frame, and shows once
//! that task is completed, so that nobody fetches half a file. A file of no task shows once the job is
//! over, where the folder is the job's own; a folder that an artist chose may hold anything.

mod again;

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flamenco::kiln::Output;
use flamenco::wire::{Command, JobStatus, Settings};
use flamenco::{Claims, FrameFiles, Maker};
use rusqlite::{Connection, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(crate) use again::run_again;

use crate::Audience;
use crate::clock::Moment;
use crate::job_types::hex;
use crate::records::{JobRow, TaskRow};
use crate::variables::{MANAGER_PLATFORM, Variables};

/// A job that writes more, or deeper, is no job of ours; the rest is left out.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 32;

/// Where a job's results lie, and which of them may be seen.
pub(crate) struct Results {
    pub job_id: i64,
    root: PathBuf,
    shows_unclaimed: bool,
    claims: Claims,
    known: HashMap<String, Hashed>,
}

/// A hash, good for as long as size and time stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    size: u64,
    mtime: Moment,
    pub sha256: String,
}

impl Results {
    /// `None` when the job has no results folder.
    pub(crate) fn of_job(
        db: &Connection,
        job: &JobRow,
        variables: &Variables,
    ) -> rusqlite::Result<Option<Self>> {
        let expand = |text: &str| variables.expand(Audience::Workers, MANAGER_PLATFORM, text);
        let Some(Root { folder, is_own }) = root(&job.settings(db)?, &expand) else { return Ok(None) };
        let is_over = matches!(job.status, JobStatus::Completed | JobStatus::Failed | JobStatus::Canceled);
        let mut claims = Claims::default();
        for task in TaskRow::of_job(db, &job.uuid)? {
            let maker = Maker {
                id: &task.uuid,
                status: task.status,
                steps_completed: task.steps_completed,
                commands: &task.commands(),
            };
            claims.add(&maker, |text| below(&expand(text), &folder));
        }
        Ok(Some(Self {
            job_id: job.id,
            root: folder.into(),
            shows_unclaimed: is_own && is_over,
            claims,
            known: known_hashes(db, job.id)?,
        }))
    }

    /// Every result that may be seen, by path, and the hashes that were not known before. Blocks:
    /// new files are read once.
    pub(crate) fn list(&self) -> (Vec<Output>, Vec<(String, Hashed)>) {
        let mut files = Vec::new();
        walk(&self.root, "", 0, &mut files);
        files.sort();
        let mut fresh = Vec::new();
        let mut outputs = Vec::new();
        for path in files {
            // A file that is replaced or vanishes meanwhile shows next time.
            let Some((hashed, is_new)) = self.hashed(&path) else { continue };
            let Some(task_id) = self.visible_as(&path) else { continue };
            outputs.push(Output {
                path: path.clone(),
                size: hashed.size,
                mtime: hashed.mtime.wire(),
                sha256: hashed.sha256.clone(),
                task_id,
            });
            if is_new {
                fresh.push((path, hashed));
            }
        }
        (outputs, fresh)
    }

    /// The file at `path` (below the root, slashes) with its hash, if it may be seen. Blocks.
    pub(crate) fn find(&self, path: &str) -> Option<(PathBuf, Hashed)> {
        self.visible_as(path)?;
        let full = self.root.join(path);
        // No link may lead out of the folder.
        let real = full.canonicalize().ok()?;
        if !real.starts_with(self.root.canonicalize().ok()?) {
            return None;
        }
        Some((full, self.hashed(path)?.0))
    }

    /// `None`: not to be seen yet. `Some(None)`: seen, but of no task.
    fn visible_as(&self, path: &str) -> Option<Option<String>> {
        match self.claims.is_complete(path) {
            Some(is_complete) => is_complete.then(|| self.claims.task_of(path).map(str::to_owned)),
            None => self.shows_unclaimed.then_some(None),
        }
    }

    fn hashed(&self, path: &str) -> Option<(Hashed, bool)> {
        self.visible_as(path)?;
        let full = self.root.join(path);
        let before = fs::symlink_metadata(&full).ok().filter(Metadata::is_file)?;
        let mtime = Moment::from(before.modified().ok()?);
        if let Some(known) = self.known.get(path).filter(|it| it.size == before.len() && it.mtime == mtime) {
            return Some((known.clone(), false));
        }
        let sha256 = hash_file(&full).ok()?;
        let after = fs::symlink_metadata(&full).ok()?;
        let is_same = after.len() == before.len() && after.modified().ok()? == before.modified().ok()?;
        is_same.then_some((Hashed { size: before.len(), mtime, sha256 }, true))
    }
}

pub(crate) fn remember(db: &Connection, job_id: i64, fresh: &[(String, Hashed)]) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO output_hashes (job_id, path, size, mtime, sha256) VALUES (?, ?, ?, ?, ?)",
    )?;
    for (path, it) in fresh {
        insert.execute(params![job_id, path, it.size as i64, it.mtime, it.sha256])?;
    }
    Ok(())
}

fn known_hashes(db: &Connection, job_id: i64) -> rusqlite::Result<HashMap<String, Hashed>> {
    db.prepare_cached("SELECT path, size, mtime, sha256 FROM output_hashes WHERE job_id = ?")?
        .query_map([job_id], |row| {
            let size = row.get::<_, i64>(1)?.unsigned_abs();
            Ok((row.get(0)?, Hashed { size, mtime: row.get(2)?, sha256: row.get(3)? }))
        })?
        .collect()
}

/// Where a job's results lie.
struct Root {
    /// Absolute, slashes.
    folder: String,
    /// Nothing but this job writes there.
    is_own: bool,
}

fn root(settings: &Settings, expand: &impl Fn(&str) -> String) -> Option<Root> {
    let text = |name: &str| settings.get(name).and_then(Value::as_str).map(expand);
    let (folder, is_own) = match text("output_path") {
        Some(folder) => (folder, true),
        None => {
            let frames = text("render_output_path").or_else(|| text("render_output"))?;
            (frames.get(..frames.rfind(['/', '\\'])?)?.to_owned(), false)
        }
    };
    let is_plain = Path::new(&folder).is_absolute() && !folder.split(['/', '\\']).any(|part| part == "..");
    is_plain.then_some(Root { folder, is_own })
}

/// Paths below `root` that a command names.
fn paths_in(command: &Command, root: &str, expand: &impl Fn(&str) -> String) -> Vec<String> {
    command.parameters.values().flat_map(texts).filter_map(|text| below(&expand(text), root)).collect()
}

/// Frames that a command writes below `root`, as paths without extension.
fn stems_in(command: &Command, root: &str, expand: &impl Fn(&str) -> String) -> Vec<(u32, String)> {
    let files = FrameFiles::of(command).map(|it| it.stems).unwrap_or_default();
    files.into_iter().filter_map(|(frame, stem)| Some((frame, below(&expand(&stem), root)?))).collect()
}

/// A parameter's string, or the strings of its list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// `path` as seen from `root`, when it lies in it.
fn below(path: &str, root: &str) -> Option<String> {
    let rest = path.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/')?.trim_end_matches('/');
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// Regular files below `folder`. Hidden ones are programs' temporary files; links lead elsewhere.
pub(crate) fn walk(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|it| !it.starts_with('.')) else { continue };
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        match entry.file_type() {
            Ok(kind) if kind.is_file() && found.len() < MAX_FILES => found.push(path),
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => walk(&entry.path(), &path, depth + 1, found),
            _ => {}
        }
    }
}

pub(crate) fn hash_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let n_bytes = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..n_bytes).filter(|it| !it.is_empty()) else { break };
        hash.update(bytes);
    }
    Ok(hex(&hash.finalize()))
}
