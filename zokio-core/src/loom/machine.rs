//! What the machine has.

pub use core::cell::Cell;
use core::cell::UnsafeCell;

#[cfg(all(feature = "unsafe-assume-single-core", target_os = "none"))]
pub(crate) use super::one_core::{AtomicPtr, AtomicUsize};
pub(crate) use portable_atomic::Ordering;
#[cfg(not(all(feature = "unsafe-assume-single-core", target_os = "none")))]
pub(crate) use portable_atomic::{AtomicPtr, AtomicUsize};

/// Data that a protocol of atomics passes from one owner to the next. A model checker watches every access.
pub(crate) struct Watched<T>(UnsafeCell<T>);

impl<T> Watched<T> {
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Reads through `f`, which may follow the pointer if the protocol says that nobody writes meanwhile.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Writes through `f`, which may follow the pointer if the protocol says that it is alone.
    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}
