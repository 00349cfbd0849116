//! What is asked of the chosen farm and of the outbox; what comes of it is seen in the next snapshot.

use farm::wire::{BlocklistEntry, TaskStatus, WorkerSleepSchedule, WorkerStatus};
use farm::{Answer, Monitor, StorageMap, SubmissionId};

use super::FarmRoom;
use super::search::Searching;
use crate::model::{FarmSearch, Model, SearchState, Severity};
use crate::text;
use crate::view::View;

/// Jobs, tasks and Workers.
impl FarmRoom {
    pub(crate) fn cancel_job(&mut self, job: &str) {
        self.steer(|monitor| monitor.cancel_job(job));
    }

    pub(crate) fn pause_job(&mut self, job: &str) {
        self.steer(|monitor| monitor.pause_job(job));
    }

    pub(crate) fn requeue_job(&mut self, job: &str) {
        self.steer(|monitor| monitor.requeue_job(job));
    }

    pub(crate) fn delete_jobs(&mut self, jobs: Vec<String>) {
        self.steer(|monitor| monitor.delete_jobs(jobs));
    }

    pub(crate) fn make_frames_again(&mut self, job: &str, frames: String) {
        self.steer(|monitor| monitor.make_frames_again(job, frames));
    }

    pub(crate) fn set_priority(&mut self, job: &str, priority: i32) {
        self.steer(|monitor| monitor.set_job_priority(job, priority));
    }

    pub(crate) fn set_tag(&mut self, job: &str, tag: Option<String>) {
        self.steer(|monitor| monitor.set_job_tag(job, tag));
    }

    pub(crate) fn set_tasks(&mut self, tasks: Vec<String>, status: TaskStatus) {
        self.steer(|monitor| monitor.set_tasks(tasks, status));
    }

    pub(crate) fn unblock(&mut self, job: &str, entries: Vec<BlocklistEntry>) {
        self.steer(|monitor| monitor.unblock(job, entries));
    }

    pub(crate) fn set_worker(&mut self, worker: &str, status: WorkerStatus, is_lazy: bool) {
        self.steer(|monitor| monitor.set_worker_status(worker, status, is_lazy));
    }

    pub(crate) fn set_worker_tags(&mut self, worker: &str, tags: Vec<String>) {
        self.steer(|monitor| monitor.set_worker_tags(worker, tags));
    }

    pub(crate) fn create_tag(&mut self, worker: &str, name: String, tags: Vec<String>) {
        self.steer(|monitor| monitor.create_worker_tag(name, worker, tags));
    }

    pub(crate) fn set_schedule(&mut self, worker: &str, schedule: WorkerSleepSchedule) {
        self.steer(|monitor| monitor.set_sleep_schedule(worker, schedule));
    }

    pub(crate) fn forget_worker(&mut self, worker: &str) {
        self.steer(|monitor| monitor.forget_worker(worker));
    }

    fn steer(&mut self, ask: impl FnOnce(&Monitor) -> Answer<()>) {
        self.answers.extend(self.lines.monitor().map(ask));
    }

    /// Keeps where the chosen farm's storage is reached, once it was seen to be there. False before
    /// there is a line to any farm.
    pub(crate) fn reach_storage(&mut self, map: StorageMap) -> bool {
        self.reached = self.lines.monitor().map(|monitor| monitor.reach_storage(map));
        self.reached.is_some()
    }

    pub(crate) fn forget_storage(&mut self, there: String) {
        self.steer(|monitor| monitor.forget_storage(there));
    }

    /// Asks the network for Managers; what was found before is forgotten.
    pub(crate) fn find_managers(&mut self, model: &mut Model) {
        model.farm.search = FarmSearch { state: SearchState::Running, found: Vec::new() };
        self.searching = Some(Searching::start(&self.wake));
    }

    pub(super) fn take_reached(&mut self, model: &mut Model, view: &mut View) {
        let Some(result) = self.reached.as_mut().and_then(Answer::poll) else { return };
        self.reached = None;
        view.farm.storage.is_asking = false;
        match result {
            Ok(n) => {
                view.farm.storage = crate::view::StorageForm::default();
                let again = match n {
                    0 => "results come home by themselves from now on".to_owned(),
                    n => format!("the results of {} come home now", text::counted(n, "job", "jobs")),
                };
                model.notify(Severity::Good, format!("The storage is reached; {again}"));
            }
            Err(error) => view.farm.storage.problem = Some(text::sentence(&error.to_string())),
        }
    }
}

/// The outbox.
impl FarmRoom {
    /// Cancels a submission that is under way, strikes off one that is over.
    pub(crate) fn discard(&mut self, submission: &str) {
        let id = SubmissionId::from_text(submission);
        self.with_outbox(move |outbox| {
            if outbox.get(&id)?.state.is_over() { outbox.forget(&id) } else { outbox.cancel(&id) }
        });
    }

    /// Sends nothing of a submission until it is released.
    pub(crate) fn hold(&mut self, submission: &str, is_held: bool) {
        let id = SubmissionId::from_text(submission);
        self.with_outbox(move |outbox| outbox.hold(&id, is_held));
    }

    /// Sends nothing at all until told otherwise.
    pub(crate) fn hold_all(&mut self, is_held: bool) {
        self.with_outbox(move |outbox| outbox.hold_all(is_held));
    }

    pub(crate) fn limit_uploads(&mut self, bytes_per_sec: Option<u64>) {
        self.with_outbox(move |outbox| outbox.set_upload_limit(bytes_per_sec));
    }

    /// Has a submission sent right before another one, or last of all.
    pub(crate) fn send_before(&mut self, submission: &str, next: Option<&str>) {
        let (id, next) = (SubmissionId::from_text(submission), next.map(SubmissionId::from_text));
        self.with_outbox(move |outbox| outbox.send_before(&id, next.as_ref()));
    }

    /// Sends a submission that failed once more.
    pub(crate) fn retry(&mut self, submission: &str) {
        let id = SubmissionId::from_text(submission);
        self.with_outbox(move |outbox| outbox.reopen(&id));
    }
}
