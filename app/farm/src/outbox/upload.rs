use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::time::Duration;

use flamenco::wire::{ShamanCheckout, ShamanFile, ShamanFileStatus};
use flamenco::{Client, ClientError, Meter, Uploaded};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::chunks::{self, CHUNKED_FROM_BYTES};
use super::store::{BundleFile, Store};
use crate::error::UploadError;
use crate::submission::SubmissionId;
use crate::{FarmError, slug};

/// A Manager may hold whole files in memory while it checks them.
const PARALLEL_LARGE: usize = 2;
/// Of small ones, what takes time is asking and answering, and their way onto the disk.
const PARALLEL_SMALL: usize = 16;
const SMALL_BYTES: u64 = 1 << 20;
const MAX_ROUNDS: usize = 50;
const MAX_DEFERRALS: usize = 8;
const MAX_CHECKOUTS: u32 = 20;
const PROGRESS_PERIOD: Duration = Duration::from_millis(500);
/// While somebody else sends what is left to us.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(1);

/// Brings every file to the Manager that it does not hold; large ones in pieces where it takes them.
pub(crate) async fn upload(
    client: &Client,
    store: &Store,
    id: &SubmissionId,
    files: &[BundleFile],
    meter: &Meter,
) -> Result<(), UploadError> {
    let specs = shaman_files(files);
    let by_content: HashMap<(&str, u64), &BundleFile> =
        files.iter().map(|file| ((file.sha.as_str(), file.size), file)).collect();
    let takes_chunks = client.kiln_info().await?.is_some_and(|info| info.chunks);
    let mut n_total = 0;
    for round in 0..MAX_ROUNDS {
        let missing = client.shaman_requirements(&specs).await?;
        if missing.is_empty() {
            return Ok(());
        }
        if round == 0 {
            n_total = missing.iter().map(|file| file.size).sum();
            store.progress(id, 0, n_total)?;
        } else if missing.iter().all(|file| file.status == ShamanFileStatus::Uploading) {
            tokio::time::sleep(WAIT_FOR_OTHERS).await;
        }
        let mut queue: VecDeque<&BundleFile> = missing
            .iter()
            .filter_map(|wanted| by_content.get(&(wanted.sha.as_str(), wanted.size)).copied())
            .collect();
        // Two clients with the same files must not run in step.
        if !queue.is_empty() {
            let n_files = queue.len();
            queue.rotate_left(uuid::Uuid::new_v4().as_u128() as usize % n_files);
        }
        let (large, other): (Vec<_>, Vec<_>) =
            queue.into_iter().partition(|it| takes_chunks && it.size >= CHUNKED_FROM_BYTES);
        let sending = async {
            send_in_chunks(client, &large, meter).await?;
            send_all(client, other, meter).await
        };
        let is_all_there = told(store, id, meter, n_total, sending).await?;
        if is_all_there {
            return Ok(store.progress(id, n_total, n_total)?);
        }
    }
    let what = format!("the Manager still asks for files after {MAX_ROUNDS} rounds of sending them");
    Err(FarmError::Invalid(what).into())
}

/// Writes down for people how far `sending` is, of `n_total` bytes.
pub(super) async fn told<T>(
    store: &Store,
    id: &SubmissionId,
    meter: &Meter,
    n_total: u64,
    sending: impl Future<Output = Result<T, UploadError>>,
) -> Result<T, UploadError> {
    let mut ticks = tokio::time::interval(PROGRESS_PERIOD);
    tokio::pin!(sending);
    loop {
        tokio::select! {
            result = &mut sending => return result,
            _ = ticks.tick() => store.progress(id, meter.n_done().min(n_total), n_total)?,
        }
    }
}

async fn send_in_chunks(client: &Client, files: &[&BundleFile], meter: &Meter) -> Result<(), UploadError> {
    for file in files {
        if chunks::send(client, file, meter).await? == Uploaded::Changed {
            return Err(UploadError::Changed(file.source.clone()));
        }
    }
    Ok(())
}

/// True when the Manager has taken each of them; false when some are on their way from elsewhere.
async fn send_all(client: &Client, queue: Vec<&BundleFile>, meter: &Meter) -> Result<bool, UploadError> {
    let (small, large) = queue.into_iter().partition(|file| file.size <= SMALL_BYTES);
    let small = send_lane(client, small, PARALLEL_SMALL, meter);
    let large = send_lane(client, large, PARALLEL_LARGE, meter);
    let (small, large) = tokio::try_join!(small, large)?;
    Ok(small && large)
}

async fn send_lane(
    client: &Client,
    mut queue: VecDeque<&BundleFile>,
    n_at_once: usize,
    meter: &Meter,
) -> Result<bool, UploadError> {
    let mut under_way = FuturesUnordered::new();
    let mut n_deferrals = 0;
    loop {
        while under_way.len() < n_at_once
            && let Some(file) = queue.pop_front()
        {
            let can_defer = n_deferrals < MAX_DEFERRALS && !queue.is_empty();
            under_way.push(async move { (file, send(client, file, can_defer, meter).await) });
        }
        match under_way.next().await {
            None => return Ok(n_deferrals <= MAX_DEFERRALS),
            Some((_, Ok(Uploaded::Stored))) => {}
            Some((file, Ok(Uploaded::Deferred))) => {
                n_deferrals += 1;
                // Beyond the limit the next round asks whether it has arrived by then.
                if n_deferrals <= MAX_DEFERRALS {
                    queue.push_back(file);
                }
            }
            Some((file, Ok(Uploaded::Changed))) => return Err(UploadError::Changed(file.source.clone())),
            Some((_, Err(error))) => return Err(error),
        }
    }
}

async fn send(
    client: &Client,
    file: &BundleFile,
    can_defer: bool,
    meter: &Meter,
) -> Result<Uploaded, UploadError> {
    // A small file is sent sooner than asked about; 208 says that it was there.
    if file.size > SMALL_BYTES
        && client.shaman_status(&file.sha, file.size).await? == ShamanFileStatus::Stored
    {
        meter.skip(file.size);
        return Ok(Uploaded::Stored);
    }
    let spec = ShamanFile { sha: file.sha.clone(), size: file.size, path: file.path.clone() };
    match client.shaman_upload(&spec, &file.source, can_defer, meter).await {
        Ok(uploaded) => Ok(uploaded),
        Err(error) if has_other_size(&file.source, file.size) => {
            // The connection breaks when a file is shorter than promised.
            drop(error);
            Ok(Uploaded::Changed)
        }
        // The Manager hangs up on us when somebody else completed the same file.
        Err(ClientError::Lost { .. }) => Ok(Uploaded::Deferred),
        Err(error) => Err(error.into()),
    }
}

/// Lays the uploaded files out in a folder that no other job has.
pub(crate) async fn check_out(
    client: &Client,
    store: &Store,
    id: &SubmissionId,
    name: &str,
    files: &[BundleFile],
) -> Result<String, FarmError> {
    // Some Managers, failing half-way, erase the folder that was *asked* for: never ask twice for one.
    let number = store.next_checkout(id)?;
    if number > MAX_CHECKOUTS {
        let what = "the Manager has all files but cannot lay them out; its own log says why".to_owned();
        return Err(FarmError::Invalid(what));
    }
    let short_id = id.as_str().get(..8).unwrap_or_default();
    let mut checkout_path = format!("{}-{short_id}", slug::slug(name, "job"));
    if number > 1 {
        checkout_path = format!("{checkout_path}-{number}");
    }
    Ok(client.shaman_checkout(&ShamanCheckout { files: shaman_files(files), checkout_path }).await?)
}

fn shaman_files(files: &[BundleFile]) -> Vec<ShamanFile> {
    let spec = |it: &BundleFile| ShamanFile { sha: it.sha.clone(), size: it.size, path: it.path.clone() };
    files.iter().map(spec).collect()
}

fn has_other_size(path: &Path, size: u64) -> bool {
    std::fs::metadata(path).map_or(true, |found| found.len() != size)
}
