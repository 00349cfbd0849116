use super::Request;

/// A value with what it was made for.
pub(crate) struct Kept<K, T> {
    pub(crate) of: Option<K>,
    pub(crate) value: Request<T>,
}

impl<K, T> Default for Kept<K, T> {
    fn default() -> Self {
        Self { of: None, value: Request::Idle }
    }
}

impl<K: PartialEq + Clone, T: Send + 'static> Kept<K, T> {
    /// Starts `work` when the value is another one's.
    pub(crate) fn want(&mut self, key: &K, work: impl FnOnce() -> work::WorkHandle<T>) {
        if self.of.as_ref() != Some(key) {
            self.value.start(work());
            self.of = Some(key.clone());
        }
    }

    /// Only once it is the one that was asked for.
    pub(crate) fn is_settled(&self) -> bool {
        !self.value.is_running()
    }
}
