//! A lock that a model checker knows.

use core::cell::UnsafeCell;
use loom::sync::Mutex;
use std::sync::{OnceLock, PoisonError};

/// Data behind loom's lock, which is made at its first use (see [`crate::loom`]).
pub(crate) struct Lock<T> {
    mutex: OnceLock<Mutex<()>>,
    value: UnsafeCell<T>,
}

// SAFETY: invariant "one at a time": `locked` is the only way to the data.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { mutex: OnceLock::new(), value: UnsafeCell::new(value) }
    }

    fn locked<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        let mutex = self.mutex.get_or_init(|| Mutex::new(()));
        let _guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        f(self.value.get())
    }

    /// Runs `f` on the data, alone. See "short and closed" in the module's documentation.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: "one at a time" (above), and "short and closed": `f` does not come back here.
        self.locked(|value| f(unsafe { &mut *value }))
    }

    /// As [`with`](Self::with), but for data that changes through shared references only: other pointers into it stay valid.
    pub(crate) fn with_ref<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        // SAFETY: "one at a time", as in `with`.
        self.locked(|value| f(unsafe { &*value }))
    }
}
