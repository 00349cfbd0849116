use std::cell::Cell;

/// Memory that lists may take which a file can ask for out of proportion to its size: dense blend
/// shapes of sparse ones, copies of a mesh for other materials, weights of many shapes over time.
pub(super) struct Budget {
    left: Cell<usize>,
}

const FLOOR: usize = 256 << 20;
const PER_FILE_BYTE: usize = 64;

impl Budget {
    pub(super) fn of(file_n_bytes: usize) -> Self {
        Self { left: Cell::new(FLOOR.saturating_add(file_n_bytes.saturating_mul(PER_FILE_BYTE))) }
    }

    /// Whether `n` values of that size may still be made; if so, they are taken off.
    pub(super) fn take<T>(&self, n: usize) -> bool {
        let rest = n.checked_mul(size_of::<T>()).and_then(|n_bytes| self.left.get().checked_sub(n_bytes));
        self.left.set(rest.unwrap_or(self.left.get()));
        rest.is_some()
    }
}
