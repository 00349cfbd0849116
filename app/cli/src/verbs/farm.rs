mod find;
mod open;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use farm::{FarmJson, FarmLock, Home};
use manager::{Manager, ManagerConfig, StockClients, Variables};
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::verbs::worker::{TOKEN_VARIABLE, asked_to_stop};

/// A Flamenco-compatible Manager for this machine, and the Workers it looks after. The window and
/// `kiln submit` start it by themselves; it ends itself after ten minutes without job and client.
#[derive(Args)]
pub(crate) struct Farm {
    #[command(subcommand)]
    question: Option<Question>,
    /// How many Workers; by default one for every four processor cores, four at most
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Go on when idle, until told to stop
    #[arg(long)]
    stay: bool,
    /// Let in stock Flamenco Workers and the Blender add-on, which can send no token. This opens the
    /// farm, and with it this account, to every program and user of this machine
    #[arg(long)]
    allow_stock_clients: bool,
    /// Let the machine fall asleep while a task runs, when nobody touches it
    #[arg(long)]
    let_sleep: bool,
    #[command(flatten)]
    open: open::Open,
}

#[derive(Clone, Copy, Subcommand)]
enum Question {
    /// Where the farm runs, and where its folders are
    Status,
    /// End the farm; its jobs go on at the next start
    Stop,
    /// Look for Managers on this network, of Kiln and of Flamenco; takes four seconds
    Find {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// An idle farm ends itself after this long.
const IDLE_LIMIT: Duration = Duration::from_secs(600);

/// Between two looks at Workers and idleness.
const TICK: Duration = Duration::from_secs(1);

/// Workers get time to end their programs.
const STOP_LIMIT: Duration = Duration::from_secs(20);

impl Farm {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let home = Home::find()?;
        match self.question {
            None => work::runtime().block_on(self.serve(&home)),
            Some(Question::Status) => work::runtime().block_on(status(&home)),
            Some(Question::Stop) => work::runtime().block_on(stop(&home)),
            Some(Question::Find { json }) => work::runtime().block_on(find::find(json)),
        }
    }

    async fn serve(&self, home: &Home) -> Result<Outcome> {
        let Some(_lock) = FarmLock::try_acquire(home)? else {
            let url = FarmJson::read(home)?.map(|farm| farm.url);
            eprintln!("This home's farm runs already{}", url.map(|u| format!(" at {u}")).unwrap_or_default());
            return Ok(Outcome::Done);
        };
        // A farm that was killed left its port and token: whoever knew it finds it again.
        let last = FarmJson::read(home)?;
        let (mut config, lets_sleep) = self.config(home)?;
        let token = match &last {
            _ if config.open.is_some() => farm::kept_token(home, new_token)?,
            Some(last) => last.token.clone(),
            None => new_token(),
        };
        config.token = Some(token.clone());
        // Other machines cannot start it again.
        let stays = self.stay || config.open.is_some();
        let manager = start_manager(config, last.map(|last| last.port)).await?;
        let address = manager.local_addr();
        let url = format!("http://{address}/");
        let n_workers = self.workers.unwrap_or_else(default_workers);
        let mut workers = Workers::new(home, &url, &token, n_workers, lets_sleep)?;
        let announced = FarmJson {
            url: url.clone(),
            port: address.port(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").into(),
            token,
            open_at: manager.open_at().to_vec(),
        };
        announced.write(home)?;
        eprintln!("Farm at {url} with {n_workers} Worker(s)");
        eprint!("{}", open::in_words(&announced));

        let mut stopping = std::pin::pin!(asked_to_stop(false));
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                () = &mut stopping => break,
                () = manager.asked_to_stop() => break,
                _ = ticks.tick() => {
                    workers.restart_fallen()?;
                    let is_idle = manager.idle_for().await.is_some_and(|idle| idle >= IDLE_LIMIT);
                    if is_idle && !stays {
                        eprintln!("Idle for ten minutes; the next job starts the farm again");
                        break;
                    }
                }
            }
        }
        workers.stop().await;
        announced.remove(home);
        manager.shutdown().await;
        Ok(Outcome::Done)
    }

    /// Also whether the machine may fall asleep over a task.
    fn config(&self, home: &Home) -> Result<(ManagerConfig, bool)> {
        let folder = home.farm_dir();
        let mut variables = Variables::default();
        let program = std::env::current_exe().context("this program does not know its own path")?;
        variables.set("kiln", program.display().to_string());
        let mut config = ManagerConfig::new(folder.clone());
        config.job_types_dir = Some(home.job_types_dir());
        config.variables = variables;
        let settings = settings_file(home);
        let own = manager::read_settings(&settings, &mut config)?;
        if own.is_some() {
            eprintln!("Settings of {}", settings.display());
        }
        let own = own.unwrap_or_default();
        config.open = self.open.door(&own, &folder)?;
        if self.allow_stock_clients {
            config.stock_clients = StockClients::Allowed;
        }
        Ok((config, self.let_sleep || own.let_sleep))
    }
}

/// On `port` if it is still free, else on another one.
async fn start_manager(mut config: ManagerConfig, port: Option<u16>) -> Result<Manager> {
    for port in port.into_iter().chain([0]) {
        config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        match Manager::start(config.clone()).await {
            Err(error) if port != 0 => tracing::info!("port {port} is taken now: {error}"),
            outcome => return outcome.context("the farm cannot start"),
        }
    }
    bail!("no free port on the loopback interface")
}

/// The farm's Workers: programs of their own, started again when they fall.
struct Workers {
    children: Vec<Option<Child>>,
    start: Box<dyn Fn(usize) -> Result<Child> + Send>,
}

impl Workers {
    fn new(home: &Home, url: &str, token: &str, n: usize, lets_sleep: bool) -> Result<Self> {
        let program = std::env::current_exe().context("this program does not know its own path")?;
        let folder = home.farm_dir().join("workers");
        let (url, token) = (url.to_owned(), token.to_owned());
        let start = move |i: usize| {
            Command::new(&program)
                .args(["worker", "--until-stdin-closes", "--manager", &url, "--home"])
                .arg(folder.join(format!("{}", i + 1)))
                .args(["--name", &format!("this machine {}", i + 1)])
                .args(lets_sleep.then_some("--let-sleep"))
                .env(TOKEN_VARIABLE, &token)
                // Closes when this process ends, however it ends; the Worker follows.
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .context("a Worker cannot start")
        };
        let children = (0..n).map(|i| start(i).map(Some)).collect::<Result<_>>()?;
        Ok(Self { children, start: Box::new(start) })
    }

    fn restart_fallen(&mut self) -> Result<()> {
        for (i, child) in self.children.iter_mut().enumerate() {
            let has_fallen = match child {
                Some(running) => running.try_wait()?.is_some(),
                None => true,
            };
            if has_fallen {
                tracing::warn!("Worker {} ended; starting it again", i + 1);
                *child = Some((self.start)(i)?);
            }
        }
        Ok(())
    }

    /// Asks all of them to sign off, and waits a while before they are made to.
    async fn stop(&mut self) {
        for child in self.children.iter_mut().flatten() {
            drop(child.stdin.take());
        }
        for child in self.children.iter_mut().flatten() {
            if tokio::time::timeout(Duration::from_secs(8), child.wait()).await.is_err() {
                tracing::warn!("a Worker does not end; killing it");
                let _ = child.kill().await;
            }
        }
    }
}

fn default_workers() -> usize {
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    (n_cores / 4).clamp(1, 4)
}

/// 256 random bits in hex; whoever holds them may run programs as this user.
fn new_token() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

async fn status(home: &Home) -> Result<Outcome> {
    match (farm::Farm::running(home).await?, FarmJson::read(home)?) {
        (Some(_), Some(farm)) => {
            println!("runs at   {} (process {}, version {})", farm.url, farm.pid, farm.version);
            print!("{}", open::in_words(&farm));
        }
        _ => println!("does not run; the first job starts it"),
    }
    println!("data      {}", home.farm_dir().display());
    println!("job types {}", home.job_types_dir().display());
    let settings = settings_file(home);
    let state = if settings.exists() { "" } else { " (not there; defaults hold)" };
    println!("settings  {}{state}", settings.display());
    Ok(Outcome::Done)
}

/// In the words of a studio's `flamenco-manager.yaml`, which can be copied here as it is.
fn settings_file(home: &Home) -> PathBuf {
    home.config().join("farm.yaml")
}

async fn stop(home: &Home) -> Result<Outcome> {
    let Some(farm) = farm::Farm::running(home).await? else {
        eprintln!("No farm runs in this home");
        return Ok(Outcome::Done);
    };
    farm.client().shutdown().await?;
    // The lock is free once the last of it has ended.
    let deadline = tokio::time::Instant::now() + STOP_LIMIT;
    while FarmLock::try_acquire(home)?.is_none() {
        if tokio::time::Instant::now() > deadline {
            bail!(
                "the farm was asked to stop and has not; its log may say why: {}",
                home.farm_dir().join("farm.log").display()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    eprintln!("The farm has stopped; unfinished jobs go on at its next start");
    Ok(Outcome::Done)
}
