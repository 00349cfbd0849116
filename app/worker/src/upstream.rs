use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use flamenco::wire::TaskUpdate;
use flamenco::{ClientError, WorkerClient};
use tokio::sync::watch;

use crate::WorkerError;
use crate::pace::Backoff;
use crate::queue::{QueuedUpdate, UpdateQueue};

/// The line to the Manager, once the Worker has credentials for it.
pub(crate) type Line = watch::Receiver<Option<WorkerClient>>;

/// Everything the Worker tells about tasks goes through here: onto the disk, then to the Manager,
/// one after another. Clones share the queue.
#[derive(Clone)]
pub(crate) struct Upstream {
    queue: Arc<Mutex<UpdateQueue>>,
    is_empty: Arc<watch::Sender<bool>>,
    /// The latest task of which the Manager says that it is not ours.
    lost_task: Arc<watch::Sender<Option<String>>>,
    path: Arc<PathBuf>,
}

/// A Manager that fails this often over one update will never take it.
const MAX_REFUSALS: usize = 100;

enum Delivery {
    Done,
    /// The task is not ours any more: nothing about it is wanted.
    Lost,
    TryAgain,
}

impl Upstream {
    pub(crate) fn new(queue: UpdateQueue, path: PathBuf) -> Result<Self, WorkerError> {
        let is_empty = queue.is_empty();
        let path = Arc::new(path);
        let is_empty = is_empty.map_err(|source| WorkerError::Queue { source, path: path.to_path_buf() })?;
        Ok(Self {
            queue: Arc::new(Mutex::new(queue)),
            is_empty: Arc::new(watch::Sender::new(is_empty)),
            lost_task: Arc::new(watch::Sender::new(None)),
            path,
        })
    }

    /// Safe on disk on return.
    pub(crate) async fn push(&self, task_id: &str, update: TaskUpdate) -> Result<(), WorkerError> {
        let task_id = task_id.to_owned();
        self.with_queue(move |queue| queue.push(&task_id, &update)).await
    }

    /// A new turn at this task begins; that it was lost before does not count.
    pub(crate) fn begin_task(&self) {
        self.lost_task.send_replace(None);
    }

    /// Returns once the Manager has said that this task is not ours.
    pub(crate) async fn lost(&self, task_id: &str) {
        let mut lost = self.lost_task.subscribe();
        // The sender lives as long as `self`.
        let _ = lost.wait_for(|lost| lost.as_deref() == Some(task_id)).await;
    }

    /// Returns once nothing waits.
    pub(crate) async fn drained(&self) {
        let _ = self.is_empty.subscribe().wait_for(|is_empty| *is_empty).await;
    }

    /// Sends what waits and what comes; ends only with an error of the disk.
    pub(crate) async fn deliver(&self, mut line: Line) -> WorkerError {
        loop {
            if let Err(error) = self.deliver_next(&mut line).await {
                return error;
            }
        }
    }

    async fn deliver_next(&self, line: &mut Line) -> Result<(), WorkerError> {
        let Some(QueuedUpdate { id, task_id, update }) = self.with_queue(|queue| queue.first()).await? else {
            let _ = self.is_empty.subscribe().wait_for(|is_empty| !*is_empty).await;
            return Ok(());
        };
        let (mut backoff, mut n_refusals) = (Backoff::new(), 0);
        let delivery = loop {
            let client = connected(line).await;
            let answer = client.update_task(&task_id, &update).await;
            n_refusals += usize::from(matches!(answer, Err(ClientError::Refused { .. })));
            match judge(&task_id, answer) {
                Delivery::TryAgain if n_refusals < MAX_REFUSALS => tokio::time::sleep(backoff.next()).await,
                delivery => break delivery,
            }
        };
        match delivery {
            Delivery::Lost => {
                let lost = task_id.clone();
                self.with_queue(move |queue| queue.remove_task(&lost)).await?;
                self.lost_task.send_replace(Some(task_id));
                Ok(())
            }
            Delivery::Done | Delivery::TryAgain => self.with_queue(move |queue| queue.remove(id)).await,
        }
    }

    async fn with_queue<T: Send + 'static>(
        &self,
        work: impl FnOnce(&UpdateQueue) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, WorkerError> {
        let (queue, is_empty) = (Arc::clone(&self.queue), Arc::clone(&self.is_empty));
        let done = tokio::task::spawn_blocking(move || {
            let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let result = work(&queue)?;
            let now_empty = queue.is_empty()?;
            // Under the lock, so that the two never disagree.
            is_empty.send_if_modified(|is_empty| std::mem::replace(is_empty, now_empty) != now_empty);
            Ok(result)
        });
        match done.await {
            Ok(result) => {
                result.map_err(|source| WorkerError::Queue { source, path: self.path.to_path_buf() })
            }
            Err(error) => Err(WorkerError::home("the queue of updates stopped", &self.path)(error.into())),
        }
    }
}

/// Waits for credentials; pends for ever when the session is gone, which ends the caller too.
pub(crate) async fn connected(line: &mut Line) -> WorkerClient {
    if let Ok(client) = line.wait_for(Option::is_some).await
        && let Some(client) = client.clone()
    {
        return client;
    }
    std::future::pending().await
}

/// Any clear answer settles an update; a Manager in trouble is asked again.
fn judge(task_id: &str, answer: Result<(), ClientError>) -> Delivery {
    let Err(error) = answer else { return Delivery::Done };
    match error.status() {
        Some(404 | 409) => {
            tracing::info!("task {task_id} is no longer this Worker's: {error}");
            Delivery::Lost
        }
        None | Some(401 | 408 | 425 | 429 | 500..) => {
            tracing::debug!("an update of task {task_id} waits: {error}");
            Delivery::TryAgain
        }
        Some(_) => {
            tracing::warn!("an update of task {task_id} is dropped: {error}");
            Delivery::Done
        }
    }
}
