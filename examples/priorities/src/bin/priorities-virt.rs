//! Two levels on QEMU's virt: the software interrupt and the thread.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_board::Level;
    use zokio_board::host::exit;
    use zokio_riscv::boards::virt::{Clock, SoftInterrupt, Timer, executor};

    static HIGH: Level<SoftInterrupt, Timer, Clock> = Level::new();

    zokio_riscv::interrupts! {}

    zokio_riscv::software_interrupt!(SoftInterrupt, Clock::start().timer() => HIGH);

    #[zokio_riscv::entry]
    fn main() -> ! {
        let mut executor = executor();
        let clock = executor.clock();
        // SAFETY: "one core": riscv-rt lets hart 0 alone come here; the machine has a CLINT there.
        let high = unsafe {
            SoftInterrupt::enable();
            HIGH.start(clock.timer(), clock)
        };
        let thread = executor.spawner().send();
        let Ok(()) = executor.block_on(async {
            priorities::compare("in the thread's executor", clock, thread, None).await;
            priorities::compare("in an interrupt's executor", clock, high, None).await;
        }) else {
            exit(false)
        };
        exit(true)
    }
}
