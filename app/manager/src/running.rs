use std::net::SocketAddr;
use std::time::Duration;

use crate::{ManagerConfig, ManagerError};

/// A running Manager. Dropping it stops it without waiting.
pub struct Manager {
    addr: SocketAddr,
}

impl Manager {
    /// Opens the farm below `config.home` where it was left, and serves it.
    ///
    /// # Errors
    /// When the folder, its database or the address cannot be used.
    pub async fn start(config: ManagerConfig) -> Result<Self, ManagerError> {
        Ok(Self { addr: config.listen })
    }

    /// Where the Manager listens, with the port it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// For how long nobody but Workers has asked for anything; `None` while a job is unfinished.
    pub async fn idle_for(&self) -> Option<Duration> {
        None
    }

    /// Lets running requests end and stops. The farm can be started again on the same folder.
    pub async fn shutdown(self) {}
}
