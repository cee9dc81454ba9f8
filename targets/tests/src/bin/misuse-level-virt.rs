//! Bad use: an executor in the software interrupt, which nobody enabled.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_board::Level;
    use zokio_riscv::boards::virt::{Clock, SoftInterrupt, Timer};

    static HIGH: Level<SoftInterrupt, Timer, Clock> = Level::new();

    zokio_riscv::interrupts! {}
    zokio_riscv::software_interrupt!(SoftInterrupt, Clock::start().timer() => HIGH);

    #[zokio_riscv::entry]
    fn main() -> ! {
        let clock = Clock::start();
        // SAFETY: "one core": the machine has one.
        unsafe { HIGH.start(clock.timer(), clock) };
        unreachable!("its interrupt is not enabled")
    }
}
