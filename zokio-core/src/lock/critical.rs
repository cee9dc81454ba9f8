//! A lock that masks interrupts.

use core::cell::UnsafeCell;

/// Data that is touched with interrupts masked only.
pub(crate) struct Lock<T>(UnsafeCell<T>);

// SAFETY: invariant "one at a time": `with` is the only way to the data, and a critical section excludes every other.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Runs `f` on the data, alone. See "short and closed" in the module's documentation.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        critical_section::with(|_| {
            // SAFETY: "one at a time" (above), and "short and closed": `f` does not come back here.
            f(unsafe { &mut *self.0.get() })
        })
    }

    /// As [`with`](Self::with), but for data that changes through shared references only: other pointers into it stay valid.
    #[inline]
    pub(crate) fn with_ref<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        critical_section::with(|_| {
            // SAFETY: "one at a time", as in `with`.
            f(unsafe { &*self.0.get() })
        })
    }
}
