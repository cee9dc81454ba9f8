//! The checks on QEMU's virt machine; it wants `-rtc clock=vm`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_board_tests::{Bench, on_shot, run};
    use zokio_riscv::boards::virt::{Clock, PLIC};

    /// The Goldfish real-time clock, in nanoseconds.
    const RTC: usize = 0x0010_1000;
    const SHOT_INTERRUPT: u32 = 11;

    fn read(offset: usize) -> u32 {
        // SAFETY: *Device register:* this clock belongs to the checks alone.
        unsafe { ((RTC + offset) as *const u32).read_volatile() }
    }

    fn write(offset: usize, value: u32) {
        // SAFETY: *Device register:* see `read`.
        unsafe { ((RTC + offset) as *mut u32).write_volatile(value) }
    }

    fn now() -> u64 {
        let low = read(0x00); // keeps the other half still
        (read(0x04) as u64) << 32 | low as u64
    }

    #[derive(Clone, Copy)]
    struct Timer;

    impl Bench for Timer {
        const TICK_NANOS: u64 = 100;
        const WRAP: u64 = 1 << 62;
        const LAP_NANOS: u64 = 1 << 62;

        fn nanos() -> Option<u64> {
            Some(now() % Self::WRAP)
        }

        fn shoot(ticks: u32) {
            let at = now() + ticks as u64 * 8;
            write(0x10, 1);
            write(0x0c, (at >> 32) as u32);
            write(0x08, at as u32);
        }

        // It has no laps, and a timer without a deadline does not interrupt.
        fn laps_interrupt(_: bool) {}

        fn interrupt_pending() -> bool {
            zokio_riscv::interrupt_pending()
        }
    }

    fn handler() {
        write(0x10, 0);
        write(0x1c, 1);
        on_shot(Clock::start().timer());
    }

    zokio_riscv::interrupts! {
        PLIC;
        SHOT_INTERRUPT => handler(),
    }

    #[zokio_riscv::entry]
    fn main() -> ! {
        PLIC.enable(SHOT_INTERRUPT);
        // SAFETY: outside any critical section.
        unsafe { zokio_riscv::riscv::interrupt::enable() };
        run::<Timer>(Clock::start().timer())
    }
}
