//! Where a job's results will come from, for whoever looks at it before they are there.

use flamenco::Client;
use flamenco::wire::{Audience, Job, platform};

use super::source::{Shelf, root_of, spellings, storage};
use crate::storage::below;
use crate::{FarmError, Home};

/// Where the results of a job are fetched from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ResultsPlace {
    #[default]
    Unknown,
    /// The Manager hands them out itself.
    Manager,
    /// Its storage is reached from here.
    Storage,
    /// Its storage is not; a [`crate::StorageMap`] of this folder, or of one above it, would lead
    /// there.
    Unreached { folder: String },
    /// Nothing in the job names a folder.
    Unsaid,
}

/// Asks the Manager about its own words for places.
pub(crate) async fn where_results_come_from(
    client: &Client,
    home: &Home,
    job: &Job,
) -> Result<ResultsPlace, FarmError> {
    if client.kiln_info().await?.is_some_and(|info| info.outputs) {
        return Ok(ResultsPlace::Manager);
    }
    let Some(root) = root_of(job) else { return Ok(ResultsPlace::Unsaid) };
    match storage(client, home, &root.path).await? {
        // A folder of a map is there once the job has made it; the map may lead nowhere all the same.
        Some(Shelf::Folder(folder)) if !folder.ancestors().nth(1).is_some_and(|it| it.is_dir()) => {
            Ok(ResultsPlace::Unreached { folder: outermost(client, job, &root.path).await? })
        }
        Some(_) => Ok(ResultsPlace::Storage),
        None => Ok(ResultsPlace::Unreached { folder: outermost(client, job, &root.path).await? }),
    }
}

/// The folder that a map had best be made of: the Manager's whole storage where the results lie in
/// it, else the folder that all of such jobs go to.
async fn outermost(client: &Client, job: &Job, path: &str) -> Result<String, FarmError> {
    let shared = client.shared_storage(Audience::Users, platform()).await?.location;
    let spelled = spellings(client, path).await?;
    let spelled = spelled.first().map_or(path, String::as_str);
    if below(spelled, &shared).is_some() {
        return Ok(shared);
    }
    let root = job.settings.get("render_output_root").and_then(|it| it.as_str()).unwrap_or_default();
    let is_root = below(path, root).is_some();
    let roots = if is_root { spellings(client, root).await? } else { Vec::new() };
    Ok(roots.first().map_or(spelled, String::as_str).to_owned())
}
