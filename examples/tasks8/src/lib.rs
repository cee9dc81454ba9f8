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
