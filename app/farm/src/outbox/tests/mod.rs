mod bucket;
mod kills;
mod pace;
mod road;
mod trouble;

use std::time::Duration;

use super::Outbox;
use super::drive::Pace;

impl Outbox {
    /// Waits for nothing longer than needed.
    pub(crate) fn in_a_hurry(mut self) -> Self {
        let soon = Duration::from_millis(5);
        self.pace = Some(Pace { watch: soon, first_pause: soon, look_again: soon });
        self
    }
}
