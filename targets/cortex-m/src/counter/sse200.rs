//! The timers of the SSE-200: one clock for both cores, and an alarm for each.

use crate::boards::mps3_an524::DualTimer;
use crate::registers;
use crate::vectors::{forget_interrupt, interrupt_enabled, let_through};
use zokio_board::{Counter, Laps};

/// The clock of core `CORE` (0 or 1) of an SSE-200: its dual timer runs free, for both cores, so an instant is the same on
/// both; timer `CORE` is the alarm of that core alone. Wakes nobody but who waits, and the first core once a lap of 2^32.
///
/// The program binds the interrupt of the laps, which the first core to start it takes. The alarm's is not taken, unless the program
/// enables it on its core, for an executor that runs in an interrupt there; then it is bound to [`on_alarm`](Self::on_alarm).
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CoreTimer<const CORE: usize>;

/// What both count with.
type Clock = DualTimer<32, 1>;

const CONTROL: usize = 0x00;
const VALUE: usize = 0x04;
const RELOAD: usize = 0x08;
const CLEAR: usize = 0x0c;

const ENABLE: u32 = 1 << 0;
const INTERRUPT: u32 = 1 << 3;

impl<const CORE: usize> CoreTimer<CORE> {
    /// The number of the interrupt at the end of a lap, for `interrupts!`.
    pub const INTERRUPT: u16 = Clock::INTERRUPT;

    const ALARM: usize = {
        assert!(CORE < 2, "an SSE-200 has two cores");
        0x5000_0000 + 0x1000 * CORE
    };
    /// The number of the alarm's interrupt.
    pub const ALARM_INTERRUPT: u16 = 3 + CORE as u16;

    /// What the handler of the alarm's interrupt calls, where there is one, before it raises the level whose deadlines are to be kept.
    pub fn on_alarm() {
        Self::silence();
    }

    /// Stops the alarm, and takes back what it raised.
    fn silence() {
        Self::write(CONTROL, 0);
        Self::write(CLEAR, 1);
        forget_interrupt(Self::ALARM_INTERRUPT);
    }

    fn write(register: usize, value: u32) {
        // SAFETY: *Device register:* the feature's word; the timer reaches no memory, and nothing else uses it.
        unsafe { registers::write(Self::ALARM, register, value) }
    }
}

impl<const CORE: usize> Counter for CoreTimer<CORE> {
    const BITS: u32 = 32;

    fn laps() -> &'static Laps {
        Clock::laps()
    }

    fn start() {
        // The other core may start it, too.
        critical_section::with(|_| Clock::start());
    }

    fn count() -> u32 {
        Clock::count()
    }

    fn lapped() -> bool {
        Clock::lapped()
    }

    fn arm(ticks: u32, _: &mut u64) -> bool {
        Self::silence();
        Self::write(RELOAD, ticks);
        Self::write(VALUE, ticks);
        Self::write(CONTROL, ENABLE | INTERRUPT);
        true
    }

    /// By the alarm, which [`wait`](Counter::wait) lets through.
    fn interrupt_enabled() -> bool {
        true
    }

    fn wait() {
        if interrupt_enabled(Self::ALARM_INTERRUPT) {
            // It is taken, and goes on where something else ends the wait: a level may need it.
            cortex_m::asm::wfi();
            return;
        }
        let_through(Self::ALARM_INTERRUPT, cortex_m::asm::wfi);
        // It goes round and round, and would end waits that nobody set it for.
        Self::silence();
    }
}
