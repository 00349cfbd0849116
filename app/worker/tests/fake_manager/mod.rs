use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// One request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) token: Option<String>,
    pub(crate) basic: Option<(String, String)>,
    pub(crate) body: Value,
}

/// Status and body; `None` holds the request open, as a long poll does.
type Answer = Option<(u16, Value)>;
/// Gets the call and how many calls to the same path came before it.
type Script = dyn Fn(&Call, usize) -> Answer + Send + Sync;

/// A Manager that answers by a test's script and can vanish.
pub(crate) struct FakeManager {
    address: SocketAddr,
    shared: Arc<Shared>,
    calls: mpsc::UnboundedReceiver<Call>,
    serving: Option<(JoinHandle<()>, oneshot::Sender<()>)>,
}

struct Shared {
    script: Box<Script>,
    counts: Mutex<HashMap<String, usize>>,
    record: mpsc::UnboundedSender<Call>,
}

const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) fn answer(status: u16, body: Value) -> Answer {
    Some((status, body))
}

pub(crate) fn nothing() -> Answer {
    Some((204, Value::Null))
}

impl FakeManager {
    pub(crate) async fn start(script: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static) -> Self {
        let (record, calls) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { script: Box::new(script), counts: Mutex::default(), record });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut manager = Self { address, shared, calls, serving: None };
        manager.come_back().await;
        manager
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let app = Router::new().fallback(handle).with_state(Arc::clone(&self.shared));
        // A runtime of its own: dropping it cuts every connection, as the end of a process does.
        let listener = listener.into_std().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    result = axum::serve(listener, app) => result.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        self.serving = Some((serving, stop));
    }

    /// Gone on return, and nobody listens.
    pub(crate) async fn vanish(&mut self) {
        let (serving, stop) = self.serving.take().unwrap();
        stop.send(()).unwrap();
        serving.await.unwrap();
    }

    pub(crate) fn forget_calls(&mut self) {
        while self.calls.try_recv().is_ok() {}
    }

    pub(crate) async fn call_to(&mut self, part: &str) -> Call {
        self.next_call_of(&[part]).await
    }

    /// The next call whose path has one of `parts` in it; others in between are passed over.
    pub(crate) async fn next_call_of(&mut self, parts: &[&str]) -> Call {
        let next = async {
            loop {
                let call = self.calls.recv().await.unwrap();
                if parts.iter().any(|part| call.path.contains(part)) {
                    return call;
                }
            }
        };
        timeout(DEADLINE, next).await.unwrap_or_else(|_| panic!("no call to {parts:?}"))
    }
}

async fn handle(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let call = Call {
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        token: header("x-kiln-token"),
        basic: header("authorization").map(|value| basic(&value)),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let nth = {
        let mut counts = shared.counts.lock().unwrap();
        let count = counts.entry(call.path.clone()).or_default();
        *count += 1;
        *count - 1
    };
    let answer = (shared.script)(&call, nth);
    // The test may be over already.
    let _ = shared.record.send(call);
    match answer {
        Some((status, Value::Null)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some((status, body)) => (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response(),
        None => std::future::pending().await,
    }
}

fn basic(header: &str) -> (String, String) {
    let encoded = header.strip_prefix("Basic ").unwrap();
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
    let text = String::from_utf8(decoded).unwrap();
    let (name, secret) = text.split_once(':').unwrap();
    (name.into(), secret.into())
}
