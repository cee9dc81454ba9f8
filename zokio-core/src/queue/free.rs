//! The free places of something with a fixed number of them: O(1), lock-free, each handed out once.
//!
//! A stack of the places that were used and given back, and a mark below which places were used before: so that all is
//! zero in the beginning, and the mark is the high-water mark, too.
//!
//! *Invariant "no ABA":* a take reads which place is below the top and then exchanges the top. Between the two others may
//! take the top and what is below and give the top back. So the top carries a *tag* that every take changes, in all the bits
//! that numbers of places leave: for 4 places in a word of 32 bits, a take would have to be stopped between two
//! instructions while others complete 2^29 takes, or a multiple of that exactly; for 4000 places, 2^20.

use crate::loom::{AtomicUsize, Ordering};

/// A place.
pub(crate) trait Place {
    /// What the list needs in it: which place is below in the stack. Whoever has the place may use the word.
    fn below(&self) -> &AtomicUsize;
}

/// See the [module](self).
pub(crate) struct FreeList {
    /// The number of the top plus one, 0 for none, and above it the tag.
    top: AtomicUsize,
    /// How many places were ever used.
    used: AtomicUsize,
}

impl FreeList {
    pub(crate) const fn new() -> Self {
        Self { top: AtomicUsize::new(0), used: AtomicUsize::new(0) }
    }

    /// The bits of `top` that are a number, for so many places.
    #[inline]
    pub(crate) const fn mask(places: usize) -> usize {
        usize::MAX.unbounded_shr(places.leading_zeros())
    }

    /// How many places were ever out at once.
    pub(crate) fn high_water(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes a place. Lock-free.
    #[inline]
    pub(crate) fn take<P: Place>(&self, places: &[P]) -> Option<usize> {
        let mask = Self::mask(places.len());
        // Acquire: pairs with `give`, so that `below` and the place are as the last owner left them.
        let mut top = self.top.load(Ordering::Acquire);
        while let Some(index) = (top & mask).checked_sub(1) {
            let below = places.get(index)?.below().load(Ordering::Relaxed) & mask;
            let next = (top & !mask).wrapping_add(mask + 1) | below;
            match self.top.compare_exchange_weak(top, next, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Some(index),
                Err(now) => top = now,
            }
        }
        let next = |used| (used < places.len()).then_some(used + 1);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    }

    /// Gives back `place`, which is number `index` of those that `mask` is for. Lock-free.
    ///
    /// The caller has taken it and does not touch it any more.
    #[inline]
    pub(crate) fn give<P: Place>(&self, place: &P, index: usize, mask: usize) {
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            place.below().store(top & mask, Ordering::Relaxed);
            let next = (top & !mask) | (index + 1);
            // Release: the next owner sees the place as we leave it.
            match self.top.compare_exchange_weak(top, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }
}
