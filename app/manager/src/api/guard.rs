//! Who may talk to the farm. A job runs programs, and loopback is shared by every user and every web
//! page of a machine: requests carry the farm's token, and come under the farm's own name.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flamenco::kiln::{BASE, TOKEN_HEADER};
use sha2::{Digest, Sha256};

use crate::StockClients;
use crate::farm::Farm;
use crate::refusal::Refusal;

/// How to bring Kiln to a studio's farm: the same for everybody, and a browser has no token.
pub(super) const PAGE: &str = "/kiln/";

pub(super) async fn guard(State(farm): State<Arc<Farm>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if let Err(refusal) = check(&farm, path, request.headers()) {
        tracing::warn!("refused {} {path}: {}", request.method(), refusal.message);
        return refusal.into_response();
    }
    let is_worker = path.starts_with("/api/v3/worker/")
        || path.strip_prefix(BASE).is_some_and(|rest| rest.starts_with("/worker/"));
    if !is_worker {
        farm.client_asked();
    }
    next.run(request).await
}

fn check(farm: &Farm, path: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let forbidden = |message: &str| Refusal::new(StatusCode::FORBIDDEN, message);
    // A page of a foreign site that points its name at this machine still sends that name.
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()?.parse::<Authority>().ok());
    let Some(host) = host.filter(|host| is_own_name(host.host())) else {
        return Err(forbidden("the farm does not answer under this host name; use its address"));
    };
    for origin in headers.get_all(header::ORIGIN) {
        let own = origin.to_str().ok().and_then(|it| it.strip_prefix("http://")).map(str::parse::<Authority>);
        if !own.is_some_and(|own| own.is_ok_and(|own| own == host)) {
            return Err(forbidden("requests from web pages of other origins are refused"));
        }
    }
    let is_open_to_all = farm.config.stock_clients == StockClients::Allowed && path.starts_with("/api/v3/");
    match &farm.config.token {
        Some(token) if !is_open_to_all && path != PAGE && !carries(headers, token) => Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            format!("the farm's token is missing or wrong; send it as {TOKEN_HEADER}"),
        )),
        _ => Ok(()),
    }
}

/// Addresses cannot be taken over by a foreign name server; of names, only our own are known.
fn is_own_name(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_hostname = || {
        let own = gethostname::gethostname().to_string_lossy().to_ascii_lowercase();
        let host = host.to_ascii_lowercase();
        host == own || host.strip_suffix(".local").is_some_and(|bare| bare == own)
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok() || is_hostname()
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
