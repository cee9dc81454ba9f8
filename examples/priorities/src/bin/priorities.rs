//! Three levels on the LM3S6965 evaluation board: two software interrupts and the thread.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::Level;
    use zokio_board::host::exit;
    use zokio_cortex_m::boards::lm3s6965evb::{Clock, Timer, executor};
    use zokio_cortex_m::{Nvic, enable_interrupt, set_priority};

    // Interrupts of devices that the program does not use.
    const HIGH_INTERRUPT: u16 = 0;
    const MIDDLE_INTERRUPT: u16 = 1;

    static HIGH: Level<Nvic<HIGH_INTERRUPT>, Timer, Clock> = Level::new();
    static MIDDLE: Level<Nvic<MIDDLE_INTERRUPT>, Timer, Clock> = Level::new();

    zokio_cortex_m::interrupts! {
        HIGH_INTERRUPT => HIGH.on_interrupt(),
        MIDDLE_INTERRUPT => MIDDLE.on_interrupt(),
    }

    // SAFETY: *Vector table:* the name and the signature that cortex-m-rt has for it.
    #[unsafe(no_mangle)]
    extern "C" fn SysTick() {
        Timer::on_interrupt();
        HIGH.pend();
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = executor();
        let clock = executor.clock();
        for (interrupt, priority) in [(HIGH_INTERRUPT, 0x40), (MIDDLE_INTERRUPT, 0x80)] {
            set_priority(interrupt, priority);
            enable_interrupt(interrupt);
        }
        // SAFETY: "one core": the chip has no other.
        let (high, middle) = unsafe { (HIGH.start(clock.timer(), clock), MIDDLE.start(clock.timer(), clock)) };
        let thread = executor.spawner().send();
        let Ok(()) = executor.block_on(async {
            priorities::compare("in the thread's executor", clock, thread, None).await;
            priorities::compare("in an interrupt's executor", clock, high, Some(middle)).await;
        }) else {
            exit(false)
        };
        exit(true)
    }
}
