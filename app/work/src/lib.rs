//! Work that must not block whoever asked for it: progress, cancel, and where it runs.
//!
//! The window asks a [`Pool`] and polls a [`WorkHandle`]; the command calls the same functions
//! directly with [`WorkCtx::quiet`] or its own progress bar. ("Job" and "task" mean Flamenco's,
//! nowhere else.) This room knows nothing about models, farms or windows.

mod at_a_time;
mod ctx;
mod guard;
mod pool;
mod runtime;

pub use at_a_time::{at_a_time, in_order};
pub use ctx::{Cancelled, Progress, WorkCtx};
pub use guard::guarded;
pub use pool::{Lane, Pool, WorkError, WorkHandle, WorkState};
pub use runtime::runtime;
