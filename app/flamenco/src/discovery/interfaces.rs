use std::io;
use std::net::Ipv4Addr;

/// This machine's IPv4 addresses but those of loopback, one or more an interface, in no order.
///
/// # Errors
/// When the system does not tell them.
#[cfg(unix)]
pub fn local_addresses() -> io::Result<Vec<Ipv4Addr>> {
    use nix::net::if_::InterfaceFlags;

    let is_up = |flags: InterfaceFlags| {
        flags.contains(InterfaceFlags::IFF_UP) && !flags.contains(InterfaceFlags::IFF_LOOPBACK)
    };
    let addresses = nix::ifaddrs::getifaddrs()?
        .filter(|it| is_up(it.flags))
        .filter_map(|it| Some(it.address?.as_sockaddr_in()?.ip()));
    Ok(distinct(addresses))
}

/// As above. Windows gives every address of its own for its own name.
///
/// # Errors
/// When the system does not tell them.
#[cfg(not(unix))]
pub fn local_addresses() -> io::Result<Vec<Ipv4Addr>> {
    use std::net::{IpAddr, ToSocketAddrs};

    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let addresses = (name.as_str(), 0).to_socket_addrs()?.filter_map(|it| match it.ip() {
        IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    });
    Ok(distinct(addresses))
}

fn distinct(addresses: impl Iterator<Item = Ipv4Addr>) -> Vec<Ipv4Addr> {
    let distinct: std::collections::BTreeSet<Ipv4Addr> = addresses.collect();
    distinct.into_iter().collect()
}
