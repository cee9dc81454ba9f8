//! Two timers of the LM3S chips, 32 bits each: the watchdog's counter runs free, general-purpose timer 0 is the alarm.

use core::sync::atomic::{AtomicU32, Ordering};
use zokio_board::{Counter, Laps};

/// The watchdog's counter and general-purpose timer 0 of an LM3S: 32 bits at the processor's rate, a lap of 343 s at 12.5 MHz.
/// Nothing else may use either of them.
///
/// For programs that sleep for long: with SysTick the core is woken at the end of each of its laps, every 1.3 s. The watchdog does
/// not watch then; it is the one counter of the chip that runs free and can be read, in QEMU too. The time is exact, since it is
/// never restarted.
///
/// ```ignore
/// type Timer = Ticks<Lm3sTimers, CORE_HZ>;
///
/// zokio_cortex_m::interrupts! {
///     Lm3sTimers::INTERRUPT => Timer::on_interrupt(),
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Lm3sTimers;

impl Lm3sTimers {
    /// The number of the alarm's interrupt.
    pub const INTERRUPT: u16 = 19;
}

/// What gives devices their clock: the watchdog, and the timer.
const CLOCKS_0: usize = 0x400f_e100;
const CLOCKS_1: usize = 0x400f_e104;

const WATCHDOG: usize = 0x4000_0000;
const WATCHDOG_LOAD: usize = 0x000;
const VALUE: usize = 0x004;
const WATCHDOG_CONTROL: usize = 0x008;
const UNLOCK: usize = 0xc00;

const TIMER: usize = 0x4003_0000;
const WIDTH: usize = 0x000;
const MODE: usize = 0x004;
const CONTROL: usize = 0x00c;
const INTERRUPTS: usize = 0x018;
const CLEAR: usize = 0x024;
const LOAD: usize = 0x028;

/// The alarm comes at least that often, in ticks, so that no lap ends unseen.
const LONGEST: u32 = 1 << 31;

static LAPS: Laps = Laps::new();

/// The count when [`lapped`](Counter::lapped) last looked: no flag says that a lap has ended, but that the count is lower.
static SEEN: AtomicU32 = AtomicU32::new(0);

fn read(base: usize, offset: usize) -> u32 {
    // SAFETY: *Device register:* by the data sheet of the chip, which the program names by using this type; reading changes nothing.
    unsafe { crate::registers::read(base, offset) }
}

fn write(base: usize, offset: usize, value: u32) {
    // SAFETY: *Device register:* as in `read`; these devices reach no memory.
    unsafe { crate::registers::write(base, offset, value) }
}

/// Sets the alarm, which comes once.
fn alarm(ticks: u32) {
    write(TIMER, CONTROL, 0);
    write(TIMER, CLEAR, 1);
    write(TIMER, LOAD, ticks);
    write(TIMER, CONTROL, 1);
}

impl Counter for Lm3sTimers {
    const BITS: u32 = 32;

    #[inline(always)]
    fn laps() -> &'static Laps {
        &LAPS
    }

    fn start() {
        if read(CLOCKS_0, 0) & 1 << 3 != 0 {
            return;
        }
        write(CLOCKS_0, 0, read(CLOCKS_0, 0) | 1 << 3);
        write(CLOCKS_1, 0, read(CLOCKS_1, 0) | 1 << 16);
        // It counts while its interrupt is enabled, which stays masked at the interrupt controller; it resets nothing.
        write(WATCHDOG, UNLOCK, 0x1acc_e551);
        write(WATCHDOG, WATCHDOG_LOAD, u32::MAX);
        write(WATCHDOG, WATCHDOG_CONTROL, 1);
        write(TIMER, CONTROL, 0);
        write(TIMER, WIDTH, 0); // one timer of 32 bits
        write(TIMER, MODE, 1); // once
        write(TIMER, INTERRUPTS, 1);
        crate::enable_interrupt(Self::INTERRUPT);
        alarm(LONGEST);
    }

    #[inline]
    fn count() -> u32 {
        // It counts down from the largest.
        !read(WATCHDOG, VALUE)
    }

    fn lapped() -> bool {
        let count = Self::count();
        // Relaxed: callers are in a critical section.
        let lapped = count < SEEN.load(Ordering::Relaxed);
        SEEN.store(count, Ordering::Relaxed);
        lapped
    }

    fn arm(ticks: u32, _: &mut u64) -> bool {
        alarm(ticks.min(LONGEST));
        true
    }

    fn acknowledge() {
        alarm(LONGEST);
    }

    fn interrupt_enabled() -> bool {
        crate::interrupt_enabled(Self::INTERRUPT)
    }

    #[inline(always)]
    fn wait() {
        cortex_m::asm::wfi();
    }
}
