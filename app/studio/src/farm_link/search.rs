//! A search for Managers on the network, told as they answer.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use flamenco::discovery::{FoundManager, Search};

use super::Wake;
use crate::model::{FarmSearch, SearchState};

/// Questions, one second apart.
const N_TRIES: u32 = 3;
/// More than these are not listed.
const MOST: usize = 64;

/// Dropped, the search ends.
pub(super) struct Searching {
    found: Receiver<Result<FoundManager, String>>,
}

impl Searching {
    pub(super) fn start(wake: &Wake) -> Self {
        let (tell, found) = sync_channel(MOST + 1);
        let wake = Arc::clone(wake);
        work::runtime().spawn(async move {
            match Search::start(N_TRIES) {
                Ok(mut search) => {
                    while let Some(manager) = search.next().await {
                        // Full, or nobody listens any more.
                        if tell.try_send(Ok(manager)).is_err() {
                            break;
                        }
                        wake();
                    }
                }
                Err(error) => drop(tell.try_send(Err(error.to_string()))),
            }
            drop(tell);
            wake();
        });
        Self { found }
    }

    /// False once it is over.
    pub(super) fn advance(&self, search: &mut FarmSearch) -> bool {
        loop {
            match self.found.try_recv() {
                Ok(Ok(manager)) => {
                    if search.found.iter().all(|it| it.url != manager.url) {
                        search.found.push(manager);
                    }
                }
                Ok(Err(why)) => {
                    search.state = SearchState::Failed(why);
                    return false;
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => {
                    search.state = SearchState::Over;
                    return false;
                }
            }
        }
    }
}
