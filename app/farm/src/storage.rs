use std::io;
use std::path::PathBuf;

use flamenco::{Bucket, BucketAddress};
use serde::{Deserialize, Serialize};

use crate::farm_json::write_private;
use crate::{FarmError, Home};

/// Where a folder of a studio's storage is reached from this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageMap {
    /// The Manager's address.
    pub manager: String,
    /// The folder as the Manager or its Workers write it, on whichever platform.
    pub there: String,
    pub here: StoragePlace,
}

/// What stands for a folder of the storage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoragePlace {
    /// Mounted here.
    Folder(PathBuf),
    /// `kiln results-server` shows it.
    Server {
        url: String,
        token: String,
        /// PEM file; only a server with this certificate, or one signed with it, is trusted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificate: Option<PathBuf>,
    },
    /// Somebody or something keeps a copy of it there, as objects.
    Bucket(BucketPlace),
}

/// A place in S3, or in what speaks like it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketPlace {
    /// The service's address.
    pub endpoint: String,
    pub bucket: String,
    /// What the keys of the folder's files begin with; without slashes at its ends.
    #[serde(default)]
    pub prefix: String,
    pub region: String,
    /// `None`: anybody may read there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<BucketAccess>,
    /// PEM file, as for a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketAccess {
    pub key: String,
    pub secret: String,
}

impl BucketPlace {
    /// From `s3://BUCKET/PREFIX`, or without the `s3://`; at Amazon's where no endpoint is named.
    ///
    /// # Errors
    /// [`FarmError::Invalid`] when it names no bucket.
    pub fn parse(
        text: &str,
        endpoint: Option<&str>,
        region: Option<&str>,
        access: Option<BucketAccess>,
    ) -> Result<Self, FarmError> {
        let path = text.strip_prefix("s3://").unwrap_or(text);
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() || bucket.contains(':') {
            return Err(FarmError::Invalid(format!(
                "a bucket is written like s3://renders/jobs, not {text:?}"
            )));
        }
        let region = region.unwrap_or("us-east-1");
        let endpoint = endpoint.map_or_else(|| format!("https://s3.{region}.amazonaws.com"), str::to_owned);
        Ok(Self {
            endpoint,
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            region: region.to_owned(),
            access,
            certificate: None,
        })
    }

    pub(crate) fn open(&self) -> Result<Bucket, FarmError> {
        let address = BucketAddress { endpoint: &self.endpoint, name: &self.bucket, region: &self.region };
        let access = self.access.as_ref().map(|it| (it.key.as_str(), it.secret.as_str()));
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(FarmError::file("the certificate cannot be read", path))
        };
        let pem = self.certificate.as_ref().map(read).transpose()?;
        Ok(Bucket::new(address, access, pem.as_deref())?)
    }
}

impl std::fmt::Display for StoragePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            // Its token is nobody's business.
            Self::Server { url, .. } => f.write_str(url),
            Self::Bucket(place) => {
                write!(f, "s3://{}/{} at {}", place.bucket, place.prefix, place.endpoint)
            }
        }
    }
}

impl std::fmt::Debug for StoragePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// This user's maps, in a small JSON file of the configuration folder that nobody else reads.
#[derive(Clone, Debug)]
pub struct StorageStore {
    path: PathBuf,
}

impl StorageStore {
    pub fn of(home: &Home) -> Self {
        Self { path: home.config().join("storage.json") }
    }

    /// None where there is no file. Blocks for a small file.
    ///
    /// # Errors
    /// When the file cannot be read, or makes no sense.
    pub fn load(&self) -> Result<Vec<StorageMap>, FarmError> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(FarmError::file("the storage maps cannot be read", &self.path)(error)),
        };
        serde_json::from_slice(&text).map_err(|error| {
            FarmError::Invalid(format!("the storage maps make no sense ({error}): {}", self.path.display()))
        })
    }

    /// Keeps a map, in the place of one for the same folder of the same Manager.
    ///
    /// # Errors
    /// As [`Self::load`], and when the folder cannot be written.
    pub fn set(&self, map: StorageMap) -> Result<(), FarmError> {
        let mut maps = self.load()?;
        maps.retain(|it| !it.is_for(&map.manager, &map.there));
        maps.push(map);
        self.save(&maps)
    }

    /// Forgets a map; answers whether there was one.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn remove(&self, manager: &str, there: &str) -> Result<bool, FarmError> {
        let mut maps = self.load()?;
        let n_before = maps.len();
        maps.retain(|it| !it.is_for(manager, there));
        self.save(&maps)?;
        Ok(maps.len() < n_before)
    }

    fn save(&self, maps: &[StorageMap]) -> Result<(), FarmError> {
        let wrong = |error| FarmError::file("the storage map cannot be kept", &self.path)(error);
        let text = serde_json::to_vec_pretty(maps).map_err(|error| wrong(error.into()))?;
        write_private(&self.path, &text).map_err(wrong)
    }
}

impl StorageMap {
    fn is_for(&self, manager: &str, there: &str) -> bool {
        same_manager(&self.manager, manager) && slashes(&self.there) == slashes(there)
    }

    /// The rest of `path` below this map's folder, slashes; `None` where it lies elsewhere.
    pub(crate) fn below(&self, path: &str) -> Option<String> {
        below(path, &self.there)
    }
}

/// Whether two addresses are one Manager's.
pub(crate) fn same_manager(a: &str, b: &str) -> bool {
    // Whose certificate it has is no part of where it is.
    let plain = |url: &str| {
        let url = url.split('#').next().unwrap_or(url);
        url.trim_start_matches("http://").trim_end_matches('/').to_ascii_lowercase()
    };
    plain(a) == plain(b)
}

/// The rest of `path` below `folder`, both as any platform writes them. Drive letters and names of
/// Windows servers may be in either case.
pub(crate) fn below(path: &str, folder: &str) -> Option<String> {
    let (path, folder) = (slashes(path), slashes(folder));
    let is_windows = folder.starts_with("//") || folder.get(1..2) == Some(":");
    let head = path.get(..folder.len())?;
    let is_same = if is_windows { head.eq_ignore_ascii_case(&folder) } else { head == folder };
    let rest = path.get(folder.len()..)?;
    if !is_same || folder.is_empty() {
        return None;
    }
    match rest.strip_prefix('/') {
        Some(rest) => Some(rest.trim_end_matches('/').to_owned()),
        None => rest.is_empty().then(String::new),
    }
}

fn slashes(path: &str) -> String {
    path.replace('\\', "/").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_end_at_a_border_whatever_the_slashes() {
        for (path, folder, expected) in [
            ("/share/f/jobs/a", "/share/f", Some("jobs/a")),
            ("/share/f/jobs/a/", "/share/f/", Some("jobs/a")),
            ("/share/f", "/share/f", Some("")),
            ("/share/f2/a", "/share/f", None),
            ("f:\\Flamenco\\jobs\\a", "F:/flamenco", Some("jobs/a")),
            ("\\\\NAS\\share\\x", "//nas/share", Some("x")),
            ("/Share/f/a", "/share/f", None),
            ("/a", "", None),
        ] {
            assert_eq!(below(path, folder).as_deref(), expected, "{path} in {folder}");
        }
    }

    #[test]
    fn a_bucket_is_read_as_it_is_written() {
        let place = |text: &str| BucketPlace::parse(text, None, Some("eu-west-1"), None);
        for (text, bucket, prefix) in
            [("s3://renders/our farm/jobs/", "renders", "our farm/jobs"), ("renders", "renders", "")]
        {
            let place = place(text).unwrap();
            assert_eq!((place.bucket.as_str(), place.prefix.as_str()), (bucket, prefix));
            assert_eq!(place.endpoint, "https://s3.eu-west-1.amazonaws.com");
        }
        for bad in ["", "s3://", "s3:///jobs", "http://nas:9000/renders"] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_map_replaces_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = StorageStore::of(&Home::at(folder.path()));
        let map = |here: &str| StorageMap {
            manager: "http://farm:8080/".into(),
            there: "/share/".into(),
            here: StoragePlace::Folder(here.into()),
        };
        store.set(map("/mnt/a")).unwrap();
        store
            .set(StorageMap { manager: "farm:8080".into(), there: "/share".into(), ..map("/mnt/b") })
            .unwrap();
        let maps = store.load().unwrap();
        assert_eq!(maps.len(), 1);
        assert_eq!(maps[0].here, StoragePlace::Folder("/mnt/b".into()));
        assert!(store.remove("http://farm:8080", "/share").unwrap());
        assert!(store.load().unwrap().is_empty());
    }
}
