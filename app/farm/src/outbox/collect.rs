use std::path::{Component, Path, PathBuf};

use flamenco::Client;
use flamenco::kiln::Output;
use flamenco::wire::{Job, TaskStatus};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use tokio::fs::{self, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::hashing::{hash_of, hex};
use super::results_folder;
use super::source::Source;
use super::store::{Plan, Store};
use crate::receipt::{Receipt, ReceiptFile};
use crate::{FarmError, Home, ResultFile, Submission, SubmissionId};

const PARALLEL_DOWNLOADS: usize = 4;

/// What stood in the way of one file.
enum Trouble {
    /// A different file of somebody else lies there.
    Occupied,
    Farm(FarmError),
}

impl<E: Into<FarmError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Farm(error.into())
    }
}

/// Brings home what the job's completed tasks have made and is not here yet.
pub(crate) async fn collect(
    source: &Source,
    outputs: &[Output],
    home: &Home,
    store: &Store,
    submission: &Submission,
    plan: &Plan,
) -> Result<(), FarmError> {
    loop {
        let current = store.get(&submission.id)?;
        let here = |output: &Output| {
            current.results.iter().any(|it| it.name == output.path && it.sha256 == output.sha256)
        };
        let missing: Vec<Output> = outputs.iter().filter(|output| !here(output)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let folder = match &current.results_dir {
            Some(folder) => folder.clone(),
            None => {
                let folder = results_folder::make(home, &current, plan.destination.as_deref())?;
                store.set_results_dir(&submission.id, &folder)?;
                folder
            }
        };
        let shelf = Shelf { source, store, id: &submission.id, folder: &folder, known: &current.results };
        let fetches =
            stream::iter(missing).map(|output| shelf.fetch(output)).buffer_unordered(PARALLEL_DOWNLOADS);
        match fetches.try_collect::<Vec<()>>().await {
            Ok(_) => return Ok(()),
            Err(Trouble::Farm(error)) => return Err(error),
            Err(Trouble::Occupied) => {
                // All of it goes into one new folder; half here and half there helps nobody.
                for output in outputs {
                    // Most have none.
                    let part = part_of(&folder.join(safe_name(&output.path)?), &output.path, &output.sha256);
                    let _ = fs::remove_file(part).await;
                }
                let folder = results_folder::make_numbered(&folder)?;
                store.forget_results(&submission.id)?;
                store.set_results_dir(&submission.id, &folder)?;
            }
        }
    }
}

/// One results folder, and where it is filled from.
struct Shelf<'a> {
    source: &'a Source,
    store: &'a Store,
    id: &'a SubmissionId,
    folder: &'a Path,
    /// Results of ours that may be there.
    known: &'a [ResultFile],
}

impl Shelf<'_> {
    async fn fetch(&self, output: Output) -> Result<(), Trouble> {
        let path = self.folder.join(safe_name(&output.path)?);
        let output = if output.sha256.is_empty() { self.bring(output, &path).await? } else { output };
        let unreadable = |error| FarmError::file("the result's place cannot be read", &path)(error);
        match hash_of(path.clone()).await.map_err(unreadable)? {
            Some(there) if there.sha == output.sha256 => {}
            // An earlier result of this job may be replaced by what a repeated task made.
            Some(there) if !self.known.iter().any(|it| it.path == path && it.sha256 == there.sha) => {
                return Err(Trouble::Occupied);
            }
            Some(_) | None => self.download(&output, &path).await?,
        }
        let file = ResultFile { path, name: output.path, n_bytes: output.size, sha256: output.sha256 };
        Ok(self.store.add_result(self.id, &file)?)
    }

    /// Brings a content whose hash nobody can tell before it is here, and learns it.
    async fn bring(&self, output: Output, path: &Path) -> Result<Output, FarmError> {
        let wrong = |error| FarmError::file("the result cannot be written", path)(error);
        let content = self.source.content(&output)?;
        let part = part_of(path, &output.path, &hex(&Sha256::digest(content.as_bytes())));
        let (size, sha256) = self.grow(&output, path, &part).await?;
        if size != output.size {
            fs::remove_file(&part).await.map_err(wrong)?;
            return Err(FarmError::Damaged(output.path));
        }
        self.store.cache_hash(content.as_ref(), size, 0, &sha256)?;
        fs::rename(&part, part_of(path, &output.path, &sha256)).await.map_err(wrong)?;
        Ok(Output { sha256, ..output })
    }

    /// Under a temporary name that says which content it will have, then renamed. What a killed
    /// process left is gone on with.
    async fn download(&self, output: &Output, path: &Path) -> Result<(), FarmError> {
        let wrong = |error| FarmError::file("the result cannot be written", path)(error);
        let part = part_of(path, &output.path, &output.sha256);
        let (size, sha256) = self.grow(output, path, &part).await?;
        if size != output.size || sha256 != output.sha256 {
            fs::remove_file(&part).await.map_err(wrong)?;
            return Err(FarmError::Damaged(output.path.clone()));
        }
        fs::rename(&part, path).await.map_err(wrong)
    }

    /// Fetches what `part` lacks of a result that is to lie at `path`, down to the disk; its size and
    /// hash then.
    async fn grow(&self, output: &Output, path: &Path, part: &Path) -> Result<(u64, String), FarmError> {
        let wrong = |error| FarmError::file("the result cannot be written", path)(error);
        fs::create_dir_all(path.parent().unwrap_or(self.folder)).await.map_err(wrong)?;
        let mut options = OpenOptions::new();
        let mut file =
            options.create(true).truncate(false).read(true).write(true).open(part).await.map_err(wrong)?;
        let (mut hasher, mut offset) = hash_so_far(&mut file, output.size).await.map_err(wrong)?;
        // A part that is complete already, or longer than the whole, is judged by its hash alone.
        if offset < output.size || output.size == 0 {
            let mut reader = self.source.open(output, offset).await?;
            if reader.offset() != offset {
                (hasher, offset) = (Sha256::new(), 0);
                file = OpenOptions::new().write(true).truncate(true).open(part).await.map_err(wrong)?;
            }
            while let Some(bytes) = reader.chunk().await? {
                offset += bytes.len() as u64;
                if offset > output.size {
                    break;
                }
                hasher.update(&bytes);
                file.write_all(&bytes).await.map_err(wrong)?;
            }
        }
        // Only this tells of a write that failed behind our back; syncing alone does not.
        file.flush().await.map_err(wrong)?;
        file.sync_all().await.map_err(wrong)?;
        Ok((offset, hex(&hasher.finalize())))
    }
}

/// Where a result that is to lie at `path` grows: named after what it will be.
fn part_of(path: &Path, name: &str, content: &str) -> PathBuf {
    let name_hash = hex(&Sha256::digest(name.as_bytes()));
    let short = |text: &str| text.chars().take(12).collect::<String>();
    path.with_file_name(format!(".kiln-{}-{}.part", short(&name_hash), short(content)))
}

/// Hashes what is there and leaves the file ready for appending. More than `size` bytes are not ours.
async fn hash_so_far(file: &mut fs::File, size: u64) -> std::io::Result<(Sha256, u64)> {
    let mut hasher = Sha256::new();
    let mut offset = 0;
    if file.metadata().await?.len() > size {
        file.set_len(0).await?;
    }
    let mut chunk = vec![0; 256 << 10];
    loop {
        let n_read = file.read(&mut chunk).await?;
        let Some(bytes) = chunk.get(..n_read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        offset += n_read as u64;
    }
    Ok((hasher, offset))
}

/// A Manager names results; it must not name places outside the results folder.
fn safe_name(name: &str) -> Result<PathBuf, FarmError> {
    let is_odd =
        |part: &str| part.is_empty() || part.contains(['\\', '\0']) || (cfg!(windows) && part.contains(':'));
    let parts: Vec<&str> = name.split('/').collect();
    let path: PathBuf = parts.iter().collect();
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    if parts.iter().any(|part| is_odd(part)) || !is_below || path.components().count() != parts.len() {
        return Err(FarmError::Invalid(format!(
            "the farm offers a result under a name that is none: {name:?}"
        )));
    }
    Ok(path)
}

/// Says beside the results what came home, and answers what should have come and was never made.
pub(crate) async fn write_receipt(
    client: &Client,
    source: &mut Source,
    submission: &Submission,
    job: &Job,
) -> Result<Vec<String>, FarmError> {
    let names: Vec<String> = submission.results.iter().map(|it| it.name.clone()).collect();
    let never_made = source.missing(client, job, &names).await?;
    let Some(folder) = submission.results_dir.as_deref().filter(|_| !submission.results.is_empty()) else {
        return Ok(never_made);
    };
    let file =
        |it: &ResultFile| ReceiptFile { path: it.name.clone(), size: it.n_bytes, sha256: it.sha256.clone() };
    let receipt = Receipt {
        submission: submission.id.clone(),
        name: submission.name.clone(),
        job_type: submission.job_type.clone(),
        job_id: submission.job_id.clone(),
        manager: client.url().into(),
        models: submission.models.clone(),
        job_status: submission.job_status.unwrap_or_default().as_str().into(),
        written: jiff::Timestamp::now().to_string(),
        files: submission.results.iter().map(file).collect(),
        never_made: never_made.clone(),
    };
    receipt.write(folder)?;
    Ok(never_made)
}

/// Which tasks failed, and what the first one said last.
pub(crate) async fn why_failed(client: &Client, job: &Job) -> String {
    let Ok(tasks) = client.tasks(&job.id).await else { return format!("the job failed: {}", job.activity) };
    let failed: Vec<_> = tasks.iter().filter(|task| task.status == TaskStatus::Failed).collect();
    let Some(first) = failed.first() else { return format!("the job failed: {}", job.activity) };
    let mut text = format!("{} of {} tasks failed: {}", failed.len(), tasks.len(), first.name);
    if failed.len() > 1 {
        text = format!("{text} and others");
    }
    let log = client.task_log_tail(&first.id).await.unwrap_or_default();
    // A Worker puts `pid=123 > ` before what a program prints.
    let said =
        log.lines().rev().filter(|line| line.starts_with("pid=")).find_map(|line| line.split_once("> "));
    match said.map(|(_, said)| said.trim()).filter(|said| !said.is_empty()) {
        Some(said) => format!("{text}. It said: {said}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stay_in_their_folder() {
        assert_eq!(safe_name("chair/lit.png").unwrap(), Path::new("chair").join("lit.png"));
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/.", "a\\b", "a/\0"] {
            assert!(safe_name(bad).is_err(), "{bad:?}");
        }
    }
}
