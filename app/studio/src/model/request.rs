use work::{Progress, WorkHandle, WorkState};

/// A value that takes time. The previous one stays in view until the new one is there.
#[derive(Default)]
pub enum Request<T> {
    #[default]
    Idle,
    Running {
        work: WorkHandle<T>,
        previous: Option<T>,
    },
    Ready(T),
    Failed {
        reason: String,
        previous: Option<T>,
    },
}

impl<T: Send + 'static> Request<T> {
    /// Starts anew; a running request for the same thing is cancelled by being dropped.
    pub fn start(&mut self, work: WorkHandle<T>) {
        let previous = self.take_value();
        *self = Self::Running { work, previous };
    }

    /// Takes in a result that has come. True when something changed for good.
    pub fn poll(&mut self) -> bool {
        let Self::Running { work, previous } = self else { return false };
        match work.poll() {
            WorkState::Running(_) => false,
            WorkState::Done(Ok(value)) => {
                *self = Self::Ready(value);
                true
            }
            WorkState::Done(Err(work::WorkError::Cancelled)) | WorkState::Taken => {
                *self = previous.take().map_or(Self::Idle, Self::Ready);
                true
            }
            WorkState::Done(Err(error)) => {
                *self = Self::Failed { reason: error.to_string(), previous: previous.take() };
                true
            }
        }
    }

    /// Stops a running request and keeps what was there before.
    pub fn cancel(&mut self) {
        if self.is_running() {
            *self = self.take_value().map_or(Self::Idle, Self::Ready);
        }
    }

    /// The newest value there is.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Running { previous, .. } | Self::Failed { previous, .. } => previous.as_ref(),
            Self::Idle => None,
        }
    }

    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }

    pub fn progress(&self) -> Option<Progress> {
        match self {
            Self::Running { work, .. } => Some(work.progress()),
            _ => None,
        }
    }

    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed { reason, .. } => Some(reason),
            _ => None,
        }
    }

    fn take_value(&mut self) -> Option<T> {
        match std::mem::take(self) {
            Self::Ready(value) => Some(value),
            Self::Running { previous, .. } | Self::Failed { previous, .. } => previous,
            Self::Idle => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use work::{Cancelled, Lane, Pool};

    use super::*;

    /// Polls until the work is over; the pool's wake is what it waits on.
    fn finish<T: Send + 'static>(request: &mut Request<T>, woken: &std::sync::mpsc::Receiver<()>) {
        while request.is_running() {
            if !request.poll() {
                woken.recv().unwrap();
            }
        }
    }

    #[test]
    fn the_old_value_stays_until_the_new_one_is_there() {
        let (wake, woken) = sync_channel(64);
        let pool = Pool::new(move || {
            let _ = wake.try_send(());
        });
        let mut request = Request::Ready(1);
        let (go, wait) = sync_channel::<()>(1);
        request.start(pool.spawn(Lane::Interactive, "two", move |_| wait.recv().map(|()| 2)));
        assert!(!request.poll());
        assert_eq!(request.value(), Some(&1));
        go.send(()).unwrap();
        finish(&mut request, &woken);
        assert_eq!(request.value(), Some(&2));

        request
            .start(pool.spawn(Lane::Interactive, "bad", |_| Err::<i32, _>(std::io::Error::other("no luck"))));
        finish(&mut request, &woken);
        assert_eq!(request.failure(), Some("no luck"));
        assert_eq!(request.value(), Some(&2));
        request.start(pool.spawn(Lane::Interactive, "gone", |_| Err::<i32, _>(Cancelled)));
        request.cancel();
        assert_eq!((request.value(), request.is_running()), (Some(&2), false));
    }
}
