//! What happens to jobs, tasks and Workers, one [`Turn`] at a time.

mod failure;
mod job;
mod people;
mod requests;
mod scheduler;
mod task;
mod timeouts;
mod why_not;
mod worker;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};

use rusqlite::Connection;

pub(crate) use requests::{Heard, Offer};
pub(crate) use timeouts::heard_of_everybody;
pub(crate) use worker::type_list;

use crate::Timings;
use crate::clock::Moment;
use crate::job_files::LogLines;

/// One change of the farm's state: everything in it happens together, or not at all.
pub(crate) struct Turn<'a> {
    pub db: &'a Connection,
    pub now: Moment,
    pub rules: &'a Timings,
    /// What goes into tasks' logs once the change is kept.
    pub lines: RefCell<LogLines>,
    /// Whether Workers that wait for a task should ask again.
    pub is_news: Cell<bool>,
}

impl Turn<'_> {
    /// There may be work, or another order, for a Worker that waits.
    pub(crate) fn wake_workers(&self) {
        self.is_news.set(true);
    }

    /// A line of the Manager's own in a task's log.
    fn log(&self, job_uuid: &str, task_uuid: &str, line: &str) {
        self.log_raw(job_uuid, task_uuid, &format!("{} {line}\n", self.now.wire()));
    }

    /// Text of a Worker in a task's log, as it came.
    pub(crate) fn log_raw(&self, job_uuid: &str, task_uuid: &str, text: &str) {
        self.lines.borrow_mut().add(job_uuid, task_uuid, text);
    }
}
