//! Eight tasks, a channel and a mutex on the micro:bit in QEMU.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "trace")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "trace"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    zokio_cortex_m::interrupts! {}

    tasks8::firmware! { board: zokio_cortex_m::boards::microbit, entry: zokio_cortex_m::entry }
}
