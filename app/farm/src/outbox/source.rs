//! Where a job's results are fetched from: a Manager of ours over HTTP, or a studio's storage, whose
//! place its Manager only names: mounted, shown by a results server, or as objects.

use std::collections::HashMap;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use flamenco::kiln::Output;
use flamenco::wire::{Audience, Command, Job, Settings, TaskStatus, TaskSummary, platform};
use flamenco::{Claims, Client, Download, Maker};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::bucket::BucketFolder;
use super::hashing::{cancel_on_drop, hash_cached};
use super::store::Store;
use crate::storage::{below, same_manager};
use crate::{FarmError, Home, StoragePlace, StorageStore};

pub(super) struct Source {
    shelf: Shelf,
    /// The job's results folder as its tasks name it; `None` where nothing in the job does.
    root: Option<Root>,
    /// By task; they never change.
    commands: HashMap<String, Vec<Command>>,
}

#[derive(Clone)]
pub(super) enum Shelf {
    Manager { client: Client, job: String },
    Folder(PathBuf),
    Server { client: Client, folder: String },
    Bucket(Box<BucketFolder>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// With variables as they are.
    pub(super) path: String,
    /// Everything there is the job's.
    is_owned: bool,
}

/// A result on its way.
pub(super) enum Reader {
    Download(Download),
    File { file: File, offset: u64 },
}

/// A studio's Manager tells the commands of one task at a time, and a job may have thousands.
const PARALLEL_QUESTIONS: usize = 8;
const BUFFER_BYTES: usize = 256 << 10;
/// Whose paths a job may be written in.
const PLATFORMS: [&str; 3] = ["linux", "windows", "darwin"];

impl Source {
    /// `None`: the Manager hands out nothing, and its storage is not reached from here.
    pub(super) async fn of(client: &Client, home: &Home, job: &Job) -> Result<Option<Self>, FarmError> {
        if client.kiln_info().await?.is_some_and(|info| info.outputs) {
            let shelf = Shelf::Manager { client: client.clone(), job: job.id.clone() };
            return Ok(Some(Self { shelf, root: root_of(job), commands: HashMap::new() }));
        }
        Self::on_storage(client, home, job).await
    }

    /// As [`Self::of`], past a Manager that might hand out results itself.
    pub(super) async fn on_storage(
        client: &Client,
        home: &Home,
        job: &Job,
    ) -> Result<Option<Self>, FarmError> {
        let Some(root) = root_of(job) else { return Ok(None) };
        let shelf = storage(client, home, &root.path).await?;
        Ok(shelf.map(|shelf| Self { shelf, root: Some(root), commands: HashMap::new() }))
    }

    /// Results of completed tasks so far.
    pub(super) async fn outputs(
        &mut self,
        client: &Client,
        store: &Store,
        job: &Job,
    ) -> Result<Vec<Output>, FarmError> {
        let shelf = self.shelf.clone();
        let is_owned = self.root.as_ref().is_some_and(|root| root.is_owned);
        let everything_counts = is_owned && job.status.is_over();
        match shelf {
            Shelf::Manager { client, job } => Ok(client.outputs(&job).await?),
            Shelf::Server { client: server, folder } => {
                let claims = self.claims(client, job).await?;
                let mut outputs = server.files(&folder).await?;
                outputs.retain(|it| claims.is_complete(&it.path).unwrap_or(everything_counts));
                Ok(outputs)
            }
            Shelf::Bucket(folder) => {
                let claims = self.claims(client, job).await?;
                let mut outputs = folder.outputs(store).await?;
                outputs.retain(|it| claims.is_complete(&it.path).unwrap_or(everything_counts));
                Ok(outputs)
            }
            Shelf::Folder(folder) => {
                let claims = self.claims(client, job).await?;
                let (ctx, _guard) = cancel_on_drop();
                let store = store.clone();
                let listing = tokio::task::spawn_blocking(move || {
                    let mut outputs = Vec::new();
                    for path in files_below(&folder) {
                        if !claims.is_complete(&path).unwrap_or(everything_counts) {
                            continue;
                        }
                        let hashed = hash_cached(&store, &folder.join(&path), &ctx, &mut |_| {})?;
                        outputs.push(Output {
                            path,
                            size: hashed.size,
                            sha256: hashed.sha,
                            ..Output::default()
                        });
                    }
                    Ok(outputs)
                });
                listing.await.map_err(|_| FarmError::Closed)?
            }
        }
    }

    /// Frames that completed tasks should have left and that are not among `files`, in words.
    pub(super) async fn missing(
        &mut self,
        client: &Client,
        job: &Job,
        files: &[String],
    ) -> Result<Vec<String>, FarmError> {
        // Jobs of our own kind render no frames; their thousands of tasks need not be asked for.
        if matches!(self.shelf, Shelf::Manager { .. }) && self.root.as_ref().is_some_and(|it| it.is_owned) {
            return Ok(Vec::new());
        }
        let claims = self.claims(client, job).await?;
        let lost = claims.missing_frames(files.iter().map(String::as_str));
        Ok(if lost.is_empty() {
            Vec::new()
        } else {
            vec![format!("frames {}", flamenco::frames::write(&lost))]
        })
    }

    /// The bytes of a result from `offset` on, or from its start.
    pub(super) async fn open(&self, output: &Output, offset: u64) -> Result<Reader, FarmError> {
        match &self.shelf {
            Shelf::Manager { client, job } => {
                Ok(Reader::Download(client.download(job, output, offset).await?))
            }
            Shelf::Server { client, folder } => {
                Ok(Reader::Download(client.download_file(folder, output, offset).await?))
            }
            Shelf::Bucket(folder) => Ok(Reader::Download(folder.open(output, offset).await?)),
            Shelf::Folder(folder) => {
                let path = folder.join(&output.path);
                let wrong = |error| FarmError::file("the result cannot be read", &path)(error);
                let mut file = File::open(&path).await.map_err(wrong)?;
                file.seek(SeekFrom::Start(offset)).await.map_err(wrong)?;
                Ok(Reader::File { file, offset })
            }
        }
    }

    /// What stands for the content of an output that came without a hash; its hash is kept under that
    /// name once it is known.
    pub(super) fn content(&self, output: &Output) -> Result<String, FarmError> {
        match &self.shelf {
            Shelf::Bucket(folder) => folder.content(&output.path),
            _ => Err(FarmError::Damaged(output.path.clone())),
        }
    }

    /// Which task makes what. While the job runs, tasks that have made nothing are not asked for.
    async fn claims(&mut self, client: &Client, job: &Job) -> Result<Claims, FarmError> {
        let mut claims = Claims::default();
        let Some(root) = &self.root else { return Ok(claims) };
        let tasks = client.tasks(&job.id).await?;
        let counts = |task: &TaskSummary| {
            let has_made = task.status == TaskStatus::Completed || task.steps_completed > 0;
            has_made || job.status.is_over()
        };
        let unknown = tasks.iter().filter(|it| counts(it) && !self.commands.contains_key(&it.id));
        let asked = stream::iter(unknown.map(|it| it.id.clone()).collect::<Vec<_>>());
        let told: Vec<(String, Vec<Command>)> = asked
            .map(|id| async move {
                let commands = client.task(&id).await?.commands;
                Ok::<_, FarmError>((id, commands))
            })
            .buffer_unordered(PARALLEL_QUESTIONS)
            .try_collect()
            .await?;
        self.commands.extend(told);
        for task in tasks {
            let commands = self.commands.get(&task.id).map(Vec::as_slice).unwrap_or_default();
            let (status, steps_completed) = (task.status, task.steps_completed);
            let maker = Maker { id: &task.id, status, steps_completed, commands };
            claims.add(&maker, |text| below(text, &root.path).filter(|it| !it.is_empty()));
        }
        Ok(claims)
    }
}

impl Reader {
    /// Where its first bytes belong.
    pub(super) fn offset(&self) -> u64 {
        match self {
            Self::Download(download) => download.offset,
            Self::File { offset, .. } => *offset,
        }
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Vec<u8>>, FarmError> {
        match self {
            Self::Download(download) => Ok(download.chunk().await?.map(|bytes| bytes.as_ref().to_vec())),
            Self::File { file, .. } => {
                let mut bytes = Vec::with_capacity(BUFFER_BYTES);
                let wrong = FarmError::file("the result cannot be read", Path::new("storage"));
                let n_read = file.read_buf(&mut bytes).await.map_err(wrong)?;
                Ok((n_read > 0).then_some(bytes))
            }
        }
    }
}

/// Where the job's results lie, as its settings say after compilation.
pub(super) fn root_of(job: &Job) -> Option<Root> {
    root_in(&job.settings)
}

/// The folder that a job's results go to, with variables as they are.
pub(crate) fn folder_of_results(settings: &Settings) -> Option<String> {
    Some(root_in(settings)?.path)
}

fn root_in(settings: &Settings) -> Option<Root> {
    let setting =
        |key: &str| Some(settings.get(key)?.as_str()?.trim().to_owned()).filter(|it| !it.is_empty());
    if let Some(path) = setting("output_path") {
        return Some(Root { path, is_owned: true });
    }
    let frames = setting("render_output_path").or_else(|| setting("render_output"))?;
    let (folder, _) = frames.rsplit_once(['/', '\\'])?;
    Some(Root { path: folder.to_owned(), is_owned: false })
}

/// The folder at `path` of a Manager's storage, as this machine reaches it.
pub(super) async fn storage(client: &Client, home: &Home, path: &str) -> Result<Option<Shelf>, FarmError> {
    let paths = spellings(client, path).await?;
    let maps = StorageStore::of(home).load()?;
    let of_manager = maps.iter().filter(|map| same_manager(&map.manager, client.url()));
    let hits = of_manager.flat_map(|map| paths.iter().filter_map(move |path| Some((map, map.below(path)?))));
    // The longest folder says most.
    if let Some((map, rest)) = hits.max_by_key(|(map, _)| map.there.len()) {
        if rest.split('/').any(|part| part == "..") {
            return Err(FarmError::Invalid(format!("the farm names a results folder that is none: {path}")));
        }
        return Ok(Some(match &map.here {
            StoragePlace::Folder(folder) => {
                Shelf::Folder(if rest.is_empty() { folder.clone() } else { folder.join(rest) })
            }
            StoragePlace::Server { url, token, certificate } => {
                let read = |path: &PathBuf| {
                    std::fs::read(path).map_err(FarmError::file("the certificate cannot be read", path))
                };
                let pem = certificate.as_ref().map(read).transpose()?;
                let server = Client::with_certificate(url, pem.as_deref())?.with_token(token)?;
                Shelf::Server { client: server, folder: rest }
            }
            StoragePlace::Bucket(place) => Shelf::Bucket(Box::new(BucketFolder::of(place, &rest)?)),
        }));
    }
    let here = paths.iter().map(PathBuf::from).find(|path| path.is_absolute() && path.is_dir());
    Ok(here.map(Shelf::Folder))
}

/// How `path` reads on this platform, for people here, and for Workers anywhere.
pub(super) async fn spellings(client: &Client, path: &str) -> Result<Vec<String>, FarmError> {
    let mut paths = Vec::new();
    let audiences = std::iter::once((Audience::Users, platform()))
        .chain(PLATFORMS.iter().map(|platform| (Audience::Workers, *platform)));
    for (audience, platform) in audiences {
        let variables = client.variables(audience, platform).await?;
        let storage = client.shared_storage(audience, platform).await?.location;
        let mut text = path.to_owned();
        // A value may hold the name of another.
        for _ in 0..2 {
            for (name, variable) in &variables {
                text = text.replace(&format!("{{{name}}}"), &variable.value);
            }
            text = text.replace("{jobs}", &storage);
        }
        if !paths.contains(&text) {
            paths.push(text);
        }
    }
    Ok(paths)
}

/// Regular files, paths with slashes, in order. Hidden ones are programs' temporary files.
fn files_below(folder: &Path) -> Vec<String> {
    let is_shown = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let entries = walkdir::WalkDir::new(folder).max_depth(32).sort_by_file_name().into_iter();
    let files = entries.filter_entry(is_shown).filter_map(Result::ok).filter(|it| it.file_type().is_file());
    let name = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(folder).ok()?.to_str()?;
        Some(if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() })
    };
    files.filter_map(name).collect()
}
