//! A Flamenco-compatible Worker: asks its Manager for tasks and runs their commands.
//!
//! [`run`] is the whole of it: it registers, signs on, works, sleeps when told to, and signs off
//! when its caller says so or the Manager does; [`find_manager`] looks for one where none is named. On our own Manager it waits at a long poll and beats
//! faster; on any other it keeps Flamenco's periods.
//!
//! [`run_slots`] is several Workers in one process.
//!
//! What it has to tell about a task goes to a queue on disk first and leaves it only when the Manager
//! has answered, so nothing is lost while the Manager is away or when the Worker itself is killed.
//! Programs end as whole trees, and what they put into their task's scratch folder goes with the task. This room knows nothing about models, job types or the farm's folders.

mod commands;
mod config;
mod credentials;
mod error;
mod home;
mod pace;
mod previews;
mod queue;
mod report;
mod scratch;
mod search;
mod session;
mod slots;
mod stop;
mod task;
mod upstream;
mod wakefulness;

pub use config::WorkerConfig;
pub use error::WorkerError;
pub use search::find_manager;
pub use session::{Exit, run};
pub use slots::run_slots;
