//! One verb a file: its arguments, and the few lines that call the rooms below.

pub(crate) mod bench;
pub(crate) mod convert;
pub(crate) mod deps;
pub(crate) mod doctor;
pub(crate) mod farm;
pub(crate) mod inspect;
mod inspect_text;
pub(crate) mod job_type;
pub(crate) mod jobs;
mod look;
pub(crate) mod outbox;
mod place;
mod relink;
pub(crate) mod results;
pub(crate) mod results_server;
pub(crate) mod sheet;
pub(crate) mod storage;
pub(crate) mod submit;
pub(crate) mod survey;
pub(crate) mod thumbs;
pub(crate) mod verify;
pub(crate) mod worker;
