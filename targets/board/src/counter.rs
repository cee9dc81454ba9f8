//! A narrow hardware counter extended to 64 bits.

use core::cell::Cell;
use critical_section::{CriticalSection, Mutex};

/// A free-running hardware counter of 8 to 32 bits that a clock ([`Ticks`](crate::Ticks)) can stand on.
///
/// A *lap* is one run of the counter from zero through 2^`BITS` - 1. An interrupt at the end of every lap must be
/// enabled, and its handler must call [`Ticks::on_interrupt`](crate::Ticks::on_interrupt), because nothing else counts
/// the laps while the program computes. Interrupts may be masked, or handlers of higher priority run, for at most one
/// lap.
///
/// [`count`](Self::count), [`lapped`](Self::lapped) and [`arm`](Self::arm) are called inside a critical section and after
/// [`start`](Self::start). Nothing takes `self`: the hardware is a singleton, so a clock costs no RAM but its laps.
///
/// Implement it for a timer of your chip; `zokio-cortex-m` has one that is restarted (SysTick) and one that compares (a
/// timer of the nRF51).
pub trait Counter: Copy + 'static {
    /// The counter's width.
    const BITS: u32;

    /// Where its laps are counted: a static of the implementor.
    fn laps() -> &'static Laps;

    /// Starts the counter and its interrupt; does nothing if it runs.
    fn start();

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

    /// Clears the interrupt that is being handled, except for the overflow flag.
    fn acknowledge() {}

    /// Whether the interrupt controller lets the interrupt through, so that it starts a stopped core: read back, with
    /// `zokio_cortex_m::interrupt_enabled` for one. The driver asks before it stops the core, and panics where it would
    /// sleep for ever. A constant where nobody else can switch it off.
    fn interrupt_enabled() -> bool;

    /// Stops the core until an interrupt is pending, which stays masked: `wfi`.
    fn wait();

    /// Lets what is pending be handled at once, after interrupts were unmasked: where the core may execute another instruction
    /// before it does, a barrier.
    fn settle() {}
}

/// The laps of a [`Counter`]: what makes its ticks 64 bits wide. One static per counter, 8 bytes.
pub struct Laps(Mutex<Cell<u64>>);

impl Laps {
    /// No lap so far.
    pub const fn new() -> Self {
        Self(Mutex::new(Cell::new(0)))
    }

    /// Ticks since the counter was started. Never goes backwards.
    #[inline(always)]
    pub(crate) fn ticks<C: Counter>(&self) -> u64 {
        critical_section::with(|cs| self.ticks_masked::<C>(cs))
    }

    /// [`ticks`](Self::ticks) in a critical section.
    #[inline(always)]
    pub(crate) fn ticks_masked<C: Counter>(&self, cs: CriticalSection<'_>) -> u64 {
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
    }

    /// Counts a lap that has ended, if nobody did so before.
    #[inline(always)]
    pub(crate) fn count<C: Counter>(&self) {
        critical_section::with(|cs| {
            if C::lapped() {
                let lap_start = self.0.borrow(cs);
                lap_start.set(lap_start.get().wrapping_add(1 << C::BITS));
            }
        });
    }

    /// [`Counter::arm`], keeping the laps true.
    #[inline(always)]
    pub(crate) fn arm<C: Counter>(&self, cs: CriticalSection<'_>, ticks: u32) -> Armed {
        let lap_start = self.0.borrow(cs);
        let before = lap_start.get();
        let mut start = before;
        let certain = C::arm(ticks, &mut start);
        lap_start.set(start);
        let (before, start) = (before as u32, start as u32);
        match (certain, before != start) {
            (false, _) => Armed::Unsure,
            (true, false) => Armed::Early,
            (true, true) => Armed::Restarted(start),
        }
    }

    /// Whether a lap was counted since the counter was [restarted](Armed::Restarted).
    #[inline(always)]
    pub(crate) fn counted_since(&self, restart: u32) -> bool {
        // SAFETY: *One word:* the lower one is read in one piece, so whoever counts a lap does so before or after. Not as a `Cell`,
        // whose two words would have to belong together.
        let laps = self.0.borrow(unsafe { CriticalSection::new() }).as_ptr().cast::<u32>();
        // SAFETY: as above; a static's second word where the higher one comes first.
        let lower = unsafe { laps.add(usize::from(cfg!(target_endian = "big"))).read_volatile() };
        lower != restart
    }
}

/// What became of an alarm that a counter was to set.
pub(crate) enum Armed {
    /// The interrupt may not come: the clock is to be read again.
    Unsure,
    /// An interrupt is certain to come, perhaps too early.
    Early,
    /// The counter was restarted, so that the next lap ends when it should; with what the laps [tell](Laps::counted_since) that from.
    Restarted(u32),
}

impl Default for Laps {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

    /// An 8-bit counter for which every register access takes `STEP` ticks.
    #[derive(Clone, Copy)]
    struct Fake<const STEP: u64>;
    static LAPS: Laps = Laps::new();
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
        fn laps() -> &'static Laps {
            &LAPS
        }
        fn start() {}
        fn wait() {}
        fn interrupt_enabled() -> bool {
            true
        }
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
