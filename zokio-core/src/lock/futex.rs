//! A lock of the standard library.

use std::sync::{Mutex, PoisonError};

/// Data behind a futex-class lock.
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Runs `f` on the data, alone. See "short and closed" in the module's documentation: nothing in `f` can panic half
    /// way, so a poisoned lock holds consistent data and is taken as it is.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// As [`with`](Self::with), but for data that changes through shared references only: other pointers into it stay valid.
    #[inline]
    pub(crate) fn with_ref<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
