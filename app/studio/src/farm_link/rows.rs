//! From a snapshot of the farm to the rows that panels show.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use farm::wire::{TaskStatus, Worker, WorkerTask};
use farm::{FarmJob, FarmPlace, FarmSnapshot, Submission as Sent, SubmissionState};

use crate::model::{
    FarmLink, FarmModel, JobResults, JobRow, Request, ResultFile, Submission, TaskLog, TaskRow, WorkerRow,
};

pub(super) fn take_in(snapshot: &FarmSnapshot, is_starting: bool, model: &mut FarmModel) {
    model.link = link_of(snapshot, is_starting, &model.link);
    let now_secs = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
    model.jobs = snapshot.jobs.iter().map(|job| job_row(job, &snapshot.submissions, now_secs)).collect();
    model.workers = snapshot.workers.iter().map(|worker| worker_row(worker, now_secs)).collect();
    model.tags.clone_from(&snapshot.tags);
    model.task.clone_from(&snapshot.open_task);
    model.worker.clone_from(&snapshot.open_worker);
    model.outbox = Arc::clone(&snapshot.outbox);
    model.storage = Arc::clone(&snapshot.storage);
    if let Some(open) = &snapshot.open_job {
        model.tasks_of.clone_from(&open.id);
        model.tasks = open.tasks.iter().map(task_row).collect();
        model.blocklist = Arc::clone(&open.blocklist);
        model.results_place.clone_from(&open.results);
    }
    let log = snapshot.open_log.as_ref();
    model.log = log.map(|log| TaskLog { task: log.task_id.clone(), lines: last_lines(&log.text) });
    let known =
        |id: &Option<String>| id.as_ref().is_some_and(|id| snapshot.jobs.iter().any(|job| job.job.id == *id));
    // Once its job stands in the list, a submission has said what it had to say.
    // What another farm has is told by that farm's own list.
    let is_elsewhere = |sent: &Sent| {
        let is_told = sent.state.is_handed_over() && sent.state != SubmissionState::Failed;
        is_told && sent.place != snapshot.place
    };
    let is_news = |sent: &&Sent| is_shown(sent) && !known(&sent.job_id) && !is_elsewhere(sent);
    let waiting = snapshot.submissions.iter().filter(is_news);
    model.submissions = waiting.map(submission_row).collect();
    // What failed stands below what is sent.
    let turn = |id: &str| snapshot.outbox.queue.iter().position(|it| it.as_str() == id);
    model.submissions.sort_by_key(|row| turn(&row.id).unwrap_or(usize::MAX));
    take_results(&snapshot.submissions, model);
}

pub(super) fn link_of(snapshot: &FarmSnapshot, is_starting: bool, before: &FarmLink) -> FarmLink {
    if let Some(trouble) = &snapshot.outbox_trouble {
        return FarmLink::Failed(trouble.clone());
    }
    let url = match &snapshot.place {
        FarmPlace::Embedded => "The farm of this machine".to_owned(),
        FarmPlace::Studio { url, .. } => url.clone(),
    };
    match &snapshot.link {
        farm::FarmLink::Looking => FarmLink::Connecting,
        farm::FarmLink::NotRunning if is_starting => FarmLink::Connecting,
        // Why it could not be started stays in view.
        farm::FarmLink::NotRunning if matches!(before, FarmLink::Failed(_)) => before.clone(),
        farm::FarmLink::NotRunning => FarmLink::Off,
        farm::FarmLink::Connected => {
            let manager = snapshot.manager.clone().unwrap_or_default();
            let kiln = manager.kiln_version.map(|v| format!(" · Kiln {v}")).unwrap_or_default();
            FarmLink::Ready {
                url: manager.url,
                name: format!("{} · Flamenco {}{kiln}", manager.name, manager.version),
                is_embedded: snapshot.place == FarmPlace::Embedded,
                hands_out: manager.hands_out_results,
            }
        }
        farm::FarmLink::Away { why } if snapshot.manager.is_some() => {
            FarmLink::Lost { url, reason: why.clone() }
        }
        farm::FarmLink::Away { why } => FarmLink::Failed(why.clone()),
    }
}

/// A render may write millions of lines; the end is what tells how it went.
fn last_lines(text: &str) -> Vec<String> {
    const N_LINES: usize = 2_000;
    const N_LETTERS: usize = 1_000;
    let mut lines: Vec<String> =
        text.lines().rev().take(N_LINES).map(|line| line.chars().take(N_LETTERS).collect()).collect();
    lines.reverse();
    lines
}

fn is_shown(sent: &Sent) -> bool {
    !matches!(sent.state, SubmissionState::Done | SubmissionState::Cancelled)
}

fn job_row(farm_job: &FarmJob, submissions: &[Sent], now_secs: i64) -> JobRow {
    let job = &farm_job.job;
    let sent = submissions.iter().find(|s| Some(&s.id) == farm_job.submission.as_ref());
    let secs_since = |at: &str| {
        let at = at.parse::<jiff::Timestamp>().ok()?.as_second();
        u64::try_from(now_secs - at).ok()
    };
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    JobRow {
        id: job.id.clone(),
        name: job.name.clone(),
        job_type: job.job_type.clone(),
        status: job.status,
        activity: job.activity.clone(),
        priority: job.priority,
        tag: job.worker_tag.clone(),
        submission: sent.map(|s| s.id.as_str().to_owned()),
        left_secs: farm_job.left.map(|left| left.as_secs()),
        note: sent.and_then(|s| s.error.clone().or_else(|| s.note.clone())),
        has_results: sent.is_some_and(|s| !s.results.is_empty()),
        n_done: count(job.steps_completed),
        n_total: count(job.steps_total),
        age_secs: secs_since(&job.created),
        unchanged_secs: secs_since(&job.updated),
    }
}

fn task_row(task: &farm::wire::TaskSummary) -> TaskRow {
    TaskRow {
        id: task.id.clone(),
        name: task.name.clone(),
        status: task.status,
        worker: task.worker.as_ref().map(|w| w.name.clone()).unwrap_or_default(),
        n_done: u64::try_from(task.steps_completed).unwrap_or(0),
        n_total: u64::try_from(task.steps_total).unwrap_or(0),
    }
}

fn worker_row(worker: &Worker, now_secs: i64) -> WorkerRow {
    let summary = &worker.summary;
    let runs = |task: &&WorkerTask| task.summary.status == TaskStatus::Active;
    let task = worker.task.as_ref().filter(runs);
    let seen = summary.last_seen.as_ref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    WorkerRow {
        id: summary.id.clone(),
        name: summary.name.clone(),
        status: summary.status,
        wish: summary.status_change.map(|wish| (wish.status, wish.is_lazy)),
        task: task.map(|task| (task.summary.name.clone(), task.job_id.clone())),
        tags: worker.tags.iter().flatten().filter_map(|tag| tag.id.clone()).collect(),
        version: summary.version.clone(),
        platform: worker.platform.clone(),
        address: worker.ip_address.clone(),
        task_types: worker.supported_task_types.clone(),
        can_restart: summary.can_restart,
        seen_secs: seen.and_then(|at| u64::try_from(now_secs - at.as_second()).ok()),
    }
}

fn submission_row(sent: &Sent) -> Submission {
    let state = match sent.state {
        SubmissionState::Waiting => "Waiting to be sent",
        SubmissionState::Bundling => "Gathering the files",
        SubmissionState::Uploading => "Uploading",
        SubmissionState::Submitting => "Handing it over",
        SubmissionState::Running => "On the farm",
        SubmissionState::Collecting => "Bringing the results home",
        SubmissionState::Done => "Done",
        SubmissionState::Failed => "Failed",
        SubmissionState::Cancelled => "Cancelled",
    };
    let note = sent.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    let is_failed = sent.state == SubmissionState::Failed;
    // Hashing and sending count bytes; what the counts of other states mean is told by the fraction.
    let counts = matches!(sent.state, SubmissionState::Bundling | SubmissionState::Uploading);
    Submission {
        n_bytes: if counts { sent.n_bytes } else { 0 },
        n_bytes_total: if counts { sent.n_bytes_total } else { 0 },
        n_files: sent.n_files,
        is_held: sent.is_held,
        bytes_per_sec: None,
        farm: sent.place.to_string(),
        id: sent.id.as_str().to_owned(),
        name: sent.name.clone(),
        state: format!("{state}{note}"),
        fraction: sent.progress,
        failure: is_failed.then(|| sent.error.clone().unwrap_or_else(|| state.to_owned())),
    }
}

/// Previews that are there stay there.
fn take_results(submissions: &[Sent], model: &mut FarmModel) {
    let mut old: Vec<JobResults> = std::mem::take(&mut model.results);
    for sent in submissions.iter().filter(|s| !s.results.is_empty()) {
        let mut known = old
            .iter_mut()
            .find(|r| r.submission == sent.id.as_str())
            .map(|r| std::mem::take(&mut r.files))
            .unwrap_or_default();
        let files = sent.results.iter().map(|file| {
            let at = known.iter().position(|k| k.path == file.path && k.sha256 == file.sha256);
            at.map(|i| known.swap_remove(i)).unwrap_or_else(|| ResultFile {
                path: file.path.clone(),
                name: file.name.clone(),
                n_bytes: file.n_bytes,
                sha256: file.sha256.clone(),
                preview: Request::Idle,
            })
        });
        let mut files: Vec<_> = files.collect();
        files.sort_by(|a, b| rank(&a.name).cmp(&rank(&b.name)));
        let folder = sent.results_dir.clone().unwrap_or_else(|| folder_of(&files));
        model.results.push(JobResults {
            submission: sent.id.as_str().to_owned(),
            job: sent.job_id.clone().unwrap_or_default(),
            name: sent.name.clone(),
            folder,
            files,
            is_coming: !sent.state.is_over(),
            failure: sent.error.clone(),
        });
    }
}

/// Folder by folder; within one, the passes in the order in which they are always shown.
fn rank(name: &str) -> (&str, usize, &str) {
    const PASSES: [&str; 4] = ["render_textured", "render_normal", "render_depth", "render_edge"];
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let pass = PASSES.iter().position(|pass| file.starts_with(pass)).unwrap_or(PASSES.len());
    (folder, pass, file)
}

fn folder_of(files: &[ResultFile]) -> PathBuf {
    files.first().and_then(|f| f.path.parent()).map(PathBuf::from).unwrap_or_default()
}
