use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use work::WorkCtx;

use super::store::Store;
use crate::FarmError;

/// What a file is, by content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    pub(crate) size: u64,
    pub(crate) sha: String,
}

/// A file written a moment ago may be written again within the same tick of its clock.
const SETTLED: Duration = Duration::from_secs(2);
const CHUNK_BYTES: usize = 1 << 20;

/// Size and SHA-256 of `path`, remembered while size and time stay the same. Blocks; reports bytes
/// read to `on_bytes`.
pub(crate) fn hash_cached(
    store: &Store,
    path: &Path,
    ctx: &WorkCtx,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<Hashed, FarmError> {
    let wrong = |error| FarmError::file("the file cannot be read", path)(error);
    let before = std::fs::metadata(path).map_err(wrong)?;
    let time = mtime_nanos(&before);
    if let Some(sha) = store.cached_hash(path, before.len(), time)? {
        on_bytes(before.len());
        return Ok(Hashed { size: before.len(), sha });
    }
    let hashed = hash(path, ctx, on_bytes).map_err(wrong)?;
    let after = std::fs::metadata(path).map_err(wrong)?;
    let is_settled = before.modified().is_ok_and(|it| it.elapsed().is_ok_and(|age| age > SETTLED));
    if is_settled && after.len() == hashed.size && mtime_nanos(&after) == time {
        store.cache_hash(path, hashed.size, time, &hashed.sha)?;
    }
    Ok(hashed)
}

/// Size and SHA-256 of what is in `path` now. Blocks.
pub(crate) fn hash(path: &Path, ctx: &WorkCtx, on_bytes: &mut dyn FnMut(u64)) -> std::io::Result<Hashed> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut size = 0;
    loop {
        ctx.check_cancelled().map_err(std::io::Error::other)?;
        let n_read = file.read(&mut chunk)?;
        let Some(bytes) = chunk.get(..n_read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        size += n_read as u64;
        on_bytes(n_read as u64);
    }
    Ok(Hashed { size, sha: hex(&hasher.finalize()) })
}

/// As [`hash`], off the async threads; `None` when there is no such file.
pub(crate) async fn hash_of(path: PathBuf) -> std::io::Result<Option<Hashed>> {
    let (ctx, _guard) = cancel_on_drop();
    let hashing = tokio::task::spawn_blocking(move || hash(&path, &ctx, &mut |_| {}));
    match hashing.await.map_err(std::io::Error::other)? {
        Ok(hashed) => Ok(Some(hashed)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Blocking work that nobody waits for any more ends soon.
pub(crate) struct CancelGuard(WorkCtx);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

pub(crate) fn cancel_on_drop() -> (WorkCtx, CancelGuard) {
    let ctx = WorkCtx::quiet();
    (ctx.clone(), CancelGuard(ctx))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn mtime_nanos(found: &Metadata) -> i64 {
    let since = found.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_hash_is_remembered_until_size_or_time_change() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("o.sqlite")).unwrap();
        let path = folder.path().join("a");
        let hashed = || {
            let mut n_read = 0;
            let hashed = hash_cached(&store, &path, &WorkCtx::quiet(), &mut |n| n_read += n).unwrap();
            assert_eq!(n_read, hashed.size);
            hashed
        };
        let set_time = |secs: u64| {
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(secs)).unwrap();
        };
        std::fs::write(&path, b"").unwrap();
        set_time(1000);
        assert_eq!(hashed(), Hashed { size: 0, sha: EMPTY.into() });
        std::fs::write(&path, b"abc").unwrap();
        set_time(1000);
        let abc = hashed();
        assert!(abc.sha.starts_with("ba7816bf"));
        // Same size, same time: taken for the same file.
        std::fs::write(&path, b"abd").unwrap();
        set_time(1000);
        assert_eq!(hashed(), abc);
        set_time(1001);
        assert_ne!(hashed().sha, abc.sha);
    }

    #[test]
    fn a_file_of_this_moment_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("o.sqlite")).unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"abc").unwrap();
        let time = mtime_nanos(&std::fs::metadata(&path).unwrap());
        hash_cached(&store, &path, &WorkCtx::quiet(), &mut |_| {}).unwrap();
        assert_eq!(store.cached_hash(&path, 3, time).unwrap(), None);
    }
}
