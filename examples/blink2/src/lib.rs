//! Two tasks blink two lights, one every 300 and one every 500 milliseconds. The programs are in `src/bin`.
//!
//! With feature `trace` each toggle is printed through semihosting, and the sixth ends the emulator:
//! `0 1 0 0 1 0`, one number a line.
#![cfg_attr(target_os = "none", no_std)]

/// Prints which light was toggled, and ends the emulator after the last toggle that can be told from its neighbours.
#[cfg(all(feature = "trace", target_os = "none"))]
pub fn trace(light: u8) {
    use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
    static TOGGLES: AtomicU8 = AtomicU8::new(0);
    zokio_board::host::println!("{light}");
    // Plain loads and stores: tasks of one executor do not interrupt each other.
    let toggles = TOGGLES.load(Relaxed) + 1;
    TOGGLES.store(toggles, Relaxed);
    if toggles == 6 {
        zokio_board::host::exit(true);
    }
}

/// The program of a Cortex-M board: its machine. A module `port` beside it has the lights, and a program binds its interrupts itself.
#[macro_export]
macro_rules! firmware {
    (machine: $machine:path) => {
        use core::time::Duration;
        use runtime::{Clock, executor};
        use zokio_core::time::Clock as _;

        zokio_core::runtime! {
            /// All that two tasks of the program's own need.
            mod runtime {
                machine: $machine,
                config: Config::new().budget(64).ram_limit(64),
            }
        }

        /// Toggles a light for ever.
        #[zokio_core::task(pool = 2)]
        async fn blink(clock: Clock, pin: u8, millis: u32) {
            loop {
                clock.sleep(Duration::from_millis(millis.into())).await;
                port::toggle(pin);
                #[cfg(feature = "trace")]
                $crate::trace(pin);
            }
        }

        #[zokio_cortex_m::entry]
        fn main() -> ! {
            port::set_up();
            let Ok(mut executor) = executor();
            let (spawner, clock) = (executor.spawner(), executor.clock());
            for (pin, millis) in [(0, 300), (1, 500)] {
                spawner.spawn(blink(clock, pin, millis)).unwrap().detach();
            }
            match executor.run() {
                Ok(never) | Err(never) => match never {},
            }
        }
    };
}
