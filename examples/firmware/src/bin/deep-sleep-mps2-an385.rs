//! Deep sleep on the MPS2, over its dual timer of 32 bits: a lap of 171 s.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use firmware::deep_sleep::{Counted, sleep};
    use zokio_board::host::exit;
    use zokio_board::{Idle, Unparker};
    use zokio_core::executor::{Executor, Ready};
    use zokio_cortex_m::boards::mps2_an385::long::{Clock, INTERRUPT, Timer};

    static READY: Ready<Unparker> = Ready::new();

    zokio_cortex_m::interrupts! {
        INTERRUPT => Timer::on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = Clock::start();
        let mut executor = Executor::new(&READY, Idle::new(Counted(clock.timer())), clock);
        let once = executor.block_on(sleep(clock));
        exit(once == Ok(true))
    }
}
