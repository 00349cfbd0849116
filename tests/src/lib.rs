//! What the end-to-end tests stand on: the real programs, homes of their own, models, a screen.

mod home;
pub mod http;
pub mod line;
mod models;
#[cfg(target_os = "linux")]
pub mod network;
mod programs;
mod receiver;
mod schema;
#[cfg(target_os = "linux")]
pub mod screen;
mod wait;
#[cfg(target_os = "linux")]
pub mod xdnd;

pub use home::TestHome;
pub use models::{sample, workspace};
pub use programs::{Finished, kiln, program};
pub use receiver::{Received, Receiver};
pub use schema::violations;
pub use wait::{until, until_some};
