//! Where a job's results will come from, for whoever looks at it before they are there.

use std::path::Path;

use flamenco::Client;
use flamenco::wire::{Audience, Job, platform};

use super::source::{Shelf, root_of, spellings, storage};
use crate::storage::below;
use crate::{FarmError, Home, StoragePlace, StorageStore};

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
    let is_reached = match storage(client, home, &root.path).await? {
        Some(Shelf::Folder(folder)) => is_mounted(home, &folder)?,
        Some(_) => true,
        None => false,
    };
    if is_reached {
        return Ok(ResultsPlace::Storage);
    }
    let folder = outermost(client, job, &root.path).await?;
    // The job's own folder comes with its first file.
    let is_to_come = !job.status.is_over() && Path::new(&folder).is_absolute();
    if is_to_come && tokio::fs::metadata(&folder).await.is_ok_and(|found| found.is_dir()) {
        return Ok(ResultsPlace::Storage);
    }
    Ok(ResultsPlace::Unreached { folder })
}

/// A map may lead to what is not mounted at present.
fn is_mounted(home: &Home, folder: &Path) -> Result<bool, FarmError> {
    let maps = StorageStore::of(home).load()?;
    let above = maps.iter().filter_map(|map| match &map.here {
        StoragePlace::Folder(here) if folder.starts_with(here) => Some(here),
        _ => None,
    });
    Ok(above.max_by_key(|here| here.components().count()).is_none_or(|here| here.is_dir()))
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
