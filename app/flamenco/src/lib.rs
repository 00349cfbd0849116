//! Flamenco's farm protocol (`/api/v3`) and our extension beside it (`/api/kiln/v1`).
//!
//! [`Claims`] tells which task makes which file, which no Manager of others says.
//! [`wire`] holds the shapes for both ends of the line, [`kiln`] those of the extension, and
//! [`Client`] asks a Manager; [`discovery`] finds those that let themselves be found. This room knows nothing about models, outboxes or databases; the only
//! files it opens are those it is told to upload.

mod claims;
mod client;
mod client_error;
pub mod discovery;
pub mod frames;
pub mod kiln;
pub mod wire;
mod worker_client;

pub use claims::{Claims, FrameFiles, Maker};
pub use client::{
    Assembled, Bucket, BucketAddress, Client, Download, Limit, LogChunk, Meter, Object, Uploaded,
    fingerprint, parse, refusal,
};
pub use client_error::ClientError;
/// The HTTP client underneath, for requests that [`Client::request`] builds.
pub use reqwest;
pub use worker_client::{NextTask, PreviewKind, WorkerClient, WorkerCredentials};
