//! What loom has, made to fit constructors that are `const`.
//!
//! Loom's objects belong to one execution and can only be made in it. So each is made at its first use. Loom takes the
//! making for a write, and complains about threads that use the object without coming after it: a test uses everything
//! once, on its first thread, before it starts others. What was not is reported, not missed.

use core::cell::UnsafeCell;
use core::ops::Deref;
pub(crate) use loom::sync::atomic::Ordering;
use std::sync::OnceLock;

macro_rules! lazy {
    ($(#[$doc:meta])* $name:ident<$($generic:ident $(: $bound:ident)?)?>, $value:ty, $inner:ty) => {
        $(#[$doc])*
        pub struct $name$(<$generic>)? {
            first: $value,
            inner: OnceLock<$inner>,
        }

        impl$(<$generic $(: $bound)?>)? $name$(<$generic>)? {
            /// As loom's own, but `const`.
            pub const fn new(first: $value) -> Self {
                Self { first, inner: OnceLock::new() }
            }
        }

        impl$(<$generic $(: $bound)?>)? Deref for $name$(<$generic>)? {
            type Target = $inner;
            fn deref(&self) -> &$inner {
                // Making an object does not let another thread run, so nobody waits here.
                self.inner.get_or_init(|| <$inner>::new(self.first))
            }
        }
    };
}

lazy!(
    /// A word.
    AtomicUsize<>, usize, loom::sync::atomic::AtomicUsize
);
lazy!(
    /// A pointer.
    AtomicPtr<T>, *mut T, loom::sync::atomic::AtomicPtr<T>
);
lazy!(
    /// A plain cell; two threads that use it without an order between them are reported.
    Cell<T: Copy>, T, loom::cell::Cell<T>
);

// SAFETY: a pointer is only a word; loom's own is `Send` and `Sync` as well.
unsafe impl<T> Send for AtomicPtr<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for AtomicPtr<T> {}

/// See the machine's `Watched`.
pub(crate) struct Watched<T> {
    watch: OnceLock<loom::cell::UnsafeCell<()>>,
    value: UnsafeCell<T>,
}

impl<T> Watched<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { watch: OnceLock::new(), value: UnsafeCell::new(value) }
    }

    fn watch(&self) -> &loom::cell::UnsafeCell<()> {
        self.watch.get_or_init(|| loom::cell::UnsafeCell::new(()))
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        self.watch().with(|_| f(self.value.get()))
    }

    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        self.watch().with_mut(|_| f(self.value.get()))
    }
}
