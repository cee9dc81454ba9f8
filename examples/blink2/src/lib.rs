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
