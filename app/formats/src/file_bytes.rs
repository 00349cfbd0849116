use std::fs::File;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;
use scene::{Image, ImageData};

use crate::ReadFault;

/// A file's content: mapped when big, read when small.
pub enum FileBytes {
    Mapped(Mmap),
    Read(Vec<u8>),
    /// Out of an archive.
    Shared(Arc<[u8]>),
}

/// Below this size a plain read is quicker than setting up a map.
const MAP_FROM_N_BYTES: u64 = 256 * 1024;

impl FileBytes {
    /// # Errors
    /// Whatever the system says, and folders.
    pub(crate) fn open(path: &Path) -> Result<Self, ReadFault> {
        // Asked before opening: opening a pipe would wait for whoever writes to it.
        let metadata = path.metadata()?;
        if !metadata.is_file() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is not a file").into());
        }
        if metadata.len() < MAP_FROM_N_BYTES {
            return Ok(Self::Read(std::fs::read(path)?));
        }
        let file = File::open(path)?;
        // A program that shortens the file while it is read here would end this one with a bus
        // error; model files are replaced rather than shortened by every exporter we know, and
        // copying hundreds of megabytes instead would double the time to the first picture.
        #[allow(unsafe_code, reason = "memory maps have no safe constructor")]
        // SAFETY: the map is private to this process and only read; nothing here writes to `path`.
        let map = unsafe { Mmap::map(&file) }?;
        Ok(Self::Mapped(map))
    }
}

/// The bytes of a picture, wherever they lie.
///
/// # Errors
/// Why there are none, in words.
pub fn image_bytes(image: &Image) -> Result<FileBytes, String> {
    match &image.data {
        ImageData::Embedded(bytes) => Ok(FileBytes::Shared(bytes.clone())),
        ImageData::File(path) => FileBytes::open(path).map_err(|error| error.to_string()),
        ImageData::Missing(_) => Err("it is missing".into()),
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Read(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}
