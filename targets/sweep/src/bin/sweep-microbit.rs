//! The sweep on QEMU's microbit: Armv6-M, no compare-and-swap.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_cortex_m::boards::microbit::{Clock, Timer, executor};
    use zokio_sweep::{Machine, landed, run};

    /// Timer 0, 16 MHz, 32 bits: register 0 compares, register 1 captures.
    const TIMER: usize = 0x4000_8000;
    const SHOT_INTERRUPT: u16 = 8;

    fn write(offset: usize, value: u32) {
        // SAFETY: *Device register:* this timer belongs to the sweep alone.
        unsafe { ((TIMER + offset) as *mut u32).write_volatile(value) }
    }

    struct Board;

    impl Machine for Board {
        const NAME: &'static str = "microbit";
        type Chip = Timer;
        type Clock = Clock;
        const QUARTER_NANOS: u32 = 250;

        fn clock() -> Clock {
            Clock::start()
        }

        fn ticks() -> u32 {
            write(0x044, 1);
            // SAFETY: *Device register:* see `write`.
            unsafe { ((TIMER + 0x544) as *const u32).read_volatile() }
        }

        // Started anew each time: QEMU's timer drops the begun tick whenever it is read, so one that runs on loses time.
        #[inline(never)]
        fn arm(delay: u32) -> u32 {
            write(0x004, 1);
            write(0x00c, 1);
            write(0x140, 0);
            write(0x540, delay + 1);
            write(0x304, 1 << 16);
            write(0x000, 1);
            0
        }

        fn cancel() {
            write(0x308, 1 << 16);
        }

        fn quiet(yes: bool) {
            zokio_sweep::systick_interrupts(!yes);
        }
    }

    extern "C" fn on_shot(pc: u32) {
        write(0x308, 1 << 16);
        write(0x140, 0);
        landed::<Board>(pc);
    }

    zokio_sweep::interrupted_at!(shot, on_shot);

    zokio_cortex_m::interrupts! {
        fn SHOT_INTERRUPT => shot,
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        write(0x508, 3);
        write(0x510, 0);
        write(0x000, 1);
        zokio_cortex_m::enable_interrupt(SHOT_INTERRUPT);
        run::<Board>(executor())
    }
}
