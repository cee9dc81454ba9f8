//! The sweep on QEMU's mps2-an385: Armv7-M, exclusive loads and stores.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_cortex_m::boards::mps2_an385::{Clock, Timer, executor};
    use zokio_sweep::{Machine, landed, run};

    /// CMSDK timers 0 and 1, 25 MHz, counting down: one interrupts, the other tells the time.
    const SHOT: *mut u32 = 0x4000_0000 as *mut u32;
    const WATCH: *mut u32 = 0x4000_1000 as *mut u32;
    const SHOT_INTERRUPT: u16 = 8;

    fn write(base: *mut u32, word: usize, value: u32) {
        // SAFETY: *Device register:* these timers belong to the sweep alone.
        unsafe { base.add(word).write_volatile(value) }
    }

    struct Board;

    impl Machine for Board {
        const NAME: &'static str = "mps2-an385";
        type Chip = Timer;
        type Clock = Clock;
        const HALF_NANOS: u32 = 80;

        fn clock() -> Clock {
            Clock::start()
        }

        fn ticks() -> u32 {
            // SAFETY: *Device register:* see `write`.
            u32::MAX - unsafe { WATCH.add(1).read_volatile() }
        }

        #[inline(never)]
        fn arm(delay: u32) -> u32 {
            let now = Self::ticks();
            write(SHOT, 0, 0);
            write(SHOT, 2, delay + 20);
            write(SHOT, 1, delay + 20);
            write(SHOT, 0, 0b1001);
            now
        }

        fn cancel() {
            write(SHOT, 0, 0);
        }

        fn quiet(yes: bool) {
            zokio_sweep::systick_interrupts(!yes);
        }
    }

    extern "C" fn on_shot(pc: u32) {
        write(SHOT, 0, 0);
        write(SHOT, 3, 1);
        landed::<Board>(pc);
    }

    zokio_sweep::interrupted_at!(shot, on_shot);

    zokio_cortex_m::interrupts! {
        fn SHOT_INTERRUPT => shot,
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        write(WATCH, 2, u32::MAX);
        write(WATCH, 1, u32::MAX);
        write(WATCH, 0, 1);
        zokio_cortex_m::enable_interrupt(SHOT_INTERRUPT);
        run::<Board>(executor())
    }
}
