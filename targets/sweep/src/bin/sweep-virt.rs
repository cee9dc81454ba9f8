//! The sweep on QEMU's virt: RISC-V, with atomic instructions or without. It wants `-rtc clock=vm`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_riscv::boards::virt::{Clock, PLIC, Timer, executor};
    use zokio_sweep::{Machine, landed, run};

    /// The Goldfish real-time clock, in nanoseconds.
    const RTC: usize = 0x0010_1000;
    const SHOT_INTERRUPT: u32 = 11;

    fn read(offset: usize) -> u32 {
        // SAFETY: *Device register:* this clock belongs to the sweep alone.
        unsafe { ((RTC + offset) as *const u32).read_volatile() }
    }

    fn write(offset: usize, value: u32) {
        // SAFETY: *Device register:* see `read`.
        unsafe { ((RTC + offset) as *mut u32).write_volatile(value) }
    }

    struct Board;

    impl Machine for Board {
        const NAME: &'static str = "virt";
        type Chip = Timer;
        type Clock = Clock;
        const QUARTER_NANOS: u32 = 4;

        fn clock() -> Clock {
            Clock::start()
        }

        fn ticks() -> u32 {
            read(0x00)
        }

        #[inline(never)]
        fn arm(delay: u32) -> u32 {
            let now = Self::ticks();
            let at = u64::from(now) + u64::from(read(0x04)) * (1 << 32) + u64::from(delay);
            write(0x10, 1);
            write(0x0c, (at >> 32) as u32);
            write(0x08, at as u32);
            now
        }

        fn cancel() {
            write(0x14, 1);
            write(0x10, 0);
        }

        // The clock's timer interrupts only to end a park, and nobody parks here.
        fn quiet(_: bool) {}
    }

    fn on_shot() {
        write(0x10, 0);
        write(0x1c, 1);
        landed::<Board>(zokio_riscv::riscv::register::mepc::read() as u32);
    }

    zokio_riscv::interrupts! {
        PLIC;
        SHOT_INTERRUPT => on_shot(),
    }

    #[zokio_riscv::entry]
    fn main() -> ! {
        let executor = executor();
        PLIC.enable(SHOT_INTERRUPT);
        run::<Board>(executor)
    }
}
