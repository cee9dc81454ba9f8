//! The key-value server over TCP on the LM3S6965 evaluation board.
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
        board: zokio_cortex_m::boards::lm3s6965evb,
        ethernet: zokio_cortex_m::ethernet::Stellaris,
        device: zokio_cortex_m::ethernet::StellarisDevice,
    }
}
