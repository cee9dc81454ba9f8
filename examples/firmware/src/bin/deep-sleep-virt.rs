//! Deep sleep on QEMU's virt, over the CLINT: 64 bits, so no laps at all.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use firmware::deep_sleep::{Counted, sleep};
    use zokio_board::host::exit;
    use zokio_board::{Idle, Unparker};
    use zokio_core::executor::{Executor, Ready};
    use zokio_riscv::boards::virt::Clock;

    static READY: Ready<Unparker> = Ready::new();

    zokio_riscv::interrupts! {}

    #[zokio_riscv::entry]
    fn main() -> ! {
        let clock = Clock::start();
        let mut executor = Executor::new(&READY, Idle::new(Counted(clock.timer())), clock);
        let once = executor.block_on(sleep(clock));
        exit(once == Ok(true))
    }
}
