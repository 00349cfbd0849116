use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{Exit, WorkerConfig, WorkerError, run};

/// Works as `n_slots` Workers at once, each known to the Manager by itself: any Manager gives each a task
/// of its own. The first has `config`'s name and home, the others are numbered. As [`run`], until
/// `shutdown` is ready or every one of them was sent home; tells how the last one ended.
///
/// # Errors
/// As [`run`]; what ends one of them so ends all.
pub async fn run_slots(
    config: WorkerConfig,
    n_slots: usize,
    shutdown: impl Future,
) -> Result<Exit, WorkerError> {
    let (stop, stopped) = watch::channel(false);
    let mut slots = JoinSet::new();
    for i in 1..=n_slots.max(1) {
        let (config, mut stopped) = (slot(&config, i), stopped.clone());
        slots.spawn(run(config, async move {
            // An error means that nobody will ever say stop, which happens only at the very end.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }));
    }
    let mut shutdown = std::pin::pin!(shutdown);
    let mut last = Ok(Exit::Shutdown);
    loop {
        tokio::select! {
            _ = &mut shutdown, if !*stop.borrow() => { stop.send_replace(true); }
            ended = slots.join_next() => match ended {
                None => return last,
                Some(Ok(Ok(exit))) => last = last.map(|_| exit),
                Some(Ok(Err(error))) => {
                    last = last.and(Err(error));
                    stop.send_replace(true);
                }
                Some(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            },
        }
    }
}

fn slot(config: &WorkerConfig, i: usize) -> WorkerConfig {
    let mut config = config.clone();
    if i > 1 {
        config.name = format!("{} {i}", config.name);
        config.home = config.home.join(format!("slot-{i}"));
    }
    config
}
