use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use crate::ManagerError;

/// Whoever greets slower holds a socket for nothing.
const GREETING_LIMIT: Duration = Duration::from_secs(10);
const WAITING: usize = 64;

/// A server's certificate and its key.
#[derive(Clone)]
pub struct Identity {
    acceptor: TlsAcceptor,
    fingerprint: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Identity").field(&self.fingerprint).finish()
    }
}

impl Identity {
    /// From PEM files: the certificate chain, own one first, and its key.
    ///
    /// # Errors
    /// When one of them cannot be read, or they do not belong together.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, ManagerError> {
        Self::read(certificate, key).map_err(ManagerError::Certificate)
    }

    /// The one kept in `folder`, made when there is none: signed by itself, for `names`, without end.
    /// Whoever connects knows it by its [`fingerprint`](Self::fingerprint). The key is for this user's
    /// eyes only.
    ///
    /// # Errors
    /// When the folder cannot be written to, or what lies there makes no sense.
    pub fn kept_in(folder: &Path, names: &[String]) -> Result<Self, ManagerError> {
        let kept = || {
            let (certificate, key) = (folder.join("certificate.pem"), folder.join("certificate-key.pem"));
            if !certificate.exists() {
                make(names, &certificate, &key)?;
            }
            Self::read(&certificate, &key)
        };
        kept().map_err(ManagerError::Certificate)
    }

    /// SHA-256 of the certificate, lower-case hex.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn read(certificate: &Path, key: &Path) -> io::Result<Self> {
        let unusable = |path: &Path, error: &dyn std::fmt::Display| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{error}: {}", path.display()))
        };
        let chain =
            CertificateDer::pem_file_iter(certificate).map_err(|error| unusable(certificate, &error))?;
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|error| unusable(certificate, &error))?;
        let own = chain.first().ok_or_else(|| unusable(certificate, &"there is no certificate in it"))?;
        let fingerprint = flamenco::fingerprint(own);
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| unusable(key, &error))?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), fingerprint })
    }
}

/// The certificate is written last: where it is, its key is too.
fn make(names: &[String], certificate: &Path, key: &Path) -> io::Result<()> {
    let mut params = rcgen::CertificateParams::new(names.to_vec()).map_err(io::Error::other)?;
    // A date would end the farm one day, and says nothing to those who know the fingerprint.
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(9999, 12, 31);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "Kiln farm");
    let pair = rcgen::KeyPair::generate().map_err(io::Error::other)?;
    let signed = params.self_signed(&pair).map_err(io::Error::other)?;
    if let Some(folder) = key.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // A leftover of a process that was killed here.
    let _ = std::fs::remove_file(key);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(key)?;
    file.write_all(pair.serialize_pem().as_bytes())?;
    file.sync_all()?;
    let partial = certificate.with_extension("pem.part");
    std::fs::write(&partial, signed.pem())?;
    std::fs::rename(&partial, certificate)
}

/// Hands on connections whose greeting is over; a slow one holds up nobody.
pub(crate) struct TlsListener {
    greeted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    addr: io::Result<SocketAddr>,
}

impl TlsListener {
    pub(crate) fn new(tcp: TcpListener, identity: &Identity) -> Self {
        let acceptor = identity.acceptor.clone();
        let addr = tcp.local_addr();
        let (send, greeted) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = tcp.accept() => accepted,
                    // The server has ended; so does its port.
                    () = send.closed() => return,
                };
                let Ok((stream, from)) = accepted else {
                    // Out of sockets: others end meanwhile.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                let (send, acceptor) = (send.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let greeting = tokio::time::timeout(GREETING_LIMIT, acceptor.accept(stream));
                    if let Ok(Ok(stream)) = greeting.await {
                        // Fails only when the server ends.
                        let _ = send.send((stream, from)).await;
                    }
                });
            }
        });
        Self { greeted, addr }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.greeted.recv().await {
            Some(greeted) => greeted,
            // The task that accepts ends with the runtime.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.addr.as_ref().copied().map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }
}
