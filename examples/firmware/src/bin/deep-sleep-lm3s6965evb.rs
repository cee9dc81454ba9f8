//! Deep sleep on the LM3S6965 evaluation board, over two of its timers of 32 bits: a lap of 343 s.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use firmware::deep_sleep::{Counted, sleep};
    use firmware::own_timer::{READY, Time};
    use zokio_board::host::exit;
    use zokio_board::{Idle, Ticks};
    use zokio_core::executor::Executor;
    use zokio_cortex_m::Lm3sTimers;
    use zokio_cortex_m::boards::lm3s6965evb::CORE_HZ;
    type Timer = Ticks<Lm3sTimers, CORE_HZ>;

    zokio_cortex_m::interrupts! {
        Lm3sTimers::INTERRUPT => Timer::on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = Time(Timer::start());
        let mut executor = Executor::new(&READY, Idle::new(Counted(clock.0)), clock);
        let once = executor.block_on(sleep(clock));
        exit(once == Ok(true))
    }
}
