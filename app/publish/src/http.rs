use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, RequestBuilder, Url};
use serde_json::{Value, json};

use crate::entry::{Entry, file_name};
use crate::{PublishError, Published};

/// A line to one store or webhook.
pub(crate) struct Http {
    client: reqwest::Client,
    token: Option<HeaderValue>,
    address: String,
}

/// Waits between tries, for servers that are busy or just starting.
const WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Silence for this long ends a try.
const READ_LIMIT: Duration = Duration::from_secs(60);
/// Of an answer that explains a refusal.
const MAX_CAUSE_CHARS: usize = 300;

/// Letters, digits and what needs no escape in a segment of a path (RFC 3986 §3.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Http {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// What is no HTTP address; a token that no header can carry.
    pub(crate) fn to(address: &str) -> Result<Self, PublishError> {
        install_tls_provider();
        let url = parse(&place(address, "name", "file"))?;
        let token = match std::env::var("KILN_PUBLISH_TOKEN") {
            Ok(token) if !token.is_empty() => {
                let mut value =
                    HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| PublishError::BadToken)?;
                value.set_sensitive(true);
                Some(value)
            }
            _ => None,
        };
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("Kiln/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(READ_LIMIT)
            // A token is meant for the address that the plan names, not for where that sends us.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&url) {
            // A proxy of the environment knows nothing of this machine's own ports.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| PublishError::NoClient(error.to_string()))?;
        Ok(Self { client, token, address: address.to_owned() })
    }

    /// Puts every file of the entry to `ADDRESS/NAME/FILE`, or where `{name}` and `{file}` stand in the
    /// address. Returns their addresses, the model's first.
    ///
    /// # Errors
    /// The first file that the store does not take.
    pub(crate) fn store(&self, entry: &Entry) -> Result<Vec<String>, PublishError> {
        let mut urls = Vec::new();
        for path in &entry.files {
            let url = place(&self.address, &entry.name, &file_name(path));
            self.send(Method::PUT, &url, content_type(path), || async {
                let file = tokio::fs::File::open(path).await?;
                let n_bytes = file.metadata().await?.len();
                Ok((Body::from(file), n_bytes))
            })?;
            urls.push(url);
        }
        for (name, bytes) in &entry.made {
            let url = place(&self.address, &entry.name, name);
            self.send(Method::PUT, &url, content_type(Path::new(name)), || async {
                Ok((Body::from(bytes.clone()), bytes.len() as u64))
            })?;
            urls.push(url);
        }
        Ok(urls)
    }

    /// Posts what was published, as JSON: `event`, `entry` as in `entry.json`, `published`.
    ///
    /// # Errors
    /// A webhook that does not answer with success.
    pub(crate) fn tell(&self, entry: &Entry, published: &[Published]) -> Result<(), PublishError> {
        let told: Value =
            json!({ "event": "kiln.published", "entry": entry.description, "published": published });
        let bytes = told.to_string().into_bytes();
        self.send(Method::POST, &self.address, "application/json", || async {
            Ok((Body::from(bytes.clone()), bytes.len() as u64))
        })
    }

    /// Tries again where that may help: no connection, 408, 429 and 5xx. Whoever receives it may see
    /// the same twice.
    fn send<F>(
        &self,
        method: Method,
        url: &str,
        content_type: &str,
        body: impl Fn() -> F,
    ) -> Result<(), PublishError>
    where
        F: Future<Output = std::io::Result<(Body, u64)>>,
    {
        let refused = |cause: String| PublishError::Refused { url: without_query(url), cause };
        let address = parse(url)?;
        work::runtime().block_on(async {
            let mut waits = WAITS.iter();
            loop {
                let (body, n_bytes) = body().await.map_err(|error| refused(error.to_string()))?;
                let request = self
                    .client
                    .request(method.clone(), address.clone())
                    .header(CONTENT_TYPE, content_type)
                    .header(reqwest::header::CONTENT_LENGTH, n_bytes)
                    .body(body);
                let (cause, may_help) = match self.one_try(request).await {
                    Ok(()) => return Ok(()),
                    Err(failure) => failure,
                };
                match waits.next().filter(|_| may_help) {
                    Some(&wait) => tokio::time::sleep(wait).await,
                    None => return Err(refused(cause)),
                }
            }
        })
    }

    /// Otherwise the cause, and whether another try may help.
    async fn one_try(&self, mut request: RequestBuilder) -> Result<(), (String, bool)> {
        if let Some(token) = &self.token {
            request = request.header(reqwest::header::AUTHORIZATION, token.clone());
        }
        let answer = request.send().await.map_err(|error| (plain(&error), true))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let may_help = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
        let text = answer.text().await.unwrap_or_default();
        let text: String = text.trim().chars().take(MAX_CAUSE_CHARS).collect();
        Err((if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }, may_help))
    }
}

fn install_tls_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only if the program has chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn parse(url: &str) -> Result<Url, PublishError> {
    let parsed = Url::parse(url).ok();
    let parsed = parsed.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    parsed.ok_or_else(|| PublishError::BadUrl(without_query(url)))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn place(store: &str, name: &str, file: &str) -> String {
    let [name, file] = [name, file].map(|text| utf8_percent_encode(text, SEGMENT).to_string());
    if store.contains("{file}") {
        return store.replace("{name}", &name).replace("{file}", &file);
    }
    format!("{}/{name}/{file}", store.replace("{name}", &name).trim_end_matches('/'))
}

/// Signed addresses carry their secret there.
fn without_query(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

/// The innermost cause is the one a person can do something about.
fn plain(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "glb" => "model/gltf-binary",
        "obj" => "model/obj",
        "stl" => "model/stl",
        "mtl" => "model/mtl",
        "png" => "image/png",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}
