//! Answers whoever searches the network for Managers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use flamenco::discovery::local_addresses;
use flamenco::discovery::ssdp::{self, Searcher};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval};

use crate::StockClients;
use crate::config::OpenFarm;
use crate::farm::Farm;

/// A machine that wakes up or changes its network is part of it again after this long.
const JOIN_PERIOD: Duration = Duration::from_secs(10);
/// Answers a second. Searches may come under foreign names, whose owners our answers would flood.
const MOST_ANSWERS: u32 = 64;

/// Runs until the farm stops; without the port it says so and ends. Programs that could not come in
/// are not answered.
pub(crate) async fn run(farm: Arc<Farm>, door: SocketAddr, open: OpenFarm) {
    let is_for_all = open.stock_clients == StockClients::Allowed || farm.config.token.is_none();
    let is_asked = |message: &[u8]| match ssdp::searcher(message) {
        Some(Searcher::Kiln) => true,
        Some(Searcher::Other) => is_for_all,
        None => false,
    };
    let socket = match socket() {
        Ok(socket) => socket,
        Err(error) => return tracing::warn!("searches for Managers cannot be answered: {error}"),
    };
    let mut joins = interval(JOIN_PERIOD);
    let mut seconds = interval(Duration::from_secs(1));
    for ticks in [&mut joins, &mut seconds] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut n_answers = 0;
    let mut buffer = [0; ssdp::MAX_BYTES];
    loop {
        tokio::select! {
            () = farm.stop.cancelled() => return,
            _ = joins.tick() => join(&socket, door),
            _ = seconds.tick() => n_answers = 0,
            received = socket.recv_from(&mut buffer) => match received {
                Ok((n_bytes, asker)) if n_answers < MOST_ANSWERS && is_asked(&buffer[..n_bytes]) => {
                    for address in reachable_at(door) {
                        n_answers += 1;
                        answer(&socket, asker, address, open.scheme()).await;
                    }
                }
                Ok(_) => {}
                // Windows tells here that an earlier answer was not wanted.
                Err(_) => tokio::time::sleep(JOIN_PERIOD / 100).await,
            },
        }
    }
}

/// Other programs hold the port too: it is shared.
fn socket() -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, ssdp::GROUP.port()).into())?;
    UdpSocket::from_std(socket.into())
}

fn join(socket: &UdpSocket, door: SocketAddr) {
    for address in reachable_at(door) {
        let IpAddr::V4(own) = address.ip() else { continue };
        // Joined already, most of the time.
        if let Err(error) = socket.join_multicast_v4(*ssdp::GROUP.ip(), own) {
            tracing::trace!("searches from the network of {own}: {error}");
        }
    }
}

/// Where whoever listens on `door` is reached: at that address, or at all of this machine's.
pub fn reachable_at(door: SocketAddr) -> Vec<SocketAddr> {
    if !door.ip().is_unspecified() {
        return vec![door];
    }
    let all = local_addresses().unwrap_or_default();
    all.into_iter().map(|address| SocketAddr::new(address.into(), door.port())).collect()
}

async fn answer(socket: &UdpSocket, asker: SocketAddr, address: SocketAddr, scheme: &str) {
    let location = format!("{scheme}://{address}{}", ssdp::DESCRIPTION);
    let server = concat!("Kiln/", env!("CARGO_PKG_VERSION"), " UPnP/1.1");
    if let Err(error) = socket.send_to(ssdp::answer(&location, server).as_bytes(), asker).await {
        tracing::debug!("a search from {asker} could not be answered: {error}");
    }
}
