//! Deep sleep on the MPS2, over its dual timer of 32 bits: a lap of 171 s.
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
    use zokio_cortex_m::boards::mps2_an385::{CORE_HZ, DualTimer};

    type Counter = DualTimer<32, 1>;
    type Timer = Ticks<Counter, CORE_HZ>;

    zokio_cortex_m::interrupts! {
        Counter::INTERRUPT => Timer::on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = Time(Timer::start());
        let mut executor = Executor::new(&READY, Idle::new(Counted(clock.0)), clock);
        let once = executor.block_on(sleep(clock));
        exit(once == Ok(true))
    }
}
