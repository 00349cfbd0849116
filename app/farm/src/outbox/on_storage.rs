//! Inputs for a studio's Manager without an upload: files that lie on its storage already, and plain
//! copies on it where the Manager takes no uploads.

use std::path::{Path, PathBuf};

use flamenco::wire::{Audience, Settings, platform};
use flamenco::{Client, Meter};
use futures_util::stream::{self, TryStreamExt};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::bundle::{ModelFiles, Placed, flat};
use super::hashing::hex;
use super::source::spellings;
use super::store::{BundleFile, Store};
use super::upload::told;
use crate::error::UploadError;
use crate::storage::{below, same_manager};
use crate::{FarmError, Home, StoragePlace, StorageStore, Submission, SubmissionId, slug};

/// What of a farm's storage this machine reaches by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Storage {
    /// A folder here, and what the farm calls it: `{jobs}`, a two-way `{variable}`, or a path of its own.
    roots: Vec<(PathBuf, String)>,
    /// Where the farm keeps the inputs of its jobs, here.
    jobs: Option<PathBuf>,
    /// For people: the same folder as the farm's people are told to find it.
    jobs_there: String,
}

const JOBS: &str = "{jobs}";
/// A share answers slowly and takes much at once.
const PARALLEL_COPIES: usize = 4;
const BUFFER_BYTES: usize = 1 << 20;

impl Storage {
    pub(super) async fn of(client: &Client, home: &Home) -> Result<Self, FarmError> {
        let jobs_there = client.shared_storage(Audience::Users, platform()).await?.location;
        let mut roots = Vec::new();
        for (name, variable) in client.variables(Audience::Users, platform()).await? {
            if variable.is_twoway && Path::new(&variable.value).is_absolute() {
                roots.push((PathBuf::from(variable.value), format!("{{{name}}}")));
            }
        }
        let jobs_spelled = spellings(client, JOBS).await?;
        let mut jobs = Some(PathBuf::from(&jobs_there)).filter(|it| it.is_absolute() && it.is_dir());
        for map in StorageStore::of(home).load()? {
            let StoragePlace::Folder(here) = map.here else { continue };
            if !same_manager(&map.manager, client.url()) {
                continue;
            }
            if jobs.is_none()
                && let Some(rest) = jobs_spelled.iter().find_map(|it| below(it, &map.there))
            {
                jobs = Some(here.join(rest)).filter(|it| it.is_dir());
            }
            roots.push((here, map.there));
        }
        if let Some(jobs) = &jobs {
            roots.push((jobs.clone(), JOBS.into()));
        }
        // The deepest folder says most.
        roots.sort_by_key(|(here, _)| std::cmp::Reverse(here.components().count()));
        Ok(Self { roots, jobs, jobs_there })
    }

    /// What the farm calls this file; `None` where it cannot reach it.
    fn name_of(&self, file: &Path) -> Option<String> {
        let real = file.canonicalize().ok();
        self.roots.iter().find_map(|(here, there)| {
            let inside = |file: &Path, here: &Path| Some(file.strip_prefix(here).ok()?.to_owned());
            let rest = inside(file, here).or_else(|| inside(real.as_ref()?, &here.canonicalize().ok()?))?;
            let rest = rest.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
            Some(format!("{}/{rest}", there.trim_end_matches(['/', '\\'])))
        })
    }

    /// Where the farm finds each of `models`, when everything that belongs to them lies on its storage,
    /// and there where they look for it: a texture that the artist found again goes along with them.
    pub(super) fn places(
        &self,
        traced: &[ModelFiles],
        placed: &[Placed],
        models: &[PathBuf],
    ) -> Option<Vec<String>> {
        let mut needed = traced.iter().flat_map(|it| &it.needed);
        let is_in_place = needed.all(|it| it.source == it.wanted_at);
        if models.is_empty() || !is_in_place || !placed.iter().all(|it| self.name_of(&it.source).is_some()) {
            return None;
        }
        let place = |(index, model): (u32, &PathBuf)| {
            let file = placed.iter().find(|it| it.model_index == Some(index))?;
            // Of a model in an archive it is the archive that lies there.
            let inside = flat(model).strip_prefix(&file.source).ok()?.to_str()?.replace('\\', "/");
            let name = self.name_of(&file.source)?;
            Some(if inside.is_empty() { name } else { format!("{name}/{inside}") })
        };
        (0..).zip(models).map(place).collect()
    }

    /// Paths of this machine in the words that the farm's other machines understand. A Manager does
    /// so itself only for paths as its Workers see them.
    pub(super) fn fold(&self, settings: &mut Settings) {
        for value in settings.values_mut() {
            let Value::String(text) = value else { continue };
            let folded = self.roots.iter().filter(|(_, there)| there != JOBS).find_map(|(here, there)| {
                let rest = below(text, here.to_str()?)?;
                Some(if rest.is_empty() { there.clone() } else { format!("{there}/{rest}") })
            });
            if let Some(folded) = folded {
                *text = folded;
            }
        }
    }

    /// Copies the bundle into a folder of the farm's storage; answers what the farm calls it. Files
    /// that an earlier try brought there are not copied again.
    pub(super) async fn copy(
        &self,
        store: &Store,
        id: &SubmissionId,
        folder: &str,
        files: &[BundleFile],
        meter: &Meter,
    ) -> Result<String, UploadError> {
        let Some(jobs) = &self.jobs else {
            return Err(FarmError::Invalid(format!(
                "this Manager takes no uploads, and its storage is not reached from here: {}. Mount it, or \
                 say where it is with: kiln storage add; or have Shaman switched on in the Manager's \
                 configuration",
                self.jobs_there
            ))
            .into());
        };
        let target = jobs.join(folder);
        let copying = stream::iter(files.iter().map(Ok)).try_for_each_concurrent(PARALLEL_COPIES, |file| {
            let to = target.join(&file.path);
            async move { copy_file(file, &to, meter).await }
        });
        told(store, id, meter, files.iter().map(|it| it.size).sum(), copying).await?;
        Ok(format!("{JOBS}/{folder}"))
    }
}

/// Whole and as it was hashed, or not at all: under a temporary name until it is on the disk.
async fn copy_file(file: &BundleFile, to: &Path, meter: &Meter) -> Result<(), UploadError> {
    let wrong = |source| FarmError::Storage { path: to.into(), source };
    if tokio::fs::metadata(to).await.is_ok_and(|there| there.is_file() && there.len() == file.size) {
        meter.skip(file.size);
        return Ok(());
    }
    let folder = to.parent().unwrap_or(Path::new(""));
    tokio::fs::create_dir_all(folder).await.map_err(wrong)?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.join(format!(".{name}.part"));
    let unreadable =
        |source| FarmError::File { what: "the file cannot be read", path: file.source.clone(), source };
    let mut from = File::open(&file.source).await.map_err(unreadable)?;
    let mut copy = File::create(&part).await.map_err(wrong)?;
    let mut hash = Sha256::new();
    let mut bytes = Vec::with_capacity(BUFFER_BYTES);
    while from.read_buf(&mut bytes).await.map_err(unreadable)? > 0 {
        hash.update(&bytes);
        meter.pass(bytes.len()).await;
        copy.write_all(&bytes).await.map_err(wrong)?;
        bytes.clear();
    }
    // A write that was put off fails here, and a full disk at the latest when it is synced.
    copy.flush().await.map_err(wrong)?;
    copy.sync_all().await.map_err(wrong)?;
    drop(copy);
    if hex(&hash.finalize()) != file.sha {
        let _ = tokio::fs::remove_file(&part).await;
        return Err(UploadError::Changed(file.source.clone()));
    }
    Ok(tokio::fs::rename(&part, to).await.map_err(wrong)?)
}

/// The folder of a submission's copies, the same at each try: time, name and a piece of its id.
pub(super) fn folder_of_copies(submission: &Submission) -> String {
    let time = jiff::Timestamp::from_second(submission.created_secs).unwrap_or_default();
    let time = time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%dT%H%M%S");
    let short_id = submission.id.as_str().get(..8).unwrap_or_default();
    format!("{time}-{}-{short_id}", slug::slug(&submission.name, "job"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewSubmission;
    use crate::outbox::bundle::NeededFile;

    fn storage(roots: &[(&Path, &str)]) -> Storage {
        let roots = roots.iter().map(|(here, there)| (here.to_path_buf(), (*there).to_owned())).collect();
        Storage { roots, ..Storage::default() }
    }

    #[test]
    fn a_file_is_named_as_the_farm_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let (share, home) = (folder.path().join("share"), folder.path().join("home"));
        std::fs::create_dir_all(share.join("shots/a")).unwrap();
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(share.join("shots/a/robot.glb"), b"glb").unwrap();
        let storage = storage(&[(&share.join("shots"), "{shots}"), (&share, "S:\\")]);
        let name = |path: &Path| storage.name_of(path);
        assert_eq!(name(&share.join("shots/a/robot.glb")).as_deref(), Some("{shots}/a/robot.glb"));
        assert_eq!(name(&share.join("shots2/robot.glb")).as_deref(), Some("S:/shots2/robot.glb"));
        assert_eq!(name(&home.join("robot.glb")), None);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(share.join("shots"), home.join("here")).unwrap();
            let linked = home.join("here/a/robot.glb");
            assert_eq!(
                name(&linked).as_deref(),
                Some("{shots}/a/robot.glb"),
                "through a link of the artist's"
            );
        }

        let placed = |source: PathBuf, model_index| Placed { path: "x".into(), source, model_index };
        let zip = share.join("pack.zip");
        let (model, texture) = (placed(zip.clone(), Some(0)), placed(home.join("wood.png"), None));
        let models = [zip.join("models/chair.obj")];
        let places = storage.places(&[], std::slice::from_ref(&model), &models).unwrap();
        assert_eq!(places, ["S:/pack.zip/models/chair.obj"]);
        let relinked = NeededFile { source: share.join("oak.png"), wanted_at: share.join("wood.png") };
        let traced = [ModelFiles { model: zip, needed: vec![relinked] }];
        let places = storage.places(&traced, std::slice::from_ref(&model), &models);
        assert_eq!(places, None, "on the farm nobody knows where the texture was found again");
        let places = storage.places(&[], &[model, texture], &models);
        assert_eq!(places, None, "a texture that the farm cannot reach");
    }

    #[tokio::test]
    async fn copies_go_on_where_they_were_and_are_what_was_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let store = Store::open(&at("outbox.sqlite")).unwrap();
        let id = SubmissionId::new();
        store.insert(&id, &NewSubmission::new("Robot", "kiln-convert", Vec::new())).unwrap();
        let file = |path: &str, content: &[u8]| {
            let source = at(&path.replace('/', "_"));
            std::fs::write(&source, content).unwrap();
            let sha = hex(&Sha256::digest(content));
            BundleFile { path: path.into(), source, model_index: None, size: content.len() as u64, sha }
        };
        let files = [file("a/robot.obj", b"v 0 0 0\n"), file("a/wood.png", b"wood"), file("empty.bin", b"")];
        std::fs::create_dir_all(at("share/robot-1")).unwrap();
        std::fs::write(at("share/robot-1/.empty.bin.part"), b"of an earlier try").unwrap();
        let storage = Storage { jobs: Some(at("share")), ..Storage::default() };
        let copy = |files: Vec<BundleFile>| {
            let (storage, store, id) = (storage.clone(), store.clone(), id.clone());
            async move {
                let meter = Meter::default();
                let there = storage.copy(&store, &id, "robot-1", &files, &meter).await;
                (there, meter.n_sent())
            }
        };
        for n_sent in [12, 0] {
            let (there, n) = copy(files.to_vec()).await;
            assert_eq!((there.ok().as_deref(), n), (Some("{jobs}/robot-1"), n_sent));
        }
        let found = crate::studio_of_tests::files_below(&at("share/robot-1"));
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a/robot.obj", "a/wood.png", "empty.bin"]);

        let changed = BundleFile { sha: hex(&Sha256::digest(b"before")), ..file("b.obj", b"after!") };
        let (outcome, _) = copy(vec![changed.clone()]).await;
        assert!(matches!(outcome, Err(UploadError::Changed(path)) if path == changed.source));
        assert!(!at("share/robot-1/b.obj").exists() && !at("share/robot-1/.b.obj.part").exists());

        let nowhere = Storage { jobs_there: "/mnt/jobs".into(), ..Storage::default() };
        let outcome = nowhere.copy(&store, &id, "robot-1", &files, &Meter::default()).await;
        let Err(UploadError::Farm(error)) = outcome else { panic!("it cannot be copied anywhere") };
        assert!(error.to_string().contains("/mnt/jobs"), "{error}");
    }

    #[test]
    fn settings_are_folded_at_borders_of_folders() {
        let storage = storage(&[(Path::new("/Volumes/share"), "{share}"), (Path::new("/Volumes/j"), JOBS)]);
        let mut settings: Settings = serde_json::from_value(serde_json::json!({
            "root": "/Volumes/share/renders", "same": "/Volumes/share", "other": "/Volumes/share2/x",
            "jobs": "/Volumes/j/x", "n": 3,
        }))
        .unwrap();
        storage.fold(&mut settings);
        let expected = serde_json::json!({
            "root": "{share}/renders", "same": "{share}", "other": "/Volumes/share2/x",
            "jobs": "/Volumes/j/x", "n": 3,
        });
        assert_eq!(Value::Object(settings), expected);
    }
}
