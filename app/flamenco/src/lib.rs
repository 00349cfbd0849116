//! Flamenco's farm protocol (`/api/v3`) and our extension beside it (`/api/kiln/v1`).
//!
//! [`wire`] holds the shapes for both ends of the line. This room knows nothing about models,
//! outboxes or databases; it reads no file of its own accord.

pub mod kiln;
pub mod wire;
