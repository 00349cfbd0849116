//! Pieces of files, so that a file that was changed a little need not come up whole.
//!
//! Whoever sends cuts files where their content says so. A piece is known by its SHA-256 and lies in a
//! stored file that was put together from pieces, or, until that is, in the pack it came up in. A
//! pack is what one request brought: for each piece its hash, its length (four bytes, little-endian)
//! and its bytes. Beside a stored file lies the list of its pieces. What is where is an index in
//! memory, read from those lists when it is first asked for.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::SystemTime;

use flamenco::kiln::{MAX_CHUNK_BYTES, PACK_HEAD_BYTES};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Content, Shaman, subfolders};
use crate::job_types::hex;

/// SHA-256 of a piece, and its length in bytes.
pub(crate) type Chunk = ([u8; 32], u32);

#[derive(Debug, thiserror::Error)]
pub(crate) enum AssembleError {
    #[error("{} pieces of the file are not here; ask again which are missing", .0.len())]
    Missing(Vec<Chunk>),
    #[error("the pieces make another file than was announced; the file changed, hash it again")]
    Other,
    #[error("the file cannot be put together: {0}")]
    Io(#[from] io::Error),
}

/// Where every known piece lies.
#[derive(Default)]
pub(super) struct Index {
    places: HashMap<[u8; 32], Place>,
    homes: Vec<ChunkHome>,
}

/// A stored file or a pack.
struct ChunkHome {
    path: PathBuf,
    is_pack: bool,
    /// Found here and nowhere newer; a pack of none goes.
    n_chunks: usize,
}

#[derive(Clone, Copy)]
struct Place {
    home: usize,
    offset: u64,
    n_bytes: u32,
}

/// A list of pieces beside a stored file, and a pack.
pub(super) const LIST: &str = "chunks";
const PACK: &str = "pack";

impl Shaman {
    /// Which of `wanted` must be sent, each once.
    pub(crate) fn missing_chunks(&self, wanted: &[Chunk]) -> io::Result<Vec<Chunk>> {
        let mut seen = HashSet::new();
        self.with_index(|index| {
            let is_here =
                |(sha, n_bytes): &Chunk| index.places.get(sha).is_some_and(|it| it.n_bytes == *n_bytes);
            wanted.iter().filter(|it| !is_here(it) && seen.insert(it.0)).copied().collect()
        })
    }

    /// Where a pack grows while it arrives.
    pub(crate) fn new_pack(&self) -> Part {
        Part(self.uploading.join(format!("{}.{PACK}", Uuid::new_v4().simple())))
    }

    /// Takes a pack in if every piece in it is what it says. Blocks.
    pub(crate) fn take_pack(&self, arrived: Part) -> io::Result<()> {
        let mut chunks = Vec::new();
        let mut file = BufReader::new(File::open(&arrived.0)?);
        let mut bytes = Vec::new();
        while let Some((chunk, offset)) = next_head(&mut file)? {
            bytes.resize(chunk.1 as usize, 0);
            file.read_exact(&mut bytes)?;
            if Sha256::digest(&bytes)[..] != chunk.0 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a piece is not what it says"));
            }
            chunks.push((chunk, offset));
        }
        // A power cut after this must not leave less than was promised.
        file.get_ref().sync_all()?;
        let path = self.packs.join(arrived.0.file_name().unwrap_or_default());
        // Inside: an index that is read just now must not find the pack there already.
        self.with_index(|index| {
            fs::rename(&arrived.0, &path)?;
            index.add(path, true, chunks);
            Ok(())
        })?
    }

    /// Puts `content` together from its pieces and stores it. Blocks.
    pub(crate) fn assemble(&self, content: &Content, chunks: &[Chunk]) -> Result<(), AssembleError> {
        let blob = self.blob(content);
        if blob.is_file() {
            return Ok(());
        }
        let n_bytes: u64 = chunks.iter().map(|it| u64::from(it.1)).sum();
        if n_bytes != content.size() {
            return Err(AssembleError::Other);
        }
        let missing = self.missing_chunks(chunks)?;
        if !missing.is_empty() {
            return Err(AssembleError::Missing(missing));
        }
        let part = Part(self.uploading.join(format!("{}.tmp", Uuid::new_v4().simple())));
        let list = Part(part.0.with_extension(LIST));
        self.write_chunks(content, chunks, &part.0)?;
        let entries = chunks.iter().flat_map(|(sha, n_bytes)| [&sha[..], &n_bytes.to_le_bytes()].concat());
        fs::write(&list.0, entries.collect::<Vec<u8>>())?;
        if let Some(folder) = blob.parent() {
            fs::create_dir_all(folder)?;
        }
        // The list first: without its file it says nothing, and the file can do without.
        fs::rename(&list.0, blob.with_extension(LIST))?;
        fs::rename(&part.0, &blob)?;
        Ok(self.with_index(|index| index.add(blob, false, with_offsets(chunks.iter().copied())))?)
    }

    fn write_chunks(&self, content: &Content, chunks: &[Chunk], to: &Path) -> Result<(), AssembleError> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create_new(to)?);
        let mut whole = Sha256::new();
        let mut bytes = Vec::new();
        for chunk in chunks {
            let found = self.with_index(|index| index.find(&chunk.0))?;
            let is_read = found.is_some_and(|(path, place)| read_chunk(&path, place, &mut bytes).is_ok());
            if !is_read || Sha256::digest(&bytes)[..] != chunk.0 {
                // Deleted meanwhile, or damaged on the disk: it is asked for again.
                self.with_index(|index| index.lose(&chunk.0))?;
                return Err(AssembleError::Missing(vec![*chunk]));
            }
            whole.update(&bytes);
            out.write_all(&bytes)?;
        }
        if hex(&whole.finalize()) != content.sha() {
            return Err(AssembleError::Other);
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(())
    }

    /// Deletes packs that nobody put anything together from in so long.
    pub(super) fn collect_packs(&self, oldest: SystemTime) -> io::Result<usize> {
        let mut n_deleted = 0;
        for pack in fs::read_dir(&self.packs)? {
            let pack = pack?;
            if pack.metadata()?.modified()? < oldest {
                // Pieces that the index still looks for there are found missing, and sent again.
                fs::remove_file(pack.path())?;
                n_deleted += 1;
            }
        }
        Ok(n_deleted)
    }

    /// Works on the index, read when nobody asked for it before.
    fn with_index<T>(&self, work: impl FnOnce(&mut Index) -> T) -> io::Result<T> {
        let mut index = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        let index = match &mut *index {
            Some(index) => index,
            empty => empty.insert(Index::read(&self.stored, &self.packs)?),
        };
        Ok(work(index))
    }
}

impl Index {
    fn read(stored: &Path, packs: &Path) -> io::Result<Self> {
        let mut index = Self::default();
        for folder in subfolders(stored)?.iter().map(|it| subfolders(it)).collect::<io::Result<Vec<_>>>()? {
            for entry in folder.iter().flat_map(fs::read_dir).flatten() {
                let list = entry?.path();
                let blob = list.with_extension("blob");
                if list.extension().is_some_and(|it| it == LIST) && blob.is_file() {
                    index.add(blob, false, with_offsets(read_list(&list)?));
                }
            }
        }
        for entry in fs::read_dir(packs)? {
            let pack = entry?.path();
            let mut file = BufReader::new(File::open(&pack)?);
            let mut chunks = Vec::new();
            while let Some((chunk, offset)) = next_head(&mut file)? {
                file.seek_relative(i64::from(chunk.1))?;
                // Put together already, when it could not be deleted.
                if !index.places.contains_key(&chunk.0) {
                    chunks.push((chunk, offset));
                }
            }
            index.add(pack, true, chunks);
        }
        Ok(index)
    }

    /// The newest home of a piece is where it is looked for.
    fn add(&mut self, path: PathBuf, is_pack: bool, chunks: Vec<(Chunk, u64)>) {
        let home = self.homes.len();
        self.homes.push(ChunkHome { path, is_pack, n_chunks: 0 });
        for ((sha, n_bytes), offset) in chunks {
            let before = self.places.insert(sha, Place { home, offset, n_bytes });
            self.count(home, 1);
            if let Some(before) = before {
                self.count(before.home, -1);
            }
        }
    }

    fn count(&mut self, home: usize, change: isize) {
        let Some(home) = self.homes.get_mut(home) else { return };
        home.n_chunks = home.n_chunks.saturating_add_signed(change);
        if home.is_pack && home.n_chunks == 0 {
            // Should it stay, the next start finds nothing new in it, and a month ends it.
            let _ = fs::remove_file(&home.path);
        }
    }

    fn find(&self, sha: &[u8; 32]) -> Option<(PathBuf, Place)> {
        let place = *self.places.get(sha)?;
        Some((self.homes.get(place.home)?.path.clone(), place))
    }

    /// A piece cannot be read where it should lie; all of them where the whole file is gone.
    fn lose(&mut self, sha: &[u8; 32]) {
        let Some((path, lost)) = self.find(sha) else { return };
        match path.is_file() {
            true => drop(self.places.remove(sha)),
            false => self.places.retain(|_, place| place.home != lost.home),
        }
    }
}

/// A file on its way, gone with the attempt.
pub(crate) struct Part(PathBuf);

impl Part {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It has its own name by now, where all went well.
        let _ = fs::remove_file(&self.0);
    }
}

/// The next piece of a pack and where its bytes begin, which is where `file` stands afterwards.
fn next_head<R: Read + Seek>(file: &mut BufReader<R>) -> io::Result<Option<(Chunk, u64)>> {
    let mut head = [0; PACK_HEAD_BYTES];
    let n_read = file.read(&mut head)?;
    if n_read == 0 {
        return Ok(None);
    }
    file.read_exact(&mut head[n_read..])?;
    let (sha, n_bytes) = head.split_at(32);
    let chunk = (array(sha), u32::from_le_bytes(array(n_bytes)));
    if chunk.1 > MAX_CHUNK_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a piece is longer than any may be"));
    }
    Ok(Some((chunk, file.stream_position()?)))
}

fn read_chunk(path: &Path, place: Place, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(place.offset))?;
    bytes.resize(place.n_bytes as usize, 0);
    file.read_exact(bytes)
}

fn read_list(path: &Path) -> io::Result<Vec<Chunk>> {
    let bytes = fs::read(path)?;
    let entries = bytes.chunks_exact(PACK_HEAD_BYTES).map(|it| it.split_at(32));
    Ok(entries.map(|(sha, n_bytes)| (array(sha), u32::from_le_bytes(array(n_bytes)))).collect())
}

fn with_offsets(chunks: impl IntoIterator<Item = Chunk>) -> Vec<(Chunk, u64)> {
    let from = |offset: &mut u64, chunk: Chunk| {
        let here = *offset;
        *offset += u64::from(chunk.1);
        Some((chunk, here))
    };
    chunks.into_iter().scan(0, from).collect()
}

/// The first bytes; zeros where there are fewer.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    array
}
