mod administration;
mod bucket;
mod chunks;
mod farm_state;
mod jobs;
mod logs;
mod meter;
mod outputs;
mod shaman;
pub(crate) mod trust;

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{HeaderValue, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ClientError;
use crate::client_error::without_query;
use crate::kiln::TOKEN_HEADER;

pub use bucket::{Bucket, BucketAddress, Object};
pub use chunks::Assembled;
pub use logs::LogChunk;
pub use meter::{Limit, Meter};
pub use outputs::Download;
pub use shaman::Uploaded;
pub use trust::fingerprint;

/// A line to one Manager: Flamenco's own or ours. Cheap to clone; clones share connections.
///
/// Reading calls are repeated when the Manager is busy or the connection breaks; calls that change
/// something are sent once, because the protocol has no way to tell a repetition from a second wish.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<HeaderValue>,
    basic: Option<(String, String)>,
    tries: u32,
}

/// Answers of a Manager are short, or long lists; nothing honest takes longer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Whole files may take this long; silence on the line is noticed much earlier.
const TRANSFER_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// No Manager sends a list beyond this; a stranger on that port might never stop sending.
const MAX_ANSWER_BYTES: usize = 256 << 20;
const MAX_ERROR_BYTES: usize = 64 << 10;

impl Client {
    /// For the Manager at `url`; `host` and `host:port` are completed to `http://host:port/`.
    /// `https://host:port/#sha256=…` trusts the one certificate with that [`fingerprint`].
    ///
    /// # Errors
    /// When `url` is not an HTTP address, or its fingerprint none.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        Self::with_certificate(url, None)
    }

    /// As [`Self::new`]; with `pem`, only a server with that certificate, or one signed with it, is
    /// trusted.
    ///
    /// # Errors
    /// When `url` is not an HTTP address, or `pem` no certificate.
    pub fn with_certificate(url: &str, pem: Option<&[u8]>) -> Result<Self, ClientError> {
        let (base, pin) = parse_base(url)?;
        let trusted = match (pin, pem) {
            (Some(pin), _) => Some(trust::only(pin)?),
            (None, Some(pem)) => Some(trust::these(pem)?),
            (None, None) => None,
        };
        Self::with_trust(base, trusted)
    }

    /// Talks to whoever answers at `url`, and keeps the fingerprint of the certificate that is met:
    /// for nothing that is secret.
    pub(crate) fn to_anybody(url: &str, seen: trust::Seen) -> Result<Self, ClientError> {
        Self::with_trust(parse_base(url)?.0, Some(trust::anybody(seen)?))
    }

    fn with_trust(base: Url, trusted: Option<rustls::ClientConfig>) -> Result<Self, ClientError> {
        install_tls_provider();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("Kiln/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_LIMIT)
            // A laptop's lid or a cut cable shows only to those who ask.
            .tcp_keepalive(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            // A proxy of the environment knows nothing of this machine's own ports.
            builder = builder.no_proxy();
        }
        // Reading the system's certificates takes longer than all that a program asks its own farm.
        let needs_none = is_loopback(&base) && base.scheme() == "http";
        let trusted = match trusted {
            None if needs_none => Some(trust::nobody()?),
            trusted => trusted,
        };
        if let Some(trusted) = trusted {
            builder = builder.tls_backend_preconfigured(trusted);
        }
        let http = builder.build().map_err(|error| ClientError::of_transport(&error))?;
        Ok(Self { http, base, token: None, basic: None, tries: 3 })
    }

    /// Sends `token` with every request.
    ///
    /// # Errors
    /// When it has characters that no header can carry.
    pub fn with_token(mut self, token: &str) -> Result<Self, ClientError> {
        let mut value = HeaderValue::from_str(token).map_err(|_| ClientError::BadUrl {
            url: self.base.to_string(),
            cause: "the token has characters that cannot be sent".into(),
        })?;
        value.set_sensitive(true);
        self.token = Some(value);
        Ok(self)
    }

    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Sends a Worker's credentials with every request.
    pub fn with_basic(mut self, id: &str, secret: &str) -> Self {
        self.basic = Some((id.into(), secret.into()));
        self
    }

    /// How often a reading call is tried in all; 3 unless set, and never less than 1.
    pub fn with_tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// The Manager's address, with `/` at its end.
    pub fn url(&self) -> &str {
        self.base.as_str()
    }

    /// A request to `path` on the Manager (`/api/v3/version`), with token and credentials, and a
    /// limit of 30 s that the caller may change. Query parameters go through the builder.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), path));
        let mut request = self.http.request(method, url).timeout(ANSWER_LIMIT);
        if let Some(token) = &self.token {
            request = request.header(TOKEN_HEADER, token);
        }
        if let Some((id, secret)) = &self.basic {
            request = request.basic_auth(id, Some(secret));
        }
        request
    }

    /// Sends once. Any HTTP status is an answer here.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        request.send().await.map_err(|error| ClientError::of_transport(&error))
    }

    /// Sends once; anything but 2xx is [`ClientError::Refused`] with the Manager's words.
    ///
    /// # Errors
    /// When no answer came, or a refusal.
    pub async fn send_ok(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = self.send(request).await?;
        if response.status().is_success() { Ok(response) } else { Err(refusal(response).await) }
    }

    /// `GET path`, repeated with growing pauses while the Manager is busy or away. `None` for 204.
    ///
    /// # Errors
    /// The last try's error.
    pub async fn get_optional<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ClientError> {
        let mut pause = Duration::from_millis(200);
        let mut tries_left = self.tries;
        loop {
            tries_left -= 1;
            let (error, wish) = match self.send(self.request(Method::GET, path)).await {
                Ok(response) if response.status() == 204 => return Ok(None),
                Ok(response) if response.status().is_success() => match parse(response).await {
                    Ok(value) => return Ok(Some(value)),
                    Err(error) => (error, None),
                },
                Ok(response) => {
                    let wish = retry_after(&response);
                    (refusal(response).await, wish)
                }
                Err(error) => (error, None),
            };
            if tries_left == 0 || !error.is_transient() {
                return Err(error);
            }
            tokio::time::sleep(wish.unwrap_or(pause)).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }

    /// As [`Self::get_optional`], where 204 makes no sense.
    ///
    /// # Errors
    /// The last try's error.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.get_optional(path).await?.ok_or_else(|| ClientError::Malformed {
            url: format!("{}{}", self.base, path.trim_start_matches('/')),
            cause: "it is empty".into(),
        })
    }

    /// `POST path` with a JSON body, once.
    ///
    /// # Errors
    /// When no answer came, or a refusal. After [`ClientError::Lost`] the Manager may have done it.
    pub async fn post(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<Response, ClientError> {
        self.send_ok(self.request(Method::POST, path).json(body)).await
    }

    /// Like [`Self::post`], with the answer read.
    ///
    /// # Errors
    /// As [`Self::post`], and when the answer is not the expected JSON.
    pub async fn post_for<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, ClientError> {
        parse(self.post(path, body).await?).await
    }
}

/// Reads a JSON answer.
///
/// # Errors
/// When the connection breaks, or the body is something else.
pub async fn parse<T: DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    let url = without_query(response.url());
    let body = read_limited(response, MAX_ANSWER_BYTES).await?;
    serde_json::from_slice(&body).map_err(|error| ClientError::Malformed { url, cause: error.to_string() })
}

/// The Manager's words of refusal: `message` of either error shape, else the body's text.
pub async fn refusal(response: Response) -> ClientError {
    let status = response.status();
    let body = read_limited(response, MAX_ERROR_BYTES).await.unwrap_or_default();
    ClientError::Refused { status: status.as_u16(), message: refusal_text(status, &body) }
}

fn refusal_text(status: reqwest::StatusCode, body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Words {
        message: String,
    }
    if let Ok(words) = serde_json::from_slice::<Words>(body) {
        return words.message;
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    // A page of HTML from some proxy helps nobody.
    if text.is_empty() || text.starts_with('<') {
        return status.canonical_reason().unwrap_or("no reason given").to_owned();
    }
    text.chars().take(500).collect()
}

/// The body as text, however it is written.
pub(crate) async fn text(response: Response, limit: usize) -> Result<String, ClientError> {
    Ok(String::from_utf8_lossy(&read_limited(response, limit).await?).into_owned())
}

async fn read_limited(mut response: Response, limit: usize) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| ClientError::of_transport(&error))? {
        if body.len() + chunk.len() > limit {
            let cause = format!("it is longer than {limit} bytes");
            return Err(ClientError::Malformed { url: without_query(response.url()), cause });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let secs = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(secs.min(30)))
}

/// reqwest brings no TLS of its own choice here; the first of our clients chooses for the process.
fn install_tls_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only if the program has chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// The address, and the fingerprint that it asks for.
fn parse_base(url: &str) -> Result<(Url, Option<[u8; 32]>), ClientError> {
    let bad = |cause: &str| ClientError::BadUrl { url: url.into(), cause: cause.into() };
    let text = url.trim();
    if text.is_empty() {
        return Err(bad("it is empty"));
    }
    let completed = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut base = Url::parse(&completed).map_err(|error| bad(&error.to_string()))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(bad("only http and https are spoken"));
    }
    if base.host_str().is_none_or(str::is_empty) {
        return Err(bad("it names no host"));
    }
    let pin = trust::pin_of(&base).map_err(|cause| bad(&cause))?;
    base.set_query(None);
    base.set_fragment(None);
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    Ok((base, pin))
}

pub(crate) fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// For one part of a path that came from elsewhere.
fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed_or_refused() {
        for (given, expected) in [
            ("farm.local:8080", "http://farm.local:8080/"),
            (" http://10.0.0.1 ", "http://10.0.0.1/"),
            ("https://studio.example/flamenco", "https://studio.example/flamenco/"),
            ("http://[::1]:80?x=1#", "http://[::1]/"),
        ] {
            assert_eq!(parse_base(given).unwrap().0.as_str(), expected);
        }
        for bad in ["", "ftp://farm/", "http://", "http://a b/", "https://farm/#sha256=1"] {
            assert!(matches!(parse_base(bad), Err(ClientError::BadUrl { .. })), "{bad}");
        }
    }

    #[test]
    fn a_path_below_a_prefix_keeps_the_prefix() {
        let client = Client::new("http://studio.example/flamenco").unwrap();
        let request = client.request(Method::GET, "/api/v3/version").build().unwrap();
        assert_eq!(request.url().as_str(), "http://studio.example/flamenco/api/v3/version");
    }

    #[test]
    fn a_refusal_is_told_in_the_managers_words() {
        let status = reqwest::StatusCode::BAD_REQUEST;
        assert_eq!(refusal_text(status, br#"{"code":400,"message":"no such type"}"#), "no such type");
        assert_eq!(refusal_text(status, br#"{"message":"schema"}"#), "schema");
        assert_eq!(refusal_text(status, b"plain words\n"), "plain words");
        assert_eq!(refusal_text(status, b"<html>proxy</html>"), "Bad Request");
        assert_eq!(refusal_text(status, b""), "Bad Request");
    }
}
