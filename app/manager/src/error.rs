use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a Manager cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    #[error(
        "the farm cannot listen on {addr}: {source}. Another program may hold the port; choose another one."
    )]
    Listen { addr: SocketAddr, source: std::io::Error },
    #[error("the farm's folder cannot be used: {source}. Make it writable or choose another one: {}", path.display())]
    Home { path: PathBuf, source: std::io::Error },
    #[error("the farm's database cannot be opened: {source}. Move it away to start with an empty farm: {}", path.display())]
    Database { path: PathBuf, source: rusqlite::Error },
    #[error("the farm's database was written by a newer Kiln (schema {found}, this one knows {known}). Start the newer program: {}", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("the certificate and its key cannot be used: {0}")]
    Certificate(std::io::Error),
    #[error("the farm cannot go on where it was: {message}: {}", path.display())]
    Resume { message: String, path: PathBuf },
}
