use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use flamenco::wire::JobStatus;
use jiff::Zoned;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::api::{Guard, Peer};
use crate::clock::Moment;
use crate::config::OpenFarm;
use crate::database::blocking;
use crate::farm::Farm;
use crate::records::JobRow;
use crate::states::heard_of_everybody;
use crate::tls::TlsListener;
use crate::{ManagerConfig, ManagerError, announce, api, deletion, sleep};

/// A running Manager. Dropping it stops it at once; nothing is lost by that.
pub struct Manager {
    farm: Arc<Farm>,
    addr: SocketAddr,
    open_at: Vec<String>,
    running: JoinSet<()>,
}

/// Requests that still run get this long at shutdown.
const GRACE: Duration = Duration::from_secs(5);
const GARBAGE_PERIOD: Duration = Duration::from_secs(24 * 3600);

impl Manager {
    /// Opens the farm below `config.home` where it was left, and serves it on the current runtime.
    ///
    /// # Errors
    /// When the folder, its database or the address cannot be used.
    pub async fn start(config: ManagerConfig) -> Result<Self, ManagerError> {
        let (listen, open) = (config.listen, config.open.clone());
        let farm = Arc::new(blocking(move || Farm::open(config)).await?);
        resume(&farm).await?;
        let (listener, addr) = bind(listen).await?;

        let mut running = JoinSet::new();
        let mut open_at = Vec::new();
        if let Some(open) = open {
            let (door, addr) = bind(open.listen).await?;
            open_at = addresses(addr, &open);
            let app = api::router(Arc::clone(&farm), Guard::at_large(Arc::clone(&farm), &open));
            match &open.identity {
                Some(identity) => {
                    let door = TlsListener::new(door, identity);
                    running.spawn(serve(Arc::clone(&farm), door, app));
                }
                None => {
                    running.spawn(serve(Arc::clone(&farm), door, app));
                }
            }
            if open.is_announced {
                running.spawn(announce::run(Arc::clone(&farm), addr, open));
            }
        }
        let app = api::router(Arc::clone(&farm), Guard::at_home(Arc::clone(&farm)));
        running.spawn(serve(Arc::clone(&farm), listener, app));
        running.spawn(deletion::run(Arc::clone(&farm)));
        running.spawn(keep_time(Arc::clone(&farm)));
        running.spawn(collect_garbage(Arc::clone(&farm)));
        tracing::info!("the farm answers at http://{addr}/");
        Ok(Self { farm, addr, open_at, running })
    }

    /// Where other machines reach the farm, with the fingerprint of its certificate; none when it is
    /// not open to them.
    pub fn open_at(&self) -> &[String] {
        &self.open_at
    }

    /// Where the Manager listens, with the port it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// For how long nobody but Workers has asked for anything; `None` while a job is unfinished. A
    /// paused job waits for a person, not for the farm.
    pub async fn idle_for(&self) -> Option<Duration> {
        let unfinished = [
            JobStatus::UnderConstruction,
            JobStatus::Queued,
            JobStatus::Active,
            JobStatus::CancelRequested,
            JobStatus::PauseRequested,
            JobStatus::Requeueing,
        ];
        let is_done = self.farm.read(move |db| Ok(JobRow::in_status(db, &unfinished)?.is_empty()));
        // Not to know is no reason to end.
        matches!(is_done.await, Ok(true)).then(|| self.farm.unasked_for())
    }

    /// Ends when a client has asked for the end of the farm, and when the listener is broken. The
    /// Manager goes on answering until [`Manager::shutdown`], so that Workers can sign off.
    pub async fn asked_to_stop(&self) {
        tokio::select! {
            () = self.farm.stop.cancelled() => {}
            () = self.farm.end_asked.cancelled() => {}
        }
    }

    /// Lets running requests end, five seconds at most, and stops. The farm can be started again on
    /// the same folder.
    pub async fn shutdown(mut self) {
        self.farm.stop.cancel();
        let all = async { while self.running.join_next().await.is_some() {} };
        if timeout(GRACE, all).await.is_err() {
            tracing::warn!("some requests were cut off at shutdown");
            self.running.shutdown().await;
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // Requests that wait for news live on their own connections, not among `running`.
        self.farm.stop.cancel();
    }
}

/// Sets right what was under way when the last Manager ended.
async fn resume(farm: &Arc<Farm>) -> Result<(), ManagerError> {
    let resumed = farm.turn(|turn| {
        heard_of_everybody(turn.db, turn.now)?;
        Ok(turn.push_stuck_jobs()?)
    });
    resumed.await.map_err(|refusal| ManagerError::Resume {
        message: refusal.message,
        path: farm.folders.database.clone(),
    })
}

async fn bind(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), ManagerError> {
    let failed = |source| ManagerError::Listen { addr: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok((listener, addr))
}

fn addresses(door: SocketAddr, open: &OpenFarm) -> Vec<String> {
    let pin = open.identity.as_ref().map(|it| format!("#sha256={}", it.fingerprint())).unwrap_or_default();
    announce::reachable_at(door).into_iter().map(|it| format!("{}://{it}/{pin}", open.scheme())).collect()
}

async fn serve<L>(farm: Arc<Farm>, listener: L, app: Router)
where
    L: Listener<Addr: std::fmt::Debug>,
    Peer: for<'a> Connected<IncomingStream<'a, L>>,
{
    let app = app.into_make_service_with_connect_info::<Peer>();
    let stop = farm.stop.clone();
    let served = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!("the farm cannot answer any more: {error}");
    }
    farm.stop.cancel();
}

/// Looks for timeouts and at sleep schedules.
async fn keep_time(farm: Arc<Farm>) {
    let mut ticks = interval(farm.config.timings.timeout_check);
    // After the machine slept, everybody gets one period to be heard of before anybody is missed.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Moment::now();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = farm.stop.cancelled() => return,
        }
        let has_slept = last < Moment::now().before(farm.config.timings.timeout_check * 3);
        last = Moment::now();
        let checked = farm.turn(move |turn| {
            if has_slept {
                heard_of_everybody(turn.db, turn.now)?;
            }
            sleep::apply(turn, &Zoned::now())?;
            Ok(turn.check_timeouts()?)
        });
        if let Err(refusal) = checked.await {
            tracing::warn!("timeouts could not be checked: {}", refusal.message);
        }
    }
}

async fn collect_garbage(farm: Arc<Farm>) {
    let mut days = interval(GARBAGE_PERIOD);
    loop {
        tokio::select! {
            _ = days.tick() => {}
            () = farm.stop.cancelled() => return,
        }
        let shaman = Arc::clone(&farm);
        match blocking(move || shaman.shaman.collect_garbage()).await {
            Ok(0) => {}
            Ok(n_deleted) => tracing::info!("{n_deleted} inputs unused for a month were deleted"),
            Err(error) => tracing::warn!("unused inputs cannot be deleted: {error}"),
        }
    }
}
