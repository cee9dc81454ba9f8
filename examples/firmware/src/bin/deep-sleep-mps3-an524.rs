//! Deep sleep on one core of the MPS3, over its dual timer of 32 bits: a lap of 134 s.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    firmware::deep_sleep! { mps3_an524 }
}
