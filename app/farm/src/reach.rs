//! Ways to a studio's storage, as forms to fill in, and what happens once one is known.

use std::path::PathBuf;

use flamenco::Client;

use crate::storage::same_manager;
use crate::{
    BucketAccess, BucketPlace, FarmError, FarmPlace, Outbox, StorageMap, StoragePlace, StorageStore,
    SubmissionState,
};

/// A kind of [`StoragePlace`], as it is asked for.
#[derive(Debug)]
pub struct StorageKind {
    pub label: &'static str,
    pub help: &'static str,
    pub fields: &'static [StorageField],
    /// From the fields' texts, in order.
    place: fn(&[String]) -> Result<StoragePlace, FarmError>,
}

#[derive(Debug)]
pub struct StorageField {
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: StorageFieldKind,
    pub is_required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageFieldKind {
    Text,
    Secret,
    File,
    Folder,
}

/// Every kind there is.
pub static STORAGE_KINDS: &[StorageKind] = &[
    StorageKind {
        label: "A folder here",
        help: "The storage is mounted on this machine",
        fields: &[StorageField {
            label: "Folder on this machine",
            hint: "/mnt/flamenco",
            kind: StorageFieldKind::Folder,
            is_required: true,
        }],
        place: |texts| Ok(StoragePlace::Folder(std::path::absolute(text(texts, 0)).unwrap_or_default())),
    },
    StorageKind {
        label: "A results server",
        help: "The studio runs kiln results-server beside its storage",
        fields: &[
            StorageField {
                label: "Address of the results server",
                hint: "https://results.studio.example:8086",
                kind: StorageFieldKind::Text,
                is_required: true,
            },
            StorageField {
                label: "Token of the results server",
                hint: "From whoever runs it",
                kind: StorageFieldKind::Secret,
                is_required: true,
            },
            StorageField {
                label: "Certificate",
                hint: "PEM file; only where the server has one of its own",
                kind: StorageFieldKind::File,
                is_required: false,
            },
        ],
        place: |texts| {
            let certificate = Some(text(texts, 2)).filter(|it| !it.is_empty()).map(PathBuf::from);
            let (url, token) = (text(texts, 0).to_owned(), text(texts, 1).to_owned());
            Ok(StoragePlace::Server { url, token, certificate })
        },
    },
    StorageKind {
        label: "A bucket (S3)",
        help: "The studio keeps a copy of its storage as objects",
        fields: &[
            StorageField {
                label: "Bucket",
                hint: "s3://renders/jobs",
                kind: StorageFieldKind::Text,
                is_required: true,
            },
            StorageField {
                label: "Address of the service",
                hint: "http://nas:9000; empty for Amazon's",
                kind: StorageFieldKind::Text,
                is_required: false,
            },
            StorageField {
                label: "Region",
                hint: "us-east-1",
                kind: StorageFieldKind::Text,
                is_required: false,
            },
            StorageField {
                label: "Access key",
                hint: "Empty where anybody may read",
                kind: StorageFieldKind::Text,
                is_required: false,
            },
            StorageField {
                label: "Secret key",
                hint: "Of the access key",
                kind: StorageFieldKind::Secret,
                is_required: false,
            },
        ],
        place: |texts| {
            let (key, secret) = (text(texts, 3), text(texts, 4));
            let access = match (key.is_empty(), secret.is_empty()) {
                (true, true) => None,
                (false, false) => Some(BucketAccess { key: key.into(), secret: secret.into() }),
                _ => return Err(FarmError::Invalid("an access key and its secret go together".into())),
            };
            let endpoint = Some(text(texts, 1)).filter(|it| !it.is_empty());
            let region = Some(text(texts, 2)).filter(|it| !it.is_empty());
            Ok(StoragePlace::Bucket(BucketPlace::parse(text(texts, 0), endpoint, region, access)?))
        },
    },
];

impl StorageKind {
    /// # Errors
    /// [`FarmError::Invalid`] when a field is empty or makes no sense.
    pub fn place(&self, texts: &[String]) -> Result<StoragePlace, FarmError> {
        let empty =
            self.fields.iter().enumerate().find(|(i, it)| it.is_required && text(texts, *i).is_empty());
        match empty {
            Some((_, field)) => Err(FarmError::Invalid(format!("{}: it must be filled in", field.label))),
            None => (self.place)(texts),
        }
    }
}

fn text(texts: &[String], at: usize) -> &str {
    texts.get(at).map_or("", |text| text.trim())
}

/// Keeps `map` once it was seen to lead somewhere, and takes up what ended before its results could
/// be reached; answers how many submissions those are.
///
/// # Errors
/// [`FarmError::Invalid`] when the place is not there; when the maps or the outbox cannot be written.
pub async fn reach_storage(outbox: &Outbox, map: StorageMap) -> Result<usize, FarmError> {
    if map.there.trim().is_empty() {
        return Err(FarmError::Invalid("say which folder of the farm's storage it is".into()));
    }
    try_place(&map.here).await?;
    let manager = map.manager.clone();
    StorageStore::of(outbox.home()).set(map)?;
    let mut n = 0;
    for submission in outbox.list()? {
        let is_theirs =
            matches!(&submission.place, FarmPlace::Studio { url, .. } if same_manager(url, &manager));
        let is_over = submission.state.is_over() && submission.state != SubmissionState::Cancelled;
        if is_theirs && is_over && submission.job_id.is_some() && submission.results.is_empty() {
            outbox.reopen(&submission.id)?;
            n += 1;
        }
    }
    Ok(n)
}

async fn try_place(place: &StoragePlace) -> Result<(), FarmError> {
    match place {
        StoragePlace::Folder(folder) => match tokio::fs::metadata(folder).await {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) | Err(_) => {
                let what = "this is no folder; mount the storage first";
                Err(FarmError::Invalid(format!("{what}: {}", folder.display())))
            }
        },
        StoragePlace::Server { url, token, certificate } => {
            let pem = match certificate {
                Some(path) => {
                    let wrong = FarmError::file("the certificate cannot be read", path);
                    Some(tokio::fs::read(path).await.map_err(wrong)?)
                }
                None => None,
            };
            let client = Client::with_certificate(url, pem.as_deref())?.with_token(token)?.with_tries(1);
            match client.kiln_info().await? {
                Some(_) => Ok(()),
                None => Err(FarmError::Invalid(format!("this is no results server: {url}"))),
            }
        }
        StoragePlace::Bucket(place) => Ok(place.open()?.look().await?),
    }
}

#[cfg(test)]
mod tests {
    use flamenco::wire::TaskStatus;

    use super::*;
    use crate::studio_of_tests::Studio;
    use crate::{NewSubmission, PumpUntil};

    #[test]
    fn each_kind_of_place_is_made_of_its_fields() {
        let place = |kind: usize, texts: &[&str]| {
            STORAGE_KINDS[kind].place(&texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        let folder = std::env::temp_dir();
        let text = folder.display().to_string();
        assert!(place(0, &[&format!(" {text} ")]).unwrap() == StoragePlace::Folder(folder));
        assert!(place(0, &["  "]).unwrap_err().to_string().starts_with("Folder on this machine"));
        let server = place(1, &["https://farm:8090", "t"]).unwrap();
        assert!(matches!(server, StoragePlace::Server { certificate: None, .. }));
        assert!(place(1, &["https://farm:8090"]).unwrap_err().to_string().starts_with("Token"));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_storage_is_seen_before_it_is_kept_and_what_was_missed_is_looked_at_again() {
        let studio = Studio::open().await;
        let outbox = studio.outbox();
        let settings = serde_json::json!({"message": "hi", "sleep_duration_seconds": 0, "sleep_repeats": 1});
        let mut new = NewSubmission::new("Echo", "echo-sleep-test", Vec::new());
        new.settings = settings.as_object().unwrap().clone();
        new.place = studio.place();
        let id = outbox.submit(new).unwrap();
        let worker = studio.worker().await;
        let works = async {
            loop {
                worker.report(&worker.next().await, TaskStatus::Completed, "done").await;
            }
        };
        let until = PumpUntil::Over(vec![id.clone()]);
        tokio::select! {
            pumped = outbox.pump(&until, std::future::pending()) => pumped.unwrap(),
            () = works => {}
        }
        assert_eq!(outbox.get(&id).unwrap().state, SubmissionState::Done);

        let map = |here: &std::path::Path| StorageMap {
            manager: studio.url.clone(),
            there: "/share".into(),
            here: StoragePlace::Folder(here.into()),
        };
        let gone = studio.folder.path().join("not mounted");
        let refused = reach_storage(&outbox, map(&gone)).await.unwrap_err();
        assert!(refused.to_string().contains("mount the storage first"), "{refused}");
        let store = StorageStore::of(outbox.home());
        assert!(store.load().unwrap().is_empty(), "what leads nowhere is not kept");

        assert_eq!(reach_storage(&outbox, map(studio.folder.path())).await.unwrap(), 1);
        assert_eq!(store.load().unwrap().len(), 1);
        assert!(!outbox.get(&id).unwrap().state.is_over());
        // It is no results server.
        let here = StoragePlace::Server { url: studio.url.clone(), token: "x".into(), certificate: None };
        assert!(reach_storage(&outbox, StorageMap { here, ..map(studio.folder.path()) }).await.is_err());
    }
}
