use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::tls::Identity;
use crate::variables::Variables;

/// What a Manager is started with.
#[derive(Clone, Debug)]
pub struct ManagerConfig {
    /// Database, inputs, results, logs and previews live below this folder; made when missing.
    pub home: PathBuf,
    /// Port 0 takes a free one, see [`crate::Manager::local_addr`].
    pub listen: SocketAddr,
    /// What every request must carry. `None` lets in whoever reaches the port.
    pub token: Option<String>,
    /// Folder of the user's own job types (`*.js`), read again on every request. A file with the
    /// name of a built-in job type replaces it.
    pub job_types_dir: Option<PathBuf>,
    pub variables: Variables,
    pub stock_clients: StockClients,
    /// How other machines reach the farm; `None`: not at all.
    pub open: Option<OpenFarm>,
    /// What people see as this farm's name.
    pub name: String,
    pub timings: Timings,
    /// A task's log longer than this keeps its head and its end; bytes.
    pub log_limit: u64,
}

/// Whether `/api/v3` is open to programs that cannot send a token: Flamenco's own Worker and the
/// Blender add-on. Opening it lets whoever reaches the port run programs as this user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StockClients {
    #[default]
    Refused,
    Allowed,
}

/// A second door beside loopback, for other machines. Whoever comes in there may run programs as this
/// user, so it wants the farm's token, or for Workers the [`flamenco::kiln::join_token`] made of it.
#[derive(Clone, Debug)]
pub struct OpenFarm {
    pub listen: SocketAddr,
    pub stock_clients: StockClients,
    /// The door speaks TLS with this certificate; plain HTTP without.
    pub identity: Option<Identity>,
    /// Names under which other machines know this one, beside its own and its addresses.
    pub hosts: Vec<String>,
    /// Whoever searches the network for Managers is answered.
    pub is_announced: bool,
}

impl OpenFarm {
    pub(crate) fn scheme(&self) -> &'static str {
        if self.identity.is_some() { "https" } else { "http" }
    }
}

/// The farm's periods and limits; defaults are Flamenco's, except where a reason is given.
#[derive(Clone, Debug)]
pub struct Timings {
    /// An active task that nobody touched for so long has failed.
    pub task_timeout: Duration,
    /// A Worker not heard of for so long is in error, and its task goes back to the queue.
    pub worker_timeout: Duration,
    /// Between two looks for timeouts. Ten seconds, not a minute: on one machine a Worker that died
    /// is a Worker that somebody waits for.
    pub timeout_check: Duration,
    /// Job types get this long to compile a job.
    pub script_limit: Duration,
    /// So many tasks of one type failed by a Worker block it from that type in that job.
    pub blocklist_threshold: u32,
    /// So many Workers failing a task end it.
    pub softfail_limit: u32,
}

impl ManagerConfig {
    /// A Manager on a free loopback port, without token, below `home`.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: None,
            job_types_dir: None,
            variables: Variables::default(),
            stock_clients: StockClients::Refused,
            open: None,
            name: format!("Kiln on {}", gethostname::gethostname().to_string_lossy()),
            timings: Timings::default(),
            log_limit: 32 << 20,
        }
    }
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            task_timeout: Duration::from_secs(600),
            worker_timeout: Duration::from_secs(60),
            timeout_check: Duration::from_secs(10),
            script_limit: Duration::from_secs(10),
            blocklist_threshold: 3,
            softfail_limit: 3,
        }
    }
}
