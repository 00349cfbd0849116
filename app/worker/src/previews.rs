use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use flamenco::PreviewKind;
use tokio::io::AsyncReadExt;
use tokio::sync::Notify;

use crate::pace::Backoff;
use crate::upstream::{Line, connected};

/// Finished pictures on their way to the Manager. One waits at most: people want to see the latest.
#[derive(Default)]
pub(crate) struct Previews {
    waiting: Mutex<Option<Picture>>,
    arrived: Notify,
}

struct Picture {
    task_id: String,
    path: PathBuf,
}

/// What a Manager takes at most.
const SIZE_LIMIT_BYTES: u64 = 25 * 1024 * 1024;
const TRIES: usize = 5;

impl Previews {
    pub(crate) fn offer(&self, task_id: &str, path: PathBuf) {
        let picture = Picture { task_id: task_id.into(), path };
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(picture);
        self.arrived.notify_one();
    }

    /// A preview that cannot be sent is let go: the picture itself is safe.
    pub(crate) async fn deliver(&self, mut line: Line) -> Infallible {
        loop {
            self.arrived.notified().await;
            let picture = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(Picture { task_id, path }) = picture else { continue };
            let Some((kind, bytes)) = read_picture(&path).await else { continue };
            self.send(&mut line, &task_id, kind, bytes, &path).await;
        }
    }

    /// Tries while the Manager is busy, as long as no newer picture waits.
    async fn send(&self, line: &mut Line, task_id: &str, kind: PreviewKind, bytes: Vec<u8>, path: &Path) {
        let mut backoff = Backoff::new();
        for _ in 0..TRIES {
            match connected(line).await.output_produced(task_id, kind, bytes.clone()).await {
                Err(error) if error.is_transient() && !self.is_waiting() => {
                    tracing::debug!("a preview waits ({error}): {}", path.display());
                    tokio::time::sleep(backoff.next()).await;
                }
                Err(error) => {
                    return tracing::debug!("a preview was not taken ({error}): {}", path.display());
                }
                Ok(()) => return,
            }
        }
    }

    fn is_waiting(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// Its first bytes tell what a file is; a name may not.
async fn read_picture(path: &Path) -> Option<(PreviewKind, Vec<u8>)> {
    let mut bytes = Vec::new();
    // Opening a pipe would wait for its writer.
    if !tokio::fs::metadata(path).await.ok()?.is_file() {
        return None;
    }
    let file = tokio::fs::File::open(path).await.ok()?;
    file.take(SIZE_LIMIT_BYTES + 1).read_to_end(&mut bytes).await.ok()?;
    if bytes.len() as u64 > SIZE_LIMIT_BYTES {
        return None;
    }
    let kind = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => PreviewKind::Jpeg,
        [0x89, b'P', b'N', b'G', ..] => PreviewKind::Png,
        _ => return None,
    };
    Some((kind, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_pictures_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.exr");
        assert_eq!(read_picture(&path).await, None);
        assert_eq!(read_picture(folder.path()).await, None);
        for (bytes, expected) in [
            (&b"\x89PNG\r\n"[..], Some(PreviewKind::Png)),
            (b"\xff\xd8\xff\xe0", Some(PreviewKind::Jpeg)),
            (b"v/1\x01", None),
            (b"", None),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read_picture(&path).await.map(|(kind, _)| kind), expected);
        }
    }
}
