//! The artist's side of a farm: fire and forget.
//!
//! A job to send is a durable [`Submission`] in the [`Outbox`]: bundled, uploaded by content, handed
//! over exactly once, watched, and its results brought home, by whichever process pumps the outbox;
//! each step is written down before it is taken, so that the process may die anywhere. [`Monitor`]
//! watches the farm for a window; [`Form`] is what a job type asks. [`Farm`] finds the embedded farm
//! or starts it, and speaks to a studio's Manager all the same.
//! This room draws nothing, and knows models only as files that belong together.

mod error;
mod farm_json;
mod file_choices;
mod form;
mod home;
mod monitor;
mod outbox;
mod place;
mod presets;
mod reach;
mod receipt;
mod rehearsal;
mod slug;
mod start;
mod storage;
#[cfg(test)]
mod studio_of_tests;
mod submission;

pub use error::FarmError;
pub use farm_json::{FarmJson, FarmLock, kept_token};
pub use file_choices::{ChoicesByModel, ChoicesStore, FileChoices};
pub use form::{Facts, FieldKind, FieldValue, Form, FormField, FormProblem, Formula, PathPart};
pub use home::{HOME_VARIABLE, Home};
pub use monitor::{
    Answer, FarmJob, FarmLink, FarmSnapshot, Focus, LastPicture, ManagerInfo, Monitor, OpenJob, OpenLog,
    OpenTask, OpenWorker, OutboxState,
};
pub use outbox::{FileToSend, Outbox, PumpUntil, ResultsPlace};
pub use place::{Farm, FarmPlace};
pub use presets::{JobPreset, PresetStore};
pub use reach::{STORAGE_KINDS, StorageField, StorageFieldKind, StorageKind, reach_storage};
pub use receipt::{ResultsCheck, verify_results};
pub use rehearsal::{Rehearsal, RehearsedTask};
pub use slug::folder_name;
pub use start::kiln_program;
pub use storage::{BucketAccess, BucketPlace, StorageMap, StoragePlace, StorageStore};
pub use submission::{NewSubmission, ResultFile, Submission, SubmissionId, SubmissionState};

/// The protocol's types that a farm's state is told in.
pub use flamenco::wire;
