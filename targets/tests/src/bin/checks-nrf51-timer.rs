//! The checks on QEMU's microbit, with the nRF51's own timer 0 under the clock instead of SysTick.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::Ticks;
    use zokio_board_tests::{Bench, on_shot, run};
    use zokio_cortex_m::Nrf51Timer0;

    type Clock = Ticks<Nrf51Timer0, 1_000_000>;

    /// Timer 1, 16 MHz, 32 bits (in QEMU), running free: register 0 compares, register 1 captures.
    const TIMER: usize = 0x4000_9000;
    const SHOT_INTERRUPT: u16 = 9;

    /// Writes a register of the timer.
    fn write(offset: usize, value: u32) {
        // SAFETY: *Device register:* this timer belongs to the checks alone.
        unsafe { ((TIMER + offset) as *mut u32).write_volatile(value) }
    }

    fn ticks() -> u32 {
        write(0x044, 1);
        // SAFETY: *Device register:* see `write`.
        unsafe { ((TIMER + 0x544) as *const u32).read_volatile() }
    }

    #[derive(Clone, Copy)]
    struct Timer;

    impl Bench for Timer {
        const TICK_NANOS: u64 = 1_000;
        const WRAP: u64 = (1 << 32) * 125 / 2;
        const LAP_NANOS: u64 = (1 << 24) * 1_000;

        fn nanos() -> Option<u64> {
            Some(ticks() as u64 * 125 / 2)
        }

        fn shoot(ticks: u32) {
            write(0x140, 0);
            let at = self::ticks().wrapping_add(ticks);
            write(0x540, at);
            write(0x304, 1 << 16);
            // It compares for equality, so an instant that passed meanwhile would never come.
            if self::ticks().wrapping_sub(at) < 1 << 31 {
                // SAFETY: *Core peripheral:* pends the interrupt as the timer would have.
                unsafe { (0xe000_e200 as *mut u32).write_volatile(1 << SHOT_INTERRUPT) };
            }
        }

        fn laps_interrupt(yes: bool) {
            let register = if yes { 0x4000_8304 } else { 0x4000_8308 };
            // SAFETY: *Device register:* timer 0's interrupt of compare register 2 is the one for laps.
            unsafe { (register as *mut u32).write_volatile(1 << 18) };
        }

        fn interrupt_pending() -> bool {
            zokio_cortex_m::interrupt_pending()
        }
    }

    fn handler() {
        write(0x308, 1 << 16);
        write(0x140, 0);
        on_shot(Clock::start());
    }

    zokio_cortex_m::interrupts! {
        Nrf51Timer0::INTERRUPT => Clock::on_interrupt(),
        SHOT_INTERRUPT => handler(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        write(0x508, 3);
        write(0x510, 0);
        write(0x000, 1);
        // The lowest priority for timer 0, so that the other interrupt also lands inside its handler.
        // SAFETY: *Core peripheral:* only changes which handler runs first.
        unsafe { (0xe000_e408 as *mut u32).write_volatile(0xff) };
        let clock = Clock::start();
        zokio_cortex_m::enable_interrupt(SHOT_INTERRUPT);
        run::<Timer>(clock)
    }
}
