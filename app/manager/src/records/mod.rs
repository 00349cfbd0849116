//! Rows of the database as values, and the questions asked about them.

mod job;
mod task;
mod worker;

pub(crate) use job::JobRow;
pub(crate) use task::TaskRow;
pub(crate) use worker::{WorkerRow, tags_of};

/// JSON of our own making, read back. A value that does not parse reads as the type's empty one:
/// only an edited database holds such a thing, and the farm goes on around it.
fn json<T: serde::de::DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}
