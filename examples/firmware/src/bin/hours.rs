//! Hours of sleeping on the micro:bit, over the chip's own timer, whose 24 bits at 1 MHz are over in 17 seconds; its second timer
//! watches.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use firmware::hours::{Below, Watch, sleep_for};
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

    /// The second timer, free running, at 1 MHz.
    mod watch {
        const BASE: usize = 0x4000_9000;
        const START: usize = 0x000;
        const CAPTURE: usize = 0x040;
        const BITS: usize = 0x508;
        const PRESCALER: usize = 0x510;
        const CAPTURED: usize = 0x540;

        fn write(offset: usize, value: u32) {
            // SAFETY: *Device register:* TIMER1 of the nRF51 belongs to this program alone.
            unsafe { ((BASE + offset) as *mut u32).write_volatile(value) }
        }

        pub fn start() {
            write(BITS, 3);
            write(PRESCALER, 4);
            write(START, 1);
        }

        pub fn micros() -> u32 {
            write(CAPTURE, 1);
            // SAFETY: *Device register:* as above.
            unsafe { ((BASE + CAPTURED) as *const u32).read_volatile() }
        }
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        watch::start();
        let clock = Time(Timer::start());
        let mut executor = Executor::new(&READY, Idle::new(clock.0), clock);
        let watch = Watch { ticks: watch::micros, per_micro: 1 };
        let below = Below { bits: 24, hz: 1_000_000 };
        let kept = executor.block_on(sleep_for(4, clock, below, watch));
        exit(kept == Ok(true))
    }
}
