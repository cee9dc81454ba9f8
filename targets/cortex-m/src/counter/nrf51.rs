//! Timer 0 of Nordic's nRF51: 24 bits at 1 MHz, counting up, with compare registers.

use zokio_board::{Counter, Laps};

/// The nRF51's timer 0 at 1 MHz, where it draws the least. Nothing else may use it.
///
/// What the chip has in place of SysTick. Its clock is `Ticks<Nrf51Timer0, 1_000_000>`, and the program binds its
/// interrupt:
///
/// ```ignore
/// type Timer = Ticks<Nrf51Timer0, 1_000_000>;
///
/// zokio_cortex_m::interrupts! {
///     Nrf51Timer0::INTERRUPT => Timer::on_interrupt(),
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Nrf51Timer0;

impl Nrf51Timer0 {
    /// The number of its interrupt.
    pub const INTERRUPT: u16 = 8;
}

const BASE: usize = 0x4000_8000;
const START: usize = 0x000;
/// Copies the counter to `COMPARE + 4 * n` when `CAPTURE + 4 * n` is written.
const CAPTURE: usize = 0x040;
/// At `EVENT + 4 * n`: the counter was `COMPARE + 4 * n`.
const EVENT: usize = 0x140;
const ENABLE_INTERRUPTS: usize = 0x304;
const DISABLE_INTERRUPTS: usize = 0x308;
const WIDTH: usize = 0x508;
const PRESCALER: usize = 0x510;
const COMPARE: usize = 0x540;

/// Which compare register is for what.
const ALARM: usize = 0;
const NOW: usize = 1;
const LAP: usize = 2;

static LAPS: Laps = Laps::new();

fn read(offset: usize) -> u32 {
    // SAFETY: *Device register:* every nRF51 has timer 0 there; reading it changes nothing.
    unsafe { ((BASE + offset) as *const u32).read_volatile() }
}

fn write(offset: usize, value: u32) {
    // SAFETY: *Device register:* every nRF51 has timer 0 there; it reaches no memory.
    unsafe { ((BASE + offset) as *mut u32).write_volatile(value) }
}

/// The interrupt of compare register `n`.
const fn interrupt(n: usize) -> u32 {
    1 << (16 + n)
}

impl Counter for Nrf51Timer0 {
    const BITS: u32 = 24;

    #[inline(always)]
    fn laps() -> &'static Laps {
        &LAPS
    }

    fn start() {
        if read(PRESCALER) != 4 || read(WIDTH) != 2 {
            write(WIDTH, 2);
            write(PRESCALER, 4); // 16 MHz by 2^4
            write(COMPARE + 4 * LAP, 0);
            write(ENABLE_INTERRUPTS, interrupt(LAP));
            write(START, 1);
            // The counter starts at zero, which is no end of a lap.
            while Self::count() == 0 {}
            write(EVENT + 4 * LAP, 0);
            crate::enable_interrupt(Self::INTERRUPT);
        }
    }

    fn count() -> u32 {
        write(CAPTURE + 4 * NOW, 1);
        read(COMPARE + 4 * NOW)
    }

    fn lapped() -> bool {
        let lapped = read(EVENT + 4 * LAP) != 0;
        if lapped {
            write(EVENT + 4 * LAP, 0);
        }
        lapped
    }

    fn arm(ticks: u32, _: &mut u64) -> bool {
        if ticks < 1 << Self::BITS {
            write(DISABLE_INTERRUPTS, interrupt(ALARM));
            write(COMPARE + 4 * ALARM, Self::count() + ticks);
            write(EVENT + 4 * ALARM, 0);
            write(ENABLE_INTERRUPTS, interrupt(ALARM));
        }
        // It compares for equality, so an alarm that was passed meanwhile does not come.
        false
    }

    fn acknowledge() {
        if read(EVENT + 4 * ALARM) != 0 {
            write(DISABLE_INTERRUPTS, interrupt(ALARM));
            write(EVENT + 4 * ALARM, 0);
        }
    }

    fn interrupt_enabled() -> bool {
        crate::interrupt_enabled(Self::INTERRUPT)
    }

    #[inline(always)]
    fn wait() {
        cortex_m::asm::wfi();
    }
}
