//! The checks on QEMU's lm3s6965evb, with two of the chip's timers under the clock instead of SysTick.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::Ticks;
    use zokio_board_tests::{Bench, on_shot, run};
    use zokio_cortex_m::Lm3sTimers;
    use zokio_cortex_m::boards::lm3s6965evb::CORE_HZ;

    type Clock = Ticks<Lm3sTimers, CORE_HZ>;

    /// General-purpose timer 1, 12.5 MHz.
    const SHOT: usize = 0x4003_1000;
    const SHOT_INTERRUPT: u16 = 21;

    /// Writes a register of the timer.
    fn write(offset: usize, value: u32) {
        // SAFETY: *Device register:* this timer belongs to the checks alone.
        unsafe { ((SHOT + offset) as *mut u32).write_volatile(value) }
    }

    #[derive(Clone, Copy)]
    struct Timer;

    impl Bench for Timer {
        const TICK_NANOS: u64 = 80;
        const WRAP: u64 = 1;
        const LAP_NANOS: u64 = (1 << 31) * 80;

        fn nanos() -> Option<u64> {
            None
        }

        fn shoot(ticks: u32) {
            write(0x00c, 0);
            write(0x000, 0); // one timer of 32 bits
            write(0x004, 1); // once
            write(0x028, ticks);
            write(0x018, 1);
            write(0x00c, 1);
        }

        // It comes every three minutes, which no check waits for.
        fn laps_interrupt(_: bool) {}

        fn interrupt_pending() -> bool {
            zokio_cortex_m::interrupt_pending()
        }
    }

    fn handler() {
        write(0x024, 1);
        on_shot(Clock::start());
    }

    zokio_cortex_m::interrupts! {
        Lm3sTimers::INTERRUPT => Clock::on_interrupt(),
        SHOT_INTERRUPT => handler(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = Clock::start();
        // The other interrupt also lands inside its handler.
        zokio_cortex_m::set_priority(Lm3sTimers::INTERRUPT, 0xff);
        zokio_cortex_m::enable_interrupt(SHOT_INTERRUPT);
        run::<Timer>(clock)
    }
}
