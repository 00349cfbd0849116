//! Sends large files in pieces cut where their content says so, so that a file that was saved again
//! sends what has changed in it, and a transfer that broke off goes on where it was.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use fastcdc::v2020::StreamCDC;
use flamenco::kiln::{Chunk, sha_of_hex};
use flamenco::{Assembled, Client, Meter, Uploaded};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::hashing::{cancel_on_drop, hex};
use super::store::BundleFile;
use crate::FarmError;
use crate::error::UploadError;

/// Smaller files go whole: cutting them saves nothing.
pub(super) const CHUNKED_FROM_BYTES: u64 = 1 << 20;

/// Lengths of pieces. Part of no format: with others, a file is only sent once more.
const MIN_BYTES: usize = 64 << 10;
const MEAN_BYTES: usize = 256 << 10;
const MAX_BYTES: usize = 1 << 20;
/// Sent in one request, which is what a broken line costs.
const PACK_BYTES: u64 = 4 << 20;
const PARALLEL_PACKS: usize = 2;
const MAX_ROUNDS: usize = 10;

/// A piece of a file on this disk.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    chunk: Chunk,
    offset: u64,
}

/// Brings `file` to a Manager that takes pieces.
pub(super) async fn send(client: &Client, file: &BundleFile, meter: &Meter) -> Result<Uploaded, UploadError> {
    let unreadable = |error| FarmError::file("the file cannot be read", &file.source)(error);
    let Some(pieces) = cut(file.clone()).await.map_err(unreadable)? else { return Ok(Uploaded::Changed) };
    let all = || pieces.iter().map(|it| it.chunk.clone()).collect::<Vec<_>>();
    let offsets: HashMap<&str, u64> = pieces.iter().map(|it| (it.chunk.sha.as_str(), it.offset)).collect();
    for round in 0..MAX_ROUNDS {
        let missing = client.missing_chunks(all()).await?;
        let n_missing: u64 = missing.iter().map(|it| u64::from(it.size)).sum();
        if round == 0 {
            meter.skip(file.size.saturating_sub(n_missing));
        }
        let known = |chunk: Chunk| Some(Piece { offset: *offsets.get(chunk.sha.as_str())?, chunk });
        let packs = packs_of(missing.into_iter().filter_map(known));
        let sent = stream::iter(packs).map(|pack| send_pack(client, file.source.clone(), pack, meter));
        let is_as_said: Vec<bool> = sent.buffer_unordered(PARALLEL_PACKS).try_collect().await?;
        if is_as_said.contains(&false) {
            return Ok(Uploaded::Changed);
        }
        match client.assemble(&file.sha, file.size, all()).await? {
            Assembled::Stored => return Ok(Uploaded::Stored),
            Assembled::Changed => return Ok(Uploaded::Changed),
            Assembled::Incomplete => {}
        }
    }
    let what = format!("the farm still asks for pieces after {MAX_ROUNDS} rounds of sending them");
    Err(FarmError::Invalid(format!("{what}: {}", file.source.display())).into())
}

/// The pieces of a file, in order; `None` when it is no longer what was hashed.
async fn cut(file: BundleFile) -> std::io::Result<Option<Vec<Piece>>> {
    let (ctx, _guard) = cancel_on_drop();
    let cutting = tokio::task::spawn_blocking(move || {
        let source = File::open(&file.source)?;
        let mut whole = Sha256::new();
        let mut pieces = Vec::new();
        for piece in StreamCDC::new(source, MIN_BYTES, MEAN_BYTES, MAX_BYTES) {
            ctx.check_cancelled().map_err(std::io::Error::other)?;
            let piece = piece.map_err(std::io::Error::from)?;
            whole.update(&piece.data);
            let size = u32::try_from(piece.length).map_err(std::io::Error::other)?;
            let chunk = Chunk { sha: hex(&Sha256::digest(&piece.data)), size };
            pieces.push(Piece { chunk, offset: piece.offset });
        }
        Ok((hex(&whole.finalize()) == file.sha).then_some(pieces))
    });
    cutting.await.map_err(std::io::Error::other)?
}

fn packs_of(pieces: impl Iterator<Item = Piece>) -> Vec<Vec<Piece>> {
    let mut packs = Vec::new();
    let (mut pack, mut n_bytes) = (Vec::new(), 0);
    for piece in pieces {
        n_bytes += u64::from(piece.chunk.size);
        pack.push(piece);
        if n_bytes >= PACK_BYTES {
            packs.push(std::mem::take(&mut pack));
            n_bytes = 0;
        }
    }
    packs.push(pack);
    packs.retain(|pack| !pack.is_empty());
    packs
}

/// False: the file has changed.
async fn send_pack(
    client: &Client,
    source: PathBuf,
    pack: Vec<Piece>,
    meter: &Meter,
) -> Result<bool, UploadError> {
    let shown: Arc<PathBuf> = source.clone().into();
    let reading = tokio::task::spawn_blocking(move || read_pack(&source, &pack));
    let unreadable = |error| FarmError::file("the file cannot be read", &shown)(error);
    let read = reading.await.map_err(|error| unreadable(std::io::Error::other(error)))?;
    match read {
        Ok(bytes) => Ok(client.send_pack(bytes, meter).await?),
        // Shorter than a moment ago.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(unreadable(error).into()),
    }
}

fn read_pack(source: &std::path::Path, pack: &[Piece]) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(source)?;
    let mut bytes = Vec::new();
    for Piece { chunk, offset } in pack {
        bytes.extend(sha_of_hex(&chunk.sha).unwrap_or_default());
        bytes.extend(chunk.size.to_le_bytes());
        let begin = bytes.len();
        bytes.resize(begin + chunk.size as usize, 0);
        file.seek(SeekFrom::Start(*offset))?;
        file.read_exact(bytes.get_mut(begin..).unwrap_or_default())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, mut seed: u64) -> Vec<u8> {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        };
        (0..n).map(|_| next()).collect()
    }

    async fn pieces(folder: &std::path::Path, bytes: &[u8]) -> Vec<Piece> {
        let source = folder.join("file");
        std::fs::write(&source, bytes).unwrap();
        let sha = hex(&Sha256::digest(bytes));
        let file =
            BundleFile { path: "file".into(), source, model_index: None, size: bytes.len() as u64, sha };
        cut(file).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn pieces_away_from_a_change_stay_what_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = noise(12 << 20, 7);
        let before = pieces(folder.path(), &bytes).await;
        let n_bytes: u64 = before.iter().map(|it| u64::from(it.chunk.size)).sum();
        assert_eq!(n_bytes, bytes.len() as u64);
        assert!(before.iter().all(|it| it.chunk.size as usize <= MAX_BYTES));
        // Something longer than what it replaces: all that follows moves.
        bytes.splice(5 << 20..(5 << 20) + 1000, noise(1777, 8));
        let after = pieces(folder.path(), &bytes).await;
        let is_new = |it: &&Piece| before.iter().all(|old| old.chunk != it.chunk);
        let n_new: u64 = after.iter().filter(is_new).map(|it| u64::from(it.chunk.size)).sum();
        assert!(n_new > 1777 && n_new <= 3 * MAX_BYTES as u64, "{n_new} bytes to send");
    }

    #[tokio::test]
    async fn packs_hold_every_piece_once() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = noise(20 << 20, 9);
        let pieces = pieces(folder.path(), &bytes).await;
        let packs = packs_of(pieces.clone().into_iter());
        assert!(packs.len() >= 4 && packs.len() <= 5, "{}", packs.len());
        assert_eq!(packs.concat(), pieces);
        let read = read_pack(&folder.path().join("file"), &packs[0]).unwrap();
        let first = usize::try_from(packs[0][0].chunk.size).unwrap();
        assert_eq!(&read[36..36 + first], &bytes[..first]);
    }
}
