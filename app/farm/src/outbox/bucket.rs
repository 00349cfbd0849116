//! Results that are reached as objects. A service names contents by tags of its own; what they hash to
//! is known once they have been here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use flamenco::kiln::Output;
use flamenco::{Bucket, Download, Object};

use super::store::Store;
use crate::{BucketPlace, FarmError};

/// A job's results folder in a bucket.
#[derive(Clone)]
pub(super) struct BucketFolder {
    bucket: Bucket,
    /// With a slash at its end, or empty.
    prefix: String,
    /// For what is known of contents: no two folders share it.
    name: String,
    /// By path, as last listed.
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
}

impl BucketFolder {
    /// The folder `below` a mapped one; slashes.
    pub(super) fn of(place: &BucketPlace, below: &str) -> Result<Self, FarmError> {
        let bucket = place.open()?;
        let parts = [place.prefix.trim_matches('/'), below.trim_matches('/')];
        let prefix: String =
            parts.into_iter().filter(|it| !it.is_empty()).map(|it| format!("{it}/")).collect();
        let name = format!("s3:{}:{}/{prefix}", place.endpoint, place.bucket);
        Ok(Self { bucket, prefix, name, objects: Arc::default() })
    }

    /// Its objects as files; without a hash where the content has not been here yet.
    pub(super) async fn outputs(&self, store: &Store) -> Result<Vec<Output>, FarmError> {
        let mut objects = BTreeMap::new();
        let mut outputs = Vec::new();
        for object in self.bucket.list(&self.prefix).await? {
            let Some(path) = object.key.strip_prefix(&self.prefix) else { continue };
            // Hidden ones are programs' temporary files; what ends in a slash stands for a folder.
            if path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
                continue;
            }
            let sha256 = store.cached_hash(self.label(path, &object).as_ref(), object.size, 0)?;
            let sha256 = sha256.unwrap_or_default();
            outputs.push(Output { path: path.into(), size: object.size, sha256, ..Output::default() });
            objects.insert(path.to_owned(), object);
        }
        *self.objects.lock().unwrap_or_else(PoisonError::into_inner) = objects;
        Ok(outputs)
    }

    pub(super) async fn open(&self, output: &Output, offset: u64) -> Result<Download, FarmError> {
        Ok(self.bucket.download(&self.object(&output.path)?, offset).await?)
    }

    /// What stands for the content of a file whose hash nobody knows yet.
    pub(super) fn content(&self, path: &str) -> Result<String, FarmError> {
        Ok(self.label(path, &self.object(path)?))
    }

    fn object(&self, path: &str) -> Result<Object, FarmError> {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.get(path).cloned().ok_or_else(|| FarmError::Damaged(path.to_owned()))
    }

    fn label(&self, path: &str, object: &Object) -> String {
        let version = if object.etag.is_empty() { &object.modified } else { &object.etag };
        format!("{}{path}#{version}", self.name)
    }
}
