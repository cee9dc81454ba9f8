//! Checks that run on every board in QEMU and end it with status 0 or 1. They want virtual time: `-icount shift=3` for
//! exact deadlines and interrupts on every instruction, `-icount shift=10` for many laps; and a limit on the time they take,
//! because some faults show as a hang.
//!
//! Each program `checks-*` in `src/bin` is one board: it supplies a [`Bench`] and calls [`run`]. Each program `misuse-*` does
//! something wrong, and has to end with a message that names it.
#![cfg_attr(target_os = "none", no_std)]

#[cfg(target_os = "none")]
mod clock;
#[cfg(all(target_arch = "arm", target_os = "none"))]
mod cmsdk;
#[cfg(target_os = "none")]
mod idle;
#[cfg(target_os = "none")]
mod overrun;
#[cfg(target_os = "none")]
mod stopwatch;

#[cfg(target_os = "none")]
pub use overrun::{stumble, use_it_up};
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
    idle::a_stopped_core_misses_nothing::<B>(clock);
    println!("ok  nor does a stopped core miss one");
    exit(true)
}

/// Gives SysTick the lowest priority, so that the other interrupt also lands inside its handler.
#[cfg(all(target_arch = "arm", target_os = "none"))]
pub fn systick_yields() {
    // SAFETY: *Core peripheral:* only changes which handler runs first.
    unsafe { (0xe000_ed20 as *mut u32).write_volatile(0xff << 24) };
}

/// Lets SysTick interrupt at the end of its laps, or not.
#[cfg(all(target_arch = "arm", target_os = "none"))]
pub fn systick_interrupts(yes: bool) {
    // SAFETY: *Core peripheral:* enabled, from the processor clock, with or without its interrupt.
    unsafe { (0xe000_e010 as *mut u32).write_volatile(if yes { 0b111 } else { 0b101 }) };
}
