//! A narrow hardware counter extended to 64 bits.

use core::cell::Cell;
use critical_section::{CriticalSection, Mutex};

/// A free-running hardware counter of 8 to 32 bits that a [clock](crate::clock) can stand on.
///
/// A *lap* is one run of the counter from zero through 2^`BITS` - 1. An interrupt at the end of every lap must be
/// enabled, and its handler must call [`Laps::ticks`] (the clock's `on_interrupt`), because nothing else counts the
/// laps while the program computes. Interrupts may be masked, or handlers of higher priority run, for at most one lap.
///
/// All functions are called inside a critical section and only after the counter was started. They do not take `self`:
/// the hardware is a singleton, and so a clock costs no RAM but its laps.
///
/// Implement it for a timer of your chip; the SysTick of `zokio-cortex-m` and the tests of this module are examples.
pub trait Counter: 'static {
    /// The counter's width.
    const BITS: u32;

    /// Ticks since the lap began, counting up, below 2^`BITS`. A counter that counts down is subtracted from its end.
    fn count() -> u32;

    /// Whether a lap ended since the last call: reads the overflow flag and clears it.
    ///
    /// The flag must be up by the time [`count`](Self::count) tells a tick of the new lap.
    fn lapped() -> bool;

    /// Sees to it that an interrupt comes `ticks` from now or earlier; the end of the lap counts. `ticks` is at least 1,
    /// and may be more than a lap. Returns whether the interrupt is certain to come.
    ///
    /// A counter with a compare register sets it and returns `false`, since the value may be passed while it is being
    /// set: the clock is read again then. A counter without one is restarted, and moves `lap_start`, the time in ticks
    /// at which [`count`](Self::count) was or would have been zero, by what that changed.
    fn arm(ticks: u32, lap_start: &mut u64) -> bool;
}

/// The laps of a [`Counter`]: what makes its ticks 64 bits wide. One static per counter, 8 bytes.
pub struct Laps(Mutex<Cell<u64>>);

impl Laps {
    /// No lap so far.
    pub const fn new() -> Self {
        Self(Mutex::new(Cell::new(0)))
    }

    /// Ticks since the counter was started. Never goes backwards.
    ///
    /// Callable from the program and from an interrupt of any priority, also while the end of a lap waits to be handled
    /// or is just being handled: the overflow flag belongs to whoever sees it first, not to the handler.
    /// O(1), one critical section.
    // Kept as a function of its own: a clock, its alarm and its handler share it.
    #[inline(never)]
    pub fn ticks<C: Counter>(&self) -> u64 {
        critical_section::with(|cs| {
            let lap_start = self.0.borrow(cs);
            loop {
                let count = C::count();
                // The flag is read after the count. Where it is down, no lap ended before the count was read, nor
                // between. Where it is up, the count may be of either lap: count it and look again.
                if !C::lapped() {
                    return lap_start.get().wrapping_add(count as u64);
                }
                lap_start.set(lap_start.get().wrapping_add(1 << C::BITS));
            }
        })
    }

    /// [`Counter::arm`], keeping the laps true.
    #[inline(always)]
    pub fn arm<C: Counter>(&self, cs: CriticalSection<'_>, ticks: u32) -> bool {
        let lap_start = self.0.borrow(cs);
        let mut start = lap_start.get();
        let certain = C::arm(ticks, &mut start);
        lap_start.set(start);
        certain
    }
}

impl Default for Laps {
    fn default() -> Self {
        Self::new()
    }
}

/// The last tick of a lap of `C`.
pub const fn longest<C: Counter>() -> u32 {
    const {
        assert!(C::BITS >= 8 && C::BITS <= 32, "a counter must have 8 to 32 bits");
        (u32::MAX as u64 >> (32 - C::BITS)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

    /// An 8-bit counter for which every register access takes `STEP` ticks.
    struct Fake<const STEP: u64>;
    static TIME: AtomicU64 = AtomicU64::new(0);
    static FLAG: AtomicBool = AtomicBool::new(false);

    fn pass(ticks: u64) {
        let before = TIME.fetch_add(ticks, Relaxed);
        if (before + ticks) >> 8 != before >> 8 {
            FLAG.store(true, Relaxed);
        }
    }

    impl<const STEP: u64> Counter for Fake<STEP> {
        const BITS: u32 = 8;
        fn count() -> u32 {
            pass(STEP);
            (TIME.load(Relaxed) & 0xff) as u32
        }
        fn lapped() -> bool {
            pass(STEP);
            FLAG.swap(false, Relaxed)
        }
        fn arm(_: u32, _: &mut u64) -> bool {
            true
        }
    }

    /// Reads the clock at every phase of the counter, with the flag's owner changing: the time told always lies between
    /// the true time before and after the reading.
    fn every_phase<const STEP: u64>() {
        let laps = Laps::new();
        TIME.store(0, Relaxed);
        FLAG.store(false, Relaxed);
        let mut last = 0;
        for wait in 0..5_000 {
            // A whole lap between two looks at the flag would break the counter's contract.
            pass(wait % (256 - 2 * STEP));
            let before = TIME.load(Relaxed);
            let told = laps.ticks::<Fake<STEP>>();
            let after = TIME.load(Relaxed);
            assert!((before..=after).contains(&told), "told {told}, true {before}..={after}");
            assert!(told >= last);
            last = told;
        }
    }

    #[test]
    fn tells_the_true_time_across_laps() {
        every_phase::<1>();
        every_phase::<2>();
        every_phase::<7>();
        every_phase::<60>();
    }
}
