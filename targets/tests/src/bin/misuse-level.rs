//! Bad use: an executor in a software interrupt that nobody enabled.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::Level;
    use zokio_cortex_m::Nvic;
    use zokio_cortex_m::boards::lm3s6965evb::{Clock, Timer};

    static HIGH: Level<Nvic<20>, Timer, Clock> = Level::new();

    zokio_cortex_m::interrupts! {
        20 => HIGH.on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = Clock::start();
        // SAFETY: "one core": the machine has one.
        unsafe { HIGH.start(clock.timer(), clock) };
        unreachable!("its interrupt is not enabled")
    }
}
