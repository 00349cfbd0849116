use std::sync::Arc;
use std::time::Duration;

use flamenco::wire::{Job, TaskLogInfo};
use flamenco::{Client, kiln};
use tokio::sync::watch;
use tokio::time::Instant;

use super::look::{Picture, Whereabouts, all_workers, look_at_task};
use super::schedule::{Due, Periods};
use super::snapshot::{
    FarmJob, FarmLink, FarmSnapshot, ManagerInfo, OpenJob, OpenLog, OpenWorker, OutboxState,
};
use super::speed::Speeds;
use super::{Focus, Line};
use crate::storage::same_manager;
use crate::{Farm, FarmError, FarmPlace, Outbox, StorageStore, SubmissionId};

/// Asks the farm in turns and publishes what has changed.
pub(crate) struct Follower {
    line: Line,
    place: FarmPlace,
    focus: watch::Receiver<Focus>,
    publish: watch::Sender<Arc<FarmSnapshot>>,
    state: FarmSnapshot,
    farm: Option<Farm>,
    due: AllDue,
    log: LogTail,
    picture: Picture,
    whereabouts: Whereabouts,
    speeds: Speeds,
    outbox_stamp: Option<(i64, u64)>,
    pause: Duration,
}

struct AllDue {
    jobs: Due,
    workers: Due,
    worker: Due,
    tasks: Due,
    log: Due,
}

/// How far the open log was read.
#[derive(Default)]
struct LogTail {
    task_id: String,
    info: Option<TaskLogInfo>,
    offset: u64,
    bytes: Vec<u8>,
}

const OUTBOX_PERIOD: Duration = Duration::from_millis(500);
const OUTBOX_PERIOD_HIDDEN: Duration = Duration::from_secs(5);
const LOOK_FOR_FARM: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE_HIDDEN: Duration = Duration::from_secs(30);
const KEPT_LOG_BYTES: usize = 2 << 20;

impl Follower {
    pub(crate) fn new(
        line: Line,
        place: FarmPlace,
        focus: watch::Receiver<Focus>,
        publish: watch::Sender<Arc<FarmSnapshot>>,
    ) -> Self {
        let state = FarmSnapshot { place: place.clone(), ..FarmSnapshot::default() };
        Self {
            line,
            place,
            focus,
            publish,
            state,
            farm: None,
            due: AllDue::now(),
            log: LogTail::default(),
            picture: Picture::default(),
            whereabouts: Whereabouts::default(),
            speeds: Speeds::default(),
            outbox_stamp: None,
            pause: Duration::ZERO,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut next_look = Instant::now();
        loop {
            let focus = self.focus.borrow_and_update().clone();
            self.read_outbox();
            if Instant::now() >= next_look {
                match self.ask(&focus).await {
                    Ok(()) => {
                        self.pause = Duration::ZERO;
                        next_look = Instant::now();
                    }
                    Err(error) => {
                        self.lose(&error);
                        next_look = Instant::now() + self.pause;
                    }
                }
                if self.state.link == FarmLink::NotRunning {
                    next_look = Instant::now() + LOOK_FOR_FARM;
                }
            }
            self.publish_changes();
            let outbox_period = if focus.is_visible { OUTBOX_PERIOD } else { OUTBOX_PERIOD_HIDDEN };
            let until = next_look.max(self.due.first(&focus)).min(Instant::now() + outbox_period);
            let refresh = Arc::clone(&self.line.refresh);
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                () = refresh.notified() => {
                    self.due = AllDue::now();
                    self.whereabouts = Whereabouts::default();
                    self.read_storage();
                    next_look = Instant::now();
                }
                changed = self.focus.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.due = AllDue::now();
                }
            }
        }
    }

    fn read_outbox(&mut self) {
        let outbox = &self.line.outbox;
        let read = outbox.stamp().and_then(|stamp| {
            let is_new = self.outbox_stamp != Some(stamp);
            Ok((stamp, if is_new { Some((outbox.list()?, state_of(outbox)?)) } else { None }))
        });
        match read {
            Ok((stamp, news)) => {
                self.outbox_stamp = Some(stamp);
                self.state.outbox_trouble = None;
                if let Some((submissions, state)) = news {
                    self.state.submissions = Arc::new(submissions);
                    self.state.outbox = Arc::new(state);
                }
            }
            Err(error) => self.state.outbox_trouble = Some(error.to_string()),
        }
    }

    /// A small file; one that cannot be read is told when results are fetched.
    fn read_storage(&mut self) {
        let Some(manager) = &self.state.manager else { return };
        let mut maps = StorageStore::of(self.line.outbox.home()).load().unwrap_or_default();
        maps.retain(|map| same_manager(&map.manager, &manager.url));
        self.state.storage = Arc::new(maps);
    }

    async fn ask(&mut self, focus: &Focus) -> Result<(), FarmError> {
        let Some(client) = self.find_farm().await? else {
            self.state = FarmSnapshot {
                place: self.place.clone(),
                link: FarmLink::NotRunning,
                submissions: Arc::clone(&self.state.submissions),
                outbox: Arc::clone(&self.state.outbox),
                outbox_trouble: self.state.outbox_trouble.clone(),
                ..FarmSnapshot::default()
            };
            return Ok(());
        };
        let periods = match (&self.place, focus.is_visible) {
            (_, false) => Periods::HIDDEN,
            (FarmPlace::Embedded, true) => Periods::EMBEDDED,
            (FarmPlace::Studio { .. }, true) => Periods::STUDIO,
        };
        if self.due.jobs.is_due() {
            let began = Instant::now();
            let jobs = client.jobs().await?;
            self.state.status = client.farm_status().await.map(|it| it.status).unwrap_or_default();
            self.speeds.learn(&jobs, Instant::now());
            let jobs = in_order(jobs).into_iter();
            let with_rest = jobs.map(|it| FarmJob { left: self.speeds.left(&it.job), ..it });
            self.state.jobs = Arc::new(with_rest.collect());
            self.due.jobs = Due::after(began.elapsed(), periods.jobs);
        }
        if self.due.workers.is_due() {
            let began = Instant::now();
            self.state.workers = Arc::new(all_workers(&client, focus.is_visible).await?);
            // Managers before 3.3 have no tags.
            self.state.tags = Arc::new(client.worker_tags().await.unwrap_or_default());
            self.due.workers = Due::after(began.elapsed(), periods.workers);
        }
        self.ask_worker(&client, focus, periods).await?;
        self.ask_tasks(&client, focus, periods).await?;
        self.ask_log(&client, focus, periods).await?;
        self.state.link = FarmLink::Connected;
        self.state.is_stale = false;
        Ok(())
    }

    async fn ask_tasks(&mut self, client: &Client, focus: &Focus, periods: Periods) -> Result<(), FarmError> {
        let Some(job) = &focus.job else {
            self.state.open_job = None;
            return Ok(());
        };
        let is_other = self.state.open_job.as_ref().is_none_or(|open| open.id != *job);
        if is_other || self.due.tasks.is_due() {
            let began = Instant::now();
            let tasks = Arc::new(client.tasks(job).await?);
            let blocklist = client.blocklist(job).await.unwrap_or_default();
            let of_job = self.state.jobs.iter().find(|it| it.job.id == *job);
            let last_rendered = self.picture.of(client, job, of_job.map(|it| &it.job)).await;
            let of_ours = of_job.filter(|it| it.submission.is_some()).map(|it| &it.job);
            let results = self.whereabouts.of(client, self.line.outbox.home(), of_ours).await;
            self.state.open_job =
                Some(OpenJob { id: job.clone(), tasks, last_rendered, blocklist: blocklist.into(), results });
            self.due.tasks = Due::after(began.elapsed(), periods.tasks);
        }
        Ok(())
    }

    async fn ask_worker(
        &mut self,
        client: &Client,
        focus: &Focus,
        periods: Periods,
    ) -> Result<(), FarmError> {
        let Some(worker) = &focus.worker else {
            self.state.open_worker = None;
            return Ok(());
        };
        let is_other = self.state.open_worker.as_ref().is_none_or(|open| open.id != *worker);
        if is_other || self.due.worker.is_due() {
            let began = Instant::now();
            let schedule = client.sleep_schedule(worker).await.unwrap_or_default();
            self.state.open_worker = Some(OpenWorker { id: worker.clone(), schedule });
            self.due.worker = Due::after(began.elapsed(), periods.workers);
        }
        Ok(())
    }

    async fn ask_log(&mut self, client: &Client, focus: &Focus, periods: Periods) -> Result<(), FarmError> {
        let Some(task) = &focus.log_of else {
            self.state.open_log = None;
            self.state.open_task = None;
            self.log = LogTail::default();
            return Ok(());
        };
        let is_other = self.log.task_id != *task;
        if is_other {
            self.log = LogTail { task_id: task.clone(), ..LogTail::default() };
        }
        if is_other || self.due.log.is_due() {
            let began = Instant::now();
            let open = look_at_task(client, task).await?;
            if self.state.open_task.as_deref() != Some(&open) {
                self.state.open_task = Some(Arc::new(open));
            }
            if self.log.read(client).await? || is_other {
                let text = String::from_utf8_lossy(&self.log.bytes).as_ref().into();
                self.state.open_log = Some(OpenLog { task_id: task.clone(), text });
            }
            self.due.log = Due::after(began.elapsed(), periods.log);
        }
        Ok(())
    }

    /// `None`: the embedded farm does not run.
    async fn find_farm(&mut self) -> Result<Option<Client>, FarmError> {
        if let Some(farm) = &self.farm {
            return Ok(Some(farm.client().clone()));
        }
        let farm = match &self.place {
            FarmPlace::Embedded => Farm::running(self.line.outbox.home()).await?,
            FarmPlace::Studio { url, token } => Some(Farm::at(url, token.as_deref())?),
        };
        let Some(farm) = farm else { return Ok(None) };
        let client = farm.client().clone().with_tries(1);
        let version = client.version().await?;
        let info = client.kiln_info().await?;
        self.state.manager = Some(ManagerInfo {
            name: version.name,
            version: version.shortversion,
            kiln_version: info.as_ref().map(|it| it.version.clone()),
            url: client.url().into(),
            hands_out_results: info.is_some_and(|it| it.outputs),
        });
        self.read_storage();
        self.due = AllDue::now();
        self.farm = Some(farm);
        Ok(Some(client))
    }

    fn lose(&mut self, error: &FarmError) {
        self.farm = None;
        // An embedded farm that ended is looked for, not mourned.
        self.pause = match self.place {
            FarmPlace::Embedded => LOOK_FOR_FARM,
            FarmPlace::Studio { .. } => {
                let is_visible = self.focus.borrow().is_visible;
                let longest = if is_visible { LONGEST_PAUSE } else { LONGEST_PAUSE_HIDDEN };
                (self.pause * 2).clamp(Duration::from_secs(1), longest)
            }
        };
        self.state.link = FarmLink::Away { why: error.to_string() };
        self.state.is_stale = true;
    }

    fn publish_changes(&self) {
        let is_new = self.publish.send_if_modified(|current| {
            let is_new = **current != self.state;
            if is_new {
                *current = Arc::new(self.state.clone());
            }
            is_new
        });
        if is_new {
            (self.line.wake)();
        }
    }
}

impl AllDue {
    fn now() -> Self {
        let now = Due::now;
        Self { jobs: now(), workers: now(), worker: now(), tasks: now(), log: now() }
    }

    fn first(&self, focus: &Focus) -> Instant {
        let mut first = self.jobs.at().min(self.workers.at());
        if focus.worker.is_some() {
            first = first.min(self.worker.at());
        }
        if focus.job.is_some() {
            first = first.min(self.tasks.at());
        }
        if focus.log_of.is_some() {
            first = first.min(self.log.at());
        }
        first
    }
}

impl LogTail {
    /// True when something came.
    async fn read(&mut self, client: &Client) -> Result<bool, FarmError> {
        if self.info.is_none() {
            self.info = client.task_log_info(&self.task_id).await?;
        }
        let Some(info) = &self.info else { return Ok(false) };
        let chunk = client.task_log_from(info, self.offset).await?;
        self.offset = chunk.next_offset;
        self.bytes.extend_from_slice(&chunk.text);
        if self.bytes.len() > KEPT_LOG_BYTES {
            let cut = self.bytes.len() - KEPT_LOG_BYTES;
            let line = self.bytes.iter().skip(cut).position(|byte| *byte == b'\n').map_or(0, |it| it + 1);
            self.bytes.drain(..cut + line);
        }
        Ok(!chunk.text.is_empty())
    }
}

fn state_of(outbox: &Outbox) -> Result<OutboxState, FarmError> {
    Ok(OutboxState {
        queue: outbox.queue()?,
        holds_all: outbox.holds_all()?,
        upload_limit: outbox.upload_limit()?,
    })
}

/// Newest first.
fn in_order(mut jobs: Vec<Job>) -> Vec<FarmJob> {
    jobs.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    let of_ours = |job: &Job| job.metadata.get(kiln::SUBMISSION_KEY).map(|id| SubmissionId::from_text(id));
    jobs.into_iter().map(|job| FarmJob { submission: of_ours(&job), left: None, job }).collect()
}
