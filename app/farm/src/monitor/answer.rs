use std::sync::Arc;

use tokio::sync::oneshot;

use crate::FarmError;

/// What a single question to a farm comes to, later. Dropping it does not take the question back.
pub struct Answer<T> {
    receiver: oneshot::Receiver<Result<T, FarmError>>,
}

impl<T: Send + 'static> Answer<T> {
    /// Never waits. `None` until there is an answer; it is handed out once, [`FarmError::Closed`]
    /// after that.
    pub fn poll(&mut self) -> Option<Result<T, FarmError>> {
        match self.receiver.try_recv() {
            Ok(result) => Some(result),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(FarmError::Closed)),
        }
    }

    /// For async code.
    ///
    /// # Errors
    /// What the question came to.
    pub async fn wait(self) -> Result<T, FarmError> {
        self.receiver.await.unwrap_or(Err(FarmError::Closed))
    }

    pub(crate) fn of<W>(work: W) -> Self
    where
        W: Future<Output = (Result<T, FarmError>, Arc<dyn Fn() + Send + Sync>)> + Send + 'static,
    {
        let (send, receiver) = oneshot::channel();
        work::runtime().spawn(async move {
            let (result, wake) = work.await;
            // Whoever asked may have lost interest.
            let _ = send.send(result);
            wake();
        });
        Self { receiver }
    }
}
