//! Bad use: the first core starts the level of the second. It is told so.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr", target_os = "none"))]
mod firmware {
    use zokio_board::Level;
    use zokio_cortex_m::boards::mps3_an524::second;
    use zokio_cortex_m::enable_interrupt;
    use zokio_cortex_m::sse200::{self, CoreInterrupt};

    const NUMBER: u16 = 41;

    static URGENT: Level<CoreInterrupt<1, NUMBER>, second::Timer, second::Clock> = Level::new();

    zokio_cortex_m::interrupts! {
        sse200::ASKED_INTERRUPT => sse200::on_asked(),
        NUMBER => URGENT.on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = second::Clock::start();
        enable_interrupt(NUMBER);
        enable_interrupt(sse200::ASKED_INTERRUPT);
        // SAFETY: "one core" is what is broken, and the start does not get that far.
        unsafe { URGENT.start(clock.timer(), clock) };
        unreachable!("this is the first core")
    }
}
