//! Hours of sleeping on the MPS2, over 16 bits of its dual timer, which are over 24 times a second; another timer watches.
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

    const HZ: u32 = 1_562_500;
    type Counter = DualTimer<16, 16>;
    type Timer = Ticks<Counter, HZ>;

    zokio_cortex_m::interrupts! {
        Counter::INTERRUPT => Timer::on_interrupt(),
    }

    /// Lets nothing happen every 20 ms. Where an idle machine's time jumps from one timer to the next, QEMU does so twice at a time,
    /// and would jump over every other end of a lap, which no hardware does; this is what it jumps to instead.
    mod metronome {
        const SYST: *mut u32 = 0xe000_e010 as *mut u32;

        pub fn start() {
            // SAFETY: *Core peripheral:* SysTick without its interrupt; nobody else uses it.
            unsafe {
                SYST.add(1).write_volatile(500_000);
                SYST.add(2).write_volatile(0);
                SYST.write_volatile(0b101);
            }
        }
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let watch = cmsdk_timer::start();
        metronome::start();
        let clock = Time(Timer::start());
        let mut executor = Executor::new(&READY, Idle::new(clock.0), clock);
        let below = Below { bits: 16, hz: HZ };
        let kept = executor.block_on(sleep_for(1, clock, below, watch));
        exit(kept == Ok(true))
    }
}
