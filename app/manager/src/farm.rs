use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Moment;
use crate::database::Database;
use crate::job_files::{JobFiles, LogLines};
use crate::job_types::JobTypes;
use crate::refusal::Refusal;
use crate::shaman::Shaman;
use crate::states::Turn;
use crate::variables::{Variable, VariableValue};
use crate::{Audience, ManagerConfig, ManagerError};

/// Everything the handlers share.
pub(crate) struct Farm {
    pub config: ManagerConfig,
    pub folders: Folders,
    pub files: JobFiles,
    pub job_types: JobTypes,
    pub shaman: Shaman,
    /// One permit for each preview being scaled.
    pub previews: Arc<Semaphore>,
    /// Rung when a job is marked for deletion.
    pub deletions: Notify,
    pub stop: CancellationToken,
    /// Somebody asked for the end; whoever runs the farm sees to it.
    pub end_asked: CancellationToken,
    db: Database,
    /// Counts what might be news for a Worker that waits.
    news: watch::Sender<u64>,
    last_asked: Mutex<Instant>,
}

/// Pictures scaled or waiting to be; more are refused, since a newer one comes anyway.
const PREVIEW_QUEUE_LENGTH: usize = 3;

/// Where things lie below the farm's home.
pub(crate) struct Folders {
    /// Checkouts and results: `{jobs}`.
    pub jobs: PathBuf,
    /// Inputs by content.
    pub file_store: PathBuf,
    /// Logs and previews.
    pub job_files: PathBuf,
    pub database: PathBuf,
}

impl Farm {
    /// Opens the farm and sets right what a killed Manager left behind.
    pub(crate) fn open(mut config: ManagerConfig) -> Result<Self, ManagerError> {
        let home = |source| ManagerError::Home { path: config.home.clone(), source };
        std::fs::create_dir_all(&config.home).map_err(home)?;
        // Variables hold paths that other programs use; those know nothing of our current folder.
        let root = std::path::absolute(&config.home).map_err(home)?;
        let folders = Folders::below(&root);
        for folder in [&folders.jobs, &folders.file_store, &folders.job_files] {
            std::fs::create_dir_all(folder).map_err(home)?;
        }
        let db = Database::open(&folders.database)?;
        let shaman = Shaman::open(&folders.file_store, &folders.jobs).map_err(home)?;
        config.variables.insert("jobs", jobs_variable(&folders.jobs));
        Ok(Self {
            files: JobFiles::new(folders.job_files.clone(), config.log_limit),
            job_types: JobTypes::new(config.job_types_dir.clone(), config.timings.script_limit),
            shaman,
            previews: Arc::new(Semaphore::new(PREVIEW_QUEUE_LENGTH)),
            deletions: Notify::new(),
            stop: CancellationToken::new(),
            end_asked: CancellationToken::new(),
            db,
            news: watch::Sender::new(0),
            last_asked: Mutex::new(Instant::now()),
            folders,
            config,
        })
    }

    /// Asks the database; nothing is changed.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        Ok(self.db.ask(ask).await?)
    }

    /// Changes the farm's state in one go; a refusal changes nothing.
    pub(crate) async fn turn<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&Turn<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (farm, files) = (Arc::clone(self), self.files.clone());
        let act = move |db: &Connection| {
            let turn = Turn {
                db,
                now: Moment::now(),
                rules: &farm.config.timings,
                lines: RefCell::default(),
                is_news: Cell::new(false),
            };
            let value = act(&turn)?;
            Ok::<_, Refusal>((value, turn.is_news.get(), turn.lines.into_inner()))
        };
        // Before the answer: whoever changed something may look at the log next.
        let log = move |kept: &mut (T, bool, LogLines)| std::mem::take(&mut kept.2).write(&files);
        let (value, is_news, _) = self.db.run(act, log).await?;
        if is_news {
            self.news.send_modify(|n| *n += 1);
        }
        Ok(value)
    }

    /// Fires after every turn that might matter to a waiting Worker.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Somebody other than a Worker asked for something.
    pub(crate) fn client_asked(&self) {
        *self.last_asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(crate) fn unasked_for(&self) -> Duration {
        self.last_asked.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

impl Folders {
    fn below(home: &Path) -> Self {
        let storage = home.join("storage");
        Self {
            jobs: storage.join("jobs"),
            file_store: storage.join("file-store"),
            job_files: home.join("job-files"),
            database: home.join("manager.sqlite"),
        }
    }
}

fn jobs_variable(jobs: &Path) -> Variable {
    // Slashes everywhere: job types join paths with them, and every system takes them.
    let value = jobs.to_string_lossy().replace('\\', "/");
    let value = VariableValue { audience: Audience::All, platform: "all".into(), value };
    Variable { is_twoway: false, values: vec![value] }
}
