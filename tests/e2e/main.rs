//! The real programs, end to end: what a person does with the command, the farm and the window.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod bad_input;
mod command;
#[cfg(target_os = "linux")]
mod faults;
mod ground_truth;
mod kill;
#[cfg(target_os = "linux")]
mod network;
mod publish;
mod road;
mod tidy;
#[cfg(target_os = "linux")]
mod window;
