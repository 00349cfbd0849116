use std::time::Duration;

use flamenco::discovery::{FoundManager, Search, SearchError};
use tokio::time::{Instant, sleep};

use crate::WorkerError;

/// As long as Flamenco's own Worker looks.
const SEARCH_LIMIT: Duration = Duration::from_secs(600);
/// A network may only be coming up.
const NETWORK_PAUSE: Duration = Duration::from_secs(5);

/// The first Manager that answers on this network and lets in everybody; looked for ten minutes long.
///
/// One that wants a token is passed over: whoever has a token has an address too, and a token is told
/// to nobody who merely answers a search.
///
/// # Errors
/// When nobody has answered by then, or the network cannot be searched.
pub async fn find_manager() -> Result<FoundManager, WorkerError> {
    let end = Instant::now() + SEARCH_LIMIT;
    loop {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        if left == 0 {
            return Err(WorkerError::NoManager);
        }
        let mut search = match Search::start(u32::try_from(left).unwrap_or(u32::MAX)) {
            Ok(search) => search,
            Err(SearchError::NoNetwork) => {
                sleep(NETWORK_PAUSE).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        while let Some(found) = search.next().await {
            if !found.wants_token {
                return Ok(found);
            }
            tracing::warn!(
                "{} at {} wants its token; name it with --manager and --token",
                found.name,
                found.url
            );
        }
    }
}
