use std::sync::{Condvar, Mutex, PoisonError};

/// Lets in as much as there is room for, and whatever is too large alone.
pub(super) struct Gate {
    room: u64,
    taken: Mutex<u64>,
    moved: Condvar,
}

/// A place inside; free again when dropped.
pub(super) struct Ticket<'a> {
    gate: &'a Gate,
    size: u64,
}

impl Gate {
    pub(super) fn new(room: u64) -> Self {
        Self { room, taken: Mutex::new(0), moved: Condvar::new() }
    }

    /// Waits until there is room.
    pub(super) fn enter(&self, size: u64) -> Ticket<'_> {
        // So small a thing takes some room too.
        let size = size.max(1);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && taken.saturating_add(size) > self.room {
            taken = self.moved.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = taken.saturating_add(size);
        Ticket { gate: self, size }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut taken = self.gate.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(self.size);
        drop(taken);
        self.gate.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn there_is_never_more_inside_than_there_is_room_for_unless_it_is_alone() {
        let gate = Gate::new(10);
        let inside = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for i in 0..4 {
                let (gate, inside) = (&gate, &inside);
                scope.spawn(move || {
                    for size in [3, 4, 25, 0, 6].into_iter().cycle().skip(i).take(200) {
                        let _ticket = gate.enter(size);
                        let before = inside.fetch_add(size, Ordering::SeqCst);
                        assert!(before == 0 || before + size <= 10, "{before} + {size}");
                        inside.fetch_sub(size, Ordering::SeqCst);
                    }
                });
            }
        });
    }
}
