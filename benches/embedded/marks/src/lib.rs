//! Marks in a program between which the benchmarks count instructions, and an interrupt to measure with.
//!
//! A mark is one `nop`. Where it lies and what it is called stands in the image's section `.marks`, which is not loaded:
//! an address of four bytes, then a name that ends with a zero byte, padded to four. `cargo ci size` runs the image with
//! a log of every instruction and counts those between two marks, without the `nop`s.
#![cfg_attr(target_os = "none", no_std)]

#[cfg(target_os = "none")]
mod alarm;
#[cfg(all(target_arch = "arm", target_has_atomic = "ptr", target_os = "none"))]
pub mod port_f;
#[cfg(target_os = "none")]
pub use alarm::{NUMBER, clear_alarm, ring_soon};

/// How often each piece of work is done; the first few times do not count.
pub const LAPS: usize = 12;

/// Marks the end of one lap and the beginning of the next.
#[macro_export]
macro_rules! lap {
    ($name:literal) => {
        $crate::mark!("=", $name)
    };
}

/// Marks where a way begins that ends at [`to!`] with the same name.
#[macro_export]
macro_rules! from {
    ($name:literal) => {
        $crate::mark!("<", $name)
    };
}

/// Marks where a way ends.
#[macro_export]
macro_rules! to {
    ($name:literal) => {
        $crate::mark!(">", $name)
    };
}

/// Tells a number with a name; it costs no instruction.
#[macro_export]
macro_rules! size {
    ($name:literal, $value:expr) => {
        // SAFETY: no instruction at all.
        unsafe {
            core::arch::asm!(
                ".pushsection .sizes, \"\", %progbits",
                ".balign 4",
                ".4byte {value}",
                concat!(".asciz \"", $name, "\""),
                ".balign 4",
                ".popsection",
                value = const $value,
                options(nomem, nostack, preserves_flags),
            )
        }
    };
}

/// A mark: a `nop` and an entry in `.marks`.
#[doc(hidden)]
#[macro_export]
macro_rules! mark {
    ($kind:literal, $name:literal) => {
        // SAFETY: an instruction that does nothing. It counts as one that may touch memory, so that work does not move
        // past it.
        unsafe {
            core::arch::asm!(
                "776: nop",
                ".pushsection .marks, \"\", %progbits",
                ".balign 4",
                ".4byte 776b",
                concat!(".asciz \"", $kind, $name, "\""),
                ".balign 4",
                ".popsection",
                options(nostack, preserves_flags),
            )
        }
    };
}

/// Ends the emulator.
#[cfg(target_os = "none")]
pub fn finish() -> ! {
    semihosting::process::exit(0)
}
