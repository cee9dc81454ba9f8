//! No lock: WebAssembly without threads has one thread and no interrupts.

use core::cell::UnsafeCell;

/// Data that only one thread can reach, because there is only one.
pub(crate) struct Lock<T>(UnsafeCell<T>);

// SAFETY: invariant "one thread": this file is compiled only where the target has neither threads nor interrupts.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Runs `f` on the data, alone. See "short and closed" in the module's documentation.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: "one thread" (above), and "short and closed": `f` does not come back here.
        f(unsafe { &mut *self.0.get() })
    }

    /// As [`with`](Self::with), but for data that changes through shared references only: other pointers into it stay valid.
    #[inline]
    pub(crate) fn with_ref<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        // SAFETY: "one thread", as in `with`.
        f(unsafe { &*self.0.get() })
    }
}
