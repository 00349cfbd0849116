//! A read-only companion beside a studio's storage: artists outside its network fetch results without
//! a mounted share, from a farm whose Manager hands out no files. It knows folders, not jobs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use flamenco::kiln::{Info, Output, Outputs};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::ManagerError;
use crate::api::{Segments, carries, serve_file};
use crate::clock::Moment;
use crate::database::blocking;
use crate::outputs::{hash_file, walk};
use crate::refusal::Refusal;
use crate::shaman::FilePath;
use crate::tls::{Identity, TlsListener};

/// How to serve.
pub struct ResultsConfig {
    /// Nothing outside this folder is shown.
    pub root: PathBuf,
    pub listen: SocketAddr,
    /// Every request carries it.
    pub token: String,
    /// Without it, plain HTTP.
    pub tls: Option<Identity>,
}

/// A running companion; dropping it ends it.
pub struct ResultsServer {
    addr: SocketAddr,
    running: tokio::task::JoinHandle<()>,
}

struct Shelf {
    root: PathBuf,
    token: String,
    /// Hashes by path, good as long as size and time stay.
    hashes: Mutex<HashMap<PathBuf, (u64, Moment, String)>>,
}

impl ResultsServer {
    /// Serves on the current runtime.
    ///
    /// # Errors
    /// When folder or address cannot be used.
    pub async fn start(config: ResultsConfig) -> Result<Self, ManagerError> {
        let home = |source| ManagerError::Home { path: config.root.clone(), source };
        let root = config.root.canonicalize().map_err(home)?;
        let failed = |source| ManagerError::Listen { addr: config.listen, source };
        let tcp = TcpListener::bind(config.listen).await.map_err(failed)?;
        let addr = tcp.local_addr().map_err(failed)?;
        let router = router(Arc::new(Shelf { root, token: config.token, hashes: Mutex::default() }));
        let running = tokio::spawn(async move {
            let ended = match &config.tls {
                Some(identity) => axum::serve(TlsListener::new(tcp, identity), router).await,
                None => axum::serve(tcp, router).await,
            };
            if let Err(error) = ended {
                tracing::error!("the results server stopped: {error}");
            }
        });
        Ok(Self { addr, running })
    }

    /// With the port it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for ResultsServer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

fn router(shelf: Arc<Shelf>) -> Router {
    let routes =
        Router::new().route("/info", get(info)).route("/files", get(list)).route("/files/{*path}", get(file));
    Router::new()
        .nest(flamenco::kiln::BASE, routes)
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "nothing here; this serves results only"))
        .layer(middleware::from_fn_with_state(Arc::clone(&shelf), guard))
        .with_state(shelf)
}

async fn guard(State(shelf): State<Arc<Shelf>>, request: Request, next: Next) -> Response {
    if carries(request.headers(), &shelf.token) {
        return next.run(request).await;
    }
    let token = flamenco::kiln::TOKEN_HEADER;
    Refusal::new(StatusCode::UNAUTHORIZED, format!("the token is missing or wrong; send it as {token}"))
        .into_response()
}

async fn info() -> Json<Info> {
    Json(Info { name: "Kiln results".into(), version: env!("CARGO_PKG_VERSION").into(), ..Info::default() })
}

#[derive(Deserialize)]
struct Folder {
    #[serde(default)]
    folder: String,
}

/// Every file below a folder, its path as seen from there. None of a folder that is not there yet.
async fn list(
    State(shelf): State<Arc<Shelf>>,
    folder: Result<Query<Folder>, QueryRejection>,
) -> Result<Json<Outputs>, Refusal> {
    let Query(Folder { folder }) = folder.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let folder = if folder.is_empty() { None } else { Some(FilePath::parse(&folder)?) };
    let outputs = blocking(move || {
        let folder = folder.map_or(shelf.root.clone(), |it| shelf.root.join(it.as_str()));
        let Some(folder) = shelf.inside(&folder) else { return Vec::new() };
        let mut files = Vec::new();
        walk(&folder, "", 0, &mut files);
        files.sort();
        files.into_iter().filter_map(|path| shelf.output(&folder, path)).collect()
    });
    Ok(Json(Outputs { outputs: outputs.await }))
}

async fn file(
    State(shelf): State<Arc<Shelf>>,
    Segments(path): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let path = FilePath::parse(&path)?;
    let found = blocking(move || {
        let full = shelf.inside(&shelf.root.join(path.as_str()))?;
        let (_, _, sha) = shelf.hashed(&full)?;
        Some((full, sha))
    });
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "there is no such file");
    let (full, sha) = found.await.ok_or_else(missing)?;
    serve_file(&full, &headers, Some(&sha)).await
}

impl Shelf {
    /// `None` where a link leads out of the root, or there is nothing.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok().filter(|real| real.starts_with(&self.root))
    }

    fn output(&self, folder: &Path, path: String) -> Option<Output> {
        let (size, mtime, sha256) = self.hashed(&folder.join(&path))?;
        Some(Output { path, size, mtime: mtime.wire(), sha256, task_id: None })
    }

    fn hashed(&self, path: &Path) -> Option<(u64, Moment, String)> {
        let state = || {
            let found = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
            Some((found.len(), Moment::from(found.modified().ok()?)))
        };
        let hashes = || self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        let (size, mtime) = state()?;
        let is_known = |it: &&(u64, Moment, String)| (it.0, it.1) == (size, mtime);
        if let Some(known) = hashes().get(path).filter(is_known) {
            return Some(known.clone());
        }
        let hashed = (size, mtime, hash_file(path).ok()?);
        // One that is being written shows next time.
        if state()? != (hashed.0, hashed.1) {
            return None;
        }
        hashes().insert(path.into(), hashed.clone());
        Some(hashed)
    }
}
