//! A value in memory of a strategy.

use super::Strategy;
use core::alloc::Layout;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::ptr::NonNull;

/// A value that lies in memory of a strategy, and owns it: a box for programs without `alloc`.
///
/// ```
/// use zokio_core::memory::{Arena, Inline, Owned, Strategy};
///
/// static PACKETS: Arena<Inline<128>> = Arena::new(Inline::new());
///
/// let mut packet = Owned::new([0u8; 100], &PACKETS).unwrap();
/// packet[0] = 7;
/// // No room: the value comes back.
/// let refused = Owned::new([1u8; 100], &PACKETS).unwrap_err();
/// assert_eq!(refused, [1; 100]);
/// drop(packet);
/// assert_eq!(PACKETS.metrics().in_use, 0);
/// ```
pub struct Owned<'s, T, S: Strategy> {
    value: NonNull<T>,
    strategy: &'s S,
    _owned: PhantomData<T>,
}

// *Invariant "sole owner":* `value` points to a live `T` in memory taken from `strategy`, given back when this is dropped;
// nobody else reaches it.

// SAFETY: "sole owner": as sending the value, and a reference to the strategy.
unsafe impl<T: Send, S: Strategy + Sync> Send for Owned<'_, T, S> {}
// SAFETY: "sole owner": as sharing the value, and a reference to the strategy.
unsafe impl<T: Sync, S: Strategy + Sync> Sync for Owned<'_, T, S> {}

impl<'s, T, S: Strategy> Owned<'s, T, S> {
    /// Moves `value` into memory of `strategy`. Costs what the strategy costs.
    ///
    /// # Errors
    /// The value, where there is no room for it.
    pub fn new(value: T, strategy: &'s S) -> Result<Self, T> {
        let memory = match size_of::<T>() {
            0 => NonNull::dangling(),
            _ => match strategy.take(Layout::new::<T>()) {
                Some(memory) => memory.cast::<T>(),
                None => return Err(value),
            },
        };
        // SAFETY: just taken, for a `T`.
        unsafe { memory.write(value) };
        Ok(Self { value: memory, strategy, _owned: PhantomData })
    }
}

impl<T, S: Strategy> Owned<'static, T, S> {
    /// Pinned, as a future is polled: the value stays where it is until it is dropped. In a static strategy only: in any
    /// other, a value that was forgotten would lose its place without having been dropped.
    pub fn into_pin(self) -> Pin<Self> {
        // SAFETY: "sole owner": the value lies in the strategy's memory, does not move with this, and no safe method moves it
        // out of a pinned one. Borrowed for ever, the strategy is neither moved nor reset, so the memory is used again only
        // after the value was dropped.
        unsafe { Pin::new_unchecked(self) }
    }
}

impl<T, S: Strategy> Drop for Owned<'_, T, S> {
    fn drop(&mut self) {
        /// Gives the memory back also if the destructor panics.
        struct Memory<'s, T, S: Strategy>(NonNull<T>, &'s S);
        impl<T, S: Strategy> Drop for Memory<'_, T, S> {
            fn drop(&mut self) {
                if size_of::<T>() > 0 {
                    // SAFETY: "sole owner": taken with this layout, and the value is gone.
                    unsafe { self.1.give(self.0.cast(), Layout::new::<T>()) }
                }
            }
        }
        let memory = Memory(self.value, self.strategy);
        // SAFETY: "sole owner".
        unsafe { memory.0.drop_in_place() }
    }
}

impl<T, S: Strategy> Deref for Owned<'_, T, S> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: "sole owner".
        unsafe { self.value.as_ref() }
    }
}

impl<T, S: Strategy> DerefMut for Owned<'_, T, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: "sole owner".
        unsafe { self.value.as_mut() }
    }
}

impl<T: fmt::Debug, S: Strategy> fmt::Debug for Owned<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
