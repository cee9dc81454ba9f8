//! The checks on QEMU's mps2-an385, with 32 bits of the dual timer under the clock instead of SysTick.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::Ticks;
    use zokio_board_tests::{Bench, on_shot, run};
    use zokio_cortex_m::boards::mps2_an385::{CORE_HZ, DualTimer};

    type Counter = DualTimer<32, 1>;
    type Clock = Ticks<Counter, CORE_HZ>;

    /// CMSDK timers 0 and 1, 25 MHz, counting down.
    const SHOT: *mut u32 = 0x4000_0000 as *mut u32;
    const WATCH: *mut u32 = 0x4000_1000 as *mut u32;
    const SHOT_INTERRUPT: u16 = 8;

    /// Writes `value` to the register `word` words after `base`.
    fn write(base: *mut u32, word: usize, value: u32) {
        // SAFETY: *Device register:* these timers belong to the checks alone.
        unsafe { base.add(word).write_volatile(value) }
    }

    #[derive(Clone, Copy)]
    struct Timers;

    impl Bench for Timers {
        const TICK_NANOS: u64 = 40;
        const WRAP: u64 = (1 << 32) * 40;
        const LAP_NANOS: u64 = (1 << 32) * 40;

        fn nanos() -> Option<u64> {
            // SAFETY: *Device register:* see `write`.
            let left = unsafe { WATCH.add(1).read_volatile() };
            Some((u32::MAX - left) as u64 * 40)
        }

        fn shoot(ticks: u32) {
            write(SHOT, 0, 0);
            write(SHOT, 2, ticks);
            write(SHOT, 1, ticks);
            write(SHOT, 0, 0b1001);
        }

        // A lap takes three minutes, which no check waits for.
        fn laps_interrupt(_: bool) {}

        fn interrupt_pending() -> bool {
            zokio_cortex_m::interrupt_pending()
        }
    }

    fn handler() {
        write(SHOT, 0, 0);
        write(SHOT, 3, 1);
        on_shot(Clock::start());
    }

    zokio_cortex_m::interrupts! {
        Counter::INTERRUPT => Clock::on_interrupt(),
        SHOT_INTERRUPT => handler(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        write(WATCH, 2, u32::MAX);
        write(WATCH, 1, u32::MAX);
        write(WATCH, 0, 1);
        let clock = Clock::start();
        // The other interrupt also lands inside its handler.
        zokio_cortex_m::set_priority(Counter::INTERRUPT, 0xff);
        zokio_cortex_m::enable_interrupt(SHOT_INTERRUPT);
        run::<Timers>(clock)
    }
}
