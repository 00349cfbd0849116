use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use reqwest::{Method, Url};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until, timeout};

use super::local_addresses;
use super::ssdp::{self, DESCRIPTION, GROUP, MAX_BYTES};
use crate::client::trust::{Seen, pinned};
use crate::{Client, ClientError};

/// A Manager that has answered a search, and then for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundManager {
    /// Such as `http://10.0.0.7:8080/`; with the fingerprint of the certificate that was met where
    /// there is one. Whether it is the right one only its owner can tell.
    pub url: String,
    /// What its people call it.
    pub name: String,
    /// Of Flamenco, as the Manager tells it. Empty where it wants a token first.
    pub version: String,
    /// It talks only to those who know its token.
    pub wants_token: bool,
}

/// Why there is nothing to ask.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error("this machine is in no network")]
    NoNetwork,
    #[error("the network cannot be searched ({0}). A firewall may forbid it")]
    Socket(#[from] io::Error),
}

/// A search that is under way; dropped, it ends.
pub struct Search {
    found: mpsc::Receiver<FoundManager>,
    _running: JoinSet<()>,
}

/// Between two questions.
const ASK_PERIOD: Duration = Duration::from_secs(1);
/// After the last question; answers to it may take their time.
const LAST_WAIT: Duration = Duration::from_secs(2);
/// A Manager of this network answers in milliseconds.
const VERSION_LIMIT: Duration = Duration::from_secs(3);
/// Who claims to be more Managers than this is none.
const MOST_MANAGERS: usize = 64;
const MAX_DESCRIPTION_BYTES: usize = 16 << 10;
/// Hops: a studio's network may have a router or two that pass searches on.
const TTL: u32 = 4;

/// Every Manager that answers within four seconds, by address.
///
/// # Errors
/// When nobody can be asked.
pub async fn find_managers() -> Result<Vec<FoundManager>, SearchError> {
    let mut search = Search::start(3)?;
    let mut managers = Vec::new();
    while let Some(manager) = search.next().await {
        managers.push(manager);
    }
    managers.sort_by(|a, b| a.url.cmp(&b.url));
    Ok(managers)
}

impl Search {
    /// Asks `n_tries` times, one second apart, from every interface, and listens two seconds longer.
    /// Needs a tokio runtime.
    ///
    /// # Errors
    /// When there is no network but loopback, or no socket for it.
    pub fn start(n_tries: u32) -> Result<Self, SearchError> {
        let addresses = local_addresses()?;
        let mut failure = SearchError::NoNetwork;
        let mut sockets = Vec::new();
        for address in addresses {
            match socket_at(address) {
                Ok(socket) => sockets.push(socket),
                Err(error) => failure = error.into(),
            }
        }
        if sockets.is_empty() {
            return Err(failure);
        }
        let end = Instant::now() + ASK_PERIOD * n_tries.saturating_sub(1) + LAST_WAIT;
        let (answer, answers) = mpsc::channel(MOST_MANAGERS);
        let (tell, found) = mpsc::channel(MOST_MANAGERS);
        let mut running = JoinSet::new();
        for socket in sockets {
            let answer = answer.clone();
            running.spawn(async move {
                tokio::select! {
                    () = ask(&socket, n_tries) => {}
                    () = listen(&socket, answer) => {}
                    () = sleep_until(end) => {}
                }
            });
        }
        running.spawn(visit_all(answers, tell));
        Ok(Self { found, _running: running })
    }

    /// The next Manager, each once; `None` when the search is over.
    pub async fn next(&mut self) -> Option<FoundManager> {
        self.found.recv().await
    }
}

fn socket_at(address: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddrV4::new(address, 0).into())?;
    socket.set_multicast_if_v4(&address)?;
    socket.set_multicast_ttl_v4(TTL)?;
    UdpSocket::from_std(socket.into())
}

/// Never ends: what ends the search is its time.
async fn ask(socket: &UdpSocket, n_tries: u32) {
    let mut ticks = interval(ASK_PERIOD);
    for _ in 0..n_tries {
        ticks.tick().await;
        // An interface may be down for a moment; the next question may get through.
        if let Err(error) = socket.send_to(ssdp::search().as_bytes(), GROUP).await {
            tracing::debug!("nobody could be asked from {:?}: {error}", socket.local_addr());
        }
    }
    std::future::pending().await
}

async fn listen(socket: &UdpSocket, answer: mpsc::Sender<Url>) {
    let mut buffer = [0; MAX_BYTES];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((n_bytes, _)) => {
                if let Some(url) = ssdp::manager_of(&buffer[..n_bytes])
                    && answer.send(url).await.is_err()
                {
                    return;
                }
            }
            // Windows tells here that an earlier message was not wanted.
            Err(_) => tokio::time::sleep(ASK_PERIOD / 10).await,
        }
    }
}

/// Asks each Manager once who it is, all at the same time.
async fn visit_all(mut answers: mpsc::Receiver<Url>, tell: mpsc::Sender<FoundManager>) {
    let mut known = BTreeSet::new();
    let mut visits = JoinSet::new();
    while let Some(url) = answers.recv().await {
        if known.len() < MOST_MANAGERS && known.insert(url.clone()) {
            let tell = tell.clone();
            visits.spawn(async move {
                if let Ok(Some(manager)) = timeout(VERSION_LIMIT, visit(&url)).await {
                    // Whoever searched has found enough.
                    let _ = tell.send(manager).await;
                }
            });
        }
    }
    while visits.join_next().await.is_some() {}
}

async fn visit(url: &Url) -> Option<FoundManager> {
    let seen = Seen::default();
    let client = Client::to_anybody(url.as_str(), seen.clone()).ok()?.with_tries(1);
    let answer = client.version().await;
    let url = seen.fingerprint().map_or_else(|| url.clone(), |it| pinned(url, &it)).to_string();
    match answer {
        Ok(version) => {
            let name = one_line(&version.name);
            Some(FoundManager { url, name, version: one_line(&version.version), wants_token: false })
        }
        Err(ClientError::Refused { status: 401, .. }) => {
            let name = described_name(&client).await.unwrap_or_default();
            Some(FoundManager { url, name, version: String::new(), wants_token: true })
        }
        Err(error) => {
            tracing::debug!("{url} says that it is a Manager, but: {error}");
            None
        }
    }
}

/// From the description of a Manager that tells its version only to those who have its token.
async fn described_name(client: &Client) -> Option<String> {
    let answer = client.send_ok(client.request(Method::GET, DESCRIPTION)).await.ok()?;
    let text = crate::client::text(answer, MAX_DESCRIPTION_BYTES).await.ok()?;
    Some(one_line(&ssdp::described_name(&text)?))
}

/// Names of strangers end up in lists and terminals.
fn one_line(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(120).collect::<String>().trim().to_owned()
}
