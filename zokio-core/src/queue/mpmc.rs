//! A queue between any number of producers and consumers.

use super::Full;
use super::ring::Ring;
use crate::loom::{AtomicUsize, Ordering, Watched};
use crate::sentence::require;
use core::fmt;
use core::mem::MaybeUninit;

/// A bounded queue for any number of producers and consumers, `N` a power of two. First in, first out.
///
/// Values lie in `N` slots; two rings of indices (SCQ, Nikolaev 2019) say which are filled and which are free.
///
/// **Progress:** lock-free. Whoever is stopped in the middle of a push or pop, for however long, keeps no other from
/// pushing or popping; it only holds on to one slot. (The usual ring with a sequence number in each slot is not: there, a
/// producer that was stopped makes every consumer wait.) **Interrupt-safe**, at any priority.
///
/// **Exactness.** An operation that comes after a push has returned (in the sense of happens-before) finds the value. Two
/// reservations: push may say [`Full`] while another's push or pop is under way in one of the `N` slots; and if more than
/// 64 pops (1024 on machines with 64-bit pointers; `N`, if that is more) are under way at one moment, one may say `None`
/// though a value is there, until the next push.
///
/// **Memory:** `N` values, 4 words for each, and 7 words (on machines with 64-bit pointers those are spread over cache
/// lines of 128 bytes). Nothing but zeros before its first use, apart from the values, so that a static costs no flash.
///
/// **Wrap.** Positions in the rings are told apart within a quarter of a word's numbers: with 32 bits, an operation would
/// have to be stopped between two instructions while others complete a thousand million (2^30).
///
/// ```
/// use zokio_core::queue::Mpmc;
///
/// static JOBS: Mpmc<u32, 4> = Mpmc::new();
///
/// for job in 0..4 {
///     JOBS.push(job).unwrap();
/// }
/// assert_eq!(JOBS.push(4).unwrap_err().0, 4);
/// assert_eq!(JOBS.pop(), Some(0));
/// ```
///
/// ```compile_fail
/// let queue = zokio_core::queue::Mpmc::<u8, 3>::new(); // not a power of two
/// ```
pub struct Mpmc<T, const N: usize> {
    filled: Ring<N>,
    free: Ring<N>,
    /// How many slots were ever used; those are in one of the rings or in somebody's hands.
    used: AtomicUsize,
    slots: [Watched<MaybeUninit<T>>; N],
}

// *Invariant "one holder":* each index is in one ring or with one operation, and so is the slot; indices in `filled` have
// a value. A ring's put releases what its take acquires.

// SAFETY: "one holder"; values cross from one thread to another.
unsafe impl<T: Send, const N: usize> Send for Mpmc<T, N> {}
// SAFETY: as above.
unsafe impl<T: Send, const N: usize> Sync for Mpmc<T, N> {}

impl<T, const N: usize> Mpmc<T, N> {
    /// An empty queue.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const {
            require(N.is_power_of_two(), "the capacity of an Mpmc queue is a power of two: 1, 2, 4, 8, ...");
            require(N <= 1 << (usize::BITS / 2), "the capacity of an Mpmc queue is at most 2^16 (32-bit) or 2^32");
        }
        Self {
            filled: Ring::new(),
            free: Ring::new(),
            used: AtomicUsize::new(0),
            slots: [const { Watched::new(MaybeUninit::uninit()) }; N],
        }
    }

    /// Appends `value`. Lock-free, interrupt-safe.
    ///
    /// # Errors
    /// [`Full`] with the value in it.
    pub fn push(&self, value: T) -> Result<(), Full<T>> {
        let Some(index) = self.free.take().or_else(|| self.fresh()) else { return Err(Full(value)) };
        // SAFETY: "one holder": the index is ours.
        self.slot(index).with_mut(|slot| unsafe { (*slot).write(value) });
        self.filled.put(index);
        Ok(())
    }

    /// Takes the oldest value. Lock-free, interrupt-safe.
    pub fn pop(&self) -> Option<T> {
        let index = self.filled.take()?;
        // SAFETY: "one holder": the index is ours, and it was in `filled`.
        let value = self.slot(index).with(|slot| unsafe { (*slot).assume_init_read() });
        self.free.put(index);
        Some(value)
    }

    /// How many values fit.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// An index that was never used.
    fn fresh(&self) -> Option<usize> {
        let next = |used| (used < N).then_some(used + 1);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    }

    #[inline]
    fn slot(&self, index: usize) -> &Watched<MaybeUninit<T>> {
        // SAFETY: rings hold what `fresh` handed out, below N.
        unsafe { self.slots.get_unchecked(index) }
    }
}

impl<T, const N: usize> Drop for Mpmc<T, N> {
    fn drop(&mut self) {
        if core::mem::needs_drop::<T>() {
            while self.pop().is_some() {}
        }
    }
}

impl<T, const N: usize> fmt::Debug for Mpmc<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mpmc").field("capacity", &N).finish_non_exhaustive()
    }
}
