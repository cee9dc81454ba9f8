//! Eight tasks of one pool share a channel and a mutex. The programs are in `src/bin`.
//!
//! Task `n` of 1 to 8 waits `n` tenths of a second, puts `n` into the channel, takes a number out and adds it to the total,
//! again and again. With feature `trace` the total is printed through semihosting each time, and the eighth print ends the
//! emulator: `1 3 4 7 8 12 14 15`, one number a line.
#![cfg_attr(target_os = "none", no_std)]

/// Prints the total, and ends the emulator after the eighth.
#[cfg(all(feature = "trace", target_os = "none"))]
pub fn trace(total: u32) {
    use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
    static PRINTS: AtomicU8 = AtomicU8::new(0);
    zokio_board::host::println!("{total}");
    // Plain loads and stores: tasks of one executor do not interrupt each other.
    let prints = PRINTS.load(Relaxed) + 1;
    PRINTS.store(prints, Relaxed);
    if prints == 8 {
        zokio_board::host::exit(true);
    }
}

/// The program of a board: its name, and what its functions that begin are marked with. A program binds its interrupts itself.
#[macro_export]
macro_rules! firmware {
    (board: $board:path, entry: $entry:path) => {
        use core::time::Duration;
        use $board::{Clock, executor};
        use zokio_core::sync::{Channel, Mutex};
        use zokio_core::time::Clock as _;

        static TURNS: Channel<u32, 4> = Channel::new();
        static TOTAL: Mutex<u32> = Mutex::new(0);

        /// Puts a number into the channel every so often, takes one out, and adds it to the total.
        #[zokio_core::task(pool = 8)]
        async fn worker(clock: Clock, number: u32) {
            loop {
                clock.sleep(Duration::from_millis((100 * number).into())).await;
                let _ = TURNS.send(number).await;
                if let Ok(taken) = TURNS.recv().await {
                    let mut total = TOTAL.lock().await;
                    *total += taken;
                    #[cfg(feature = "trace")]
                    $crate::trace(*total);
                }
            }
        }

        #[$entry]
        fn main() -> ! {
            let mut executor = executor();
            let (spawner, clock) = (executor.spawner(), executor.clock());
            for number in 1..=8 {
                spawner.spawn(worker(clock, number)).unwrap().detach();
            }
            match executor.run() {
                Ok(never) | Err(never) => match never {},
            }
        }
    };
}
