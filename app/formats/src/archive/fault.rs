use zip::result::ZipError;

use super::{Entry, method_name};

/// Why an archive, or a file in it, stays closed; with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    #[error("the archive is damaged ({0}); get it again")]
    Damaged(String),
    #[error("the archive lists more than {most} files; unpack it and open the folder")]
    TooManyEntries { most: usize },
    #[error("{name} in the archive is encrypted; unpack it with its password and open the folder")]
    Encrypted { name: String },
    /// A zip bomb, or simply too much for the memory.
    #[error(
        "{name} in the archive grows beyond {} MB, which no model needs; unpack it by itself if you trust it",
        n_bytes >> 20
    )]
    TooLarge { name: String, n_bytes: u64 },
    #[error("{name} in the archive is packed with {method}, which is not read; pack it again as a plain zip")]
    Method { name: String, method: String },
    #[error("{name} in the archive is damaged ({cause}); get it again")]
    DamagedEntry { name: String, cause: String },
    #[error("{name} is an archive in an archive, which stays closed; unpack it and open the folder")]
    Nested { name: String },
    #[error("the archive holds no file of this name; open the archive itself to see what is in it")]
    NoSuchEntry,
    /// With what it holds instead, in words.
    #[error("the archive holds no model that Kiln reads{0}")]
    NoModel(String),
}

impl ArchiveFault {
    pub(super) fn damaged(error: ZipError) -> Self {
        Self::Damaged(cause(&error))
    }

    pub(super) fn entry(entry: &Entry, error: ZipError) -> Self {
        let name = entry.name.clone();
        match error {
            ZipError::CompressionMethodNotSupported(method) => {
                #[allow(deprecated, reason = "the only way from the number to its name")]
                let method = zip::CompressionMethod::from_u16(method);
                Self::Method { name, method: method_name(method) }
            }
            ZipError::InvalidPassword => Self::Encrypted { name },
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Self::Encrypted { name },
            error => Self::DamagedEntry { name, cause: cause(&error) },
        }
    }
}

/// Without the crate's own preamble, which says the same again.
fn cause(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => error.to_string(),
        ZipError::InvalidArchive(what) => what.to_string(),
        error => error.to_string(),
    }
}
