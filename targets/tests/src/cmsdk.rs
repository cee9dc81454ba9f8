//! The checks on boards with two timers of Arm's Cortex-M System Design Kit.

/// The program for `boards::$board` and its clock `$clock`, over a counter of `$bits` bits. Timers at `$at` and 0x1000 behind it count
/// down at the processor's rate: the first interrupts by number `$interrupt`, the second tells the time. `$laps` lets the clock
/// interrupt at the end of its laps, or not; `$yields` gives that the lowest priority; `$bound` are the clock's handlers.
#[macro_export]
macro_rules! checked_by_cmsdk_timers {
    ($board:ident, $clock:ty, $bits:literal, $at:literal, $interrupt:literal, $laps:expr, $yields:expr, {$($bound:tt)*}) => {
        use $crate::{Bench, on_shot, run};
        use zokio_cortex_m::boards::$board::CORE_HZ;

        const SHOT: *mut u32 = $at as *mut u32;
        const WATCH: *mut u32 = ($at + 0x1000) as *mut u32;
        const SHOT_INTERRUPT: u16 = $interrupt;

        /// So many ticks in nanoseconds.
        const fn nanos(ticks: u64) -> u64 {
            assert!(4_000_000_000u64 % CORE_HZ as u64 == 0, "a tick is no whole number of quarter nanoseconds");
            ticks * (4_000_000_000u64 / CORE_HZ as u64) / 4
        }

        /// Writes `value` to the register `word` words after `base`.
        fn write(base: *mut u32, word: usize, value: u32) {
            // SAFETY: *Device register:* these timers belong to the checks alone.
            unsafe { base.add(word).write_volatile(value) }
        }

        #[derive(Clone, Copy)]
        struct Timers;

        impl Bench for Timers {
            // Rounded up.
            const TICK_NANOS: u64 = 1_000_000_000u64.div_ceil(CORE_HZ as u64);
            const WRAP: u64 = nanos(1 << 32);
            const LAP_NANOS: u64 = nanos(1 << $bits);

            fn nanos() -> Option<u64> {
                // SAFETY: *Device register:* see `write`.
                let left = unsafe { WATCH.add(1).read_volatile() };
                Some(nanos((u32::MAX - left) as u64))
            }

            fn shoot(ticks: u32) {
                write(SHOT, 0, 0);
                write(SHOT, 2, ticks);
                write(SHOT, 1, ticks);
                write(SHOT, 0, 0b1001);
            }

            fn laps_interrupt(yes: bool) {
                $laps(yes);
            }

            fn interrupt_pending() -> bool {
                zokio_cortex_m::interrupt_pending()
            }
        }

        fn handler() {
            write(SHOT, 0, 0);
            write(SHOT, 3, 1);
            on_shot(<$clock>::start());
        }

        zokio_cortex_m::interrupts! {
            $($bound)*
            SHOT_INTERRUPT => handler(),
        }

        #[zokio_cortex_m::entry]
        fn main() -> ! {
            write(WATCH, 2, u32::MAX);
            write(WATCH, 1, u32::MAX);
            write(WATCH, 0, 1);
            let clock = <$clock>::start();
            $yields;
            zokio_cortex_m::enable_interrupt(SHOT_INTERRUPT);
            run::<Timers>(clock)
        }
    };
}
