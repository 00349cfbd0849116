//! From a snapshot of the farm to the rows that panels show.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use farm::wire::WorkerStatus;
use farm::{FarmJob, FarmPlace, FarmSnapshot, Submission as Sent, SubmissionState};

use crate::model::{
    FarmLink, FarmModel, JobResults, JobRow, Request, ResultFile, Submission, TaskLog, TaskRow, WorkerRow,
};

pub(super) fn take_in(snapshot: &FarmSnapshot, is_starting: bool, model: &mut FarmModel) {
    model.link = link_of(snapshot, is_starting, &model.link);
    let now_secs = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
    model.jobs = snapshot.jobs.iter().map(|job| job_row(job, &snapshot.submissions, now_secs)).collect();
    model.workers = snapshot.workers.iter().map(worker_row).collect();
    if let Some(open) = &snapshot.open_job {
        model.tasks_of.clone_from(&open.id);
        model.tasks = open.tasks.iter().map(task_row).collect();
    }
    let log = snapshot.open_log.as_ref();
    model.log = log.map(|log| TaskLog { task: log.task_id.clone(), lines: last_lines(&log.text) });
    let known =
        |id: &Option<String>| id.as_ref().is_some_and(|id| snapshot.jobs.iter().any(|job| job.job.id == *id));
    // Once its job stands in the list, a submission has said what it had to say.
    let waiting = snapshot.submissions.iter().filter(|s| is_shown(s) && !known(&s.job_id));
    model.submissions = waiting.map(submission_row).collect();
    take_results(&snapshot.submissions, model);
}

fn link_of(snapshot: &FarmSnapshot, is_starting: bool, before: &FarmLink) -> FarmLink {
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
            }
        }
        farm::FarmLink::Away { why } if snapshot.is_stale => FarmLink::Lost { url, reason: why.clone() },
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
    let created = job.created.parse::<jiff::Timestamp>().ok().map(|at| at.as_second());
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    JobRow {
        id: job.id.clone(),
        name: job.name.clone(),
        status: job.status,
        note: sent.and_then(|s| s.error.clone().or_else(|| s.note.clone())),
        has_results: sent.is_some_and(|s| !s.results.is_empty()),
        n_done: count(job.steps_completed),
        n_total: count(job.steps_total),
        age_secs: created.and_then(|at| u64::try_from(now_secs - at).ok()),
    }
}

fn task_row(task: &farm::wire::TaskSummary) -> TaskRow {
    TaskRow {
        id: task.id.clone(),
        name: task.name.clone(),
        status: task.status,
        worker: task.worker.as_ref().map(|w| w.name.clone()).unwrap_or_default(),
    }
}

fn worker_row(worker: &farm::wire::WorkerSummary) -> WorkerRow {
    let status = match worker.status {
        WorkerStatus::Registered => "registered",
        other => other.as_str(),
    };
    WorkerRow {
        id: worker.id.clone(),
        name: worker.name.clone(),
        status: status.to_owned(),
        is_ready: worker.status == WorkerStatus::Awake,
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
    Submission {
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
