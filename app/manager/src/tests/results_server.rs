use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use flamenco::kiln::Output;
use flamenco::{Client, ClientError};

use crate::{Identity, ResultsConfig, ResultsServer};

const TOKEN: &str = "a token of some length";

async fn server(root: &Path) -> (ResultsServer, Client) {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = ResultsConfig { root: root.into(), listen, token: TOKEN.into(), tls: None };
    let server = ResultsServer::start(config).await.unwrap();
    let client = Client::new(&server.local_addr().to_string()).unwrap().with_token(TOKEN).unwrap();
    (server, client)
}

fn studio() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let frames = folder.path().join("share/jobs/Größe 1");
    std::fs::create_dir_all(&frames).unwrap();
    std::fs::write(frames.join("000001.png"), "first frame").unwrap();
    std::fs::write(frames.join(".000002.png.part"), "half").unwrap();
    std::fs::write(folder.path().join("secret"), "not for you").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("secret"), frames.join("link.png")).unwrap();
    folder
}

#[tokio::test]
async fn files_below_a_folder_are_shown_with_their_hashes_and_fetched_in_parts() {
    let folder = studio();
    let (_server, client) = server(&folder.path().join("share")).await;
    let files = client.files("jobs/Größe 1").await.unwrap();
    assert_eq!(files.iter().map(|it| (it.path.as_str(), it.size)).collect::<Vec<_>>(), [("000001.png", 11)]);
    let mut rest = client.download_file("jobs/Größe 1", &files[0], 6).await.unwrap();
    assert_eq!((rest.offset, rest.etag()), (6, Some(files[0].sha256.as_str())));
    assert_eq!(rest.chunk().await.unwrap().unwrap().as_ref(), b"frame");
    // Another content than was listed begins anew.
    let other = Output { sha256: "0".repeat(64), ..files[0].clone() };
    assert_eq!(client.download_file("jobs/Größe 1", &other, 6).await.unwrap().offset, 0);
    assert!(client.files("jobs/not yet").await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_shown_without_the_token_or_outside_the_folder() {
    let folder = studio();
    let (server, client) = server(&folder.path().join("share")).await;
    let stranger = Client::new(&server.local_addr().to_string()).unwrap();
    for client in [stranger.clone(), stranger.with_token("a token of some lengtH").unwrap()] {
        let refused = client.files("").await;
        assert!(matches!(refused, Err(ClientError::Refused { status: 401, .. })), "{refused:?}");
    }
    let at = |path: &str| Output { path: path.into(), ..Output::default() };
    for path in ["../secret", "jobs/../../secret", "/etc/passwd", "jobs/Größe 1/link.png", "jobs", "nowhere"]
    {
        let refused = client.download_file("", &at(path), 0).await.map(|it| it.offset);
        assert!(
            matches!(refused, Err(ClientError::Refused { status: 400 | 404, .. })),
            "{path}: {refused:?}"
        );
    }
    for folder in ["..", "/etc", "jobs/../.."] {
        assert!(client.files(folder).await.is_err(), "{folder}");
    }
}

#[tokio::test]
async fn a_certificate_signed_by_itself_is_known_by_its_bytes() {
    let folder = studio();
    // As openssl makes them unless told otherwise: its own authority.
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let (pem, key_pem) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&pem, certificate.pem()).unwrap();
    std::fs::write(&key_pem, key.serialize_pem()).unwrap();
    let identity = Identity::from_files(&pem, &key_pem).unwrap();
    let config = ResultsConfig {
        root: folder.path().join("share"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        token: TOKEN.into(),
        tls: Some(identity.clone()),
    };
    let server = ResultsServer::start(config).await.unwrap();
    let url = format!("https://{}/", server.local_addr());
    let pinned = format!("{url}#sha256={}", identity.fingerprint());
    let by_file = Client::with_certificate(&url, Some(certificate.pem().as_bytes())).unwrap();
    for client in [by_file, Client::new(&pinned).unwrap()] {
        let files = client.with_token(TOKEN).unwrap().files("jobs").await.unwrap();
        assert_eq!(files.len(), 1);
    }
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let stranger = Client::with_certificate(&url, Some(other.cert.pem().as_bytes())).unwrap();
    let refused = stranger.with_token(TOKEN).unwrap().files("jobs").await;
    assert!(matches!(refused, Err(ClientError::Untrusted { .. })), "{refused:?}");
    assert!(matches!(
        Client::with_certificate(&url, Some(b"nonsense")),
        Err(ClientError::BadCertificate { .. })
    ));
}
