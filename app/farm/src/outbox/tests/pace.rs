use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use flamenco::reqwest::Method;
use flamenco::wire::{ShamanFile, ShamanFileStatus};
use flamenco::{Client, Meter};
use manager::{Manager, ManagerConfig, StockClients};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::outbox::hashing::hex;
use crate::outbox::store::BundleFile;
use crate::outbox::upload::upload;
use crate::studio_of_tests::Studio;
use crate::{Outbox, PumpUntil, SubmissionState};

const N_FILES: usize = 5_000;
const FILE_BYTES: usize = 40_000;
const N_FRAMES: usize = 8;

/// Takes a minute and a quiet machine, so it wants to be asked for: `cargo xtask bench farm`.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_and_results_are_timed() {
    if std::env::var_os("KILN_FLAMENCO_PACE").is_none() {
        return println!("SKIPPED: KILN_FLAMENCO_PACE is not set");
    }
    let inputs = tempfile::tempdir().unwrap();
    let files = small_files(inputs.path());
    one_by_one(&files).await;
    the_addons_client(inputs.path()).await;
    all_at_once(&files).await;
    first_result().await;
}

fn outcome(what: &str, outcome: impl std::fmt::Display) {
    println!("INTEROP | our Manager | {what} | {outcome} |");
}

fn small_files(folder: &Path) -> Vec<BundleFile> {
    let make = |n: usize| {
        let mut content = vec![0; FILE_BYTES];
        content[..8].copy_from_slice(&n.to_le_bytes());
        let name = format!("texture-{n:04}.png");
        std::fs::write(folder.join(&name), &content).unwrap();
        BundleFile {
            path: name.clone(),
            source: folder.join(name),
            sha: hex(&Sha256::digest(&content)),
            size: FILE_BYTES as u64,
            model_index: None,
        }
    };
    (0..N_FILES).map(make).collect()
}

async fn empty_farm() -> (TempDir, Manager, Client) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = ManagerConfig::new(folder.path());
    config.stock_clients = StockClients::Allowed;
    let manager = Manager::start(config).await.unwrap();
    let client = Client::new(&format!("http://{}", manager.local_addr())).unwrap();
    (folder, manager, client)
}

/// The exchange of Flamenco's add-on, without Python's share of the time: ask, send, next.
async fn one_by_one(files: &[BundleFile]) {
    let (_folder, _manager, client) = empty_farm().await;
    let specs: Vec<ShamanFile> = files
        .iter()
        .map(|it| ShamanFile { sha: it.sha.clone(), size: it.size, path: it.path.clone() })
        .collect();
    let began = Instant::now();
    assert_eq!(client.shaman_requirements(&specs).await.unwrap().len(), files.len());
    for file in files {
        let status = client.shaman_status(&file.sha, file.size).await.unwrap();
        assert_ne!(status, ShamanFileStatus::Stored);
        let path = format!("/api/v3/shaman/files/{}/{}", file.sha, file.size);
        let request = client
            .request(Method::POST, &path)
            .header("content-type", "application/octet-stream")
            .header("x-shaman-can-defer-upload", "false")
            .header("x-shaman-original-filename", file.path.as_str())
            .body(std::fs::read(&file.source).unwrap());
        client.send_ok(request).await.unwrap();
    }
    assert!(client.shaman_requirements(&specs).await.unwrap().is_empty());
    let seconds = began.elapsed().as_secs_f64();
    outcome("5,000 files, 200 MB: one by one, as the add-on does, in Rust, s", format!("{seconds:.2}"));
}

/// The same with the add-on's own generated client.
async fn the_addons_client(inputs: &Path) {
    let Some(addon) = std::env::var_os("KILN_FLAMENCO_ADDON") else { return };
    let (_folder, manager, _) = empty_farm().await;
    let url = format!("http://{}", manager.local_addr());
    let mut python = Command::new(std::env::var_os("KILN_BENCH_PYTHON").unwrap_or_else(|| "python3".into()));
    python.args(["-c", include_str!("pace_addon.py"), &url]).arg(inputs).env("PYTHONPATH", addon);
    let said = tokio::task::spawn_blocking(move || python.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    outcome("5,000 files, 200 MB: by the add-on's own client, s", text);
}

async fn all_at_once(files: &[BundleFile]) {
    let (folder, _manager, client) = empty_farm().await;
    let studio = Studio::open().await;
    let outbox: Outbox = studio.outbox();
    let model = studio.model("robot.obj", b"v 1 0 0\n");
    let id = outbox.submit(studio.submission(&[model])).unwrap();
    for round in ["first time", "again"] {
        let began = Instant::now();
        assert!(upload(&client, &outbox.store, &id, files, &Meter::default()).await.is_ok());
        let seconds = began.elapsed().as_secs_f64();
        outcome(&format!("5,000 files, 200 MB: by Kiln's outbox, {round}, s"), format!("{seconds:.2}"));
    }
    let n_stored = walk(&folder.path().join("storage/file-store/stored"));
    assert_eq!(n_stored, files.len());
}

fn walk(folder: &Path) -> usize {
    let mut n_files = 0;
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { n_files += 1 }
        }
    }
    n_files
}

/// From a task's end to its result on the artist's disk, at the pace of the embedded farm.
async fn first_result() {
    let studio = Studio::open().await;
    let mut outbox = studio.outbox();
    outbox.pace = Some(super::super::drive::Pace::at(&crate::FarmPlace::Embedded));
    let models: Vec<PathBuf> =
        (0..N_FRAMES).map(|n| studio.model(&format!("frame-{n}.obj"), b"v 1 0 0\n")).collect();
    let id = outbox.submit(studio.submission(&models)).unwrap();
    let worker = studio.worker().await;
    let waiting = async {
        let mut waits = Vec::new();
        for n in 1..N_FRAMES {
            let task = worker.next().await;
            // Out of step with the outbox's looks at the farm.
            tokio::time::sleep(Duration::from_millis(137 * n as u64)).await;
            worker.convert(&task).await;
            let began = Instant::now();
            while outbox.get(&id).unwrap().results.len() < n {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            waits.push(began.elapsed().as_secs_f64());
        }
        waits.sort_by(f64::total_cmp);
        let (median, longest) = (waits[waits.len() / 2], waits[waits.len() - 1]);
        outcome(
            "task's end to its result on the artist's disk, s (median, longest of 7)",
            format!("{median:.2}, {longest:.2}"),
        );
        worker.convert_all().await;
    };
    let until = PumpUntil::Over(vec![id.clone()]);
    tokio::select! {
        pumped = outbox.pump(&until, std::future::pending()) => pumped.unwrap(),
        () = waiting => {}
    }
    assert_eq!(outbox.get(&id).unwrap().state, SubmissionState::Done);
}
