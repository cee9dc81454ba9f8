//! Checks that run on every board in QEMU, under virtual time (`-icount shift=3,sleep=off`), and end it with status 0 or 1.
//!
//! Each program in `src/bin` is one board: it supplies a [`Bench`] and calls [`run`].
#![cfg_attr(target_os = "none", no_std)]

#[cfg(target_os = "none")]
mod clock;
#[cfg(target_os = "none")]
mod idle;
#[cfg(target_os = "none")]
mod stopwatch;

#[cfg(target_os = "none")]
pub use stopwatch::{Bench, on_shot};

/// Runs all checks and ends the emulator.
#[cfg(target_os = "none")]
pub fn run<B: Bench>(clock: impl zokio_board::Chip) -> ! {
    use zokio_board::host::{exit, println};
    clock::tells_the_true_time::<B>(clock);
    println!("ok  the clock tells the true time, laps and restarts included");
    clock::never_runs_backwards_in_a_handler::<B>(clock);
    println!("ok  the clock never runs backwards, whatever an interrupt lands on");
    idle::deadlines_are_kept::<B>(clock);
    println!("ok  parks end at their deadlines");
    idle::unparks_are_sticky::<B>(clock);
    println!("ok  an unpark before a park is not lost");
    idle::the_core_stops_and_starts(clock);
    println!("ok  the core stops and starts");
    idle::no_wake_up_falls_between::<B>(clock);
    println!("ok  an interrupt at any instruction of a park ends it");
    exit(true)
}
