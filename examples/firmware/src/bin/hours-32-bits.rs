//! Hours of sleeping on the MPS2, over 32 bits of its dual timer, which are over every three minutes; another timer watches.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use firmware::cmsdk_timer;
    use firmware::hours::{Below, sleep_for};
    use firmware::own_timer::{READY, Time};
    use zokio_board::host::exit;
    use zokio_board::{Idle, Ticks};
    use zokio_core::executor::Executor;
    use zokio_cortex_m::boards::mps2_an385::DualTimer;

    const HZ: u32 = 25_000_000;
    type Counter = DualTimer<32, 1>;
    type Timer = Ticks<Counter, HZ>;

    zokio_cortex_m::interrupts! {
        Counter::INTERRUPT => Timer::on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let watch = cmsdk_timer::start();
        let clock = Time(Timer::start());
        let mut executor = Executor::new(&READY, Idle::new(clock.0), clock);
        let below = Below { bits: 32, hz: HZ };
        let kept = executor.block_on(sleep_for(4, clock, below, watch));
        exit(kept == Ok(true))
    }
}
