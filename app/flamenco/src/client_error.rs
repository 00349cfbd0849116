use std::error::Error as _;

/// What a call to a Manager came to, if not to an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    #[error("{url} is not the address of a Manager: {cause}. It looks like http://farm.local:8080/")]
    BadUrl { url: String, cause: String },
    /// The request has not reached the Manager.
    #[error("the Manager cannot be reached ({cause}). Is it running, and is this its address? {url}")]
    Unreachable { url: String, cause: String },
    /// Somebody answers there, with another certificate than is trusted. Nothing was sent.
    #[error(
        "the Manager's certificate is not trusted ({cause}). Take its address with its fingerprint, as `kiln farm status` prints it there: {url}"
    )]
    Untrusted { url: String, cause: String },
    #[error("this certificate cannot be used: {cause}")]
    BadCertificate { cause: String },
    /// The connection broke or the time ran out after the request was sent: the Manager may have
    /// carried it out.
    #[error("the Manager's answer was lost ({cause}): {url}")]
    Lost { url: String, cause: String },
    #[error("the Manager refused with {status}: {message}")]
    Refused {
        status: u16,
        /// In the Manager's words.
        message: String,
    },
    #[error("the Manager's answer cannot be understood ({cause}): {url}")]
    Malformed { url: String, cause: String },
    #[error("{cause}: {path}")]
    File { path: String, cause: String },
}

impl ClientError {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The same call may work a little later, with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Lost { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::BadUrl { .. }
            | Self::Untrusted { .. }
            | Self::BadCertificate { .. }
            | Self::Malformed { .. }
            | Self::File { .. } => false,
        }
    }

    pub(crate) fn of_transport(error: &reqwest::Error) -> Self {
        let url = error.url().map(without_query).unwrap_or_default();
        let cause = innermost(error);
        if let Some(cause) = certificate_trouble(error) {
            Self::Untrusted { url, cause }
        } else if error.is_connect() {
            Self::Unreachable { url, cause }
        } else if error.is_decode() {
            Self::Malformed { url, cause }
        } else if error.is_builder() {
            Self::BadUrl { url, cause }
        } else {
            Self::Lost { url, cause: if error.is_timeout() { "it took too long".into() } else { cause } }
        }
    }
}

/// What was wrong with the other side's certificate, if anything was.
fn certificate_trouble(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(rustls::Error::InvalidCertificate(what)) = error.downcast_ref() {
        return Some(what.to_string());
    }
    // An I/O error shows what it holds to those alone who ask for it.
    let held = error.downcast_ref().and_then(std::io::Error::get_ref);
    held.and_then(|it| certificate_trouble(it)).or_else(|| certificate_trouble(error.source()?))
}

/// A query may hold a signature, which is nobody's business.
pub(crate) fn without_query(url: &reqwest::Url) -> String {
    url.as_str().split('?').next().unwrap_or_default().to_owned()
}

/// The last cause of the chain says what happened; the others only say during what.
fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    text
}
