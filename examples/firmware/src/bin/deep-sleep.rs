//! Deep sleep on the micro:bit, over the chip's own timer: 24 bits at 1 MHz, so a lap of 16 s.
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
    use zokio_cortex_m::Nrf51Timer0;

    /// At 1 MHz.
    type Timer = Ticks<Nrf51Timer0, 1_000_000>;

    zokio_cortex_m::interrupts! {
        Nrf51Timer0::INTERRUPT => Timer::on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = Time(Timer::start());
        let mut executor = Executor::new(&READY, Idle::new(Counted(clock.0)), clock);
        let once = executor.block_on(sleep(clock));
        exit(once == Ok(true))
    }
}
