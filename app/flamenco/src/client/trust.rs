use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};

use crate::ClientError;
use crate::kiln::sha_of_hex;

/// What stands before the fingerprint in an address: `https://10.0.0.7:8080/#sha256=…`.
const MARK: &str = "sha256=";

/// The SHA-256 of a certificate as it is sent, in lower-case hex.
pub fn fingerprint(certificate: &[u8]) -> String {
    Sha256::digest(certificate).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fingerprint that an address asks for. Browsers' and openssl's way of writing it is taken too:
/// capitals, colons.
///
/// # Errors
/// When there is one that cannot be read: to go on without it would trust anybody.
pub(super) fn pin_of(url: &Url) -> Result<Option<[u8; 32]>, String> {
    let Some(fragment) = url.fragment().filter(|it| !it.is_empty()) else { return Ok(None) };
    let Some(hex) = fragment.strip_prefix(MARK) else {
        return Err(format!("what follows # is no fingerprint; it begins with {MARK}"));
    };
    if url.scheme() != "https" {
        return Err("only https has a certificate whose fingerprint could be checked".into());
    }
    let hex = hex.replace(':', "").to_ascii_lowercase();
    sha_of_hex(&hex).map(Some).ok_or_else(|| "its fingerprint has 64 hexadecimal digits".into())
}

/// `url` with a certificate's fingerprint.
pub(crate) fn pinned(url: &Url, fingerprint: &str) -> Url {
    let mut url = url.clone();
    url.set_fragment(Some(&format!("{MARK}{fingerprint}")));
    url
}

/// Trusts the one certificate with this fingerprint, whatever names and dates it bears.
pub(super) fn only(pin: [u8; 32]) -> Result<ClientConfig, ClientError> {
    config(|algorithms| Arc::new(Known { pins: vec![pin], authorities: None, algorithms }))
}

/// Trusts no certificate, for lines that have none.
pub(super) fn nobody() -> Result<ClientConfig, ClientError> {
    config(|algorithms| Arc::new(Known { pins: Vec::new(), authorities: None, algorithms }))
}

/// Trusts these certificates themselves, and those signed with them.
///
/// # Errors
/// When `pem` holds no certificate.
pub(super) fn these(pem: &[u8]) -> Result<ClientConfig, ClientError> {
    let wrong = |cause: String| ClientError::BadCertificate { cause };
    let certificates: Result<Vec<CertificateDer>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("there is none in the file".into()));
    }
    let pins = certificates.iter().map(|it| Sha256::digest(it).into()).collect();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    // One that can sign nothing is good for itself alone.
    let authorities = verifier.ok();
    config(move |algorithms| Arc::new(Known { pins, authorities, algorithms }))
}

/// Trusts whoever answers, and keeps the fingerprint: to show it, never to send a secret.
pub(crate) fn anybody(seen: Seen) -> Result<ClientConfig, ClientError> {
    config(|algorithms| Arc::new(Stranger { seen, algorithms }))
}

/// The fingerprint of the last certificate that was met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<Option<String>>>);

impl Seen {
    pub(crate) fn fingerprint(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn config(
    verifier: impl FnOnce(WebPkiSupportedAlgorithms) -> Arc<dyn ServerCertVerifier>,
) -> Result<ClientConfig, ClientError> {
    let provider = provider();
    let verifier = verifier(provider.signature_verification_algorithms);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::BadCertificate { cause: error.to_string() })?;
    Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

#[derive(Debug)]
struct Known {
    pins: Vec<[u8; 32]>,
    authorities: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let sha: [u8; 32] = Sha256::digest(end_entity).into();
        if self.pins.contains(&sha) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.authorities {
            Some(authorities) => {
                authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(rustls::CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[derive(Debug)]
struct Stranger {
    seen: Seen,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Stranger {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint(end_entity));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_people_write_it_and_never_passed_over() {
        let pin = |text: &str| pin_of(&Url::parse(text).unwrap());
        let hex = "ab".repeat(32);
        assert_eq!(pin("https://farm/").unwrap(), None);
        assert_eq!(pin(&format!("https://farm/#sha256={hex}")).unwrap(), Some([0xab; 32]));
        let colons = vec!["AB"; 32].join(":");
        assert_eq!(pin(&format!("https://farm/#sha256={colons}")).unwrap(), Some([0xab; 32]));
        let twice = pinned(&Url::parse("https://farm/#x").unwrap(), &hex);
        assert_eq!(twice.as_str(), format!("https://farm/#sha256={hex}"));
        for bad in ["https://farm/#x", "https://farm/#sha256=ab", &format!("http://farm/#sha256={hex}")] {
            assert!(pin(bad).is_err(), "{bad}");
        }
    }
}
