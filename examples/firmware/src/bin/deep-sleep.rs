//! Deep sleep on the micro:bit, over the chip's own timer: 24 bits at 1 MHz, so a lap of 16 s.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    firmware::deep_sleep! { microbit }
}
