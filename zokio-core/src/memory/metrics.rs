//! What a strategy counts.

use core::fmt;

/// What a memory strategy has done so far. Counters wrap around, after four thousand million on a board.
///
/// ```
/// use allocator_api2::boxed::Box;
/// use zokio_core::memory::{Arena, Inline, Strategy};
///
/// let arena = Arena::new(Inline::<64>::new());
/// let kept = Box::new_in([0u8; 40], &arena);
/// assert!(Box::try_new_in([0u8; 40], &arena).is_err());
/// let metrics = arena.metrics();
/// assert_eq!((metrics.allocations, metrics.in_use, metrics.failures), (1, 40, 1));
/// # drop(kept);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Metrics {
    /// Allocations that succeeded.
    pub allocations: usize,
    /// Allocations that were given back.
    pub releases: usize,
    /// Bytes that were asked for and not given back.
    pub in_use: usize,
    /// The most that `in_use` ever was.
    pub peak: usize,
    /// Allocations, and growths, that were refused: too large, or no room.
    pub failures: usize,
    /// The largest size that was ever asked for, also in vain.
    pub largest: usize,
}

impl Metrics {
    pub(super) const NONE: Self = Self { allocations: 0, releases: 0, in_use: 0, peak: 0, failures: 0, largest: 0 };

    /// Counts an allocation of `size` that succeeded or not.
    pub(super) fn took(&mut self, size: usize, success: bool) {
        self.largest = self.largest.max(size);
        if success {
            self.allocations = self.allocations.wrapping_add(1);
            self.in_use += size;
            self.peak = self.peak.max(self.in_use);
        } else {
            self.failures = self.failures.wrapping_add(1);
        }
    }

    pub(super) fn gave(&mut self, size: usize) {
        self.releases = self.releases.wrapping_add(1);
        self.in_use -= size;
    }

    /// Counts an allocation that changed its size in place.
    pub(super) fn resized(&mut self, old: usize, new: usize) {
        self.largest = self.largest.max(new);
        self.in_use = self.in_use - old + new;
        self.peak = self.peak.max(self.in_use);
    }

    /// Nothing is in use any more.
    pub(super) fn reset(&mut self) {
        self.releases = self.allocations;
        self.in_use = 0;
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} B in use, at most {} B, {} allocations, {} refused, the largest {} B",
            self.in_use, self.peak, self.allocations, self.failures, self.largest
        )
    }
}
