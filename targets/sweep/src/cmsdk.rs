//! The sweep on boards with two timers of Arm's Cortex-M System Design Kit.

/// The program for `boards::$board`, whose timers at `$at` and 0x1000 behind it count down at its processor's rate: the first
/// interrupts by number `$interrupt`, the second tells the time.
#[macro_export]
macro_rules! swept_by_cmsdk_timers {
    ($name:literal, $board:ident, $at:literal, $interrupt:literal) => {
        use $crate::{Machine, landed, run};
        use zokio_cortex_m::boards::$board::{CORE_HZ, Clock, Timer, executor};

        const SHOT: *mut u32 = $at as *mut u32;
        const WATCH: *mut u32 = ($at + 0x1000) as *mut u32;
        const SHOT_INTERRUPT: u16 = $interrupt;

        fn write(base: *mut u32, word: usize, value: u32) {
            // SAFETY: *Device register:* these timers belong to the sweep alone.
            unsafe { base.add(word).write_volatile(value) }
        }

        struct Board;

        impl Machine for Board {
            const NAME: &'static str = $name;
            type Chip = Timer;
            type Clock = Clock;
            const QUARTER_NANOS: u32 = {
                assert!(4_000_000_000u64 % CORE_HZ as u64 == 0, "a tick is no whole number of quarter nanoseconds");
                (4_000_000_000u64 / CORE_HZ as u64) as u32
            };

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
                $crate::systick_interrupts(!yes);
            }
        }

        extern "C" fn on_shot(pc: u32) {
            write(SHOT, 0, 0);
            write(SHOT, 3, 1);
            landed::<Board>(pc);
        }

        $crate::interrupted_at!(shot, on_shot);

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
    };
}
