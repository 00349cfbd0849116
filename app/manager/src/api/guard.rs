//! Who may talk to the farm. A job runs programs, and loopback is shared by every user and every web
//! page of a machine: requests carry the farm's token, and come under the farm's own name.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flamenco::discovery::ssdp::DESCRIPTION;
use flamenco::kiln::{BASE, TOKEN_HEADER, join_token};
use sha2::{Digest, Sha256};

use crate::StockClients;
use crate::config::OpenFarm;
use crate::farm::Farm;
use crate::refusal::Refusal;

/// How to bring Kiln to a studio's farm: the same for everybody, and a browser has no token.
pub(super) const PAGE: &str = "/kiln/";

const REGISTER: &str = "/api/v3/worker/register-worker";

/// What a door asks of those who come in by it.
#[derive(Clone)]
pub(crate) struct Guard {
    farm: Arc<Farm>,
    stock_clients: StockClients,
    /// What its own pages' origins begin with.
    scheme: &'static str,
    hosts: Arc<[String]>,
    /// Other machines come in here.
    is_open: bool,
    /// Tells who it is to whoever has found it.
    is_described: bool,
}

impl Guard {
    /// Of the door on loopback.
    pub(crate) fn at_home(farm: Arc<Farm>) -> Self {
        Self {
            stock_clients: farm.config.stock_clients,
            farm,
            scheme: "http",
            hosts: Arc::default(),
            is_open: false,
            is_described: false,
        }
    }

    /// Of the door to the network.
    pub(crate) fn at_large(farm: Arc<Farm>, open: &OpenFarm) -> Self {
        Self {
            farm,
            stock_clients: open.stock_clients,
            scheme: open.scheme(),
            hosts: open.hosts.clone().into(),
            is_open: true,
            is_described: open.is_announced,
        }
    }

    fn check(&self, path: &str, headers: &HeaderMap) -> Result<(), Refusal> {
        let forbidden = |message: &str| Refusal::new(StatusCode::FORBIDDEN, message);
        // A page of a foreign site that points its name at this machine still sends that name.
        let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()?.parse::<Authority>().ok());
        let Some(host) = host.filter(|host| self.is_own_name(host.host())) else {
            return Err(forbidden("the farm does not answer under this host name; use its address"));
        };
        for origin in headers.get_all(header::ORIGIN) {
            let origin = origin.to_str().ok().and_then(|it| it.split_once("://"));
            let own = origin.filter(|(scheme, _)| *scheme == self.scheme);
            if !own.is_some_and(|(_, it)| it.parse::<Authority>().is_ok_and(|it| it == host)) {
                return Err(forbidden("requests from web pages of other origins are refused"));
            }
        }
        if self.lets_in(path, headers) {
            return Ok(());
        }
        let message = format!("the farm's token is missing or wrong; send it as {TOKEN_HEADER}");
        Err(Refusal::new(StatusCode::UNAUTHORIZED, message))
    }

    fn lets_in(&self, path: &str, headers: &HeaderMap) -> bool {
        let Some(token) = &self.farm.config.token else { return true };
        let is_stock = self.stock_clients == StockClients::Allowed && path.starts_with("/api/v3/");
        let is_public = path == PAGE || (path == DESCRIPTION && self.is_described);
        // A Worker's own credentials are checked with what it asks for; it needs no more than them.
        let is_worker = self.is_open && is_workers(path) && path != REGISTER && has_credentials(headers);
        let joins = || {
            let is_for_joining = is_workers(path) || path.strip_prefix(BASE) == Some("/info");
            self.is_open && is_for_joining && carries(headers, &join_token(token))
        };
        is_stock || is_public || is_worker || carries(headers, token) || joins()
    }

    /// Addresses cannot be taken over by a foreign name server; of names, only our own are known.
    fn is_own_name(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_hostname = || {
            let own = gethostname::gethostname().to_string_lossy().to_ascii_lowercase();
            let host = host.to_ascii_lowercase();
            host == own || host.strip_suffix(".local").is_some_and(|bare| bare == own)
        };
        let is_given = || self.hosts.iter().any(|it| it.eq_ignore_ascii_case(host));
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok()
            || is_hostname()
            || is_given()
    }
}

pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if let Err(refusal) = guard.check(path, request.headers()) {
        tracing::warn!("refused {} {path}: {}", request.method(), refusal.message);
        return refusal.into_response();
    }
    if !is_workers(path) {
        guard.farm.client_asked();
    }
    next.run(request).await
}

fn is_workers(path: &str) -> bool {
    path.starts_with("/api/v3/worker/")
        || path.strip_prefix(BASE).is_some_and(|rest| rest.starts_with("/worker/"))
}

fn has_credentials(headers: &HeaderMap) -> bool {
    let is_basic = |it: &str| it.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic "));
    headers.get_all(header::AUTHORIZATION).iter().any(|it| it.to_str().is_ok_and(is_basic))
}

/// In the farm's own header (a Worker's Basic credentials take the other), or as a bearer token.
pub(crate) fn carries(headers: &HeaderMap, token: &str) -> bool {
    let own = headers.get(TOKEN_HEADER).and_then(|it| it.to_str().ok());
    let bearer = headers.get_all(header::AUTHORIZATION).iter().filter_map(|it| {
        let (scheme, value) = it.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(value.trim())
    });
    // Hashes take the same time to compare whatever was sent.
    let wanted = Sha256::digest(token);
    own.into_iter().chain(bearer).any(|sent| Sha256::digest(sent) == wanted)
}
