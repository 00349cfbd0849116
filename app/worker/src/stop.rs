use tokio::sync::watch;

/// The end that says stop. Dropping it says stop too.
pub(crate) struct StopSource(watch::Sender<bool>);

/// The end that hears it; clones hear the same.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

pub(crate) fn stop_pair() -> (StopSource, Stop) {
    let (send, receive) = watch::channel(false);
    (StopSource(send), Stop(receive))
}

impl StopSource {
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns once stop was said, at once if that was before.
    pub(crate) async fn wait(&self) {
        // An error means that the source is gone, which says the same.
        let _ = self.0.clone().wait_for(|stopped| *stopped).await;
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
