//! The embedded farm: a Flamenco-compatible Manager for one machine.
//!
//! [`Manager::start`] serves Flamenco's `/api/v3`, and `/api/kiln/v1` beside it for what Flamenco has
//! no words for: waiting for a task instead of asking again and again, and fetching results. Jobs are
//! compiled by JavaScript job types; everything is kept in one SQLite database, so that a Manager
//! killed at any moment goes on where it was.
//! [`ResultsServer`] hands out results of other Managers' farms.
//! Other machines come in by a second door, [`OpenFarm`], with TLS and a token.
//! It starts no Workers and knows nothing about models, pictures or windows.

mod announce;
mod api;
mod clock;
mod config;
mod database;
mod deletion;
mod error;
mod farm;
mod job_files;
mod job_types;
mod last_rendered;
mod outputs;
mod records;
mod refusal;
mod results_server;
mod running;
mod settings;
mod shaman;
mod sleep;
mod states;
mod submission;
mod tls;
mod variables;

pub use flamenco::wire::Audience;

pub use announce::reachable_at;
pub use config::{ManagerConfig, OpenFarm, StockClients, Timings};
pub use error::ManagerError;
pub use job_types::{DryRunError, check_script, task_graph_as_svg};
pub use results_server::{ResultsConfig, ResultsServer};
pub use running::Manager;
pub use settings::{OwnSettings, SettingsError, YamlError, listen_address, read_settings};
pub use tls::Identity;
pub use variables::{Variable, VariableValue, Variables};

#[cfg(test)]
mod tests;
