//! What a board lends to the checks beside its clock: a second timer, to measure by and to interrupt with.

use core::cell::Cell;
use critical_section::Mutex;
use zokio_board::{Chip, Unparker};
use zokio_core::driver::Unpark;

/// A second timer.
pub trait Bench: Copy + 'static {
    /// Nanoseconds of one tick of the second timer; what it can tell apart.
    const TICK_NANOS: u64;

    /// Time by the second timer in nanoseconds, or `None` where QEMU's cannot be read. Wraps at [`Self::WRAP`].
    fn nanos() -> Option<u64>;

    /// Where [`nanos`](Self::nanos) starts again from zero.
    const WRAP: u64;

    /// How long a lap of the clock's counter is.
    const LAP_NANOS: u64;

    /// Whether an interrupt is pending that would start a stopped core.
    fn interrupt_pending() -> bool;

    /// Lets the clock's counter interrupt at the end of its laps, or not.
    fn laps_interrupt(yes: bool);

    /// Raises the second timer's interrupt once, some `ticks` from now. Its handler calls [`on_shot`].
    fn shoot(ticks: u32);
}

/// What the handler saw last, and how often it ran.
pub(crate) static SHOTS: Mutex<Cell<(u32, u64)>> = Mutex::new(Cell::new((0, 0)));

/// The newest time that anybody was told, handlers included.
pub(crate) static NEWEST: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

/// Tells the time and checks it against the newest time told. One critical section, so that "newest" has a meaning.
pub(crate) fn checked_now(clock: impl Chip) -> u64 {
    critical_section::with(|cs| {
        let newest = NEWEST.borrow(cs);
        let now = clock.now().as_nanos();
        assert!(now >= newest.get(), "the clock ran backwards by {} ns", newest.get() - now);
        newest.set(now);
        now
    })
}

/// The handler of the second timer's interrupt: tells the time, and unparks.
pub fn on_shot(clock: impl Chip) {
    let now = checked_now(clock);
    critical_section::with(|cs| {
        let shots = SHOTS.borrow(cs);
        shots.set((shots.get().0 + 1, now));
    });
    Unparker.unpark();
}

/// How often [`on_shot`] ran, and when last.
pub(crate) fn shots() -> (u32, u64) {
    critical_section::with(|cs| SHOTS.borrow(cs).get())
}

/// A small generator of numbers that look random; the same in every run.
pub(crate) struct Random(pub u32);

impl Random {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % limit
    }
}

/// Spends time without looking at a clock.
pub(crate) fn spin(rounds: u32) {
    for round in 0..rounds {
        core::hint::black_box(round);
    }
}
