//! The key-value server over TCP on the MPS2.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "semihosting")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "semihosting"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    kv_ethernet::firmware! {
        board: zokio_cortex_m::boards::mps2_an385,
        ethernet: zokio_cortex_m::ethernet::Lan9118,
        device: zokio_cortex_m::ethernet::Lan9118Device,
        nudge: 10,
    }
}
